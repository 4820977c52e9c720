"""Frames are written from callbacks for as long as the line takes them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from parlance.dialects.table import Live, News, Reply
from parlance.transports.http.heartbeats import Wheel
from parlance.transports.http.relay import Relay
from parlance.values.time import SystemClock


class Words(Live):
    """Frames that a test says."""

    def __init__(self, *, early: bool = False) -> None:
        super().__init__(early=early)
        self.held: list[bytes] = []
        self.ending = False
        self.lates: list[bool] = []
        self.error: Exception | None = None
        self.closed = False
        self.news: News = lambda _: None

    def listen(self, news: News) -> None:
        self.news = news

    def say(self, word: bytes, *, whole: bool = False, end: bool = False) -> None:
        self.held.append(word)
        self.ending = end
        self.news(whole)

    def take(self, *, late: bool = False) -> bytes:
        self.lates.append(late)
        if self.error is not None:
            raise self.error
        piece = b"".join(self.held)
        self.held.clear()
        self.over = self.ending
        return piece

    def close(self) -> None:
        self.closed = True


class Line:
    """A line whose short way a test opens and shuts, and whose long way always takes."""

    def __init__(self, *, short: bool = True) -> None:
        self.short = short
        self.wrote: list[Any] = []
        self.task: Any = None
        self.lost = False

    def begin(self, status: int, headers: Any, data: bytes, last: bool = False) -> bool:
        return self.piece(b"head+" + data, last)

    def piece(self, data: bytes, last: bool = False) -> bool:
        if self.short:
            self.wrote.append((data, "last") if last else data)
        return self.short

    def end(self) -> bool:
        return self.piece(b"", True)

    def cut(self) -> bool:
        return True

    def body(self) -> bytes | None:
        return None

    def answer(self, status: int, headers: Any, body: bytes) -> bool:
        return False

    async def send(self, message: Any) -> None:
        self.wrote.append(("sent", message.get("body", b"head")))


async def turn() -> None:
    """Let the loop go round."""
    for _ in range(4):
        await asyncio.sleep(0)


def riding(words: Words, line: Line) -> tuple[Relay, asyncio.Task[None]]:
    relay = Relay(Reply(frames=words), [], line.send, Wheel(SystemClock()), line)
    return relay, asyncio.ensure_future(relay.run())


async def test_an_answer_in_one_burst_is_one_write_with_head_and_end() -> None:
    """What comes while the stream begins waits for the rest of its burst."""
    words, line = Words(), Line()
    _, task = riding(words, line)
    await asyncio.sleep(0)
    words.say(b"a")
    words.say(b"b", end=True)
    await task
    assert line.wrote == [(b"head+ab", "last")] and words.closed


async def test_a_word_that_came_whole_is_written_within_the_call() -> None:
    """And single events of one read leave together in the next turn."""
    words, line = Words(), Line()
    relay, task = riding(words, line)
    await turn()
    words.say(b"a", whole=True)
    assert line.wrote == [b"head+a"]
    words.say(b"b")
    words.say(b"c")
    assert line.wrote == [b"head+a"]
    await turn()
    assert line.wrote == [b"head+a", b"bc"]
    words.say(b"", end=True)
    await task
    assert line.wrote[-1] == (b"", "last") and relay.sent == 3


async def test_a_line_that_is_full_is_waited_for_and_the_reader_is_late() -> None:
    """Nothing is taken meanwhile, nothing is lost, and the short way is tried again afterwards."""
    words, line = Words(), Line()
    relay, task = riding(words, line)
    await turn()
    words.say(b"a", whole=True)
    line.short = False
    words.say(b"b", whole=True)
    words.say(b"c", whole=True)
    assert words.held == [b"c"]
    await asyncio.sleep(0)
    line.short = True
    await turn()
    assert line.wrote == [b"head+a", ("sent", b"b"), b"c"] and words.lates[-1]
    words.say(b"d", whole=True, end=True)
    await task
    assert line.wrote[-1] == (b"d", "last") and relay.sent == 4 and not words.lates[-1]


async def test_without_a_short_way_everything_is_sent() -> None:
    """Head, pieces and end."""
    words, line = Words(early=True), Line(short=False)
    _, task = riding(words, line)
    await turn()
    assert line.wrote == [("sent", b"head")]
    words.say(b"a", end=True)
    await task
    assert line.wrote == [("sent", b"head"), ("sent", b"a"), ("sent", b"")]


async def test_the_head_of_an_early_stream_does_not_wait_for_its_first_word() -> None:
    words, line = Words(early=True), Line()
    relay, task = riding(words, line)
    await turn()
    assert line.wrote == [b"head+"] and relay.started
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert words.closed
    words.say(b"a", whole=True)
    assert line.wrote == [b"head+"]


async def test_what_the_frames_raise_ends_the_stream() -> None:
    words, line = Words(), Line()
    _, task = riding(words, line)
    await turn()
    words.error = RuntimeError("broken")
    words.say(b"a")
    with pytest.raises(RuntimeError, match="broken"):
        await task
    assert line.wrote == [] and words.closed


async def test_the_same_frames_can_be_iterated() -> None:
    """For transports that know nothing of turns: the head first where it is wanted early, then each piece."""
    words = Words(early=True)
    assert await anext(words) == b""
    waiting = asyncio.ensure_future(anext(words))
    await asyncio.sleep(0)
    words.say(b"a")
    assert await waiting == b"a"
    words.say(b"b", end=True)
    assert [piece async for piece in words] == [b"b"]
    assert words.lates[-1]
