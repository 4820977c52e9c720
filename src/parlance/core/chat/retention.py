"""Chats that have not changed for as long as the settings say are deleted, a few at a time."""

from __future__ import annotations

from parlance.core.chat.room import ChatRoom
from parlance.core.rounds import Rounds
from parlance.ports.observing import Log, OnDefect
from parlance.ports.stores import Database
from parlance.values.feeds import ChatChanged
from parlance.values.time import SECOND

ROUND_SECONDS = 600.0
"""Between two rounds: ages are told in days."""
TOGETHER = 50
"""Chats in one change set: others wait for it no longer than for one large chat."""


class Retention:
    """Deletes chats that have not changed for `days`."""

    def __init__(self, room: ChatRoom, database: Database, days: float, log: Log, on_defect: OnDefect) -> None:
        self._room = room
        self._database = database
        self._age = int(days * 86_400 * SECOND)
        self._log = log
        self._rounds = Rounds(self.round, ROUND_SECONDS, "old chats not deleted", log, on_defect)

    def start(self) -> None:
        """Look now and again from now on."""
        self._rounds.start()

    async def stop(self) -> None:
        """No more."""
        await self._rounds.stop()

    async def round(self) -> int:
        """Delete what is old enough, of every tenant; gives how many chats that were."""
        stores, deleted = self._room.stores, 0
        for tenant in await stores.tenants():
            chats = stores.chats(tenant)
            while old := await chats.older(self._room.road.clock.now() - self._age, TOGETHER):
                await self._database.apply(tuple(change for chat in old for change in chats.delete(chat.id)))
                for chat in old:
                    self._room.saver.drop(self._room.saver.of_chat(chat.id))
                    self._room.feeds.tell(tenant, chat.user, ChatChanged(chat.id, "deleted"))
                deleted += len(old)
        if deleted:
            self._log.info("old chats deleted", chats=deleted)
        return deleted
