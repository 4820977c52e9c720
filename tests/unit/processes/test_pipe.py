"""Frames between the server and a child."""

from __future__ import annotations

import asyncio
import io

import pytest

from parlance.processes import pipe


async def replies(raw: bytes) -> pipe.Reply | None:
    stream = asyncio.StreamReader()
    stream.feed_data(raw)
    stream.feed_eof()
    return await pipe.read_reply(stream)


def test_a_call_comes_out_as_it_went_in() -> None:
    call = pipe.Call(7, "embed", {"texts": ["", "né", "\n"], "truncate": True})
    assert pipe.read_call(io.BytesIO(pipe.pack(call))) == call


async def test_an_answer_comes_out_with_its_bytes_untouched() -> None:
    answer = pipe.Answer(7, {"tokens": 3})
    assert await replies(pipe.pack(answer, bytes(range(256)))) == (answer, bytes(range(256)))


async def test_the_end_of_a_stream_is_no_error() -> None:
    assert pipe.read_call(io.BytesIO()) is None
    assert await replies(b"") is None


async def test_an_answer_cut_short_is_the_end_because_the_child_died() -> None:
    whole = pipe.pack(pipe.Answer(1), b"1234")
    for cut in range(1, len(whole)):
        assert await replies(whole[:cut]) is None


def test_a_call_cut_short_is_garbled() -> None:
    whole = pipe.pack(pipe.Call(1, "embed"))
    for cut in range(1, len(whole)):
        with pytest.raises(pipe.Garbled):
            pipe.read_call(io.BytesIO(whole[:cut]))


async def test_lengths_beyond_the_bound_are_never_waited_for() -> None:
    with pytest.raises(pipe.Garbled):
        pipe.read_call(io.BytesIO(b"\xff" * 8))
    with pytest.raises(pipe.Garbled):
        await replies(b"\x00\x00\x00\x00\xff\xff\xff\xff")


async def test_a_header_that_is_not_what_it_must_be_is_garbled() -> None:
    raw = pipe.LENGTHS.pack(2, 0) + b"[]"
    with pytest.raises(pipe.Garbled):
        pipe.read_call(io.BytesIO(raw))
    with pytest.raises(pipe.Garbled):
        await replies(raw)


def test_a_frame_the_other_side_would_refuse_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipe, "MOST", 64)
    with pytest.raises(pipe.Garbled):
        pipe.pack(pipe.Call(1, "embed", {"texts": ["x" * 64]}))
