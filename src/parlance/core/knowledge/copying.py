"""Copying a base: a job makes the rows and the bytes of documents that the target lacks, a few at a time; those who
read documents take the passages over from the origin in place of reading the bytes again.

What says that a document is there already is its key, so a job that was broken off begins again and finds what it did.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from parlance.core.authorize import must_keep
from parlance.core.files.taking import HOLD_SECONDS, Bounds
from parlance.core.jobs.held import TRIES, Held
from parlance.core.knowledge.bases import base_view
from parlance.core.knowledge.bases_operations import BaseView
from parlance.core.knowledge.bounds import base_name
from parlance.core.knowledge.copying_operations import CopyBase, StopCopy
from parlance.core.knowledge.departing import departing
from parlance.core.knowledge.refusals import no_room
from parlance.core.knowledge.room import INGEST, KnowledgeRoom
from parlance.core.knowledge.uploads import key_of
from parlance.core.operation import Context, Result
from parlance.ports.files import WHOLE_TENANT
from parlance.ports.knowledge import PAGE
from parlance.ports.stores import ChangeSet, Conflict
from parlance.values.accounts import Principal
from parlance.values.errors import Fault, Kind
from parlance.values.feeds import ListChanged
from parlance.values.files import Hold
from parlance.values.knowledge import Base, Document
from parlance.values.time import SECOND

COPY_BASE = "copy_base"
"""The kind of its job."""
BATCH = 10
"""Documents between two looks at whether both bases are still there."""
Needless = Callable[[], Awaitable[bool]]
"""Whether there is nothing to do any more."""


async def copy_base(room: KnowledgeRoom, context: Context, op: CopyBase) -> Result[BaseView]:
    """Handle `CopyBase`."""
    principal = must_keep(context.principal, "bases")
    source: Base = context.subject
    target: Base | None = context.named["target"]
    made: ChangeSet = ()
    if target is None:
        target, made = await _new(room, principal, source, op.name)
    elif target.id == source.id:
        raise Fault(Kind.conflict, "A base cannot be copied into itself.", field="target", code="same_base")
    elif await room.jobs.find(target.tenant, COPY_BASE, target.id) is not None:
        said = "A base is being copied into this one already."
        raise Fault(Kind.conflict, said, hint="Wait for it, or stop it.", field="target", code="copy_under_way")
    job = room.job(target.tenant, COPY_BASE, target.id, source=source.id, user=principal.user)
    told = room.tells(target, ListChanged("bases"))
    return Result(base_view(room, principal, target), (*made, *room.jobs.enqueue(job)), (told, room.wake))


async def _new(room: KnowledgeRoom, principal: Principal, source: Base, name: str) -> tuple[Base, ChangeSet]:
    """A base like another one, with nothing in it."""
    now, rooms = room.clock.now(), room.stores.rooms(source.tenant)
    own = {"id": room.ids.new(), "user": principal.user, "created": now, "changed": now}
    fresh: dict[str, Any] = {"dimension": 0, "generation": 0, "revision": 0, "coming": None, "problem": "", "words": ""}
    named = base_name(name) if name else source.name
    made = msgspec.structs.replace(source, name=named, **own, **fresh)
    first = () if await rooms.room(WHOLE_TENANT) is not None else rooms.make_room(WHOLE_TENANT)
    return made, (*first, *rooms.make_room(made.id), *room.stores.bases(made.tenant).insert(made))


async def stop_copy(room: KnowledgeRoom, context: Context, op: StopCopy) -> Result[None]:
    """Handle `StopCopy`."""
    base: Base = context.subject
    dropped = room.jobs.drop(base.tenant, COPY_BASE, base.id)
    return Result(None, (dropped,), (room.drops(base.tenant, COPY_BASE, base.id),))


class CopyBases:
    """The task `copy_base`: its subject is the id of the base that is copied to, its payload names the `source` and the
    `user` whose the copies are."""

    def __init__(self, room: KnowledgeRoom) -> None:
        self._room = room

    def lasts(self, fault: Fault) -> bool:
        """Where there is no room, there is none in a minute."""
        return fault.code == "no_room_for_documents"

    async def run(self, held: Held) -> None:
        """Remove what the source has not, copy what the target has not."""
        both = await self._both(held)
        if both is not None:
            wanted = await self._keys(both[0])
            await self._remove(held, both[1], wanted)
            await self._copy(held, wanted)
        await held.finish()

    async def give_up(self, held: Held, fault: Fault) -> None:
        """The base says why."""
        bases = self._room.stores.bases(held.job.tenant)
        base = await bases.base(held.job.subject)
        fields = {"problem": fault.code or fault.kind.value, "words": fault.sentence()}

        async def failed() -> ChangeSet:
            return () if base is None else (bases.note(base.id, fields),)

        await held.finish(failed)

    async def _both(self, held: Held) -> tuple[Base, Base] | None:
        """The source and the target, where both are there."""
        bases = self._room.stores.bases(held.job.tenant)
        source, target = await bases.base(str(held.job.payload.get("source"))), await bases.base(held.job.subject)
        return None if source is None or target is None else (source, target)

    async def _keys(self, source: Base) -> dict[str, str]:
        """The documents that are ready by their keys, the oldest first."""
        found: dict[str, str] = {}
        documents, before = self._room.stores.documents(source.tenant), None
        while page := await documents.page(source.id, before, PAGE, ("ready",)):
            found |= {key_of(each): each.id for each in page}
            before = page[-1].id
        return dict(reversed(found.items()))

    async def _remove(self, held: Held, target: Base, wanted: dict[str, str]) -> None:
        """What only the target has, and had when this was asked for."""
        documents, before = self._room.stores.documents(target.tenant), None
        while page := await documents.page(target.id, before, PAGE):
            before = page[-1].id
            for each in page:
                if key_of(each) not in wanted and each.created <= held.job.created:
                    await self._depart(held, target, each)

    async def _depart(self, held: Held, target: Base, document: Document) -> None:
        changes, effects = departing(self._room, target, document)

        async def gone() -> bool:
            return await self._room.stores.documents(target.tenant).document(document.id) is None

        if not await _committed(held, changes, gone):
            return
        for effect in effects:
            pending = effect()
            if pending is not None:
                await pending

    async def _copy(self, held: Held, wanted: dict[str, str]) -> None:
        """What the target has not, as long as both bases are there."""
        documents = self._room.stores.documents(held.job.tenant)
        left = list(wanted.items())
        while left and (both := await self._both(held)) is not None:
            batch, left = left[:BATCH], left[BATCH:]
            for key, id in batch:
                origin = await documents.document(id)
                if origin is not None and origin.state == "ready" and await documents.same(both[1].id, key) is None:
                    await self._copied(held, both[1], origin, key)

    async def _copied(self, held: Held, target: Base, origin: Document, key: str) -> None:
        """One document: room for it, its bytes, then its row and the job that takes over its passages."""
        room, rooms = self._room, self._room.stores.rooms(target.tenant)
        bounds, blob = (await room.depot(target.tenant)).bounds, room.ids.new()
        hold = Hold(target.tenant, blob, target.id, blob, origin.size, room.clock.now() + HOLD_SECONDS * SECOND)

        async def needless() -> bool:
            there = await room.stores.documents(target.tenant).same(target.id, key)
            return there is not None or await room.stores.bases(target.tenant).base(target.id) is None

        try:
            if not await self._reserved(held, hold, bounds, needless):
                return
            await self._written(origin, hold)
            copy = _copy_of(room, origin, target, hold, str(held.job.payload.get("user", target.user)))
            inserted = room.stores.documents(target.tenant).insert(copy, key)
            job = room.jobs.enqueue(room.job(target.tenant, INGEST, copy.id, origin=origin.id))
            put = await _committed(held, (*rooms.settle(hold, origin.size, 1), *inserted, *job), needless)
        except BaseException:
            room.keeper.give_back(hold)
            raise
        if not put:
            return room.keeper.give_back(hold)
        room.tell(target, copy)
        await room.wake()

    async def _reserved(self, held: Held, hold: Hold, bounds: Bounds, needless: Needless) -> bool:
        """Whether there is room, and something to put there. Raises `Fault`."""
        rooms = self._room.stores.rooms(hold.tenant)
        try:
            return await _committed(held, rooms.reserve(hold, bounds.owner, bounds.tenant), needless)
        except Conflict:
            raise no_room(hold.bytes) from None

    async def _written(self, origin: Document, hold: Hold) -> None:
        writing = await self._room.blobs.write(hold.blob)
        try:
            async for piece in self._room.blobs.read(origin.blob, 0, origin.size):
                await writing.add(piece)
            await writing.finish()
        except BaseException:
            writing.abandon()
            raise


async def _committed(held: Held, changes: ChangeSet, needless: Needless) -> bool:
    """Write, some times where it meets a conflict; gives false where that is because there is nothing to do any more.
    Raises `Conflict`."""
    for left in reversed(range(TRIES)):
        try:
            await held.commit(changes)
        except Conflict:
            if await needless():
                return False
            if not left:
                raise
        else:
            return True
    raise AssertionError("tried less than once")


def _copy_of(room: KnowledgeRoom, origin: Document, target: Base, hold: Hold, user: str) -> Document:
    """A row of its own that nothing was read into yet. No kept folder knows of it."""
    now, folder = room.clock.now(), origin.source == "folder"
    unread = {
        "state": "waiting",
        "text": "",
        "text_size": 0,
        "structure": "",
        "structure_size": 0,
        "done": 0,
        "chunks": 0,
    }
    unread |= {"generation": 0, "cut": 0}
    source = {"source": "upload", "place": ""} if folder else {}
    own = {"id": room.ids.new(), "base": target.id, "user": user, "created": now, "changed": now, "blob": hold.blob}
    copy: Document = msgspec.structs.replace(origin, **own, **unread, **source)
    return copy
