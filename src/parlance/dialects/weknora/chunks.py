"""The chunks of a document: listed, changed, deleted."""

from __future__ import annotations

import msgspec

from parlance.core.knowledge.chunk_operations import (
    ChangeChunk,
    ChunkView,
    DeleteChunk,
    DeleteChunks,
    ListChunks,
    ReadChunk,
)
from parlance.core.knowledge.document_operations import ReadDocument
from parlance.core.weknora.operations import ReadPlace
from parlance.dialects.table import Do, Reply, Request
from parlance.dialects.weknora.bases_shown import NOTES, noted
from parlance.dialects.weknora.bodies import number_of, taking
from parlance.dialects.weknora.envelope import Done, Listed, Success, done, given, listed
from parlance.dialects.weknora.knowledge_shown import ChunkShown, chunk_shown
from parlance.dialects.weknora.pictures import chunk_in
from parlance.dialects.weknora.rows import rows_of
from parlance.dialects.weknora.wire import BASE, PAGING, paging

PATH = f"{BASE}/chunks"
SHOWN = "text,table,ocr,caption"
"""Our kinds of what a document says. Words of a scan are all that there is of it, and stand in its text."""


class Change(msgspec.Struct, frozen=True):
    """The body of a change. What else a client sends of a chunk is not taken."""

    content: str | None = None
    is_enabled: bool | None = None
    image_info: str | None = None


async def listing(request: Request, do: Do) -> Reply:
    """`GET /chunks/:knowledge_id`: what it says, which `total` counts; each with the ids of those beside it."""
    document, page = await do(ReadDocument(request.params["document"])), paging(request)
    before = min(1, page.offset)
    found = await do(
        ListChunks(
            document.id,
            limit=before + page.page_size + 1,
            kinds=SHOWN,
            found=True,
            skip=page.offset - before,
            counted=True,
        )
    )
    number, chunks = await number_of(do), found.chunks
    shown = [
        chunk_shown(each, document, number, _id(chunks, at - 1), _id(chunks, at + 1))
        for at, each in enumerate(chunks)
        if before <= at < before + page.page_size
    ]
    return listed(shown, found.total or 0, page)


def _id(chunks: tuple[ChunkView, ...], at: int) -> str:
    return chunks[at].id if 0 <= at < len(chunks) else ""


async def change(request: Request, do: Do, body: Change) -> Reply:
    """`PUT /chunks/:knowledge_id/:id`: another content is embedded anew; what is left out stays."""
    chunk = await chunk_in(do, request.params["document"], request.params["chunk"])
    told = None
    if body.image_info:
        told = {NOTES: {**noted(chunk.foreign), "image_info": body.image_info}}
    changed = await do(ChangeChunk(chunk.id, body.is_enabled, body.content or None, told))
    document = await do(ReadDocument(changed.document))
    return given(chunk_shown(changed, document, await number_of(do)))


async def delete(request: Request, do: Do) -> Reply:
    """`DELETE /chunks/:knowledge_id/:id`: with its vector."""
    chunk = await chunk_in(do, request.params["document"], request.params["chunk"])
    await do(DeleteChunk(chunk.id))
    return done("Chunk deleted")


async def delete_all(request: Request, do: Do) -> Reply:
    """`DELETE /chunks/:knowledge_id`."""
    await do(DeleteChunks(request.params["document"]))
    return done("All chunks under knowledge deleted")


_row = rows_of("chunks", PATH)
ROWS = (
    _row(
        "GET",
        "/{document}",
        "list",
        answer=listing,
        operations=(ReadDocument, ListChunks, ReadPlace),
        summary="What a document says, in its order",
        queries=PAGING,
        gives=Listed[ChunkShown],
    ),
    _row(
        "PUT",
        "/{document}/{chunk}",
        "change",
        answer=taking(Change, change),
        operations=(ReadChunk, ReadDocument, ChangeChunk, ReadPlace),
        summary="Say what a chunk says, and whether it is found",
        takes=Change,
        gives=Success[ChunkShown],
    ),
    _row(
        "DELETE",
        "/{document}/{chunk}",
        "delete",
        answer=delete,
        operations=(ReadChunk, ReadDocument, DeleteChunk),
        summary="Delete a chunk",
        gives=Done,
    ),
    _row(
        "DELETE",
        "/{document}",
        "delete_all",
        answer=delete_all,
        operations=(DeleteChunks,),
        summary="Delete all chunks of a document",
        gives=Done,
    ),
)
