"""From settings to what orders saved chats, finds them and gives them away."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

from parlance.core.chat.room import ChatRoom
from parlance.core.dispatch import Loader
from parlance.core.library.handlers import loaders
from parlance.core.library.mirror import Mirror
from parlance.core.library.remains import Remains
from parlance.core.library.room import LibraryRoom
from parlance.ports.coordination import Counter
from parlance.ports.files import Files
from parlance.ports.stores import Database
from parlance.settings.schema import Settings
from parlance.stores.mirror_folder import MirrorFolder, inside
from parlance.stores.sql.library import SqlLibraryStores
from parlance.values.accounts import DEFAULT_TENANT, Principal
from parlance.watch import Observer

TOKEN_BYTES = 32


class Library:
    """Everything about folders, tags, links, search and transfer in one process. `files` are a tenant's uploads."""

    def __init__(
        self,
        settings: Settings,
        chats: ChatRoom,
        database: Database,
        counter: Counter,
        files: Callable[[str], Files] | None,
        observer: Observer,
    ) -> None:
        self.room = LibraryRoom(
            chats=chats.stores,
            library=SqlLibraryStores(database),
            feeds=chats.feeds,
            counter=counter,
            clock=chats.road.clock,
            ids=chats.road.ids,
            draw=lambda: secrets.token_urlsafe(TOKEN_BYTES),
            settle=chats.settled,
            files=files,
            process=chats.saver.process,
        )
        log, alone = observer.log("parlance.core.library"), database.kind == "sqlite"
        self.remains = Remains(self.room, database, log, observer.defect, alone=alone)
        self._mirrors = mirrors(settings, self.room, observer)

    def start(self) -> None:
        """Keep the folders with chats current from now on, and remove what is left of imports."""
        self.remains.start()
        for mirror in self._mirrors:
            mirror.start()

    async def stop(self) -> None:
        """No more of that."""
        await self.remains.stop()
        for mirror in self._mirrors:
            await mirror.stop()

    @property
    def loaders(self) -> Mapping[str, Loader]:
        """How dispatch finds folders and links."""
        return loaders(self.room)


def mirrors(settings: Settings, room: LibraryRoom, observer: Observer) -> list[Mirror]:
    """One for each user who is named. A name is made safe as a folder's: what it loses, a digest makes up for."""
    chosen, log = settings.chats, observer.log("parlance.core.library")
    if chosen.mirror_folder is None:
        return []
    found = []
    for given in dict.fromkeys(chosen.mirror_users):
        tenant, _, user = given.rpartition("/")
        who = Principal(tenant or DEFAULT_TENANT, user)
        folder = inside(Path(chosen.mirror_folder), folder_name(given))
        found.append(Mirror(room, who, MirrorFolder(folder), log, observer.defect))
    return found


def folder_name(user: str) -> str:
    """The name of a user's folder."""
    safe = re.sub(r"[^A-Za-z0-9._-]+", "_", user).lstrip(".")[:64]
    return safe if safe == user else f"{safe}-{hashlib.sha256(user.encode()).hexdigest()[:8]}"
