"""Chats that have not changed for as long as the settings say are deleted, a few at a time."""

from __future__ import annotations

import asyncio

from parlance.core.chat.room import ChatRoom
from parlance.core.runs.flight import OnDefect
from parlance.ports.observing import Log
from parlance.ports.stores import Conflict, Database
from parlance.values.errors import Fault
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
        self._on_defect = on_defect
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Look now and again from now on."""
        self._task = asyncio.get_running_loop().create_task(self._rounds())

    def stop(self) -> None:
        """No more."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _rounds(self) -> None:
        while True:
            try:
                await self.round()
            except (Fault, Conflict) as error:
                self._log.warning("old chats not deleted", error=error)
            except Exception as defect:  # an edge: what was promised to be deleted would stay, unnoticed
                self._on_defect(defect)
            await asyncio.sleep(ROUND_SECONDS)

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
