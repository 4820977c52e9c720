"""Folders for chats that come in: found by the names on the way to them, made where they are missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from parlance.core.chat.bounds import MOST_INSTRUCTIONS
from parlance.core.chat.titles import clean
from parlance.core.library.folders import MOST_DEPTH
from parlance.core.library.room import LibraryRoom
from parlance.ports.library import MOST_FOLDERS
from parlance.ports.stores import ChangeSet
from parlance.values.accounts import Principal
from parlance.values.chats import Folder
from parlance.values.texts import folded

Path = tuple[str, ...]


class Filing:
    """The folders of one user while a change set is decided on. `instructions` are for folders that have to be made,
    by their paths."""

    def __init__(
        self, room: LibraryRoom, who: Principal, folders: Sequence[Folder], instructions: Mapping[Path, str]
    ) -> None:
        self._room = room
        self._who = who
        self._instructions = instructions
        self._there = {(folder.parent, folded(folder.name)): folder.id for folder in reversed(folders)}
        self._changes: list[ChangeSet] = []

    @classmethod
    async def of(cls, room: LibraryRoom, who: Principal, instructions: Mapping[Path, str]) -> Filing:
        """With the folders that there are."""
        return cls(room, who, await room.library.folders(who.tenant).all(who.user), instructions)

    def place(self, path: Path) -> str | None:
        """The folder at the end of a way; none for no way, or for one that leads too deep."""
        at: str | None = None
        for depth, given in enumerate(path[: MOST_DEPTH - 1], 1):
            name = clean(given)
            if not name:
                return at
            found = self._there.get((at, folded(name)))
            if found is None and len(self._there) >= MOST_FOLDERS:
                return at
            at = found or self._made(name, at, self._instructions.get(path[:depth], ""))
        return at

    def _made(self, name: str, parent: str | None, instructions: str) -> str:
        now = self._room.clock.now()
        folder = Folder(
            self._room.ids.new(),
            self._who.tenant,
            self._who.user,
            name,
            now,
            now,
            parent,
            instructions[:MOST_INSTRUCTIONS],
        )
        self._there[(parent, folded(name))] = folder.id
        self._changes.append(self._room.library.folders(self._who.tenant).insert(folder))
        return folder.id

    def taken(self) -> ChangeSet:
        """The statements for what was made since."""
        changes, self._changes = self._changes, []
        return tuple(statement for each in changes for statement in each)
