"""A run as frames, event by event."""

from __future__ import annotations

import asyncio

import msgspec

from parlance.core.runs.flight import Flight
from parlance.core.runs.run import DROP_BEHIND, Run
from parlance.dialects.chatqueue.frames import frames, rendered
from parlance.values.errors import Fault, Kind
from parlance.values.events import Choice, Delta, Ended, Event, Failure, Finished, Started, Usage, Whole
from parlance.values.messages import Message, Reasoning
from tests.unit.dialects.openai.stage import CREATED, OWNER, StoppedClock, played


def run() -> Run:
    """A run of which nothing has been heard."""
    return Run("id", OWNER, "tiny", CREATED)


async def pieces(of: Run, *, begun: bool) -> list[bytes]:
    """The stream as it is handed to the transport."""
    return [piece async for piece in frames(of, begun=begun)]


async def test_a_run_that_has_not_begun_sends_its_status_ahead() -> None:
    """An empty piece opens the stream; what went wrong afterwards is told inside it."""
    found = await pieces(played([Fault(Kind.upstream, "Gone.", hint="Look.")]), begun=False)
    assert found == [b"", b'data: {"done":true,"error":"Stream error: Gone. Look."}\n\n']


async def test_events_that_are_no_text_are_not_shown() -> None:
    """Thoughts, usage and reasons have no frame, and no empty piece is sent for them."""
    said: list[Event | Fault] = [
        Started("up"),
        Delta("hm", "reasoning"),
        Delta(""),
        Delta("Hi"),
        Finished("stop"),
        Usage(1, 2),
    ]
    found = b"".join(await pieces(played(said), begun=True))
    assert found == (b'data: {"content":"Hi","done":false,"cached":false}\n\ndata: {"done":true,"cached":false}\n\n')
    assert await pieces(played([Delta("hm", "reasoning")]), begun=True) == [b'data: {"done":true,"cached":false}\n\n']


def test_a_whole_answer_is_one_frame() -> None:
    """An engine may answer at once although a stream was asked for."""
    whole = Whole((Choice((Reasoning("hm"), Message("assistant", "Hi"))),))
    assert rendered(run(), [whole]) == b'data: {"content":"Hi","done":false,"cached":false}\n\n'


def test_an_answer_that_was_cut_or_stopped_does_not_end_as_if_it_were_whole() -> None:
    """Every outcome but `complete` is an error, in one sentence."""
    ends = Ended("cut", Failure("too_large", "Too long.")), Ended("stopped"), Ended("interrupted")
    for end in ends:
        found = msgspec.json.decode(rendered(run(), [end]).removeprefix(b"data: "))
        assert found["done"] is True and found["error"].startswith("Stream error: ")
        assert set(found) == {"done", "error"}


async def test_a_reader_that_is_dropped_is_told_so() -> None:
    """A client that reads too slowly gets the reason, not the end of an answer."""
    over = asyncio.Event()

    async def work(flight: Flight) -> None:
        await over.wait()

    slow, flight = run(), Flight(StoppedClock(), work, lambda _: None, lambda _: None)
    slow.board(flight)
    flight.start()
    stream = frames(slow, begun=True)
    first = asyncio.create_task(anext(stream))
    for event in (Delta("hm", "reasoning"), Delta("Hi")):
        await asyncio.sleep(0.01)
        flight.push(event)
    assert b'"Hi"' in await first
    flight.push(Delta("x" * (DROP_BEHIND + 1)))
    rest = [piece async for piece in stream]
    assert len(rest) == 1 and b'"done":true,"error":"Stream error: This reader fell too far behind' in rest[0]
    over.set()
