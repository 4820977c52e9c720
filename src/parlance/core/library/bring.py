"""Taking chats in: a few of them in each change set, so that nobody waits long for a large file, and each chat whole.

What a chat was called elsewhere becomes its `client_id` here: the same file brings nothing a second time, also when it
was broken off in the middle. No id of the file is believed: turns get new ones, and files are the caller's own or left
out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import msgspec

from parlance.core.chat.assemble import history
from parlance.core.chat.prefix import prefix_of
from parlance.core.chat.room import author
from parlance.core.chat.saving import turn_items
from parlance.core.chat.titles import clean
from parlance.core.chat.tokens import estimate_all
from parlance.core.library.arrivals import Parcel, opened
from parlance.core.library.filing import Filing
from parlance.core.library.folders import MOST_TAG, MOST_TAGS
from parlance.core.library.portable import PortableChat, PortableTurn
from parlance.core.library.room import LibraryRoom
from parlance.core.library.transfer_operations import ImportChats, Imported, Refused
from parlance.core.operation import Context, Result
from parlance.ports.stores import ChangeSet
from parlance.values.accounts import Principal
from parlance.values.chats import MOST_CLIENT_ID, MOST_NOTE, Chat, Turn, TurnState
from parlance.values.errors import Fault, Kind
from parlance.values.feeds import ListChanged

TURNS_TOGETHER = 400
"""Turns in one change set, unless one chat has more."""
LOOKED_TOGETHER = 100
"""Chats looked at for one change set."""
MOST_TURNS = 20_000
"""Of one chat."""
MOST_FILES = 1000
"""Files of one chat that are looked for."""
YIELD_TURNS = 25
"""Turns that are made ready before others have their turn: a few milliseconds."""
LARGE = 256 * 1024
"""Bytes of a chat that is read in a thread: a smaller one is read faster than a thread is asked."""
AT_ONCE = 2
"""Files that one user brings at once."""
TOLD = 1000
"""New ids and refusals that the answer names."""


async def import_chats(room: LibraryRoom, context: Context, op: ImportChats) -> Result[Imported]:
    """Handle `ImportChats`."""
    principal = author(context.principal)
    under_way = room.bringing.setdefault((principal.tenant, principal.user), set())
    if len(under_way - {id(op)}) >= AT_ONCE:
        raise Fault(
            Kind.busy,
            f"{AT_ONCE} files are being imported for you already.",
            hint="Wait until one of them is done.",
            retry_after=10.0,
            code="importing",
        )
    under_way.add(id(op))  # a conflict has the same one begin again

    def over() -> None:
        under_way.discard(id(op))
        if not under_way:
            room.bringing.pop((principal.tenant, principal.user), None)

    try:
        parcel = await asyncio.to_thread(opened, op.content, op.format)
        return await Bringing(room, principal, parcel, over).step(len(parcel.chats) - 1, Imported(), frozenset())
    except BaseException:
        over()
        raise


class Bringing:
    """One file on its way in. It is read from its end: exports have the newest chat first, and what is newest here was
    stored last."""

    def __init__(self, room: LibraryRoom, principal: Principal, parcel: Parcel, over: Callable[[], None]) -> None:
        self._over = over
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
        filing = await Filing.of(self._room, self._principal, self._instructions)
        changes: list[Any] = []
        turns, looked = 0, 0
        while at >= 0 and turns < TURNS_TOGETHER and looked < LOOKED_TOGETHER:
            await asyncio.sleep(0)  # reading a large chat takes a while: others come first
            try:
                large = len(bytes(self._parcel.chats[at])) > LARGE
                found = await asyncio.to_thread(self._parcel.read, at) if large else self._parcel.read(at)
                name = self._name(found)
                if name in seen or await self._is_there(found, name):
                    done = msgspec.structs.replace(done, skipped=done.skipped + 1)
                else:
                    chat, brought = await self._brought(found, name, filing)
                    changes += [*filing.taken(), *brought]
                    turns += len(found.turns)
                    done = _more(done, chat.id)
                seen |= {name}
            except Fault as fault:
                if fault.kind not in (Kind.invalid, Kind.too_large):
                    raise
                done = self._refusing(done, at, fault)
            at, looked = at - 1, looked + 1
        told = self._room.tells(self._principal, ListChanged("folders"), ListChanged("tags"), ListChanged("chats"))
        if at < 0:
            return Result(done, tuple(changes), (self._over, *((told,) if done.imported else ())), otherwise=self._over)
        return Result(done, tuple(changes), then=partial(self.step, at, done, seen), otherwise=self._over)

    def _refusing(self, done: Imported, at: int, fault: Fault) -> Imported:
        refused = Refused(at + 1, clean(self._parcel.title(at)), fault.message)
        return msgspec.structs.replace(done, refused=(*done.refused, refused)[:TOLD])

    def _name(self, found: PortableChat) -> str:
        name = found.client_id or (found.id if ":" in found.id else f"parlance:{found.id}")
        if not found.id.rpartition(":")[2] or len(name) > MOST_CLIENT_ID or len(found.turns) > MOST_TURNS:
            raise Fault(Kind.invalid, f"A chat needs an id of at most {MOST_CLIENT_ID} and at most {MOST_TURNS} turns.")
        return name

    async def _is_there(self, found: PortableChat, name: str) -> bool:
        """Whether it was brought before, or never left."""
        if await self._chats.chat_of(self._principal.user, name) is not None:
            return True
        same = await self._chats.chat(found.id)
        return same is not None and same.user == self._principal.user

    async def _brought(self, found: PortableChat, name: str, filing: Filing) -> tuple[Chat, ChangeSet]:
        """A chat as it is kept here, with the statements that keep it."""
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
            folder=filing.place(found.folder),
            pinned=found.pinned,
            archived=found.archived,
            head=ids.get(found.head or "") or (max(ids.values()) if ids else None),
            client_id=name,
            foreign=found.foreign,
        )
        files = await self._own_files(found)
        changes = list(self._chats.insert(chat))
        for n, turn in enumerate(await _kept(found, chat, ids, files)):
            if n % YIELD_TURNS == 0:
                await asyncio.sleep(0)
            changes += self._turns.insert(turn, who.user)
        tags = [tag for each in found.tags if (tag := clean(each)[:MOST_TAG])][:MOST_TAGS]
        return chat, (*changes, *(self._tags.set(chat, tags) if tags else ()))

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


async def _kept(found: PortableChat, chat: Chat, ids: Mapping[str, str], files: frozenset[str]) -> list[Turn]:
    """The turns as they are kept here. Raises `Fault(invalid)` for what is no tree."""
    if len(ids) < len(found.turns):
        raise Fault(Kind.invalid, "Two turns have the same id.", field="turns", code="not_a_tree")
    heads: dict[str | None, str | None] = {None: ""}
    clients: set[str] = set()
    turns = []
    for n, given in enumerate(found.turns):
        if n % YIELD_TURNS == 0:
            await asyncio.sleep(0)
        if given.parent not in heads:
            raise Fault(Kind.invalid, "A turn stands before its parent.", field="turns", code="not_a_tree")
        turn = _turn(given, chat, ids, files)
        if turn.client_id in clients:
            turn = msgspec.structs.replace(turn, client_id=None)
        clients |= {turn.client_id} if turn.client_id else set()
        heads[given.id] = prefix_of(heads[given.parent], turn.said)
        turns.append(msgspec.structs.replace(turn, prefix_hash=heads[given.id] or None))
    return turns


def _turn(given: PortableTurn, chat: Chat, ids: Mapping[str, str], files: frozenset[str]) -> Turn:
    state: TurnState = "interrupted" if given.state == "running" else given.state
    said = tuple(each.item for each in given.items)
    whole = state == "complete" or given.role != "assistant"
    client = given.client_id if given.client_id and len(given.client_id) <= MOST_CLIENT_ID else None
    created = given.created if 0 < given.created <= chat.updated else chat.created
    return Turn(
        id=ids[given.id],
        chat=chat.id,
        role=given.role,
        state=state,
        created=created,
        parent=None if given.parent is None else ids[given.parent],
        items=turn_items(said, whole=whole),
        model=None if given.model is None else given.model[:255],
        files=tuple(file for file in given.files if file in files),
        usage=given.usage,
        error=given.error,
        rating=max(-1, min(1, given.rating)),
        note=None if given.note is None else given.note[:MOST_NOTE],
        client_id=client,
        sent=ids.get(given.sent, ids[given.id]),
        tokens=estimate_all(history(said)),
        ended=given.ended,
        foreign=given.foreign,
    )
