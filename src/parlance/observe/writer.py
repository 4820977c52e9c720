"""Carries log lines to standard error without ever making the event loop wait for whoever reads it.

A thread writes; the loop only appends to a list. It sleeps without a timer while nothing is logged, so that an idle
server stays idle.
"""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Callable

Sink = Callable[[bytes], object]
"""Takes whole lines. May block; an `OSError` means that nobody reads any more."""

PAUSE = 0.05
"""Seconds in which lines gather before they are written together: unnoticed by an eye that follows the log."""
GATHERED = 64 * 1024
"""Bytes that are written at once, without the pause: what a pipe takes."""
HELD = 4 * 1024 * 1024
"""Bytes kept for a reader that does not read. Further lines are dropped and counted."""
STALLED = 5.0
"""Seconds a non-blocking descriptor may stay full before its lines are given up."""


class Writer:
    """Gathers lines and hands them to the sink in order. `put` may be called from any thread."""

    def __init__(self, sink: Sink, *, pause: float = PAUSE, held: int = HELD) -> None:
        self._sink = sink
        self._pause = pause
        self._held = held
        self._lines: list[bytes] = []
        self._bytes = 0
        self._awake = False
        self._closed = False
        self._wanted = threading.Event()
        self._urgent = threading.Event()
        self._writing = threading.Lock()
        self._thread: threading.Thread | None = None
        self.dropped = 0
        """Lines lost because the reader was too slow."""

    def put(self, line: bytes) -> None:
        """Take a line (with its newline); it is written within `pause`."""
        if self._bytes > self._held:
            self.dropped += 1
            return
        self._lines.append(line)
        self._bytes += len(line)
        if not self._awake:
            self._wake()
        if self._bytes > GATHERED:
            self._urgent.set()

    def put_now(self, line: bytes) -> None:
        """Take a line that somebody may be waiting for: whatever is there is written at once."""
        self.put(line)
        self._urgent.set()

    def flush(self) -> None:
        """Write what is there, in this thread. Gives up when another one has been stuck in the sink for seconds."""
        if not self._writing.acquire(timeout=STALLED):
            return
        try:
            # The flag falls before the lines are taken: one that is added in between wakes the thread once more.
            self._awake = False
            lines, self._lines, self._bytes = self._lines, [], 0
            if lines:
                self._hand_over(lines)
        finally:
            self._writing.release()

    def _hand_over(self, lines: list[bytes]) -> None:
        try:
            self._sink(b"".join(lines))
        except OSError:
            self.dropped += len(lines)

    def close(self) -> None:
        """Write the rest and end the thread. Lines that come later are written at once."""
        self._closed = True
        self._urgent.set()
        self._wanted.set()
        if self._thread is not None:
            # Bounded: a reader that never reads again must not keep the process from ending.
            self._thread.join(STALLED)
            if self._thread.is_alive():
                return
        self.flush()

    def _wake(self) -> None:
        self._awake = True
        if self._closed:
            self.flush()
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="parlance-log", daemon=True)
            self._thread.start()
        self._wanted.set()

    def _run(self) -> None:
        while not self._closed:
            self._wanted.wait()
            self._urgent.wait(self._pause)
            self._wanted.clear()
            self._urgent.clear()
            self.flush()


def descriptor(number: int) -> Sink:
    """A sink that writes to a file descriptor, 2 for standard error."""

    def write(data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[os.write(number, rest) :]
            except BlockingIOError:
                # Somebody who shares the terminal made it non-blocking.
                if not select.select((), (number,), (), STALLED)[1]:
                    raise

    return write
