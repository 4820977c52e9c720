"""The text that was read in a document, and what was found out besides, as they are kept: so that it can be cut anew
without reading its bytes once more."""

from __future__ import annotations

import asyncio

from parlance.core.knowledge.hearing.transcripts import is_speech
from parlance.core.knowledge.room import KnowledgeRoom
from parlance.core.knowledge.seeing.captions import model_of
from parlance.core.knowledge.structures import Structure, decoded, encoded, stretch
from parlance.values.errors import Fault
from parlance.values.knowledge import Base, Document, Parsed

BRIEF = 8000
"""Code points of a text with which less is done than a trip to a thread and back costs."""


async def keep_text(room: KnowledgeRoom, base: Base, document: Document, parsed: Parsed) -> dict[str, int]:
    """Both as blobs, which the document names already; gives how many bytes each has, by the fields of it."""
    model = model_of(room, base)
    if len(parsed.text) <= BRIEF:
        text, structure = _encoded(parsed, model)
    else:
        text, structure = await asyncio.to_thread(_encoded, parsed, model)
    await _write(room, document.text, text)
    await _write(room, document.structure, structure)
    return {"text_size": len(text), "structure_size": len(structure)}


async def kept_text(room: KnowledgeRoom, base: Base, document: Document) -> Parsed | None:
    """What was read; none where that is not kept, or what is to be seen or heard in it is for another model to say."""
    found = await _kept(room, document)
    return None if found is None or _is_for_another(room, base, found) else found.parsed


async def read_parsed(room: KnowledgeRoom, document: Document) -> Parsed | None:
    """What was read, whoever looked at its pictures; none where that is not kept."""
    found = await _kept(room, document)
    return None if found is None else found.parsed


async def _kept(room: KnowledgeRoom, document: Document) -> Structure | None:
    """Both blobs as they were before they were parted."""
    if not document.structure_size:
        return None
    try:
        text = await stretch(room.blobs, document.text, 0, document.text_size)
        structure = await stretch(room.blobs, document.structure, 0, document.structure_size)
    except Fault as fault:
        if fault.code != "content_lost":
            raise
        return None
    try:
        return await asyncio.to_thread(decoded, structure, text)
    except ValueError:  # damaged, or of a version that wrote it otherwise: its bytes say it again
        return None


async def forget_text(room: KnowledgeRoom, document: Document) -> None:
    """Both blobs go."""
    for blob in filter(None, (document.text, document.structure)):
        await room.keeper.discard(blob)


def _is_for_another(room: KnowledgeRoom, base: Base, found: Structure) -> bool:
    """Whether another model is to look at it or to listen. What was written down stays where nobody is to listen any
    more, or whoever can."""
    if not is_speech(found.parsed):
        return found.model != model_of(room, base)
    wanted = room.transcriber if base.options.transcriber is None else base.options.transcriber
    return wanted not in ("", found.parsed.metadata.get("transcriber"))


def _encoded(parsed: Parsed, model: str) -> tuple[bytes, bytes]:
    return parsed.text.encode(), encoded(parsed, model)


async def _write(room: KnowledgeRoom, blob: str, data: bytes) -> None:
    writing = await room.blobs.write(blob)
    try:
        await writing.add(data)
        await writing.finish()
    except BaseException:
        writing.abandon()
        raise
