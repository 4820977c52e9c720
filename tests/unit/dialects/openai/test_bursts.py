"""What comes in bursts is read, kept and shown as it is event by event, however its bytes were cut."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from parlance.core.runs.flight import Flight
from parlance.core.runs.fold import fold
from parlance.core.runs.log import Burst, Log
from parlance.core.runs.run import Run
from parlance.dialects.openai.frames import ChatFrames
from parlance.engines.openai_http.chat_stream import ChatReader
from parlance.engines.openai_http.intake import Intake
from parlance.values.errors import Fault
from parlance.values.events import Delta, Event, Finished
from tests.unit.dialects.openai.stage import CREATED, IDS, OWNER, StoppedClock
from tests.unit.engines.openai_http.stage import ERRORS, chunk, split, sse
from tests.unit.engines.openai_http.test_mould import FRAMES

PUSHED = st.one_of(
    st.builds(Delta, st.text(max_size=3), st.sampled_from(["text", "reasoning", "refusal"]), choice=st.integers(0, 1)),
    st.builds(Finished, st.sampled_from(["stop", "length"]), st.integers(0, 1)),
)
SPOKEN = st.lists(st.one_of(PUSHED, st.lists(st.text(max_size=3), min_size=1, max_size=5)), max_size=8)


def boarded() -> tuple[Flight, Run]:
    flight = Flight.elsewhere(StoppedClock(), Log(StoppedClock()))
    run = Run(IDS[0], OWNER, "tiny", CREATED)
    run.board(flight)
    return flight, run


def quickly(pieces: Iterable[bytes]) -> tuple[list[Event], bytes]:
    """The log and the frames of a stream that comes in these pieces, written after each of them."""
    flight, run = boarded()
    intake, frames = Intake(ChatReader(flight, ERRORS, "m"), flight, ERRORS, 1.0), ChatFrames(run)
    intake.on_head(200, ((b"content-type", b"text/event-stream"),))
    shown: list[bytes] = []
    read = 0
    with contextlib.suppress(Fault):
        for piece in pieces:
            try:
                intake.on_data(piece)
            finally:
                new = run.events(read)
                read += len(new)
                shown.append(frames.render(new))
    return flight.log.after(0), b"".join(shown)


def slowly(stream: bytes) -> tuple[list[Event], bytes]:
    """The same, one frame and one event after the other."""
    flight, run = boarded()
    reader, frames = ChatReader(flight, ERRORS, "m"), ChatFrames(run)
    with contextlib.suppress(Fault):
        for frame in split(stream):
            reader.frame(frame)
    events = list(flight.log.after(0))
    return events, b"".join([frames.render([event]) for event in events])


@given(st.lists(FRAMES, min_size=1, max_size=12), st.data())
def test_a_stream_cut_anywhere_is_kept_and_shown_as_frame_by_frame(frames: list[bytes], data: st.DataObject) -> None:
    stream = sse(chunk({"content": "first"})) + b"".join(frames) + b"\n\n"
    cuts = sorted(data.draw(st.lists(st.integers(1, len(stream) - 1), max_size=4, unique=True)))
    pieces = [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    quick, slow = quickly(pieces), slowly(stream)
    assert list(quick[0]) == slow[0]
    assert quick[1] == slow[1]
    assert fold(quick[0]) == fold(slow[0])


@given(SPOKEN, st.integers(0, 12))
def test_a_log_gives_what_was_said_in_bursts_from_any_number_on(spoken: list[Event | list[str]], after: int) -> None:
    flight, run = boarded()
    events: list[Event] = []
    for each in spoken:
        if isinstance(each, list):
            flight.say(each)
            events += map(Delta, each)
        else:
            flight.push(each)
            events.append(each)
    new = flight.log.after(after)
    assert list(new) == events[after:]
    assert type(new[:]) is list
    one_by_one = ChatFrames(run)
    assert ChatFrames(run).render(new) == b"".join([one_by_one.render([event]) for event in events[after:]])


def test_what_is_said_at_once_is_known_as_plain_text() -> None:
    flight, _ = boarded()
    flight.push(Delta("hm", "reasoning"))
    flight.say(["a", "b", "c"])
    flight.push(Finished("stop"))
    found = flight.log.after(0)
    assert isinstance(found, Burst) and (found.at, found.texts) == (1, ["a", "b", "c"])
    assert not isinstance(flight.log.after(2), Burst)  # a stretch that was read in part
    assert not isinstance(flight.log.copy().after(0), Burst)
