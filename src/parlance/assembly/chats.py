"""From settings to saved chats: the room, and the tasks that write, look after and delete."""

from __future__ import annotations

from collections.abc import Mapping

from parlance.assembly.files import FileKeeping
from parlance.core.chat.abroad import Abroad
from parlance.core.chat.naming import Ask, Naming
from parlance.core.chat.past_runs import PastRuns
from parlance.core.chat.recovery import Recovery
from parlance.core.chat.retention import Retention
from parlance.core.chat.road import Road
from parlance.core.chat.room import ChatRoom
from parlance.core.chat.saver import Saver
from parlance.core.dispatch import Loader
from parlance.core.feeds.feed import Feeds
from parlance.core.library.instructions import FolderInstructions
from parlance.ports.signals import Signals
from parlance.ports.stores import Database
from parlance.settings.schema import Settings
from parlance.stores.sql.chat_stores import SqlChatStores
from parlance.stores.sql.library import SqlLibraryStores
from parlance.watch import Observer


class ChatKeeping:
    """Everything about saved chats in one process. `process` is its id in the rows; `ask` asks a model for a user,
    `files` turn uploaded ones into parts of a message, `signals` reach other processes, where there are any."""

    def __init__(
        self,
        settings: Settings,
        road: Road,
        database: Database,
        process: str,
        observer: Observer,
        ask: Ask,
        files: FileKeeping,
        signals: Signals | None = None,
    ) -> None:
        log, clock, defect = observer.log("parlance.core.chat"), road.clock, observer.defect
        stores = SqlChatStores(database)
        self._saver = Saver(database, stores, process, clock, log, defect)
        instructions = FolderInstructions(SqlLibraryStores(database), files.attach)
        alone, feeds, saver = database.kind == "sqlite", Feeds(clock), self._saver
        self._recovery = Recovery(
            database, stores, process, feeds, clock, log, defect, alone=alone, watched=lambda turn: bool(saver.of(turn))
        )
        doubt, abroad = self._recovery.doubt, _abroad(road, saver, feeds, signals)
        road.references.own = files.own
        self.room = ChatRoom(road, stores, saver, feeds, instructions, files.attach, files.judge, doubt, abroad)
        self._saver.on_saved = Naming(self.room, database, ask, settings.chats.title_model).saved
        days = settings.chats.retention_days
        self._retention = None if days is None else Retention(self.room, database, days, log, defect)

    @property
    def loaders(self) -> Mapping[str, Loader]:
        """How dispatch finds chats and turns, and runs that are over by the turns that they answered."""
        room = self.room
        return {"chat": room.find_chat, "turn": room.find_turn, "run": PastRuns(room).find}

    async def begin(self) -> None:
        """Before anybody is served: mark what a crash interrupted."""
        await self._recovery.begin()

    def start(self) -> None:
        """Write, look after and delete from now on."""
        self._saver.start()
        self._recovery.start()
        if self._retention is not None:
            self._retention.start()

    async def stop(self) -> None:
        """Write what was said last, and no more."""
        if self._retention is not None:
            await self._retention.stop()
        await self._recovery.stop()
        await self._saver.stop()


def _abroad(road: Road, saver: Saver, feeds: Feeds, signals: Signals | None) -> Abroad | None:
    """What other processes do for the chats of this one, and it for theirs."""
    if signals is None:
        return None
    abroad = Abroad(saver, feeds, signals)
    feeds.others = lambda tenant, user, entry: road.later(abroad.tell(tenant, user, entry))
    return abroad
