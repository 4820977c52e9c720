"""Taking chats in: a few of them in each change set, so that nobody waits long for a large file, and each chat whole.

A long chat comes in more than one change set, and nobody sees it before the last one (`landing.py`). What a chat was
called elsewhere becomes its `client_id` here: the same file brings nothing a second time, also when it was broken off
in the middle. No id of the file is believed: turns get new ones, and files are the caller's own or left out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec

from parlance.core.chat.room import author
from parlance.core.chat.titles import clean
from parlance.core.library.arrivals import Parcel, opened
from parlance.core.library.filing import Filing
from parlance.core.library.folders import MOST_TAG, MOST_TAGS
from parlance.core.library.landing import TURNS_TOGETHER, Landing
from parlance.core.library.planting import planted
from parlance.core.library.portable import PortableChat
from parlance.core.library.room import LibraryRoom
from parlance.core.library.transfer_operations import ImportChats, Imported, Refused
from parlance.core.operation import Context, Result
from parlance.ports.stores import ChangeSet, Statement
from parlance.values.accounts import Principal
from parlance.values.chats import MOST_CLIENT_ID, Chat, Turn
from parlance.values.errors import Fault, Kind
from parlance.values.feeds import ListChanged

LOOKED_TOGETHER = 100
"""Chats looked at for one change set."""
MOST_TURNS = 20_000
"""Of one chat."""
MOST_FILES = 1000
"""Files of one chat that are looked for."""
LARGE = 256 * 1024
"""Bytes of a chat that comes in pieces, and is read in a thread: a smaller one is read faster than a thread is asked.
Also the bytes of smaller ones in one change set."""
TOLD = 1000
"""New ids and refusals that the answer names."""


async def import_chats(room: LibraryRoom, context: Context, op: ImportChats) -> Result[Imported]:
    """Handle `ImportChats`."""
    principal = author(context.principal)
    who = (principal.tenant, principal.user)
    halves = room.underway.begin(who, id(op))

    def over() -> None:
        room.underway.end(who, id(op))

    try:
        parcel = await asyncio.to_thread(opened, op.content, op.format)
        bringing = Bringing(room, principal, parcel, over, halves)
        return await bringing.step(len(parcel.chats) - 1, Imported(), frozenset())
    except BaseException:
        over()
        raise


class _Batch:
    """What goes into one change set."""

    def __init__(self, filing: Filing) -> None:
        self.filing = filing
        self.changes: list[Statement] = []
        self.turns = self.looked = self.bytes = 0

    @property
    def full(self) -> bool:
        """Whether the next chat is for the next one."""
        return self.turns >= TURNS_TOGETHER or self.looked >= LOOKED_TOGETHER or self.bytes >= LARGE


class Bringing:
    """One file on its way in. It is read from its end: exports have the newest chat first, and what is newest here was
    stored last."""

    def __init__(
        self, room: LibraryRoom, principal: Principal, parcel: Parcel, over: Callable[[], None], halves: set[str]
    ) -> None:
        """`over` is called when it is done or broken off, `halves` has the long chat that it is bringing."""
        self._over = over
        self._halves = halves
        self._room = room
        self._principal = principal
        self._parcel = parcel
        self._chats = room.chats.chats(principal.tenant)
        self._turns = room.chats.turns(principal.tenant)
        self._tags = room.library.tags(principal.tenant)
        self._instructions = {folder.path: folder.instructions for folder in parcel.folders}

    async def step(self, at: int, done: Imported, seen: frozenset[str]) -> Result[Imported]:
        """Decide on the chats from a place on; decided anew after a conflict, so nothing is remembered but what is
        handed on."""
        batch = _Batch(await Filing.of(self._room, self._principal, self._instructions))
        while at >= 0 and not batch.full:
            await asyncio.sleep(0)  # reading a large chat takes a while: others come first
            try:
                found, size = await self._read(at)
                name = self._name(found)
                if name in seen or await self._is_there(found, name):
                    done = msgspec.structs.replace(done, skipped=done.skipped + 1)
                elif size > LARGE or len(found.turns) > TURNS_TOGETHER:
                    if batch.changes:
                        break
                    return await self._landing(found, name, partial(self._admitted, at, done, seen, found, name))
                else:
                    done = _more(done, await self._brought(found, name, batch))
                seen |= {name}
                batch.bytes += size
            except Fault as fault:
                done = self._refusing(done, at, fault)
            at, batch.looked = at - 1, batch.looked + 1
        changes = tuple(batch.changes)
        if at < 0:
            effects = (self._over, *((self._told,) if done.imported else ()))
            return Result(done, changes, effects, otherwise=self._left)
        return Result(done, changes, then=partial(self.step, at, done, seen), otherwise=self._left)

    async def _landing(self, found: PortableChat, name: str, admit: Callable[[Chat], Any]) -> Result[Imported]:
        """The first piece of a long chat."""
        chat, turns = await self._made(found, name)
        self._halves.add(chat.id)
        return await Landing(self._room, chat, turns, partial(admit, chat), self._left).piece()

    async def _admitted(
        self, at: int, done: Imported, seen: frozenset[str], found: PortableChat, name: str, chat: Chat
    ) -> Result[Imported]:
        """The last change set of a long chat: all of a sudden it is there, filed and tagged, unless the same chat came
        in on another way."""
        if await self._is_there(found, name):
            self._landed(chat)
            self._room.underway.left()
            done = msgspec.structs.replace(done, skipped=done.skipped + 1)
            return await self.step(at - 1, done, seen | {name})
        filing = await Filing.of(self._room, self._principal, self._instructions)
        chat = msgspec.structs.replace(chat, folder=filing.place(found.folder))
        admitted = self._room.chats.arrivals(chat.tenant).admit(chat, self._room.process)
        return Result(
            done,
            (*filing.taken(), *admitted, *self._tagged(chat, found)),
            (partial(self._landed, chat), self._told),
            then=partial(self.step, at - 1, _more(done, chat.id), seen | {name}),
            otherwise=self._left,
        )

    def _landed(self, chat: Chat) -> None:
        self._halves.discard(chat.id)

    def _told(self) -> None:
        """Tell the user's pages: of what is there, also where no more of the file comes."""
        self._room.tells(self._principal, ListChanged("folders"), ListChanged("tags"), ListChanged("chats"))()

    def _left(self) -> None:
        self._over()
        self._told()

    async def _read(self, at: int) -> tuple[PortableChat, int]:
        """One of the chats, and its size as it was sent."""
        size = len(bytes(self._parcel.chats[at]))
        return await asyncio.to_thread(self._parcel.read, at) if size > LARGE else self._parcel.read(at), size

    def _refusing(self, done: Imported, at: int, fault: Fault) -> Imported:
        """A chat that cannot be kept spoils no other; anything else that went wrong does."""
        if fault.kind not in (Kind.invalid, Kind.too_large):
            raise fault
        refused = Refused(at + 1, clean(self._parcel.title(at)), fault.message, fault.code or "")
        return msgspec.structs.replace(done, refused=(*done.refused, refused)[:TOLD])

    def _name(self, found: PortableChat) -> str:
        name = found.client_id or (found.id if ":" in found.id else f"parlance:{found.id}")
        if not found.id.rpartition(":")[2] or len(name) > MOST_CLIENT_ID or len(found.turns) > MOST_TURNS:
            needed = f"A chat needs an id of at most {MOST_CLIENT_ID} and at most {MOST_TURNS} turns."
            raise Fault(Kind.invalid, needed, code="bad_chat")
        return name

    async def _is_there(self, found: PortableChat, name: str) -> bool:
        """Whether it was brought before, or never left."""
        if await self._chats.chat_of(self._principal.user, name) is not None:
            return True
        same = await self._chats.chat(found.id)
        return same is not None and same.user == self._principal.user

    async def _brought(self, found: PortableChat, name: str, batch: _Batch) -> str:
        """A short chat is put into the change set; gives its id here."""
        chat, turns = await self._made(found, name)
        chat = msgspec.structs.replace(chat, folder=batch.filing.place(found.folder))
        batch.changes += [*batch.filing.taken(), *self._chats.insert(chat)]
        for turn in turns:
            batch.changes += self._turns.insert(turn, chat.user)
        batch.changes += self._tagged(chat, found)
        batch.turns += len(turns)
        return chat.id

    def _tagged(self, chat: Chat, found: PortableChat) -> ChangeSet:
        tags = [tag for each in found.tags if (tag := clean(each)[:MOST_TAG])][:MOST_TAGS]
        return self._tags.set(chat, tags) if tags else ()

    async def _made(self, found: PortableChat, name: str) -> tuple[Chat, list[Turn]]:
        """A chat, in no folder, and its turns, as they are kept here."""
        now, who = self._room.clock.now(), self._principal
        created = found.created if 0 < found.created <= now else now
        ids = dict(zip((t.id for t in found.turns), sorted(self._room.ids.new() for _ in found.turns), strict=True))
        title = clean(found.title)
        chat = Chat(
            id=self._room.ids.new(),
            tenant=who.tenant,
            user=who.user,
            created=created,
            updated=found.updated if created <= found.updated <= now else created,
            title=title,
            titled_by=found.titled_by if title else "nobody",
            pinned=found.pinned,
            archived=found.archived,
            head=ids.get(found.head or "") or (max(ids.values()) if ids else None),
            client_id=name,
            foreign=found.foreign,
        )
        return chat, await planted(found, chat, ids, await self._own_files(found))

    async def _own_files(self, found: PortableChat) -> frozenset[str]:
        """Of the files that it names, those that the caller has here."""
        named = {file for turn in found.turns for file in turn.files}
        if self._room.files is None or not named:
            return frozenset()
        files = self._room.files(self._principal.tenant)
        held = [await files.file(id) for id in sorted(named)[:MOST_FILES]]
        return frozenset(file.id for file in held if file is not None and file.user == self._principal.user)


def _more(done: Imported, id: str) -> Imported:
    chats = done.chats if len(done.chats) >= TOLD else (*done.chats, id)
    return msgspec.structs.replace(done, imported=done.imported + 1, chats=chats)
