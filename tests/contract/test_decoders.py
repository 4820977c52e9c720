"""Whatever bytes arrive at a route of the composed server: an answer, never a defect, and nothing said back."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import msgspec
import pytest
import requests
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from parlance import dialect_list
from parlance.dialects.table import Row
from parlance.testing.upstreams import MockOllama, MockOpenAI
from parlance.testing.upstreams.server import Upstream
from tests.contract.described import METHODS, TOML, Caller, good
from tests.contract.described_chatbot import app
from tests.dialects.judges.parties import served
from tests.flows.callers import measured
from tests.flows.names import answer_names

EXAMPLES, SOAK_EXAMPLES = 50, 1000
MARK = "Qx7Zk"
"""Stands in everything that is made up: what an error may not say back."""
HERE = "@the-place@"
ROWS = {row.name: (dialect.name, row) for dialect in dialect_list.documented() for row in dialect.rows}
WITH_BODY = tuple(name for name, (_, row) in ROWS.items() if row.body != "none")
WITH_TEXTS = tuple(
    name
    for name, (_, row) in ROWS.items()
    if (row.queries or "{" in row.path) and row.method in METHODS and not row.browser
)

numbers = st.one_of(
    st.integers(-(2**70), 2**70).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.sampled_from(
        ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1e-999", "9" * 400, "-0", "0.1e1", "01", "+1"]
    ),
)
strings = st.text(st.characters(), max_size=12).map(lambda text: json.dumps(MARK + text))
odd_strings = st.sampled_from(
    [
        *(f'"{MARK}\\ud800"', f'"{MARK}\\udc00x"', f'"{MARK}\\u0000"', f'"{MARK}', f'"{MARK}\\x"', f'"{MARK}\n"'),
        *(f'"{MARK * 20_000}"', f'"data:image/png;base64,{MARK}"', f'"data:,{MARK}"', f'"http://{MARK}/"', '""'),
        *(
            '"\\ud83d\\ude00"',
            '"function"',
            '"auto"',
            '"json_object"',
            '"text"',
            '"1h"',
            '"-1"',
            '"assistant"',
            '"tool"',
        ),
    ]
)
deep = st.sampled_from([63, 64, 65, 1000, 100_000]).flatmap(
    lambda depth: st.sampled_from(["[" * depth + "]" * depth, '{"a":' * depth + "0" + "}" * depth, "[" * depth])
)
names = st.one_of(strings, st.sampled_from(['"type"', '"role"', '"text"', '"name"', '"function"', '"id"', '"content"']))
values = st.recursive(
    st.one_of(numbers, strings, odd_strings, st.sampled_from(["null", "true", "false"])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(lambda parts: f"[{','.join(parts)}]"),
        st.lists(st.tuples(names, inner), max_size=4).map(
            lambda fields: f"{{{','.join(':'.join(f) for f in fields)}}}"
        ),
    ),
    max_leaves=8,
)
"""JSON texts, and what nearly is one."""


class Body:
    """The bytes of a request; a failing test shows where they begin and how many there are."""

    def __init__(self, sent: bytes) -> None:
        self.sent = sent

    def __repr__(self) -> str:
        return f"Body({self.sent[:300]!r}, {len(self.sent)} bytes)"


def _sent(text: str) -> Body:
    return Body(text.encode("utf-8", "surrogatepass"))


anything = st.one_of(values, values, deep)
noise = st.one_of(st.binary(max_size=200).map(Body), anything.map(_sent))
texts = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30).map(lambda text: MARK + text),
    st.sampled_from(
        [f"{MARK}{'x' * 4000}", f"../{MARK}", f"{MARK}%00", f"{MARK}\x00", f"{MARK}\r\nx-a: b", "-1", "1e9"]
    ),
)


@pytest.fixture(scope="module")
def caller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    upstreams: tuple[tuple[Upstream, Mapping[str, object]], ...] = (
        (MockOpenAI(models=("mock", "mock-embed")), {}),
        (MockOllama(models=("shelved", "shelved-embed")), {"name": "shelf", "kind": "ollama"}),
    )
    folder = tmp_path_factory.mktemp("decoding")
    with app() as toml, pytest.MonkeyPatch.context() as patch, served(folder, *upstreams, toml=TOML + toml) as server:
        answer_names(patch)  # a made-up body may name a provider by leaving its address out
        caller = Caller(server)
        yield caller
        caller.session.close()


@pytest.mark.parametrize("name", WITH_BODY)
def test_a_body_is_read_without_a_defect(caller: Caller, name: str) -> None:
    """Bytes, JSON of any shape, and sound bodies with something odd at any place."""
    throw_bodies(caller, name, EXAMPLES)


@pytest.mark.parametrize("name", WITH_TEXTS)
def test_a_query_and_a_path_are_read_without_a_defect(caller: Caller, name: str) -> None:
    """Any text as a query's value, as a piece of the path, and as the id that a reader resumes from."""
    throw_texts(caller, name, EXAMPLES)


@pytest.mark.soak
@pytest.mark.parametrize("name", WITH_BODY)
def test_a_body_is_read_without_a_defect_for_long(caller: Caller, name: str) -> None:
    """The same many times over."""
    throw_bodies(caller, name, SOAK_EXAMPLES)


@pytest.mark.soak
@pytest.mark.parametrize("name", WITH_TEXTS)
def test_a_query_and_a_path_are_read_without_a_defect_for_long(caller: Caller, name: str) -> None:
    """The same many times over."""
    throw_texts(caller, name, SOAK_EXAMPLES)


def throw_bodies(caller: Caller, name: str, count: int) -> None:
    """Send so many bodies to a route and judge each answer."""
    dialect, row = ROWS[name]
    sound = good(name, caller)
    path = f"/as/{dialect}{row.path.partition('{')[0]}{sound.piece}"
    bodies = st.one_of(noise, *3 * [_bent(sound.body, row)]) if isinstance(sound.body, dict) else noise
    seen: Counter[int] = Counter()

    @settings(max_examples=count, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(body=bodies)
    @example(body=Body(b""))
    @example(body=Body(b"\xef\xbb\xbf{}"))
    @example(body=Body(b'{"model":"mock","model":"other"}'))
    def holds(body: Body) -> None:
        headers = {"content-type": "application/json", **sound.headers}
        answer = caller.call(row.method, path, data=body.sent, headers=headers)
        seen[answer.status_code] += 1
        judge(answer, dialect)

    holds()
    caller.unbound()
    measured(f"bodies {name}", cases=sum(seen.values()), statuses=dict(sorted(seen.items())))


def throw_texts(caller: Caller, name: str, count: int) -> None:
    """Send so many queries and pieces of a path to a route and judge each answer."""
    dialect, row = ROWS[name]
    sound = good(name, caller)
    seen: Counter[int] = Counter()
    asked = [query for query, _ in row.queries]

    @settings(max_examples=count, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(
        query=st.dictionaries(st.sampled_from(asked or ["noise"]), texts),
        piece=texts if sound.piece else st.just(""),
        last=st.one_of(st.none(), st.integers(-(2**70), 2**70).map(str), st.just(f"{MARK}:1"), st.just(":")),
    )
    def holds(query: dict[str, str], piece: str, last: str | None) -> None:
        path = f"/as/{dialect}{row.path.partition('{')[0]}{quote(piece, safe='')}"
        read_on = {} if last is None else {"last-event-id": last, "accept": "text/event-stream"}
        headers = {**sound.headers, **read_on}
        answer = caller.call(row.method, path, params={**sound.query, **query}, headers=headers)
        seen[answer.status_code] += 1
        judge(answer, dialect)

    holds()
    measured(f"texts {name}", cases=sum(seen.values()), statuses=dict(sorted(seen.items())))


def judge(answer: requests.Response, dialect: str) -> None:
    """No defect; an error says nothing back, but for the name of a model, which its caller wants to read again."""
    assert answer.status_code < 500, answer.text
    if answer.status_code < 400:
        return
    text = answer.text
    if answer.status_code == 404 and "model_not_found" in text:
        return
    if dialect == "ollama" and answer.status_code == 404 and text.startswith('{"error":"model \''):
        return
    assert MARK not in text and MARK not in str(answer.headers), text


def _bent(sound: dict[str, Any], row: Row) -> st.SearchStrategy[Body]:
    """The sound body with something odd at one place: where it has something, or in a field that it might have."""
    fields = [] if row.takes is None else _fields(row.takes)  # of a file that comes in, only its sample is known
    bodies = [_placed(sound, place) for place in _places(sound)] + [{**sound, name: HERE} for name in fields]
    if isinstance(sound.get("ask"), dict):
        [ask] = [field.type for field in msgspec.structs.fields(row.takes) if field.name == "ask"]
        inner = _fields(ask)
        bodies += [{**sound, "ask": {**sound["ask"], name: HERE}} for name in inner]
    if not bodies:  # an operation without fields: whatever it is sent means nothing
        return anything.map(_sent)
    written = [json.dumps(body).split(f'"{HERE}"') for body in bodies]
    return st.tuples(st.sampled_from(written), anything).map(lambda made: _sent(made[1].join(made[0])))


def _fields(kind: Any) -> list[str]:
    """The names that a struct has on the wire."""
    return [field.encode_name for field in msgspec.structs.fields(kind)]


def _places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a value but the whole."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, held in inner for place in ((*at, key), *_places(held, (*at, key)))]


def _placed(value: Any, place: tuple[Any, ...]) -> Any:
    """The value with a sign at one place."""
    if not place:
        return HERE
    key, *rest = place
    if isinstance(value, dict):
        return {**value, key: _placed(value[key], tuple(rest))}
    return [_placed(held, tuple(rest)) if at == key else held for at, held in enumerate(value)]
