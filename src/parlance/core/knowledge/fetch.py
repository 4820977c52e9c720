"""Fetching a document that came as an address: into a blob, within the tenant's quota."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from parlance.core.files.taking import HOLD_SECONDS
from parlance.core.jobs.held import Held
from parlance.core.knowledge.refusals import no_room
from parlance.core.knowledge.room import KnowledgeRoom
from parlance.ports.fetching import Fetched
from parlance.ports.stores import Conflict
from parlance.values.errors import Fault, Kind
from parlance.values.files import Hold
from parlance.values.knowledge import Document
from parlance.values.time import SECOND

MOST_BYTES = 256 * 1024 * 1024
"""Of one answer: it is held in memory, whatever a document may have otherwise."""
_NAMED = {"text/html": ".html", "application/pdf": ".pdf", "text/plain": ".txt", "application/json": ".json"}


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
    name = document.name if "." in document.name else f"{document.name}{_NAMED.get(answer.media_type, '')}"
    fields: dict[str, Any] = {"blob": hold.blob, "size": hold.bytes, "sha256": sha256, "md5": md5, "name": name[:255]}
    fields["media_type"] = answer.media_type[:255]
    now = room.clock.now()
    change = room.stores.documents(document.tenant).change(document.id, fields, now)
    await held.commit(room.stores.rooms(document.tenant).settle(hold, hold.bytes, 0), (change,))
    return msgspec.structs.replace(document, **fields, changed=now)


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
