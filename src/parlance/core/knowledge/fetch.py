"""Fetching a document that came as an address: into a blob, within the tenant's quota."""

from __future__ import annotations

import hashlib
from typing import Any

from parlance.core.files.taking import HOLD_SECONDS
from parlance.core.jobs.held import Held
from parlance.core.knowledge.changing import changed
from parlance.core.knowledge.refusals import no_room
from parlance.core.knowledge.room import KnowledgeRoom
from parlance.ports.fetching import Fetched
from parlance.ports.stores import ChangeSet, Conflict
from parlance.values.errors import Fault, Kind
from parlance.values.files import Hold
from parlance.values.knowledge import Document
from parlance.values.time import SECOND

MOST_BYTES = 256 * 1024 * 1024
"""Of one answer: it is held in memory, whatever a document may have otherwise."""
_ENDINGS = {"text/html": ".html", "application/pdf": ".pdf", "text/plain": ".txt", "application/json": ".json"}


async def fetched(room: KnowledgeRoom, held: Held, document: Document) -> Document:
    """The document with its bytes. Raises `Fault`; the room is reserved before the bytes are written."""
    bounds = (await room.depot(document.tenant)).bounds
    answer = await room.fetcher.fetch(document.place, max_bytes=min(bounds.upload, MOST_BYTES))
    _must_answer(answer)
    rooms, blob = room.stores.rooms(document.tenant), room.ids.new()
    size, expires = len(answer.body), room.clock.now() + HOLD_SECONDS * SECOND
    hold = Hold(document.tenant, blob, document.base, blob, size, expires)
    try:
        await held.commit(rooms.reserve(hold, bounds.owner, bounds.tenant))
    except Conflict:
        raise no_room(size) from None
    try:
        return await _kept(room, held, document, hold, answer)
    except BaseException:
        room.keeper.give_back(hold)
        raise


async def _kept(room: KnowledgeRoom, held: Held, document: Document, hold: Hold, answer: Fetched) -> Document:
    writing = await room.blobs.write(hold.blob)
    try:
        await writing.add(answer.body)
        sha256 = await writing.finish()
    except BaseException:
        writing.abandon()
        raise
    md5 = hashlib.md5(answer.body, usedforsecurity=False).hexdigest()
    fields: dict[str, Any] = {"blob": hold.blob, "size": hold.bytes, "sha256": sha256, "md5": md5}
    fields["media_type"] = answer.media_type[:255]
    documents, after = room.stores.documents(document.tenant), document

    async def settled() -> ChangeSet:
        nonlocal after
        was, now = await documents.document(document.id), room.clock.now()
        named = fields | {"name": _named((was or document).name, answer)}
        after = changed(was or document, now, named)
        change = documents.change(document.id, named, now, was=was)
        return (*room.stores.rooms(document.tenant).settle(hold, hold.bytes, 0), change)

    await held.decided(settled)
    return after


def _named(name: str, answer: Fetched) -> str:
    """By an ending it is known what it is."""
    return (name if "." in name else f"{name}{_ENDINGS.get(answer.media_type, '')}")[:255]


def _must_answer(answer: Fetched) -> None:
    if answer.status >= 500 or answer.status == 429:
        raise Fault(Kind.upstream, f"The address answered with {answer.status}.", code="address_failed")
    if answer.status != 200:
        raise Fault(
            Kind.invalid,
            f"The address answered with {answer.status}.",
            hint="Look whether it is right, and open to everybody.",
            code="address_failed",
        )
