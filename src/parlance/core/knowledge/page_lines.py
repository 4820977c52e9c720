"""Who has a page drawn next: one at a time for each user, so that nobody who turns many pages holds the others up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from parlance.values.errors import Fault, Kind

MOST_WAITING = 16
"""Pages of one user that are drawn or wait for it: nobody looks at more at once."""
MOMENT = 1.0
"""Seconds after which some of them are there."""


class PageLines:
    """A line for each user. What waits in the pool of processes is at most one page of each."""

    def __init__(self) -> None:
        self._lines: dict[str, tuple[asyncio.Lock, int]] = {}

    @property
    def waiting(self) -> int:
        """Users who have a page drawn, or wait for one."""
        return len(self._lines)

    @asynccontextmanager
    async def of(self, lane: str) -> AsyncIterator[None]:
        """The turn of a user, by what `Principal.lane_key` says. Raises `Fault(busy)` where too many wait already."""
        lock, waiting = self._lines.get(lane) or (asyncio.Lock(), 0)
        if waiting >= MOST_WAITING:
            raise Fault(Kind.busy, "Too many pages are being drawn.", hint="Ask again in a moment.", retry_after=MOMENT)
        self._lines[lane] = lock, waiting + 1
        try:
            async with lock:
                yield
        finally:
            lock, waiting = self._lines.pop(lane)
            if waiting > 1:
                self._lines[lane] = lock, waiting - 1
