"""Whatever an upstream does wrong, every endpoint gives a typed error or a clean end, and tells nothing of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from parlance.testing.servers import loaded, running
from parlance.testing.upstreams import RETRY_AFTER, SECRETS, SPOKEN, Behaviour, Bounds, MockOllama, MockOpenAI
from parlance.testing.upstreams.samples import vector_of
from parlance.testing.upstreams.server import Upstream
from tests.flows.answers import Heard, heard
from tests.flows.callers import ENDPOINTS, Answer, Caller, Endpoint, connection_toml

KEY = "sk-misbehaviour-0123456789abcdef"
HEALTHY = "tok0 tok1 tok2 tok3 tok4 tok5 tok6 tok7"
SOON = 0.25
"""Seconds of the deadline that a behaviour runs into; the others stay long enough for a busy machine."""
DEADLINES = {
    Behaviour.CONNECT_HANG: {"connect_seconds": SOON},
    Behaviour.HEADER_HANG: {"first_token_seconds": SOON},
    Behaviour.FIRST_TOKEN_HANG: {"first_token_seconds": SOON},
    Behaviour.SILENCE: {"between_seconds": SOON},
}
HARMLESS = {Behaviour.HEALTHY, Behaviour.SPLIT_UTF8, Behaviour.BAD_UTF8, Behaviour.LONE_SURROGATE, Behaviour.DOUBLE_END}
"""Repaired, or seen through: the client has the whole answer."""
EITHER = {Behaviour.SHORT_BODY, Behaviour.MISSING_END, Behaviour.SHORT_LENGTH}
"""Whole or not, depending on what the wire calls an end: never half an answer that claims to be whole."""
LATE = {Behaviour.CONNECT_HANG, Behaviour.HEADER_HANG, Behaviour.FIRST_TOKEN_HANG, Behaviour.SILENCE}
HALF = {"silence", "reset-midway", "early-fin", "cut-chunk", "half-line"}
"""Where half of a stream had arrived."""
BROKEN = {
    Behaviour.SPLIT_UTF8: (SPOKEN,),
    # Two bad bytes may be one sign or two; what stands around them is whole.
    Behaviour.BAD_UTF8: ("before \ufffd after", "before \ufffd\ufffd after"),
    Behaviour.LONE_SURROGATE: ("before \ufffd after",),
}
SMALL = Bounds(endless_line=48 << 20, gzip_bomb=320 << 20)
"""Just above what a client may take: the bounds are what is tested, not the patience of the machine."""


class Case(NamedTuple):
    """One endpoint, streamed or not, over one wire of the upstream; a connection of its own, so that no circuit opens
    for the next."""

    endpoint: Endpoint
    stream: bool
    wire: str

    @property
    def name(self) -> str:
        """The connection's name."""
        return f"{self.endpoint.name}-{'stream' if self.stream else 'whole'}-{self.wire}"

    @property
    def embeds(self) -> bool:
        """Whether it asks for vectors."""
        return self.endpoint.name in ("embeddings", "ollama-embed")


def cases(wires: tuple[str, ...]) -> Iterator[Case]:
    """Every endpoint, streamed and not; over the further wires only those that it makes a difference for."""
    for endpoint in ENDPOINTS:
        for stream in endpoint.ways:
            for wire in wires:
                if wire != "responses" or endpoint.name in ("chat", "responses"):
                    yield Case(endpoint, stream, wire)


def settings(upstream: Upstream, found: list[Case], behaviour: Behaviour) -> str:
    """A connection for each case, and deadlines that a behaviour soon runs into."""
    deadlines = DEADLINES.get(behaviour, {})
    parts = []
    for case in found:
        kind = "ollama" if case.wire == "ollama" else "openai"
        options = {"wire": case.wire} if case.wire == "responses" else {}
        more = {"kind": kind, "api_key": KEY, "retries": 0, "prefix": case.name + "/", **deadlines}
        if options:
            more["options"] = options
        parts.append(connection_toml(upstream.base_url, case.name, "mock", "mock-embed", **more))
    return "\n".join(parts)


@pytest.mark.parametrize("behaviour", list(Behaviour), ids=str)
@pytest.mark.parametrize("kind", ["openai", "ollama"])
async def test_a_bad_upstream_neither_hangs_nor_lies_nor_tells(tmp_path: Path, kind: str, behaviour: Behaviour) -> None:
    """Every endpoint, streamed and not, at once; and the server is as alive as before."""
    fake: type[Upstream] = MockOllama if kind == "ollama" else MockOpenAI
    wires = ("ollama",) if kind == "ollama" else ("chat", "responses")
    found = list(cases(wires))
    async with fake(behaviour=behaviour, bounds=SMALL) as upstream:
        upstream.healthy_paths = frozenset({"/v1/models", "/api/tags", "/api/show", "/api/version"})
        async with running(loaded(tmp_path, toml=settings(upstream, found, behaviour))) as server:
            caller = Caller(server.port)
            answers = await asyncio.gather(*(asked(caller, case) for case in found))
            for case, answer in zip(found, answers, strict=True):
                judge(case, behaviour, answer)
                tells_nothing(answer, upstream, case)
            assert not upstream.canary_calls
            assert (await caller.ask("GET /health")).status == 200
            assert (await caller.chat(model="quote")).status == 200
            assert server.house is not None and server.house.road.runs.going == []


async def asked(caller: Caller, case: Case) -> Answer:
    """The answer to one case."""
    model = f"{case.name}/{'mock-embed' if case.embeds else 'mock'}"
    body = case.endpoint.make(model, "Hello", case.stream)
    return await caller.ask(f"POST {case.endpoint.path}", body)


def judge(case: Case, behaviour: Behaviour, answer: Answer) -> None:
    """A clean end with the whole answer, or a typed error with what had arrived."""
    told = heard(case.endpoint.name, case.stream, answer)
    where = (case.name, behaviour.value, answer.status, told, answer.body[-300:])
    assert told.end != "torn", where
    if told.end == "clean":
        assert behaviour in HARMLESS | EITHER or (behaviour in BROKEN), where
        assert told.text in whole_texts(case, behaviour), where
        return
    assert behaviour not in HARMLESS, where
    assert told.error and len(told.error) < 400, where
    if behaviour.value in HALF and case.stream and not case.embeds:
        assert told.text and HEALTHY.startswith(told.text), where
        assert answer.status == 200, where
    elif answer.status != 200:
        assert answer.status in statuses(case, behaviour), where
        if behaviour is Behaviour.RATE_LIMITED:
            assert answer.headers["retry-after"] == str(RETRY_AFTER), where


def whole_texts(case: Case, behaviour: Behaviour) -> tuple[str, ...]:
    """What a whole answer may say."""
    if case.embeds:
        return (json.dumps([vector_of("Hello")]),)
    return BROKEN.get(behaviour, (HEALTHY,))


def statuses(case: Case, behaviour: Behaviour) -> set[int]:
    """What an error before the first byte may be: 500 only where that contract demands it, never 401 or 413."""
    if behaviour is Behaviour.RATE_LIMITED:
        return {500} if case.endpoint.name == "chatqueue" else {429}
    if case.endpoint.name == "chatqueue":
        return {500}
    return {504} if behaviour in LATE else {502}


def tells_nothing(answer: Answer, upstream: Upstream, case: Case) -> None:
    """No key, host, port, path or trace of the upstream, in no header and no byte of the body."""
    told = json.dumps(answer.headers).encode() + answer.body
    port = f":{upstream.port}"
    for secret in (*SECRETS, KEY, "127.0.0.1", port, "org-inner", "inner.", "weights", "/srv/", "Traceback"):
        assert secret.encode() not in told, (case.name, secret, told[-400:])


def test_the_table_has_every_behaviour_and_every_endpoint() -> None:
    """So that a new one of either cannot be forgotten."""
    assert len(list(Behaviour)) >= 21
    names = {case.endpoint.name for case in cases(("chat", "responses"))}
    assert names == {endpoint.name for endpoint in ENDPOINTS}
    assert Heard("", "clean").error is None
