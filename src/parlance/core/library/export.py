"""Chats as files, made while they are sent: never more than one chat is in memory."""

from __future__ import annotations

import zipfile
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime

from parlance.core.chat.room import author
from parlance.core.library.folders import above
from parlance.core.library.markdown import branch, document, file_name
from parlance.core.library.portable import FORMAT, VERSION, PortableFolder, portable
from parlance.core.library.room import LibraryRoom
from parlance.core.library.transfer_operations import Export, ExportChats
from parlance.core.operation import Context, Result
from parlance.values import json_door
from parlance.values.accounts import Principal
from parlance.values.chats import Chat, ChatFilter, Folder, Turn
from parlance.values.time import SECOND

PAGE = 200
EVERY = ChatFilter(archived=None)
_EARLIEST = 315_532_800
"""1980: no entry of a zip is older."""


async def export_chats(room: LibraryRoom, context: Context, op: ExportChats) -> Result[Export]:
    """Handle `ExportChats`."""
    principal, chat = author(context.principal), context.subject
    taking = Taking(room, principal)
    if op.format == "json":
        name = "chats.json" if chat is None else file_name(chat).removesuffix(".md") + ".json"
        return Result(Export(name, "application/json", taking.json(chat)))
    if chat is None:
        return Result(Export("chats.zip", "application/zip", taking.zip()))
    return Result(Export(file_name(chat), "text/markdown; charset=utf-8", taking.markdown(chat)))


class Taking:
    """One user's chats on their way out."""

    def __init__(self, room: LibraryRoom, principal: Principal) -> None:
        self._room = room
        self._principal = principal
        self._chats = room.chats.chats(principal.tenant)
        self._turns = room.chats.turns(principal.tenant)
        self._tags = room.library.tags(principal.tenant)

    async def json(self, only: Chat | None) -> AsyncIterator[bytes]:
        """Parlance's own file."""
        paths = await self.paths()
        used = paths.values() if only is None else [way for id, way in paths.items() if id == only.folder]
        folders = [PortableFolder(names(way), way[-1].instructions) for way in used]
        head = {"format": FORMAT, "version": VERSION, "folders": folders}
        yield json_door.encode(head)[:-1] + b',"chats":['
        first = True
        async for chat in self.every(only):
            turns, tags = await self._whole(chat)
            text = json_door.encode(portable(chat, turns, names(paths.get(chat.folder or "", ())), tags))
            yield text if first else b",\n" + text
            first = False
        yield b"]}\n"

    async def markdown(self, chat: Chat) -> AsyncIterator[bytes]:
        """One chat as Markdown."""
        yield (await self.text(chat, await self.paths())).encode("utf-8", "replace")

    async def zip(self) -> AsyncIterator[bytes]:
        """All chats as Markdown, a file each."""
        paths, pipe = await self.paths(), _Pipe()
        with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload]
            async for chat in self.every(None):
                text = await self.text(chat, paths)
                at = datetime.fromtimestamp(max(chat.updated // SECOND, _EARLIEST), UTC)
                entry = zipfile.ZipInfo(file_name(chat), at.timetuple()[:6])
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, text.encode("utf-8", "replace"))
                yield pipe.taken()
        yield pipe.taken()

    async def text(self, chat: Chat, paths: Mapping[str, Sequence[Folder]]) -> str:
        """A chat's Markdown."""
        turns, tags = await self._whole(chat)
        return document(chat, branch(chat, turns), names(paths.get(chat.folder or "", ())), tags)

    async def _whole(self, chat: Chat) -> tuple[tuple[Turn, ...], tuple[str, ...]]:
        await self._room.settle(chat.tenant, chat.id)
        tags = (await self._tags.of((chat.id,))).get(chat.id, ())
        return await self._turns.all(chat.id), tags

    async def every(self, only: Chat | None) -> AsyncIterator[Chat]:
        """The chats, oldest change first, each as it is when its turn comes; those that go meanwhile are left out."""
        if only is not None:
            yield only
            return
        ids: dict[str, None] = {}
        after = None
        while page := await self._chats.list(self._principal.user, EVERY, after, PAGE):
            ids.update(dict.fromkeys(chat.id for _, chat in page))
            after = page[-1][0]
        for id in reversed(ids):
            chat = await self._chats.chat(id)
            if chat is not None and chat.user == self._principal.user:
                yield chat

    async def paths(self) -> dict[str, Sequence[Folder]]:
        """The way to each of the user's folders."""
        folders = await self._room.library.folders(self._principal.tenant).all(self._principal.user)
        return {folder.id: above(folders, folder.id) for folder in folders}


def names(way: Sequence[Folder]) -> tuple[str, ...]:
    """A way as names."""
    return tuple(folder.name for folder in way)


class _Pipe:
    """What a zip is written to, and taken from in pieces."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: bytes) -> int:
        """Keep it until it is taken."""
        self._pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing waits here."""

    def taken(self) -> bytes:
        """What was written since."""
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)
