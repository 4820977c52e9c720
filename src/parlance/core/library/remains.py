"""What is left of chats that were on their way in when it was broken off: found by their rows, removed piece by piece.

The process that brings a chat stands in its row. One that is gone brings it no more, and of this process's own those
are left that no import under way is bringing. Nobody ever saw them, so nobody is told.
"""

from __future__ import annotations

from parlance.core.chat.recovery import GONE_AFTER
from parlance.core.library.room import LibraryRoom
from parlance.core.rounds import Rounds
from parlance.ports.arrivals import Arriving
from parlance.ports.observing import Log, OnDefect
from parlance.ports.stores import Conflict, Database

ROUND_SECONDS = 60.0
"""Between two rounds: what is left takes room and is seen by nobody. An import that breaks off wakes them."""
TOGETHER = 400
"""Turns removed in one change set: others wait for it about as long as for one that is brought."""


class Remains:
    """Removes them. `alone` says that no other process shares this database."""

    def __init__(self, room: LibraryRoom, database: Database, log: Log, on_defect: OnDefect, *, alone: bool) -> None:
        self._room = room
        self._database = database
        self._log = log
        self._alone = alone
        self._rounds = Rounds(self.round, ROUND_SECONDS, "half imported chats not removed", log, on_defect)
        room.underway.left = self._rounds.wake

    def start(self) -> None:
        """Look now, and again and again."""
        self._rounds.start()

    async def stop(self) -> None:
        """No more."""
        await self._rounds.stop()

    async def round(self) -> int:
        """Remove what is left, of every tenant; gives how many chats that were."""
        stores, removed = self._room.chats, 0
        living = frozenset[str]()
        if not self._alone:
            living = await stores.living(self._room.clock.now() - GONE_AFTER) - {self._room.process}
        for tenant in await stores.tenants():
            while left := [each for each in await stores.arrivals(tenant).all() if self._is_left(each, living)]:
                for each in left:
                    await self._remove(tenant, each)
                removed += len(left)
        if removed:
            self._log.info("half imported chats removed", chats=removed)
        return removed

    def _is_left(self, each: Arriving, living: frozenset[str]) -> bool:
        return each.process not in living and not self._room.underway.brings(each.chat)

    async def _remove(self, tenant: str, left: Arriving) -> None:
        """It is taken over first: whoever brings it after all, being only slow, can then not let half of it be seen."""
        arrivals, room = self._room.chats.arrivals(tenant), self._room
        try:
            await self._database.apply((arrivals.take(left, room.process),))
        except Conflict:  # another process was quicker
            return
        ids = sorted(bone.id for bone in await room.chats.turns(tenant).bones(left.chat))
        for id in [*ids[TOGETHER - 1 :: TOGETHER], *ids[-1:]]:
            await self._database.apply(arrivals.clear(left.chat, id))
        await self._database.apply(room.chats.chats(tenant).delete(left.chat))
