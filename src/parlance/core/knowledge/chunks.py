"""What the operations on chunks do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

import msgspec

from parlance.core.cursors import page, place, within
from parlance.core.knowledge.bounds import judged_content
from parlance.core.knowledge.chunk_operations import (
    ChangeChunk,
    ChunkPage,
    ChunkView,
    DeleteChunk,
    DeleteChunks,
    ListChunks,
    ReadChunk,
)
from parlance.core.knowledge.embedding import embedded
from parlance.core.knowledge.foreign import merged, skipped
from parlance.core.knowledge.graph.drawing import again as look_again
from parlance.core.knowledge.graph.projecting import projected
from parlance.core.knowledge.likeness import must_be_the_same
from parlance.core.knowledge.recutting import not_recut
from parlance.core.knowledge.room import DRAW_GRAPH, KnowledgeRoom
from parlance.core.operation import Context, Effect, Result, step
from parlance.ports.knowledge import TOGETHER
from parlance.ports.stores import ChangeSet
from parlance.values.errors import Fault, Kind, out_of_range
from parlance.values.knowledge import Base, Chunk, ChunkKind, Document, Located

_NOTHING: Mapping[str, Any] = {}


def chunk_view(chunk: Chunk) -> ChunkView:
    """A chunk as its readers see it."""
    return ChunkView(**{name: getattr(chunk, name) for name in ChunkView.__struct_fields__})


async def list_chunks(room: KnowledgeRoom, context: Context, op: ListChunks) -> Result[ChunkPage]:
    """Handle `ListChunks`."""
    document: Document = context.subject.document
    kinds, skip = _kinds(op.kinds), skipped(op.skip)
    limit, which = within(op.limit), ("chunks", document.id, *kinds, op.found)
    after: tuple[int] | None = place(which, op.cursor, int)
    chunks, behind = room.stores.chunks(document.tenant), -1 if after is None else after[0]
    found = await chunks.page(document.id, behind, limit + 1, kinds=kinds, searched=op.found, skip=skip)
    total = await chunks.count(document.id, kinds, searched=op.found) if op.counted else None
    shown, more = page(which, found, limit, lambda chunk: (chunk.place,))
    told = await room.page_starts.turned(room.blobs, document, shown)
    return Result(ChunkPage(tuple(map(chunk_view, told)), more, total))


def _kinds(given: str) -> tuple[ChunkKind, ...]:
    named = tuple(filter(None, given.split(",")))
    known: dict[str, ChunkKind] = {kind: kind for kind in get_args(ChunkKind)}
    if not all(each in known for each in named):
        raise out_of_range("kinds", f"some of {', '.join(known)}")
    return tuple(known[each] for each in named)


async def read_chunk(room: KnowledgeRoom, context: Context, op: ReadChunk) -> Result[ChunkView]:
    """Handle `ReadChunk`."""
    located: Located = context.subject
    assert located.chunk is not None
    [chunk] = await room.page_starts.turned(room.blobs, located.document, [located.chunk])
    return Result(chunk_view(chunk))


async def change_chunk(room: KnowledgeRoom, context: Context, op: ChangeChunk) -> Result[ChunkView]:
    """Handle `ChangeChunk`."""
    located: Located = context.subject
    base = located.base
    assert located.chunk is not None
    [chunk] = await room.page_starts.turned(room.blobs, located.document, [located.chunk])
    fields: dict[str, Any] = {}
    if op.enabled is not None and op.enabled != chunk.enabled:
        fields["enabled"] = op.enabled
    if op.content is not None and (content := judged_content(op.content)) != chunk.content:
        fields["content"] = content
    if op.foreign is not None:
        fields["foreign"] = merged(chunk.foreign, op.foreign)
    if not fields:
        return Result(chunk_view(chunk))
    after = msgspec.structs.replace(chunk, **fields)
    chunks, documents = room.stores.chunks(base.tenant), room.stores.documents(base.tenant)
    vectors, dimension = (), 0
    if "content" in fields:
        vectors, dimension = await _anew(room, base, located.document, after)
    raised = room.stores.bases(base.tenant).raise_revision(base.id, generation=base.generation, dimension=dimension)
    again = documents.change(located.document.id, {"generation": base.generation}, room.clock.now())
    changed = (raised, again, documents.found_anew(located.document.id), chunks.change(chunk, fields), *vectors)
    drawn, effects = _drawn_anew(room, located, chunk, "content" in fields) if fields.keys() - {"foreign"} else ((), ())
    return Result(chunk_view(after), (*changed, *drawn), effects)


def _drawn_anew(
    room: KnowledgeRoom, located: Located, chunk: Chunk, rewritten: bool
) -> tuple[ChangeSet, tuple[Effect, ...]]:
    """What the graph needs when a chunk says something else, or is found again."""
    document = located.document
    gone = room.stores.graphs(chunk.tenant).forget(document.id, [chunk.id]) if rewritten else ()
    shown = projected(room, located.base, document.id)
    if not (room.graphs and located.base.graph.enabled):
        return (*gone, *shown), (room.wake,) if shown else ()
    effects = (room.drops(document.tenant, DRAW_GRAPH, document.id), room.wake)
    return (*gone, *look_again(room, document), *shown), effects


async def delete_chunk(room: KnowledgeRoom, context: Context, op: DeleteChunk) -> Result[None]:
    """Handle `DeleteChunk`: what was cut from it says the same, so it goes, too."""
    located: Located = context.subject
    chunk = located.chunk
    assert chunk is not None
    chunks = room.stores.chunks(chunk.tenant)
    going = (chunk, *await chunks.children(chunk))
    removed = tuple(each for one in going for each in chunks.remove(one))
    return Result(None, _fewer(room, located, len(going), removed), (room.wake,))


async def delete_chunks(room: KnowledgeRoom, context: Context, op: DeleteChunks) -> Result[None]:
    """Handle `DeleteChunks`: some at a time, so that nobody waits long for a database's only writer."""
    located: Located = context.subject
    document = located.document
    if document.state != "ready":
        said = "The document is still being read, or could not be."
        raise Fault(Kind.conflict, said, field="document", code="not_read_yet")
    remains, documents = room.stores.remains(document.tenant), room.stores.documents(document.tenant)

    async def fewer() -> Result[None]:
        some = await remains.pieces(document.id, TOGETHER)
        now = await documents.document(document.id)
        if not some or now is None:
            return Result(None, (), (room.wake,))
        said, dropped = not_recut(room, now)
        going = (*remains.clear(document.id, some), *dropped)
        return step(_fewer(room, located, len(some), going, said, now), fewer)

    return await fewer()


def _fewer(
    room: KnowledgeRoom,
    located: Located,
    count: int,
    removed: ChangeSet,
    fields: Mapping[str, Any] = _NOTHING,
    was: Document | None = None,
) -> ChangeSet:
    """What has a document be found without so many of its chunks, and perhaps have other `fields` than it had."""
    base, document = located.base, located.document
    documents = room.stores.documents(base.tenant)
    raised = room.stores.bases(base.tenant).raise_revision(base.id)
    changed = documents.change(document.id, fields, room.clock.now(), among=("ready",), was=was)
    drawn = projected(room, base, document.id)
    return raised, changed, documents.found_anew(document.id, fewer=count), *removed, *drawn


async def _anew(room: KnowledgeRoom, base: Base, document: Document, chunk: Chunk) -> tuple[Any, int]:
    """Another vector in place of all that it had, and its dimension."""
    chunks = room.stores.chunks(base.tenant)
    forgotten: ChangeSet = (chunks.forget_vectors(chunk.id, chunk.document),)
    if not base.embedder or not chunk.searched:
        return forgotten, 0
    await must_be_the_same(room, document, base.embedder, base.generation)
    [vector] = await embedded(room.embedding, document, base.embedder, [chunk], base.dimension)
    return (*forgotten, *chunks.embed([chunk], base.generation, [vector])), len(vector) // 4
