"""The keeper of files and documents: gives back what broken uploads had reserved, and removes blobs that nobody names.

A worker: beside dispatch it is the only one that commits here. What it cannot do now, because the database or the disk
is away, it does at its next round.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from parlance.core.rounds import Rounds
from parlance.ports.blobs import Blobs
from parlance.ports.files import RoomKeeping
from parlance.ports.observing import Log, OnDefect
from parlance.ports.stores import Conflict, Database
from parlance.values.files import Hold
from parlance.values.time import SECOND, Clock

Unknown = Callable[[Sequence[str]], Awaitable[Sequence[str]]]
"""Of some blobs, those that nobody names."""
ROUND_SECONDS = 30.0
"""Between two rounds: reservations last minutes."""
ORPHAN_SECONDS = 24 * 3600
"""Age from which a blob without a row is nobody's: no upload takes so long to be committed."""
TRIES = 10
"""Rounds in which a reservation is looked for before it is left to expire."""


class Keeper:
    """One per process for each kind of room; several of them do no harm to each other. Without `start` it only does
    what it is told; without `unknown` it sweeps nothing."""

    def __init__(
        self,
        rows: RoomKeeping,
        blobs: Blobs,
        database: Database,
        clock: Clock,
        log: Log,
        on_defect: OnDefect,
        unknown: Unknown | None = None,
    ) -> None:
        self._rows = rows
        self._unknown = unknown
        self._blobs = blobs
        self._database = database
        self._clock = clock
        self._log = log
        self._broken: dict[tuple[str, str], int] = {}
        self._swept = False
        trouble = "files not looked after"
        self._rounds = Rounds(self._round, ROUND_SECONDS, trouble, log, on_defect, last=self._give_back)

    def start(self) -> None:
        """Sweep once, then go round from now on."""
        self._rounds.start()

    async def stop(self) -> None:
        """Give back what is still to be given back, and no more rounds."""
        await self._rounds.stop()

    def give_back(self, hold: Hold) -> None:
        """An upload broke: its room is given back as soon as can be. Nobody waits for it."""
        self._broken.setdefault((hold.tenant, hold.id), 0)
        self._rounds.wake()

    async def discard(self, blob: str) -> None:
        """Remove a blob whose row is gone; where that fails now, a later start's sweep does it."""
        await self._rounds.tried(partial(self._blobs.delete, blob))

    async def tidy(self) -> None:
        """One round."""
        await self._give_back()
        for hold in await self._rows.overdue(self._clock.now()):
            await self._release(hold)

    async def sweep(self) -> int:
        """Remove old blobs that nobody names; gives how many there were."""
        count = 0
        if self._unknown is None:
            return count
        async for some in self._blobs.aged(self._clock.now() - ORPHAN_SECONDS * SECOND):
            for blob in await self._unknown(some):
                await self._blobs.delete(blob)
                count += 1
        if count:
            self._log.info("orphaned files removed", count=count)
        return count

    async def _round(self) -> None:
        if not self._swept:
            self._swept = True  # once, whether it can or not: what broken uploads held must not wait for it
            await self._rounds.tried(self.sweep)
        await self.tidy()

    async def _give_back(self) -> None:
        """A reservation that is not found may be on its way into the database: it is looked for a few times."""
        for place, tries in list(self._broken.items()):
            hold = await self._rows.rooms(place[0]).hold(place[1])
            if (hold is not None and await self._release(hold)) or tries >= TRIES:
                self._broken.pop(place, None)
            else:
                self._broken[place] = tries + 1

    async def _release(self, hold: Hold) -> bool:
        """Whether it was still there: then no row will ever name its bytes, and they go as well."""
        try:
            await self._database.apply(self._rows.rooms(hold.tenant).release(hold))
        except Conflict:
            return False  # it was settled, given back or extended in this moment
        await self.discard(hold.blob)
        return True
