"""What passes the JSON door can be stored, sent on and read back equal; all else is a Fault that echoes nothing."""

from __future__ import annotations

import json
import time
from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlance.values import json_door
from parlance.values.errors import Fault, Kind


class Line(msgspec.Struct, frozen=True):
    role: Literal["user", "system"]
    content: str | list[dict[str, Any]]


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    model: str
    messages: tuple[Line, ...]
    top_k: Annotated[int, msgspec.Meta(ge=1)] | None = None
    keep: str | None = msgspec.field(default=None, name="keep-alive")


ASK = b'{"model":"m","messages":[{"role":"user","content":"hi"}]}'


def fault(body: bytes, type_: Any = Ask) -> Fault:
    with pytest.raises(Fault) as caught:
        json_door.decode(body, type_)
    return caught.value


def body_with(value: bytes) -> bytes:
    return b'{"model":"m","messages":[],"extra":' + value + b"}"


def test_a_body_becomes_a_struct() -> None:
    """A body that fits is the struct it was declared to be."""
    assert json_door.decode(ASK, Ask) == Ask(model="m", messages=(Line("user", "hi"),))


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        (b'{"model":7,"messages":[]}', "model", "wrong_type"),
        (b'{"messages":[]}', "model", "missing_field"),
        (b'{"model":"m","messages":[{"role":"user"}]}', "messages[0].content", "missing_field"),
        (b'{"model":"m","messages":[{"role":"user","content":7}]}', "messages[0].content", "wrong_type"),
        (b'{"model":"m","messages":[{"role":"secret","content":""}]}', "messages[0].role", "wrong_type"),
        (b'{"model":"m","messages":[],"top_k":0}', "top_k", "wrong_type"),
        (b"[]", None, "wrong_type"),
        (b"{", None, "malformed"),
        (b"", None, "malformed"),
        (b'{"model":tru}', None, "malformed"),
        (b"\xef\xbb\xbf" + ASK, None, "malformed"),
        (b'{"model":"\xff","messages":[]}', None, "malformed"),
        (body_with(b"NaN"), None, "malformed"),
        (body_with(b"Infinity"), None, "malformed"),
        (body_with(b'"\x00"'), None, "malformed"),
    ],
)
def test_a_fault_names_the_field_and_the_reason(body: bytes, field: str | None, code: str) -> None:
    """The field's path and a code that tells bad JSON, a wrong type and a missing field apart."""
    found = fault(body)
    assert (found.kind, found.field, found.code) == (Kind.invalid, field, code)


class Odd(msgspec.Struct, frozen=True):
    many: dict[str, float] = {}
    counts: dict[int, list[Line]] = {}
    most: Annotated[int, msgspec.Meta(le=2**31 - 1)] = 0


@pytest.mark.parametrize(
    ("body", "type_", "field", "message"),
    [
        (b'{"many":{"a":1,"b":"x"}}', Odd, "many", "A value in the field many does not fit: expected `float`."),
        (b'{"counts":{"x":[]}}', Odd, "counts", "A key in the field counts does not fit: expected `int`."),
        (b'{"counts":{"1":[7]}}', Odd, "counts", "A value in the field counts does not fit: expected `object`."),
        (b'{"counts":{"1":[{"role":"user"}]}}', Odd, "counts", "A value in the field counts needs the field content."),
        (b'{"a":"x"}', dict[str, int], None, "A value in the body does not fit: expected `int`."),
        (b'{"most":3000000000}', Odd, "most", "The field most does not fit: expected `int` <= 2147483647."),
    ],
)
def test_a_fault_names_no_field_that_nobody_sent(body: bytes, type_: Any, field: str | None, message: str) -> None:
    """The decoder knows no keys of mappings: the mapping is named then, not `[...]`. Numbers are written in full."""
    found = fault(body, type_)
    assert (found.field, found.message) == (field, message)


class Narrow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    sources: tuple[str, ...] = ()
    by_name: str = msgspec.field(default="", name="by-name")


class Wide(msgspec.Struct, frozen=True):
    filter: Narrow | None = None
    settings: tuple[Wide, ...] = ()
    of: dict[str, Narrow] = {}


@pytest.mark.parametrize(
    "body",
    [b'{"filter":{"source":[]}}', b'{"settings":[{"filter":{"source":1}}]}', b'{"of":{"a":{"source":1}}}'],
)
def test_a_field_that_there_is_not_is_told_with_those_there_are(body: bytes) -> None:
    """Wherever it stands, by the names on the wire."""
    found = fault(body, Wide)
    assert "there is no field source in it" in found.message and found.hint == "There are these: sources, by-name."


@pytest.mark.parametrize(
    ("given", "field", "told"),
    [
        ([], "asked", "The field asked does not fit: expected `object`."),
        ({"filter": 1}, "asked.filter", "The field asked.filter does not fit: expected `object | null`."),
        (
            {"filter": {"source": []}},
            "asked.filter",
            "The field asked.filter does not fit: there is no field source in it. There are these: sources, by-name.",
        ),
        ({"of": {"a": {"by-name": 1}}}, "asked.of", "A value in the field asked.of does not fit: expected `str`."),
    ],
)
def test_what_stood_in_a_field_is_told_of_by_the_field(given: object, field: str, told: str) -> None:
    """In the same words as of a whole body."""
    with pytest.raises(Fault) as caught:
        json_door.fit(given, Wide, "asked")
    assert (caught.value.field, caught.value.sentence()) == (field, told)
    assert json_door.fit({"filter": {"sources": ["a"]}}, Wide, "asked") == Wide(Narrow(("a",)))


def test_a_fault_never_echoes_the_value() -> None:
    """What the caller sent may be a secret and must not come back in an error."""
    for body in (
        b'{"model":"m","messages":[{"role":"s3cret","content":""}]}',
        b'{"model":["s3cret"],"messages":[]}',
        b'{"model":"m","messages":[],"top_k":"s3cret"}',
    ):
        assert "s3cret" not in fault(body).message


@pytest.mark.parametrize(
    "text",
    [b"9223372036854775808", b"18446744073709551616", b"-9223372036854775809", b"1" * 5000, b"-" + b"9" * 20],
)
def test_integers_beyond_64_bits_are_refused(text: bytes) -> None:
    """No database keeps them, and reading a very long one costs the square of its length."""
    for body in (body_with(text), body_with(b"[" + text + b"]")):
        assert fault(body, dict[str, Any]).code == "bad_number"


@pytest.mark.parametrize(
    "text", [b"9223372036854775807", b"-9223372036854775808", b"0.12345678901234567890123", b"12345678901234567890.5"]
)
def test_numbers_that_fit_pass(text: bytes) -> None:
    """The outermost integers, and floats with many digits, are no long integers."""
    value = json_door.decode(body_with(text), dict[str, Any])["extra"]
    assert value == json.loads(text)


def test_a_long_run_of_digits_in_a_text_is_no_number() -> None:
    """Card numbers and hashes are texts."""
    body = body_with(b'"' + b"1" * 40 + b'"')
    assert json_door.decode(body, dict[str, Any])["extra"] == "1" * 40


def test_a_number_out_of_range_is_refused() -> None:
    """1e999 is not infinity."""
    assert fault(body_with(b"1e999"), dict[str, Any]).code == "bad_number"


@pytest.mark.parametrize("open_, close", [(b"[", b"]"), (b'{"a":', b"}")])
def test_64_levels_pass_and_65_do_not(open_: bytes, close: bytes) -> None:
    """The depth bound is exact, whatever the brackets."""
    assert json_door.decode(open_ * 64 + b"1" + close * 64, Any)
    found = fault(open_ * 65 + b"1" + close * 65, Any)
    assert (found.kind, found.code) == (Kind.too_large, "too_deep")


def test_braces_in_texts_and_wide_bodies_are_not_deep() -> None:
    """Only nesting counts, not how many braces there are."""
    wide = json.dumps({"a": [{"b": "[[{{" * 50 + '\\"]'} for _ in range(200)]}).encode()
    assert json_door.decode(wide, Any) == json.loads(wide)


def test_unbalanced_brackets_are_a_fault() -> None:
    """A flood of opening brackets ends in the decoder's own bound, not in a crash."""
    assert fault(b"[" * 100, Any).code == "malformed"
    assert fault(b"[" * 100_000, Any).code == "too_deep"
    assert fault(b"[" * 80 + b"]" * 79, Any).code == "too_deep"


@pytest.mark.parametrize(
    "text",
    [rb"\ud800", rb"\udc00", rb"\ude00\ud83d", rb"\ud83d\ud83d\ude00", rb"a\u0000b", rb"\\\ud83d", rb"\ud83d\\\ude00"],
)
def test_lone_surrogates_and_nul_are_refused_as_escapes(text: bytes) -> None:
    """Neither can be stored everywhere, wherever they stand: in values, keys and fields nobody reads."""
    for body in (body_with(b'"' + text + b'"'), body_with(b'{"' + text + b'":1}')):
        assert fault(body).kind is Kind.invalid
        assert fault(body, dict[str, Any]).kind is Kind.invalid


@pytest.mark.parametrize("text", [rb"\ud83d\ude00", rb"\\ud800", rb"\\\\u0000", rb"\u00e9\n\"\\", rb"\\\ud83d\ude00"])
def test_proper_escapes_pass(text: bytes) -> None:
    """Pairs are characters, and an escaped backslash before `ud800` makes it plain letters."""
    body = body_with(b'"' + text + b'"')
    assert json_door.decode(body, dict[str, Any])["extra"] == json.loads(b'"' + text + b'"')


@pytest.mark.parametrize(
    "body",
    [
        b'"' + rb"\"" * 200_000,
        b'"' + rb"\"" * 200_000 + b"\\",
        b"{" * 70 + b'"' * 199_999,
        b"[" * 200_000,
        b"[[]]" * 50_000,
        b"1" * 400_000 + b".",
        rb"\ud83d\ude00" * 40_000,
        b"\\" * 400_000,
    ],
)
def test_hostile_bodies_cost_a_linear_look(body: bytes) -> None:
    """Half a megabyte made to be slow is refused in a moment."""
    hostile = b"[" * 65 + body + b'"\\ud800' + b"1" * 19
    began = time.process_time()
    assert fault(hostile, Any)
    assert time.process_time() - began < 1.0


def test_encode_replaces_lone_surrogates() -> None:
    """An upstream's broken text cannot break a stream."""
    assert (
        json_door.encode({"a\ud800": ["\ude00x", ("\ud83d\ude00", 1)]}) == '{"a\ufffd":["\ufffdx",["😀",1]]}'.encode()
    )
    assert json_door.encode(Line("user", "ok")) == b'{"role":"user","content":"ok"}'


@given(st.binary(max_size=300))
def test_bytes_are_read_or_a_fault(body: bytes) -> None:
    """Nothing but a Fault ever comes out of arbitrary bytes."""
    for type_ in (Any, Ask, dict[str, Any]):
        try:
            value = json_door.decode(body, type_)
        except Fault:
            continue
        assert json_door.decode(json_door.encode(value), type_) == value


PIECES = st.sampled_from(
    [
        b"{",
        b"}",
        b"[",
        b"]",
        b'"',
        b"\\",
        b"\\u",
        b"d83d",
        b"\\ude00",
        b"0000",
        b"1",
        b"9" * 19,
        b".",
        b"e5",
        b"-",
        b",",
        b":",
        b"null",
        b"true",
        b"NaN",
        b" ",
        b'"model"',
        b'"messages"',
        b"\xf0\x9f\x98\x80",
        b"\xed\xa0\x80",
    ]
)


@given(st.lists(PIECES, max_size=40).map(b"".join))
def test_text_made_of_pieces_is_read_or_a_fault(body: bytes) -> None:
    """The same for bytes that look like JSON; and what is accepted reads back equal."""
    try:
        value = json_door.decode(body, Any)
    except Fault:
        return
    assert json_door.decode(json_door.encode(value), Any) == value


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), inner, max_size=5)
    ),
    max_leaves=30,
)


@given(JSON, st.booleans())
def test_every_legal_value_reads_back_identical(value: Any, ascii_only: bool) -> None:
    """Whatever JSON can say within the bounds passes unchanged, escaped or not."""
    body = json.dumps(value, ensure_ascii=ascii_only).encode()
    read = json_door.decode(body, Any)
    assert read == value
    assert json_door.decode(json_door.encode(read), Any) == value


@pytest.mark.parametrize("before", range(19))
def test_a_long_integer_is_found_wherever_it_stands(before: int) -> None:
    """Only some of the bytes are looked at first: none may slip between them."""
    assert fault(b" " * before + b'{"a":9223372036854775808}', dict[str, Any]).code == "bad_number"
