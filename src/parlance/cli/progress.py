"""The progress of a download: bars on a terminal, one line for each step elsewhere. All of it on standard error."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Any

from parlance.cli import figures, output
from parlance.cli.exits import Failure
from parlance.cli.tables import width

SECOND = 1_000_000_000
REDRAW = SECOND // 20
"""Nanoseconds between two drawings of a bar."""
SUCCESS = "success"
ENOUGH, SHARE = 20, 10
"""Things that must be done, and at least one in so many of all, before the rest is guessed at: one may take a thousand
times as long as another, so that the first few say nothing."""
Clock = Callable[[], int]
"""Nanoseconds, monotonic."""


class Progress:
    """Shows steps as they come. `terminal` chooses the bars; `write` takes text for standard error."""

    def __init__(self, write: Callable[[str], object], clock: Clock, terminal: bool, columns: int = 80) -> None:
        self._write = write
        self._clock = clock
        self._terminal = terminal
        self._columns = columns
        self._title = ""
        self._began = self._drawn = 0
        self._open = False
        self._first = 0

    def step(self, step: dict[str, Any]) -> None:
        """One object of the stream: `status`, and for a layer `digest`, `total` and `completed` in bytes; or in things,
        where `counted` says so."""
        title = step.get("status") or ""
        fresh = title != self._title
        if fresh:
            self.close()
            self._title, self._began = title, self._clock()
            self._first = step.get("completed") or 0
        total = step.get("total") or 0
        if not (self._terminal and total):
            if fresh and title:
                self._write(f"{title}\n")
            return
        done = min(step.get("completed") or 0, total)
        now = self._clock()
        if fresh or done == total or now - self._drawn >= REDRAW:
            self._drawn, self._open = now, True
            counted = bool(step.get("counted"))
            tail = self._counted(done, total, now) if counted else self._weighed(done, total, now)
            self._write(output.CLEAR_LINE + self._bar(done, total, tail))

    def close(self) -> None:
        """Let the next line begin below the bar."""
        if self._open:
            self._write("\n")
            self._open = False

    def _bar(self, done: int, total: int, tail: str) -> str:
        head = f"{self._title}: {done * 100 // total:3d}% "
        room = self._columns - width(head) - width(tail) - 3
        if room < 1:
            return (head + tail.strip())[: self._columns - 1]
        full = room * done // total
        return f"{head}▕{'█' * full}{' ' * (room - full)}▏{tail}"

    def _weighed(self, done: int, total: int, now: int) -> str:
        """Of bytes: how many, how fast, and how long the rest takes."""
        if done == total:
            return f" {figures.size(total)}"
        rate = self._rate(done, now)
        if not rate:
            return f" {figures.size(done)}/{figures.size(total)}"
        rest = figures.duration(int((total - done) / rate) * SECOND)
        return f" {figures.size(done)}/{figures.size(total)}  {figures.size(int(rate))}/s  {rest}"

    def _counted(self, done: int, total: int, now: int) -> str:
        """Of things: how many, and how long the rest takes as soon as that can be guessed."""
        tail, fresh = f" {done}/{total}", done - self._first
        if done == total or fresh < ENOUGH or fresh * SHARE < total:
            return tail
        rate = self._rate(done, now)
        return f"{tail}  {figures.duration(int((total - done) / rate) * SECOND)}" if rate else tail

    def _rate(self, done: int, now: int) -> float:
        """In a second; 0 where that cannot be told yet."""
        spent = (now - self._began) / SECOND
        return (done - self._first) / spent if spent >= 1 and done > self._first else 0.0


def follow(steps: Iterable[dict[str, Any]], clock: Clock, as_json: bool = False) -> None:
    """Show a download until its end. Raises Failure when the stream ends before `success`."""
    err = sys.stderr
    progress = Progress(err.write, clock, err.isatty(), output.columns())
    last = ""
    try:
        for step in steps:
            last = step.get("status") or last
            if as_json:
                output.emit_line(step)
            else:
                progress.step(step)
                err.flush()
    finally:
        progress.close()
    if last != SUCCESS:
        raise Failure("The server broke off before the end. Run the same command again: what is there is kept.")
