"""From a document's bytes to its text with all that is known of its pictures, and from that to its chunks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from parlance.core.jobs.held import Held
from parlance.core.knowledge.bounds import storable
from parlance.core.knowledge.hearing.transcripts import Listening
from parlance.core.knowledge.room import KnowledgeRoom
from parlance.core.knowledge.seeing.captions import model_of, with_captions
from parlance.core.knowledge.texts import BRIEF
from parlance.ports.knowledge import TOGETHER
from parlance.ports.parsing import Progress
from parlance.ports.stores import ChangeSet
from parlance.values.knowledge import Base, Chunk, Document, Parsed, Passage
from parlance.values.remarks import DocumentRemark


async def read(
    room: KnowledgeRoom, held: Held, base: Base, document: Document, seen: Mapping[str, Chunk], progress: Progress
) -> Parsed:
    """What is in its bytes. `seen` is what an earlier attempt has left of captions or a transcript. Raises `Fault`,
    `LeaseLost`."""
    said, wanted = document.media_type, bool(model_of(room, base))
    async with room.spool(document.blob, document.size) as path:
        parsed = await Listening(room, held, base, document).heard(path, seen, progress)
        if parsed is None:
            parsed = await room.parsing.parse(path, document.name, said, progress=progress, pictures=wanted)
    return await with_captions(room, held, base, document, _sounded(parsed), seen)


async def chunked(room: KnowledgeRoom, base: Base, document: Document, read: Parsed) -> list[Chunk]:
    """Its chunks, as the base wants documents cut."""
    if len(read.text) <= BRIEF:
        passages = room.chunking(read, base.options)
    else:
        passages = await asyncio.to_thread(room.chunking, read, base.options)
    return list(_chunks(document, passages, room.ids.new))


async def write_chunks(room: KnowledgeRoom, held: Held, document: Document, chunks: Sequence[Chunk]) -> None:
    """All of them, some at a time: of the cut that the document is given with."""
    await held.commit(await write_nearly(room, held, document, chunks))


async def write_nearly(room: KnowledgeRoom, held: Held, document: Document, chunks: Sequence[Chunk]) -> ChangeSet:
    """The same, but for the last of them, which are to be written with what comes after them."""
    store, last = room.stores.chunks(document.tenant), max(0, len(chunks) - TOGETHER)
    for start in range(0, last, TOGETHER):
        await held.commit(store.insert(chunks[start : min(start + TOGETHER, last)], cut=document.cut))
    return store.insert(chunks[last:], cut=document.cut)


def _chunks(document: Document, passages: Sequence[Passage], new: Callable[[], str]) -> Iterator[Chunk]:
    """Passages as chunks. One that is a parent of others is not searched itself."""
    ids = [new() for _ in passages]
    parents = {passage.parent for passage in passages}
    for place, passage in enumerate(passages):
        yield Chunk(
            ids[place],
            document.tenant,
            document.base,
            document.id,
            place,
            passage.content,
            passage.span,
            passage.kind,
            passage.context,
            None if passage.parent is None else ids[passage.parent],
            searched=place not in parents,
        )


def _sounded(parsed: Parsed) -> Parsed:
    """With nothing in it that a database cannot hold; all places stay where they are."""
    return msgspec.structs.replace(
        parsed,
        text=storable(parsed.text),
        title=storable(parsed.title),
        language=storable(parsed.language),
        remarks=tuple(map(_remarked, parsed.remarks)),
        metadata={storable(key): storable(value) for key, value in parsed.metadata.items()},
        images=tuple(msgspec.structs.replace(each, words=storable(each.words)) for each in parsed.images),
    )


def _remarked(remark: DocumentRemark) -> DocumentRemark:
    values = {name: storable(value) if isinstance(value, str) else value for name, value in remark.values.items()}
    return msgspec.structs.replace(remark, words=storable(remark.words), values=values)
