"""Whatever an upstream does wrong is a typed fault or a clean end; what arrived is kept, and it gives nothing away."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from itertools import product

import pytest

from parlance.ports.fetching import Deadlines
from parlance.testing.engines import RecordingSink
from parlance.testing.upstreams import RETRY_AFTER, SECRETS, SOCKET_BEHAVIOURS, SPOKEN, Behaviour, Bounds, MockOllama
from parlance.values.asks import ChatAsk, EmbedAsk
from parlance.values.errors import Fault, Kind
from parlance.values.events import Delta, Event
from parlance.values.messages import Message
from tests.unit.engines.ollama_http.stage import KEY, Stage, staged

LONG, SHORT = 10.0, 0.15
DEADLINES = {
    Behaviour.CONNECT_HANG: Deadlines(connect=SHORT, first_byte=LONG, between=LONG),
    Behaviour.HEADER_HANG: Deadlines(connect=LONG, first_byte=SHORT, between=SHORT),
    Behaviour.FIRST_TOKEN_HANG: Deadlines(connect=LONG, first_byte=SHORT, between=SHORT),
    Behaviour.SILENCE: Deadlines(connect=LONG, first_byte=LONG, between=SHORT),
}
"""Only what hangs runs into a short one: the others have time, however busy the machine is."""
BOUNDS = Bounds(endless_line=80 << 20, gzip_bomb=96 << 20)
GOOD = {Behaviour.HEALTHY, Behaviour.SPLIT_UTF8, Behaviour.BAD_UTF8, Behaviour.LONE_SURROGATE, Behaviour.DOUBLE_END}
"""After these the answer is whole."""
ONLY_STREAMS = {Behaviour.MISSING_END}
"""An answer in one block has no end marker to miss."""
KINDS = {
    Behaviour.CONNECT_HANG: Kind.timed_out,
    Behaviour.HEADER_HANG: Kind.timed_out,
    Behaviour.FIRST_TOKEN_HANG: Kind.timed_out,
    Behaviour.SILENCE: Kind.timed_out,
    Behaviour.RATE_LIMITED: Kind.over_budget,
}
KEPT = {
    Behaviour.SILENCE,
    Behaviour.RESET_MIDWAY,
    Behaviour.EARLY_FIN,
    Behaviour.SHORT_BODY,
    Behaviour.SHORT_LENGTH,
    Behaviour.CUT_CHUNK,
    Behaviour.ERROR_IN_200,
    Behaviour.HALF_LINE,
    Behaviour.MISSING_END,
}
"""Half an answer has arrived before these go wrong."""

Asked = Callable[[Stage, str], Awaitable[list[Event]]]


async def chat(stage: Stage, model: str, stream: bool = True) -> list[Event]:
    """A chat; a fault carries what arrived before it."""
    return await pushed(stage, ChatAsk(model, (Message("user", "hello"),), stream=stream))


async def chat_whole(stage: Stage, model: str) -> list[Event]:
    """A chat that nobody reads along."""
    return await chat(stage, model, False)


async def prompt(stage: Stage, model: str) -> list[Event]:
    """A prompt."""
    return await pushed(stage, ChatAsk(model, prompt="hello"))


async def pull(stage: Stage, model: str) -> list[Event]:
    """A pull."""
    sink = RecordingSink()
    await kept(sink, stage.store.pull(model, {}, sink))
    return sink.events


async def embed(stage: Stage, model: str) -> list[Event]:
    """Embeddings, which push nothing."""
    await kept(RecordingSink(), stage.embed.embed(EmbedAsk(model, ("a", "b"))))
    return []


async def pushed(stage: Stage, ask: ChatAsk) -> list[Event]:
    """What a chat engine pushes."""
    sink = RecordingSink()
    await kept(sink, stage.chat.chat(ask, sink))
    return sink.events


async def kept(sink: RecordingSink, work: Awaitable[object]) -> None:
    """Do it; a fault goes on with the events beside it."""
    try:
        await work
    except Fault as fault:
        fault.add_note(str(len(sink.events)))
        assert not sink.taps or sink.taps[-1] is None
        raise


STREAMED = {"chat": chat, "chat-whole": chat_whole, "prompt": prompt}
CASES = [pytest.param(b, ask, id=f"{b}-{name}") for b, (name, ask) in product(Behaviour, STREAMED.items())]
ALL = [pytest.param(b, ask, id=f"{b}-{ask.__name__}") for b, ask in product(Behaviour, (embed, pull))]


async def faulted(behaviour: Behaviour, ask: Asked) -> tuple[Fault | None, list[Event], int]:
    """How an ask ends at an upstream that behaves so: the fault or the events, and how many arrived before it."""
    upstream = MockOllama(behaviour=behaviour, key=KEY, bounds=BOUNDS)
    model = "mock" if behaviour in SOCKET_BEHAVIOURS else f"bad-{behaviour}"
    deadlines = DEADLINES.get(behaviour, Deadlines(connect=LONG, first_byte=LONG, between=LONG))
    options = {"silence_seconds": SHORT if behaviour in DEADLINES else LONG}
    async with staged(upstream, key=KEY, deadlines=deadlines, options=options) as stage:
        try:
            return None, await ask(stage, model), 0
        except Fault as fault:
            assert not upstream.canary_calls, "a redirect was followed"
            for secret in (*SECRETS, KEY, str(upstream.port), "127.0.0.1", "/api"):
                assert secret not in f"{fault.message} {fault.hint}"
            return fault, [], int(fault.__notes__[0])


@pytest.mark.slow
@pytest.mark.parametrize(("behaviour", "ask"), CASES)
async def test_a_bad_answer_is_a_typed_fault_and_what_came_is_kept(behaviour: Behaviour, ask: Asked) -> None:
    """Chats and prompts, read along or not."""
    fault, events, before = await faulted(behaviour, ask)
    if behaviour in GOOD:
        assert fault is None
        text = "".join(event.text for event in events if isinstance(event, Delta))
        if behaviour is Behaviour.SPLIT_UTF8:
            assert text == SPOKEN
        assert text.startswith(("tok0 tok1", "before", SPOKEN))
        return
    assert fault is not None
    assert fault.kind is KINDS.get(behaviour, Kind.upstream), fault
    assert (before > 0) == (behaviour in KEPT)
    if behaviour is Behaviour.RATE_LIMITED:
        assert fault.retry_after == RETRY_AFTER


@pytest.mark.slow
@pytest.mark.parametrize(("behaviour", "ask"), ALL)
async def test_vectors_and_pulls_are_whole_or_a_typed_fault(behaviour: Behaviour, ask: Asked) -> None:
    """The same for what is no chat."""
    fault, _, _ = await faulted(behaviour, ask)
    fine = GOOD | (ONLY_STREAMS if ask is embed else set())
    assert (fault is None) == (behaviour in fine), fault
    if fault is not None:
        # Two sides of the same bound: a short length cuts the JSON, an endless block is larger than any answer.
        assert fault.kind is KINDS.get(behaviour, Kind.upstream), fault
