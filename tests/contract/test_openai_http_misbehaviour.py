"""Every way an upstream was seen to misbehave, on every route: a typed fault or a clean end, and nothing of it told."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from parlance.engines.openai_http import engine as make
from parlance.engines.plug import Engine, Surroundings, Upstream
from parlance.observe.messages import safe_upstream_message
from parlance.observe.redaction import Redactor
from parlance.outbound.client import Client
from parlance.ports.fetching import Deadlines
from parlance.testing.sinks import RecordingSink
from parlance.testing.upstreams import RETRY_AFTER, SECRETS, SPOKEN, Behaviour, MockOpenAI
from parlance.testing.upstreams.samples import vector_of
from parlance.values.asks import ChatAsk, EmbedAsk, TranscribeAsk
from parlance.values.errors import Fault, Kind
from parlance.values.events import Delta, Whole
from parlance.values.messages import Message
from parlance.values.time import SystemClock

KEY = "sk-misbehaviour-0123456789abcdef"
HEALTHY = "tok0 tok1 tok2 tok3 tok4 tok5 tok6 tok7"
ROUTES = (
    *("chat-stream", "chat-block", "completions-stream", "completions-block"),
    *("responses-stream", "responses-block", "embeddings", "transcripts"),
)
SILENT = ("embeddings", "transcripts")
"""Routes that push nothing into a sink."""
SOUND = b"RIFF\x24\x00\x00\x00WAVEfmt "
CLEAN = "clean"
LATE = Deadlines(connect=5.0, first_byte=0.15, between=0.15)
USUAL = Deadlines(connect=5.0, first_byte=5.0, between=5.0)
DEADLINES = {
    Behaviour.CONNECT_HANG: Deadlines(connect=0.15, first_byte=5.0, between=5.0),
    Behaviour.HEADER_HANG: LATE,
    Behaviour.FIRST_TOKEN_HANG: LATE,
    # Long enough for the first half to arrive on a machine that has much to do.
    Behaviour.SILENCE: Deadlines(connect=5.0, first_byte=5.0, between=0.15),
}
CODES: dict[Behaviour, str] = {
    Behaviour.HEALTHY: CLEAN,
    Behaviour.REFUSED: "unreachable",
    Behaviour.CONNECT_HANG: "connect_timeout",
    Behaviour.HEADER_HANG: "first_byte_timeout",
    Behaviour.FIRST_TOKEN_HANG: "first_byte_timeout",
    Behaviour.SILENCE: "stalled",
    Behaviour.RESET_BEFORE: "ended_early",
    Behaviour.RESET_MIDWAY: "ended_early",
    Behaviour.FIN_BEFORE: "ended_early",
    Behaviour.EARLY_FIN: "ended_early",
    Behaviour.SHORT_BODY: "ended_early",
    Behaviour.SHORT_LENGTH: "ended_early",
    Behaviour.CUT_CHUNK: "ended_early",
    Behaviour.HTML: "not_json",
    Behaviour.ERROR_IN_200: "engine_failed",
    Behaviour.UNAUTHORIZED: "upstream_auth",
    Behaviour.RATE_LIMITED: "upstream_rate",
    Behaviour.INTERNAL_ERROR: "engine_failed",
    Behaviour.REDIRECT: "redirected",
    Behaviour.HALF_LINE: "ended_early",
    Behaviour.SPLIT_UTF8: CLEAN,
    Behaviour.BAD_UTF8: CLEAN,
    Behaviour.LONE_SURROGATE: CLEAN,
    Behaviour.ENDLESS_LINE: "line_too_long",
    Behaviour.GZIP_BOMB: "answer_too_large",
    Behaviour.MISSING_END: CLEAN,
    Behaviour.DOUBLE_END: CLEAN,
    Behaviour.NOT_HTTP: "bad_answer",
}
KINDS = {
    **dict.fromkeys(("connect_timeout", "first_byte_timeout", "stalled"), Kind.timed_out),
    "upstream_rate": Kind.over_budget,
}
KEPT = frozenset({"silence", "reset-midway", "early-fin", "short-length", "cut-chunk", "half-line"})
"""Where half of a stream had arrived."""
TEXTS = {
    Behaviour.SPLIT_UTF8: {SPOKEN},
    # Two bad bytes may be one sign or two; what stands around them is whole.
    Behaviour.BAD_UTF8: {"before \ufffd after", "before \ufffd\ufffd after"},
    Behaviour.LONE_SURROGATE: {"before \ufffd after"},
}


def expected(behaviour: Behaviour, route: str) -> str:
    """The code of the fault, or `CLEAN`."""
    streamed = route.endswith("stream")
    if behaviour is Behaviour.SHORT_BODY and streamed and not route.startswith("responses"):
        return CLEAN  # every choice had ended: only the marker is missing
    if behaviour is Behaviour.MISSING_END and route == "responses-stream":
        return "ended_early"  # here the marker is the event that says so
    if behaviour in (Behaviour.SHORT_LENGTH, Behaviour.HALF_LINE) and not streamed:
        return "not_json"
    if behaviour is Behaviour.ENDLESS_LINE and not streamed:
        return "answer_too_large"
    return CODES[behaviour]


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    client = Client()
    yield client
    await client.close()


async def asked(engine: Engine, route: str, sink: RecordingSink) -> None:
    """Ask on this route; vectors are checked here."""
    if route == "embeddings":
        assert engine.embed is not None
        vectors = (await engine.embed.embed(EmbedAsk("mock-embed", ("one", "two")))).vectors
        assert vectors == (tuple(vector_of("one")), tuple(vector_of("two")))
        return
    if route == "transcripts":
        assert engine.transcribe is not None
        said = await engine.transcribe.transcribe(TranscribeAsk("mock", SOUND, times=True))
        assert said.segments is not None and "".join(each.text for each in said.segments) == said.text
        sink.say((said.text,))
        return
    assert engine.chat is not None
    ask = ChatAsk("mock", (Message("user", "Hello"),), stream=route.endswith("stream"))
    if route.startswith("completions"):
        ask = ChatAsk("mock", prompt="Hello", stream=ask.stream)
    await engine.chat.chat(ask, sink)


@pytest.mark.parametrize("behaviour", list(Behaviour), ids=lambda behaviour: str(behaviour))
@pytest.mark.parametrize("route", ROUTES)
async def test_a_bad_upstream_neither_hangs_nor_lies_nor_tells(
    client: Client, route: str, behaviour: Behaviour
) -> None:
    async with MockOpenAI(behaviour=behaviour) as upstream:
        redactor = Redactor((KEY,), ("127.0.0.1",))
        surroundings = Surroundings(client, SystemClock(), lambda text: safe_upstream_message(text, redactor))
        options = {"wire": "responses"} if route.startswith("responses") else {}
        deadlines = DEADLINES.get(behaviour, USUAL)
        connection = Upstream("mock", upstream.base_url, KEY, deadlines=deadlines, options=options)
        sink = RecordingSink()
        caught: Fault | None = None
        try:
            await asked(make(connection, surroundings), route, sink)
        except Fault as fault:
            caught = fault
        judge(caught, expected(behaviour, route), behaviour, upstream.port)
        if route == "transcripts" and caught is None:
            assert sink.answer.text in TEXTS.get(behaviour, {HEALTHY})
        if route not in SILENT:
            judge_text(sink, behaviour, route, caught)
            assert not sink.taps or sink.taps[-1] is None
        assert not upstream.canary_calls
        await upstream.until(lambda one: one.active == 0)


def judge(fault: Fault | None, code: str, behaviour: Behaviour, port: int) -> None:
    """The fault is the one expected, and tells nothing of the upstream."""
    if code == CLEAN:
        assert fault is None, fault and fault.message
        return
    assert fault is not None
    assert (fault.code, fault.kind) == (code, KINDS.get(code, Kind.upstream))
    told = fault.sentence() + repr(fault)
    for secret in (*SECRETS, KEY, "127.0.0.1", str(port), "/v1", "org-inner", "inner", ".py", "weights"):
        assert secret not in told
    statuses = {"unauthorized": 401, "rate-limited": 429, "internal-error": 500, "redirect": 307}
    assert fault.status == statuses.get(behaviour)
    assert fault.retry_after == (RETRY_AFTER if behaviour is Behaviour.RATE_LIMITED else None)


def judge_text(sink: RecordingSink, behaviour: Behaviour, route: str, fault: Fault | None) -> None:
    """What arrived is there, and nothing else."""
    text = sink.answer.text
    if behaviour in TEXTS:
        assert text in TEXTS[behaviour]
    elif fault is None:
        assert text == HEALTHY
        assert sink.answer.usage is not None
    else:
        assert HEALTHY.startswith(text)
        assert not sink.of(Whole)
        assert bool(sink.of(Delta)) or not (behaviour in KEPT and route.endswith("stream"))


async def test_a_connection_goes_back_to_the_pool_after_a_whole_stream(client: Client) -> None:
    async with MockOpenAI() as upstream:
        surroundings = Surroundings(client, SystemClock(), lambda text: text)
        engine = make(Upstream("mock", upstream.base_url), surroundings)
        for route in ("chat-stream", "chat-block", "completions-stream", "embeddings"):
            await asked(engine, route, RecordingSink())
        assert upstream.connections_made == 1
        assert client.counts().idle == 1
