"""Who rides a flight: what it knows of a run that watches it, and of those who read that run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from parlance.values.notices import Notice

NOTICE_GAP = 0.25
"""Seconds between two notices of one run: four a second are as many as an eye can use."""


class Reader:
    """Where one stream has got to."""

    __slots__ = ("due", "n", "position", "seen", "shown_at")

    def __init__(self, n: int) -> None:
        self.n = n
        self.position = 0
        self.seen = 0
        self.shown_at = 0.0
        self.due = False

    def looks(self, noticed: int, wake: Callable[[], None]) -> bool:
        """Whether to show notice number `noticed` now: it is new here, and the last one is old enough. Else `wake` is
        called in time."""
        if self.seen == noticed:
            return False
        loop = asyncio.get_running_loop()
        wait = self.shown_at + NOTICE_GAP - loop.time()
        if wait > 0:
            if not self.due:
                self.due = True
                loop.call_later(wait, self._again, wake)
            return False
        self.shown_at = loop.time()
        self.seen = noticed
        return True

    def _again(self, wake: Callable[[], None]) -> None:
        self.due = False
        wake()


class Rider(Protocol):
    """What a flight knows of a run that watches it."""

    @property
    def unpaced(self) -> bool:
        """Whether nobody need be waited for on its account."""
        ...

    @property
    def readers(self) -> Sequence[Reader]:
        """Who reads it now."""
        ...

    @property
    def waiting(self) -> Sequence[object]:
        """Who waits for the next event."""
        ...

    @property
    def listeners(self) -> Sequence[object]:
        """Who is called at each event."""
        ...

    def wake(self, whole: bool = False) -> None:
        """There is news; `whole`: all that came with it is in the log."""
        ...

    def show(self, notice: Notice) -> None:
        """There is progress to be seen."""
        ...

    def quiet(self) -> None:
        """The progress last shown is over."""
        ...

    def landed(self) -> None:
        """The log has ended."""
        ...
