"""Documents on their way in: the bytes under the id that they had, and the job that reads them.

What a tenant had already is no new upload: its quota does not keep it out, but counts it, to the byte.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator

import msgspec

from parlance.core.files.sniff import sniff
from parlance.core.files.taking import Bounds, Received, Receiving
from parlance.core.knowledge.bounds import MOST_ADDRESS, judged_metadata, storable
from parlance.core.knowledge.placing import document_name
from parlance.core.knowledge.room import INGEST, standing
from parlance.core.knowledge.uploads import key_of
from parlance.core.operation import Context, Result
from parlance.core.weknora.moving.operations import ImportWeknoraDocument, MovedKind, PieceArrived
from parlance.core.weknora.moving.room import MovingRoom, arrived, kept_id, moments
from parlance.values.accounts import Tenant
from parlance.values.errors import Fault, Kind
from parlance.values.files import Hold
from parlance.values.knowledge import Base, Document, DocumentSource
from parlance.values.weknora_ids import id_here

SOURCES: dict[MovedKind, DocumentSource] = {"file": "upload", "url": "address", "passage": "text"}
MOST_TITLE = 255


async def import_document(room: MovingRoom, context: Context, op: ImportWeknoraDocument) -> Result[PieceArrived]:
    """Handle `ImportWeknoraDocument`."""
    tenant: Tenant = context.subject
    stores = room.knowledge.stores
    base, id = await stores.bases(tenant.id).base(id_here(op.base)), kept_id(op.id)
    if base is None:
        raise Fault(Kind.conflict, "Its base is not here.", hint="Take that in first.", field="base", code="no_base")
    if await stores.documents(tenant.id).document(id) is not None:
        return Result(PieceArrived(id, False))
    return await _Taking(room, base, await _made(room, tenant, base, op), op).begin()


async def _made(room: MovingRoom, tenant: Tenant, base: Base, op: ImportWeknoraDocument) -> Document:
    owner = await room.owner(tenant)
    created, changed = moments(room.knowledge.clock, op.created, op.updated)
    if len(op.place) > MOST_ADDRESS or (op.kind == "url" and not op.place):
        raise Fault(Kind.invalid, "This is not an address of the web.", field="place", code="bad_address")
    return Document(
        kept_id(op.id),
        tenant.id,
        base.id,
        owner.user,
        document_name(op.name),
        SOURCES[op.kind],
        created,
        changed,
        title=storable(op.title)[:MOST_TITLE],
        place=op.place if op.kind == "url" else "",
        metadata=judged_metadata(op.metadata),
    )


class _Taking:
    """One document while its bytes come."""

    def __init__(self, room: MovingRoom, base: Base, made: Document, op: ImportWeknoraDocument) -> None:
        self._room, self._base, self._made, self._op = room.knowledge, base, made, op
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._documents = self._room.stores.documents(base.tenant)
        self._rooms = self._room.stores.rooms(base.tenant)

    async def begin(self) -> Result[PieceArrived]:
        """Room is taken first; a tenant's own bound is lifted for that one commit."""
        tenant = self._base.tenant
        depot = msgspec.structs.replace(await self._room.depot(tenant), bounds=Bounds(self._room.limits.upload))
        receiving = Receiving(depot, tenant, self._base.id, self._hashed(), self._op.size, self._settle)
        result: Result[PieceArrived] = await receiving.reserve()
        own = await self._rooms.quota()
        if own is None:
            return result
        freed, bound = self._rooms.bound(None), self._rooms.bound(own)
        return msgspec.structs.replace(result, changes=(freed, *result.changes, bound))

    async def _hashed(self) -> AsyncIterator[bytes]:
        async for piece in self._op.content:
            self._md5.update(piece)
            yield piece

    async def _settle(self, hold: Hold, received: Received) -> Result[PieceArrived]:
        """The row, and the job that reads it, in place of the room that was held."""
        if received.size != self._op.size:
            raise Fault(Kind.invalid, "It is not whole.", field="content", code="not_whole")
        document = msgspec.structs.replace(
            self._made,
            size=received.size,
            sha256=received.sha256,
            md5=self._md5.hexdigest(),
            media_type=sniff(received.head).media_type,
            blob=hold.blob,
        )
        there = await self._documents.same(self._base.id, key_of(document))
        if there is not None:
            said = f"Its base has the same bytes already, as {there.id}."
            raise Fault(Kind.conflict, said, field="content", code="document_exists")
        room, rooms = self._room, self._rooms
        inserted = self._documents.insert(document, key_of(document))
        job = room.jobs.enqueue(room.job(document.tenant, INGEST, document.id))
        told = room.tells(self._base, standing(document))
        changes = (*rooms.settle(hold, received.size, 1), *inserted, *job)
        return Result(arrived(self._op.id, document.id), changes, (told, room.wake))
