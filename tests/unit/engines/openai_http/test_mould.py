"""A stream that is read by what its frames have in common says exactly what it says frame by frame."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlance.core.runs import log as log_module
from parlance.core.runs.flight import Flight
from parlance.core.runs.log import Log
from parlance.engines.openai_http.chat_stream import ChatReader
from parlance.engines.openai_http.intake import Intake
from parlance.engines.openai_http.mould import Mould
from parlance.testing.sinks import RecordingSink
from parlance.values.errors import Fault
from parlance.values.events import Event
from tests.unit.engines.openai_http.stage import ERRORS, StillClock, chunk, split, sse

SAID = st.sampled_from(["a", " b", 'say "x"', "\\", "\n\n", '"},', "é", "😀", "", "data: ", ",", '","', "],[", "\0"])
FRAMES = st.one_of(
    SAID.map(lambda text: sse(chunk({"content": text}))),
    SAID.map(lambda text: b"data: " + json.dumps(json.loads(chunk({"content": text}))).encode() + b"\n\n"),
    st.sampled_from(
        [
            sse(chunk({"role": "assistant", "content": ""})),
            sse(chunk({}, "stop")),
            sse(chunk({"content": "x"}, obfuscation="r")),
            sse(chunk({"reasoning_content": "hm"})),
            sse(chunk({"content": "x"})).replace(b'"x"', b'"a","b"'),
            sse(chunk({"content": "x"})).replace(b'"x"', b'"a","b'),
            sse(chunk({"content": "x"})).replace(b'"x"', b'c"'),
            sse(chunk({"content": "x"})).replace(b'"x"', b"1"),
            sse(chunk({"content": "x"})).replace(b'"x"', b'"x"\n'),
            sse(chunk({"content": "x"})).replace(b'"x"', b'\n"x"'),
            sse(chunk({"content": "x"})).replace(b"\n", b"\r\n"),
            b": a comment\n\n",
            b"event: error\n",
        ]
    ),
)


def heard(*pieces: bytes) -> tuple[list[Event], str | None]:
    """What an answer in these pieces tells, and the code of its failure."""
    sink = RecordingSink()
    intake = Intake(ChatReader(sink, ERRORS, "m"), sink, ERRORS, 1.0)
    intake.on_head(200, ((b"content-type", b"text/event-stream"),))
    try:
        for piece in pieces:
            intake.on_data(piece)
    except Fault as fault:
        return sink.events, fault.code
    return sink.events, None


def read(stream: bytes) -> tuple[list[Event], str | None]:
    """The same by the reader alone, which is given one frame after the other."""
    sink = RecordingSink()
    reader = ChatReader(sink, ERRORS, "m")
    try:
        for frame in split(stream):
            reader.frame(frame)
    except Fault as fault:
        return sink.events, fault.code
    return sink.events, None


@given(st.lists(FRAMES, min_size=1, max_size=12), st.data())
def test_bursts_of_any_cut_tell_what_their_frames_tell(frames: list[bytes], data: st.DataObject) -> None:
    stream = sse(chunk({"content": "first"})) + b"".join(frames) + b"\n\n"
    cuts = sorted(data.draw(st.lists(st.integers(1, len(stream) - 1), max_size=4, unique=True)))
    pieces = [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert heard(*pieces) == read(stream)


def test_a_burst_is_told_in_one_go() -> None:
    calls: list[int] = []

    class Counting(RecordingSink):
        def say(self, texts: object) -> None:
            assert isinstance(texts, list)
            calls.append(len(texts))

    sink = Counting()
    intake = Intake(ChatReader(sink, ERRORS, "m"), sink, ERRORS, 1.0)
    intake.on_head(200, ())
    intake.on_data(sse(*(chunk({"content": f"t{number}"}) for number in range(50))))
    assert calls == [49]


@pytest.mark.parametrize("frame", [b'{"text":"a"}', b'{"content":"a","b":"a"}', b'{"content":"a'], ids=str)
def test_where_the_place_of_the_text_is_in_doubt_there_is_no_mould(frame: bytes) -> None:
    assert Mould.of(frame, "a") is None


async def test_a_burst_beyond_the_bound_keeps_what_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_module, "BOUND", 5)
    flight = Flight.landed(StillClock(), Log(StillClock()))
    with pytest.raises(Fault) as caught:
        flight.say(["ab", "cd", "ef"])
    assert caught.value.code == "cut" and len(flight.log) == 2


def test_a_long_burst_is_sealed_and_read_back_whole() -> None:
    flight = Flight.landed(StillClock(), Log(StillClock()))
    flight.log.say([str(number) for number in range(2000)])
    assert [event.text for event in flight.log.after(0)] == [str(number) for number in range(2000)]  # type: ignore[union-attr]
    assert flight.log.at(2000) == StillClock().now()


@pytest.mark.parametrize("text", ["t", "", 'a "quote" \\', "é", "\n", "}", '"}'])
def test_a_frame_alone_is_read_as_one_of_many_is(text: str) -> None:
    """A model at its own pace sends one frame at a time."""
    head, tail = b'{"choices":[{"delta":{"content":', b"}}]}"
    mould = Mould(head, tail)
    frame = b"data: " + head + msgspec.json.encode(text) + tail + b"\n\n"
    assert mould.take(frame) == ([text], b"")
    assert mould.take(frame + frame) == ([text, text], b"")
    assert mould.take(frame + frame[:9]) == ([text], frame[:9])
    assert mould.take(frame[:-1]) == ([], frame[:-1])


@pytest.mark.parametrize("inside", [b"1", b'"a","b":"c"', b'"\\ud800"', b'"\\u0000"', b"", b"null", b'"a"\n', b'\n"a"'])
def test_a_frame_alone_that_holds_anything_else_is_left_for_a_closer_look(inside: bytes) -> None:
    mould = Mould(b'{"content":', b"}")
    frame = b'data: {"content":' + inside + b"}\n\n"
    assert mould.take(frame) == ([], frame)
