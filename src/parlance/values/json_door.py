"""The one door for JSON that comes from outside, and the way out again.

What passes here is strict UTF-8, at most 64 levels deep, with integers of at most 64 bits, without NaN, Infinity, lone
surrogates or U+0000 (which PostgreSQL cannot store): whatever is accepted can be stored, sent on and read back equal.
An error names the field and what was expected there, never the value.

The checks on the raw bytes are cheap tests that are true of nearly every body, with an exact look behind them for the
rest: braces are counted before they are nested, digits in a row are looked for before a number is read.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar, cast

import msgspec
from msgspec import inspect

from parlance.values.errors import Fault, Kind

T = TypeVar("T")

MAX_DEPTH = 64
"""Levels of arrays and objects: more than any real request has, far below what parsers and databases recurse into."""
SHAPE_CODES = frozenset({"wrong_type", "missing_field"})
"""Codes of the faults about well-formed JSON of another shape."""
MAX_INTEGER = 2**63 - 1
MIN_INTEGER = -(2**63)

_ZEROES = bytes(0x30 if 0x30 <= byte <= 0x39 else 0x20 for byte in range(256))
_LONG_RUN = b"0" * 19
"""The fewest digits an integer beyond 64 bits has."""
# Possessive, and content with the end of the text for the last quote: an unclosed string costs one pass, not a pass per
# quote inside it.
_STRINGS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
_LONG_NUMBERS = re.compile(rb"(?<![0-9.eE+])-?[0-9]{19,}+(?![0-9.eE])")
_NOT_BRACES = bytes(byte for byte in range(256) if byte not in b"[]{}")
_PAIRS = re.compile(rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")
_TROUBLE = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")

_BACKSLASH = 0x5C
"""As a number: looking for bytes of this length begins with an error that is raised and cleared."""

_WHERE = re.compile(r"^(.*?)(?: - at (`key` in )?`\$?(.*)`)?$", re.DOTALL)
_EXPECTED = re.compile(r"^Expected (.+?)(?:, got .*)?$", re.DOTALL)
_UNKNOWN = re.compile(r"^Object contains unknown field `(.*)`$", re.DOTALL)
_PLAIN = re.compile(r"[a-z_]{1,40}")
_STEP = re.compile(r"[^.\[\]]+|(?<=\[)\.\.\.(?=\])")
"""Of a path: a field's name, an item's number, or `...` for a value in a mapping."""
_FIELD = re.compile(r"^Object missing required field `(.+)`$")


def decode(body: bytes, type: type[T]) -> T:
    """The value of a JSON text as a `type` (whatever msgspec knows, mostly a struct).

    Raises `Fault`: invalid with code `malformed` (not JSON), `wrong_type` or `missing_field` (JSON of another shape,
    with `field` as `messages[0].content`; for what is inside a mapping it is the mapping), `bad_number` or `bad_text`;
    too_large with code `too_deep`.
    """
    _check(body)
    try:
        value: T = _decoder(cast(Any, type)).decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise _fault(error, type) from None
    return value


def decode_plain(body: bytes, type: type[T]) -> T | None:
    """The value of a JSON text that is a `type`, which most bodies are; `None` for any other, of which `decode` tells
    more. Raises `Fault` for what no type lets in.
    """
    _check(body)
    try:
        value: T = _decoder(cast(Any, type)).decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    return value


def convert(texts: Mapping[str, str], type: type[T]) -> T:
    """A struct from the texts of a query or a form: numbers and truths are read from their text. Raises as `decode`."""
    try:
        value: T = msgspec.convert(texts, type, strict=False)
    except msgspec.ValidationError as error:
        raise _fault(error, type) from None
    return value


def fit(value: object, type: type[T], named: str) -> T:
    """A plain value, which stood in the field `named` of a JSON text that was decoded before, as a `type`. Raises as
    `decode`, with the fields below that one."""
    try:
        fitting: T = msgspec.convert(value, type)
    except msgspec.ValidationError as error:
        raise _fault(error, type, named) from None
    return fitting


def encode(value: Any) -> bytes:
    """The JSON text of a value, in UTF-8. Lone surrogates, which only an upstream can have brought, become U+FFFD."""
    try:
        return _ENCODER.encode(value)
    except UnicodeEncodeError:
        return _ENCODER.encode(_repaired(msgspec.to_builtins(value)))


def encode_lines(texts: Sequence[str]) -> bytes:
    """The JSON texts of some texts, with a line feed between them, which none of them holds."""
    try:
        return _ENCODER.encode_lines(texts)[:-1]
    except UnicodeEncodeError:
        return b"\n".join(map(encode, texts))


_ENCODER = msgspec.json.Encoder()


@functools.cache
def _decoder(type: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(type)


def _check(body: bytes) -> None:
    """Refuse what no decoder refuses by itself, at a microsecond for a usual body."""
    try:
        body.decode()
    except UnicodeDecodeError as error:
        raise Fault(Kind.invalid, f"The body is not valid UTF-8 (at byte {error.start}).", code="malformed") from None
    # Taking a byte out and looking for one are a fraction of `count` and of looking for two: 2.5 µs of a usual body.
    if len(body) - len(body.replace(b"{", b"").replace(b"[", b"")) > MAX_DEPTH and _is_deep(body):
        raise Fault(Kind.too_large, f"The body is nested deeper than {MAX_DEPTH} levels.", code="too_deep")
    # Nineteen bytes in a row hold three of every sixth; looking at those alone is a fifth of looking at all.
    if b"000" in body[::6].translate(_ZEROES) and _LONG_RUN in body.translate(_ZEROES):
        _check_integers(body)
    if _BACKSLASH in body and b"\\u" in body and _TROUBLE.search(body):
        _check_escapes(body)


def _is_deep(body: bytes) -> bool:
    """Whether the text nests too deep, strings left out: every round takes away the innermost level, in C."""
    braces = _STRINGS.sub(b"", body).translate(None, _NOT_BRACES)
    for _ in range(MAX_DEPTH):
        size = len(braces)
        braces = braces.replace(b"[]", b"").replace(b"{}", b"")
        if len(braces) == size:
            return False  # nothing left, or unbalanced: the decoder says so
    return bool(braces)


def _check_integers(body: bytes) -> None:
    for found in _LONG_NUMBERS.finditer(_STRINGS.sub(b'""', body)):
        digits = found.group()
        # The length first: reading a long number costs the square of its length.
        if len(digits) > 20 or not MIN_INTEGER <= int(digits) <= MAX_INTEGER:
            raise Fault(Kind.invalid, "The body holds an integer of more than 64 bits.", code="bad_number")


def _check_escapes(body: bytes) -> None:
    """Refuse U+0000 and surrogates that are not a pair, wherever they are escaped."""
    # Escaped backslashes first (from the left, as a reader takes them), so that every other one begins an escape.
    if _TROUBLE.search(_PAIRS.sub(b"_", body.replace(b"\\\\", b"__"))):
        raise Fault(Kind.invalid, "The body holds a lone surrogate or the character U+0000.", code="bad_text")


def _fault(error: Exception, type: Any, named: str = "") -> Fault:
    """What a decoder said of what stood in a field, or of a whole body, in our words and without the value it met."""
    if isinstance(error, RecursionError):
        return Fault(Kind.too_large, f"The body is nested deeper than {MAX_DEPTH} levels.", code="too_deep")
    if not isinstance(error, msgspec.ValidationError):
        at = re.search(r"\(byte \d+\)$", str(error))
        place = f" {at.group()}" if at is not None else ""
        return Fault(Kind.invalid, f"The body is not valid JSON{place}.", code="malformed")
    return _misfit(str(error), type, named)


def _misfit(told: str, type: Any, named: str) -> Fault:
    """What the decoder told of well-formed JSON of another shape, in our words."""
    found = _WHERE.match(told)
    assert found is not None
    said, key, full = found.group(1), found.group(2), (found.group(3) or "").removeprefix(".")
    # The decoder does not tell under which key of a mapping it was: what is named is the mapping.
    below, inside, _ = full.partition("[...]")
    path = ".".join(filter(None, (named, below)))
    field, subject = path or None, f"the field {path}" if path else "the body"
    if key or inside:
        subject = f"a {'key' if key else 'value'} in {subject}"
    missing = _FIELD.match(said)
    if missing is not None and inside:
        return Fault(
            Kind.invalid, f"{_capital(subject)} needs the field {missing[1]}.", field=field, code="missing_field"
        )
    if missing is not None:
        name = f"{path}.{missing[1]}" if path else missing[1]
        return Fault(Kind.invalid, f"The field {name} is required.", field=name, code="missing_field")
    if "out of range" in said:
        return Fault(Kind.invalid, "The body holds a number out of range.", field=field, code="bad_number")
    expected = _EXPECTED.match(said)
    what = f"expected {expected[1]}" if expected is not None else "the value is not one of those allowed"
    unknown = _UNKNOWN.match(said)
    if unknown is not None:  # a name like those that we give is a slip, which its writer wants to see; no other is said
        what = f"there is no field {unknown[1]} in it" if _PLAIN.fullmatch(unknown[1]) else "it has an unknown field"
    there = _fields_at(type, full) if unknown is not None else ()
    hint = f"There are these: {', '.join(there)}." if there else ""
    return Fault(Kind.invalid, f"{_capital(subject)} does not fit: {what}.", hint=hint, field=field, code="wrong_type")


def _fields_at(type: Any, path: str) -> tuple[str, ...]:
    """The fields that there are at a place inside a type, as `settings[0].filter`; none where that is not told."""
    found = [inspect.type_info(type)]
    for name in _STEP.findall(path):
        found = [inner for each in _choices(found) for inner in _inside(each, name)]
    structs = [each for each in _choices(found) if isinstance(each, inspect.StructType)]
    return tuple(field.encode_name for field in structs[0].fields) if len(structs) == 1 else ()


def _choices(types: Iterable[inspect.Type]) -> Iterator[inspect.Type]:
    for each in types:
        yield from each.types if isinstance(each, inspect.UnionType) else (each,)


def _inside(type: inspect.Type, name: str) -> Iterator[inspect.Type]:
    """What a field, an item or a value of a type is."""
    match type:
        case inspect.StructType():
            yield from (field.type for field in type.fields if field.encode_name == name)
        case inspect.VarTupleType() | inspect.ListType():
            yield type.item_type
        case inspect.DictType():
            yield type.value_type


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _repaired(value: Any) -> Any:
    """The same plain value with every text encodable."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {_repaired(key): _repaired(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [_repaired(held) for held in value]
    return value
