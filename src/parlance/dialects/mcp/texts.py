"""A part of a document's text, counted in characters, out of bytes that are read as they are wanted."""

from __future__ import annotations

import codecs

from parlance.core.knowledge.document_operations import DocumentContent


async def text_of(content: DocumentContent, start: int, length: int) -> tuple[str, bool]:
    """Characters from `start` on, at most so many, and whether there are more."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    kept, at, stop = [], 0, start + length
    async for piece in content.read(0, content.file.size):
        text = decoder.decode(piece)
        kept.append(text[max(0, start - at) : max(0, stop - at)])
        at += len(text)
        if at > stop:
            break
    return "".join(kept), at > stop
