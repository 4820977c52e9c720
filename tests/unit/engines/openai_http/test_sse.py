"""Server-sent events come out the same however their bytes are cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlance.engines.openai_http import sse
from parlance.engines.openai_http.sse import MAX_FRAME, Alarm, Frames
from parlance.values.errors import Fault, Kind
from tests.unit.engines.openai_http.stage import split

TEXTS = {
    "plain frames": (b"data: a\n\ndata: b\n\n", [b"a", b"b"]),
    "no space behind the colon": (b"data:a\n\n", [b"a"]),
    "only the first space goes": (b"data:  a\n\n", [b" a"]),
    "several lines": (b"data: a\ndata: b\n\n", [b"a\nb"]),
    "a name": (b"event: x\ndata: a\n\n", [b"a"]),
    "an id and a retry": (b"id: 1\nretry: 9\ndata: a\n\n", [b"a"]),
    "an unknown field": (b"color: red\ndata: a\n\n", [b"a"]),
    "a comment": (b": hello\n\ndata: a\n\n:\n\n", [b"a"]),
    "a comment inside": (b"data: a\n: hello\ndata: b\n\n", [b"a\nb"]),
    "a bare field": (b"data\n\n", [b""]),
    "empty lines": (b"\n\n\ndata: a\n\n\n\n\ndata: b\n\n", [b"a", b"b"]),
    "a name without data": (b"event: x\n\ndata: a\n\n", [b"a"]),
    "CRLF": (b"data: a\r\n\r\ndata: b\r\n\r\n", [b"a", b"b"]),
    "CR": (b"data: a\r\rdata: b\r\r", [b"a", b"b"]),
    "mixed ends": (b"data: a\r\n\ndata: b\n\rdata: c\r\r\n", [b"a", b"b", b"c"]),
    "no end": (b"data: a\n\ndata: b", [b"a", b"b"]),
    "half an end": (b"data: a\n\ndata: b\n", [b"a", b"b"]),
    "nothing": (b"", []),
}


@pytest.mark.parametrize(("text", "frames"), TEXTS.values(), ids=TEXTS.keys())
def test_frames_are_the_same_whole_and_byte_by_byte(text: bytes, frames: list[bytes]) -> None:
    assert split(text) == frames
    assert split(text, *range(1, len(text))) == frames


@given(
    st.lists(st.sampled_from([b"data: a", b"data:", b"event: error", b":", b"\n", b"\r", b"\r\n", b"x", b"\n\n", b""])),
    st.data(),
)
def test_random_cuts_change_nothing(pieces: list[bytes], data: st.DataObject) -> None:
    text = b"".join(pieces)
    cuts = data.draw(st.lists(st.integers(0, len(text)), max_size=8))
    assert [(type(one), one) for one in split(text, *cuts)] == [(type(one), one) for one in split(text)]


def test_an_event_named_error_is_told_apart() -> None:
    first, second = Frames().feed(b"event: error\ndata: a\n\ndata: b\n\n")
    assert type(first) is Alarm and first == b"a"
    assert type(second) is bytes


@pytest.mark.parametrize("piece", [b"a" * 65536, b"data: " + b"a" * 60000 + b"\n"])
def test_a_frame_without_end_is_refused_at_its_bound(piece: bytes) -> None:
    frames = Frames()
    with pytest.raises(Fault) as caught:
        for _ in range(MAX_FRAME // 30000):
            assert frames.feed(piece) == []
    assert (caught.value.kind, caught.value.code) == (Kind.upstream, "line_too_long")


def test_a_frame_just_below_the_bound_passes() -> None:
    frames = Frames()
    size = MAX_FRAME - 100
    text = b"data: " + b"a" * size + b"\n\n"
    found = [one for start in range(0, len(text), 65536) for one in frames.feed(text[start : start + 65536])]
    assert [len(one) for one in found] == [size]
    assert sse.MAX_FRAME >= 4 << 20
