"""A copy of a document takes the text and the passages over from its origin, with whatever was mended in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from parlance.core.jobs.held import Held
from parlance.core.knowledge.remarks import without_recutting
from parlance.core.knowledge.room import KnowledgeRoom
from parlance.ports.knowledge import TOGETHER
from parlance.values.knowledge import Chunk, Document

DRAWINGS = 20
"""Of so many chunks what was drawn is written together."""


async def taken_over(room: KnowledgeRoom, held: Held, document: Document) -> dict[str, Any] | None:
    """What is known of the document then; none where there is no origin that says the same, from its first passage to
    its last. The chunks that were written for nothing stay: whoever reads the document removes them."""
    id = held.job.payload.get("origin")
    documents, chunks = room.stores.documents(document.tenant), room.stores.chunks(document.tenant)
    origin = await documents.document(id) if isinstance(id, str) else None
    if origin is None or origin.state != "ready" or origin.sha256 != document.sha256:
        return None
    await _copied(room, origin.text, origin.text_size, document.text)
    if origin.structure_size:
        await _copied(room, origin.structure, origin.structure_size, document.structure)
    ids: dict[str, str] = {}
    count, after = 0, -1
    while piece := await chunks.written(origin.id, after, TOGETHER, cut=origin.cut):
        copies = list(_copies(room, piece, document, ids))
        await held.commit(chunks.insert(copies))
        await _drawings(room, held, document, piece, copies)
        count, after = count + len(piece), piece[-1].place
    now = await documents.document(origin.id)
    if now is None or (now.changed, now.state) != (origin.changed, "ready"):
        return None
    said = {name: getattr(origin, name) for name in ("pages", "language", "text_size", "structure_size")}
    said["remarks"] = without_recutting(origin.remarks)
    return {**said, "done": origin.pages, "chunks": count}


async def _drawings(
    room: KnowledgeRoom, held: Held, document: Document, chunks: Sequence[Chunk], copies: Sequence[Chunk]
) -> None:
    """What was drawn out of chunks, for their copies in a base that has a graph as well."""
    base = await room.stores.bases(document.tenant).base(document.base)
    if base is None or not base.graph.enabled or not room.graphs:
        return
    graphs = room.stores.graphs(document.tenant)
    known = await graphs.drawings(chunks[0].document, [chunk.id for chunk in chunks])
    drawn = [(copy, known[of.id]) for of, copy in zip(chunks, copies, strict=True) if of.id in known]
    for start in range(0, len(drawn), DRAWINGS):
        some = drawn[start : start + DRAWINGS]
        await held.commit(*(graphs.draw(copy, drawing) for copy, drawing in some if not drawing.nonsense))


def _copies(room: KnowledgeRoom, chunks: Sequence[Chunk], document: Document, ids: dict[str, str]) -> Iterator[Chunk]:
    for chunk in chunks:
        own = {id: ids.setdefault(id, room.ids.new()) for id in (chunk.id, chunk.parent) if id is not None}
        parent = None if chunk.parent is None else own[chunk.parent]
        yield msgspec.structs.replace(chunk, id=own[chunk.id], base=document.base, document=document.id, parent=parent)


async def _copied(room: KnowledgeRoom, blob: str, size: int, copy: str) -> None:
    """What was read, under the name that the row has for it already."""
    writing = await room.blobs.write(copy)
    try:
        async for piece in room.blobs.read(blob, 0, size):
            await writing.add(piece)
        await writing.finish()
    except BaseException:
        writing.abandon()
        raise
