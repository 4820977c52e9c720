"""The writer never makes anybody wait, loses no line that was taken, and counts those it could not take."""

from __future__ import annotations

import os
import threading
import time

import pytest

from parlance.observe import writer as module
from parlance.observe.writer import GATHERED, Writer, descriptor


class Sink:
    """Keeps what was written; can be made to block and to fail."""

    def __init__(self) -> None:
        self.blocks: list[bytes] = []
        self.wrote = threading.Event()
        self.free = threading.Event()
        self.free.set()
        self.broken = False

    def __call__(self, data: bytes) -> None:
        assert self.free.wait(20)
        if self.broken:
            raise BrokenPipeError
        self.blocks.append(data)
        self.wrote.set()


def test_lines_gather_and_leave_together() -> None:
    """Without anybody asking they are written after the pause, in order, in one piece."""
    sink = Sink()
    writer = Writer(sink, pause=0.2)
    writer.put(b"a\n")
    writer.put(b"b\n")
    assert sink.wrote.wait(20)
    writer.close()
    assert b"".join(sink.blocks) == b"a\nb\n"
    assert len(sink.blocks) <= 2


def test_an_urgent_line_does_not_wait_for_the_pause() -> None:
    """What came before it leaves with it."""
    sink = Sink()
    writer = Writer(sink, pause=60)
    writer.put(b"a\n")
    writer.put_now(b"b\n")
    assert sink.wrote.wait(20)
    writer.close()
    assert b"".join(sink.blocks) == b"a\nb\n"


def test_many_lines_do_not_wait_for_the_pause() -> None:
    """A full buffer is written at once."""
    sink = Sink()
    writer = Writer(sink, pause=60)
    writer.put(b"x" * GATHERED)
    writer.put(b"\n")
    assert sink.wrote.wait(20)
    writer.close()


def test_lines_after_the_first_batch_are_written_too() -> None:
    """The thread goes back to sleep and wakes again."""
    sink = Sink()
    writer = Writer(sink, pause=0.001)
    for number in range(5):
        sink.wrote.clear()
        writer.put(b"%d" % number)
        assert sink.wrote.wait(20)
    writer.close()
    assert b"".join(sink.blocks) == b"01234"


def test_a_reader_that_does_not_read_costs_lines_and_no_time() -> None:
    """Taking a line stays instant; what does not fit is dropped and counted."""
    sink = Sink()
    sink.free.clear()
    writer = Writer(sink, held=1000)
    start = time.monotonic()
    for _ in range(500):
        writer.put_now(b"x" * 99 + b"\n")
    assert time.monotonic() - start < 5
    assert writer.dropped > 0
    sink.free.set()
    writer.close()
    assert len(b"".join(sink.blocks)) == (500 - writer.dropped) * 100


def test_a_broken_pipe_is_no_failure() -> None:
    """Nobody reads any more: the lines are counted as lost."""
    sink = Sink()
    sink.broken = True
    writer = Writer(sink)
    writer.put(b"a\n")
    writer.flush()
    writer.close()
    assert writer.dropped == 1


def test_a_closed_writer_still_writes() -> None:
    """Lines that come at the very end are written at once; closing twice is fine."""
    sink = Sink()
    writer = Writer(sink)
    writer.close()
    writer.put(b"late\n")
    writer.put_now(b"later\n")
    writer.close()
    assert b"".join(sink.blocks) == b"late\nlater\n"


def test_closing_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that never reads cannot keep the process from ending."""
    monkeypatch.setattr(module, "STALLED", 0.05)
    sink = Sink()
    sink.free.clear()
    writer = Writer(sink, pause=0)
    writer.put_now(b"a\n")
    writer.close()
    sink.free.set()
    assert sink.wrote.wait(20)


def test_a_flush_does_not_wait_for_a_stuck_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """It gives up after a while; the lines stay where they are and leave later."""
    monkeypatch.setattr(module, "STALLED", 0.05)
    entered, sink = threading.Event(), Sink()
    sink.free.clear()

    def slow(data: bytes) -> None:
        entered.set()
        sink(data)

    writer = Writer(slow, pause=0)
    writer.put_now(b"a\n")
    assert entered.wait(20)
    writer.put(b"b\n")
    writer.flush()
    assert sink.blocks == []
    monkeypatch.setattr(module, "STALLED", 20)
    sink.free.set()
    writer.close()
    assert b"".join(sink.blocks) == b"a\nb\n"


def test_a_descriptor_takes_more_than_a_pipe_holds() -> None:
    """Also when it does not block: the writer waits until the reader has made room."""
    there, here = os.pipe()
    os.set_blocking(here, False)
    data = b"x" * 400_000
    read: list[bytes] = []

    def reader() -> None:
        while sum(map(len, read)) < len(data):
            read.append(os.read(there, 50_000))

    thread = threading.Thread(target=reader)
    thread.start()
    descriptor(here)(data)
    thread.join(20)
    assert b"".join(read) == data
    os.close(there)
    os.close(here)


def test_a_descriptor_that_stays_full_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a while the lines are lost rather than the thread."""
    monkeypatch.setattr(module, "STALLED", 0.01)
    there, here = os.pipe()
    os.set_blocking(here, False)
    with pytest.raises(BlockingIOError):
        descriptor(here)(b"x" * 4_000_000)
    os.close(there)
    os.close(here)
