"""A user's chats as Markdown files in a folder, kept current.

What changes is heard from the user's feed and written at once. All chats are gone through when the server starts, and
by their marks once a minute and whenever a list changes: for what no feed told of.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

from parlance.core.feeds.feed import Numbered
from parlance.core.library.export import Taking, names
from parlance.core.library.markdown import file_name
from parlance.core.library.room import LibraryRoom
from parlance.core.rounds import Rounds
from parlance.ports.mirrored import ChatFolder, Page
from parlance.ports.observing import Log, OnDefect
from parlance.values.accounts import Principal
from parlance.values.chats import Chat, Folder
from parlance.values.errors import Fault
from parlance.values.feeds import AnswerEnded, ChatChanged, ListChanged, Missed

ROUND_SECONDS = 60.0
PAUSE_SECONDS = 5.0
TOGETHER = 50
"""Chats written at once."""


class Mirror:
    """Keeps one user's folder current. `pause` is how many seconds it waits after something went wrong."""

    def __init__(
        self,
        room: LibraryRoom,
        user: Principal,
        folder: ChatFolder,
        log: Log,
        on_defect: OnDefect,
        pause: float = PAUSE_SECONDS,
    ) -> None:
        self._room = room
        self._user = user
        self._folder = folder
        self._log = log
        self._taking = Taking(room, user)
        self._rounds = Rounds(self._followed, pause, "chats not mirrored", log, on_defect)

    def start(self) -> None:
        """Follow from now on."""
        self._rounds.start()

    async def stop(self) -> None:
        """No more."""
        await self._rounds.stop()

    async def _followed(self) -> None:
        """Until something goes wrong, which is told each time: it may go well for days in between."""
        try:
            await self._follow()
        except (Fault, OSError, ValueError) as error:
            self._log.warning("chats not mirrored", user=self._user.user, error=error)

    async def _follow(self) -> None:
        """Everything once, and then what is told."""
        feed = self._room.feeds.of(self._user.tenant, self._user.user)
        heard = feed.last
        await self.all(fresh=True)
        batches = feed.batches(heard)
        while True:
            try:
                async with asyncio.timeout(ROUND_SECONDS):
                    batch = await anext(batches)
            except TimeoutError:
                await self.all()
                batches = feed.batches(heard)
                continue
            heard = batch[-1][0]
            await self.told(batch)

    async def told(self, batch: Sequence[Numbered]) -> None:
        """Write what a piece of the feed is about."""
        entries = [entry for _, entry in batch]
        if any(isinstance(entry, Missed | ListChanged) for entry in entries):
            await self.all()
        changed = (entry.chat for entry in entries if isinstance(entry, ChatChanged | AnswerEnded))
        await self.these(dict.fromkeys(changed))

    async def these(self, ids: Iterable[str]) -> None:
        """Write some chats, as they are now."""
        chats, paths = self._room.chats.chats(self._user.tenant), await self._taking.paths()
        pages = []
        for id in ids:
            chat = await chats.chat(id)
            mine = chat is not None and chat.user == self._user.user
            pages.append(await self._page(chat, paths) if chat is not None and mine else Page(id))
        if pages:
            await self._folder.lay(pages)

    async def all(self, *, fresh: bool = False) -> None:
        """Write every chat whose mark is another one (`fresh`: every chat), and remove what is no more."""
        marks, paths = dict(await self._folder.marks()), await self._taking.paths()
        pages: list[Page] = []
        async for chat in self._taking.every(None):
            there = marks.pop(chat.id, "")
            if fresh or there != _mark(chat, paths):
                pages.append(await self._page(chat, paths))
            if len(pages) == TOGETHER:
                await self._folder.lay(pages)
                pages = []
        await self._folder.lay([*pages, *(Page(chat) for chat in marks)])

    async def _page(self, chat: Chat, paths: dict[str, Sequence[Folder]]) -> Page:
        text = await self._taking.text(chat, paths)
        return Page(chat.id, file_name(chat), _mark(chat, paths), text.encode("utf-8", "replace"))


def _mark(chat: Chat, paths: dict[str, Sequence[Folder]]) -> str:
    return f"{chat.version}/{'/'.join(names(paths.get(chat.folder or '', ())))}"
