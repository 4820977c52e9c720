"""How documents come into a base: as bytes, as a text, or by their address.

What makes two of them one is their key: the SHA-256 of the bytes, or of the address. Of two that come at the same
moment one meets a conflict when it is to be committed, is decided anew, and finds the other.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import msgspec

from parlance.core.files.sniff import BYTES, sniff
from parlance.core.files.taking import Received, Receiving
from parlance.core.files.upload import MOST_NAME
from parlance.core.knowledge.bounds import MOST_ADDRESS, judged_metadata, storable
from parlance.core.knowledge.changing import changing
from parlance.core.knowledge.departing import departing
from parlance.core.knowledge.document_operations import AddAddress, AddText, DocumentView, Noted, UploadDocument
from parlance.core.knowledge.foreign import noted
from parlance.core.knowledge.placing import also_brought, document_name, judged_place, name_of
from parlance.core.knowledge.room import INGEST, KnowledgeRoom, standing
from parlance.core.operation import Context, Result
from parlance.ports.stores import ChangeSet
from parlance.values.errors import Fault, Kind
from parlance.values.files import Hold
from parlance.values.knowledge import Base, Document, DocumentSource

PIECE = 256 * 1024


def key_of(document: Document) -> str:
    """What makes it the same document as another one of its base."""
    return _key_of_address(document.place) if document.source == "address" else document.sha256


def _key_of_address(address: str) -> str:
    return hashlib.sha256(f"address:{address}".encode()).hexdigest()


_MADE = ("remarks", "remarked", "has_page_pictures", "duplicate", "embedded", "to_embed")
_VIEW = tuple(name for name in DocumentView.__struct_fields__ if name not in _MADE)


def document_view(
    room: KnowledgeRoom, document: Document, *, duplicate: bool = False, vectors: tuple[int, int] = (0, 0)
) -> DocumentView:
    """A document as its readers see it; so many of so many passages have `vectors`."""
    shown, remarks = {name: getattr(document, name) for name in _VIEW}, tuple(each.words for each in document.remarks)
    drawn = room.has_page_pictures(document)
    embedded, to_embed = vectors
    more: dict[str, Any] = {"duplicate": duplicate, "embedded": embedded, "to_embed": to_embed}
    return DocumentView(**shown, remarks=remarks, remarked=document.remarks, has_page_pictures=drawn, **more)


async def views_of(room: KnowledgeRoom, base: Base, documents: Sequence[Document]) -> tuple[DocumentView, ...]:
    """Documents of a base as its readers see them, with how far those are that are being embedded."""
    going = [each.id for each in documents if each.state == "embedding"]
    counts = await room.stores.chunks(base.tenant).embedded(going, base.generation) if base.embedder else {}
    return tuple(document_view(room, each, vectors=counts.get(each.id, (0, 0))) for each in documents)


async def upload_document(room: KnowledgeRoom, context: Context, op: UploadDocument) -> Result[DocumentView]:
    """Handle `UploadDocument`."""
    place = judged_place(op.folder, op.path) if op.folder else ""
    made = _made(room, context, "folder" if place else "upload", name_of(op.path) if place else op.name)
    made = msgspec.structs.replace(made, place=place)
    return await _taken(room, context.subject, made, op)


async def add_text(room: KnowledgeRoom, context: Context, op: AddText) -> Result[DocumentView]:
    """Handle `AddText`."""
    data = storable(op.text).encode()
    if not data.strip():
        raise Fault(Kind.invalid, "A text has some words.", field="text", code="empty")
    name = op.name if "." in op.name[-6:] else f"{op.name[: MOST_NAME - 4]}.txt"
    made = _made(room, context, "text", name, op.metadata)
    sent = UploadDocument(op.base, name, _pieces(data), len(data), "text/plain")
    return await _taken(room, context.subject, made, sent)


async def add_address(room: KnowledgeRoom, context: Context, op: AddAddress) -> Result[DocumentView]:
    """Handle `AddAddress`: it is fetched by the job, which may try again."""
    address = op.address.strip()
    parts = urlsplit(address) if address.isprintable() and len(address) <= MOST_ADDRESS else urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Fault(Kind.invalid, "This is not an address of the web.", field="address", code="bad_address")
    base: Base = context.subject
    key = _key_of_address(address)
    there = await room.stores.documents(base.tenant).same(base.id, key)
    if there is not None and not _makes_way(there, op):
        return Result(document_view(room, there, duplicate=True))
    name = (op.name or parts.path.rstrip("/").rpartition("/")[2] or parts.hostname)[:MOST_NAME]
    made = _made(room, context, "address", name, op.metadata)
    made = msgspec.structs.replace(made, place=address, foreign=noted(None, op.foreign))
    return _begun(room, base, made, key, room.stores.rooms(base.tenant).add_document(base.id), there)


def _makes_way(there: Document, op: UploadDocument | AddAddress) -> bool:
    """Whether the document that is there is replaced by the one that comes."""
    return op.anew and there.state == "failed"


def _made(
    room: KnowledgeRoom, context: Context, source: DocumentSource, name: str, metadata: Mapping[str, str] | None = None
) -> Document:
    base, now = context.subject, room.clock.now()
    kept = judged_metadata(metadata or {})
    user = context.principal.user
    return Document(room.ids.new(), base.tenant, base.id, user, document_name(name), source, now, now, metadata=kept)


async def _taken(room: KnowledgeRoom, base: Base, made: Document, op: UploadDocument) -> Result[DocumentView]:
    """Take the bytes; then the document and its job are there together, or the document that has these bytes."""
    md5 = hashlib.md5(usedforsecurity=False)
    documents, rooms = room.stores.documents(base.tenant), room.stores.rooms(base.tenant)

    async def hashed() -> AsyncIterator[bytes]:
        async for piece in op.content:
            md5.update(piece)
            yield piece

    async def settle(hold: Hold, received: Received) -> Result[DocumentView]:
        there = await documents.same(base.id, received.sha256)
        if there is not None and not _makes_way(there, op):
            return _there(room, base, there, made, hold)
        known: dict[str, Any] = {"size": received.size, "sha256": received.sha256, "md5": md5.hexdigest()}
        known["media_type"] = _media_type(received, op.declared)
        document = msgspec.structs.replace(_as_noted(made, op), **known, blob=hold.blob)
        return _begun(room, base, document, received.sha256, rooms.settle(hold, received.size, 1), there)

    depot = await room.depot(base.tenant)
    return await Receiving(depot, base.tenant, base.id, hashed(), op.size, settle).reserve()


def _media_type(received: Received, declared: str) -> str:
    """What the bytes are; where they do not say, what the sender says."""
    sniffed = sniff(received.head).media_type
    claimed = declared.partition(";")[0].strip()[:MOST_NAME]
    return claimed if sniffed == BYTES and claimed else sniffed


def _as_noted(made: Document, op: UploadDocument) -> Document:
    said = Noted() if op.noted is None else op.noted()
    metadata = made.metadata | judged_metadata(said.metadata)
    return msgspec.structs.replace(made, metadata=metadata, foreign=noted(None, said.foreign))


def _there(room: KnowledgeRoom, base: Base, there: Document, made: Document, hold: Hold) -> Result[DocumentView]:
    """The base has these bytes. What a folder put there becomes theirs who put it there now: it stays when the file of
    the folder goes. Another folder is noted, and has it when the first lets go of it."""
    freed = room.stores.rooms(base.tenant).release(hold)
    discard = partial(room.keeper.discard, hold.blob)
    fields: dict[str, Any] = {"source": made.source, "place": ""}
    if made.source == "folder":
        fields = also_brought(there, made.place)
    if there.source != "folder" or not fields:
        return Result(document_view(room, there, duplicate=True), freed, (discard,))
    after, changes, effects = changing(room, base, there, fields, guarded=True)
    return Result(document_view(room, after, duplicate=True), (*freed, *changes), (*effects, discard))


def _begun(
    room: KnowledgeRoom, base: Base, document: Document, key: str, counted: ChangeSet, instead: Document | None = None
) -> Result[DocumentView]:
    """The row, and the job that reads it; perhaps in place of one that failed."""
    gone, effects = ((), ()) if instead is None else departing(room, base, instead, as_read=True)
    inserted = room.stores.documents(base.tenant).insert(document, key)
    job = room.jobs.enqueue(room.job(base.tenant, INGEST, document.id))
    told = room.tells(base, standing(document), also=document.user)
    return Result(document_view(room, document), (*counted, *gone, *inserted, *job), (*effects, told, room.wake))


async def _pieces(data: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(data), PIECE):
        yield data[start : start + PIECE]
