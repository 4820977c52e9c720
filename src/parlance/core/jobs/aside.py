"""Jobs that stand aside: they wait for others more than they work, and their workers go on with the next ones."""

from __future__ import annotations

import asyncio

from parlance.ports.observing import OnDefect

SEATS = 24
"""Jobs of one process, of all its lanes together, that stand aside, each over soon: as many small documents as fill an
embedder's next ask while it is busy with one. Each is a lease, and some kilobytes of memory."""


class Aside:
    """The seats of one process, and who sits there."""

    def __init__(self, on_defect: OnDefect) -> None:
        self._on_defect = on_defect
        self._seats = asyncio.Semaphore(SEATS)
        self._sitting: set[asyncio.Task[None]] = set()

    async def take(self) -> None:
        """A seat, as soon as there is one."""
        await self._seats.acquire()

    def free(self) -> None:
        """Whoever took it is over."""
        self._seats.release()

    def seat(self, doing: asyncio.Task[None]) -> None:
        """Nobody else waits for this one any more: what it raises is told here."""
        self._sitting.add(doing)
        doing.add_done_callback(self._over)

    async def done(self) -> bool:
        """When all of them are over; gives whether there were any."""
        sitting = list(self._sitting)
        if sitting:
            await asyncio.wait(sitting)
        return bool(sitting)

    async def stop(self) -> None:
        """Break off what is being done."""
        for doing in self._sitting:
            doing.cancel()
        await self.done()

    def _over(self, doing: asyncio.Task[None]) -> None:
        self._sitting.discard(doing)
        if not doing.cancelled() and isinstance(error := doing.exception(), Exception):
            self._on_defect(error)
