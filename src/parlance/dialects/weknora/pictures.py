"""What is in a picture of a document: said anew, it is what is found."""

from __future__ import annotations

from typing import Any

import msgspec

from parlance.core.knowledge.chunk_operations import ChangeChunk, ChunkView, ListChunks, ReadChunk
from parlance.core.knowledge.document_operations import ReadDocument
from parlance.dialects.table import Do, Reply, Request
from parlance.dialects.weknora.bases_shown import NOTES, noted
from parlance.dialects.weknora.bodies import unfit
from parlance.dialects.weknora.envelope import done
from parlance.values import json_door
from parlance.values.errors import Fault, Kind
from parlance.values.knowledge import ChunkKind

PAGE = 199


class Told(msgspec.Struct, frozen=True):
    """The body: a text that holds JSON, a list of one picture."""

    image_info: str | None = None


class Picture(msgspec.Struct, frozen=True):
    """What is said of a picture."""

    caption: str | None = None
    ocr_text: str | None = None


async def change(request: Request, do: Do, body: Told) -> Reply:
    """`PUT /knowledge/image/:id/:chunk_id`: its caption and the words in it, which are embedded anew."""
    chunk = await chunk_in(do, request.params["document"], request.params["chunk"])
    try:
        told = json_door.decode((body.image_info or "").encode(), list[dict[str, Any]])
        [picture] = json_door.decode((body.image_info or "").encode(), list[Picture])
    except Fault as fault:
        return unfit(f"In image_info: {fault.sentence()}")
    except ValueError:
        return unfit(f"In image_info: expected one picture, not {len(told)}.")
    for kind, text in (("caption", picture.caption), ("ocr", picture.ocr_text)):
        if text:
            await _say(do, chunk, kind, text)  # type: ignore[arg-type]
    await do(ChangeChunk(chunk.id, foreign={NOTES: {**noted(chunk.foreign), "image_info": body.image_info}}))
    return done("Knowledge chunk image updated successfully")


async def chunk_in(do: Do, document: str, id: str) -> ChunkView:
    """A chunk of this very document. Raises `Fault(missing)`."""
    chunk = await do(ReadChunk(id))
    if chunk.document != (await do(ReadDocument(document))).id:
        raise Fault(Kind.missing, "There is no such chunk.", code="chunk_not_found")
    return chunk


async def _say(do: Do, chunk: ChunkView, kind: ChunkKind, text: str) -> None:
    """What of this kind belongs to the chunk says this now."""
    cursor: str | None = ""
    while cursor is not None:
        page = await do(ListChunks(chunk.document, cursor, PAGE, kinds=kind))
        for each in page.chunks:
            if chunk.id in (each.id, each.parent):
                await do(ChangeChunk(each.id, content=text))
        cursor = page.cursor
