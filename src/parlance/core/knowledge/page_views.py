"""What the operations on pages do: where words lie is looked up in what was read, and drawn from the bytes."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

from parlance.core.knowledge.page_operations import DrawPage, PageBox, PagePicture, PageView, ReadPage
from parlance.core.knowledge.room import KnowledgeRoom
from parlance.core.knowledge.texts import read_parsed
from parlance.core.operation import Context, Result
from parlance.ports.drawing import NARROWEST, WIDEST, Drawn, PageDrawing, Wanted
from parlance.ports.parsing import MOST_PAGES, MOST_TEXT
from parlance.values.errors import Fault, Kind, out_of_range
from parlance.values.knowledge import Document, Parsed

MOST_BLOCKS = 200
"""Of a page, in which a stretch is looked for: more than a page holds that anybody reads."""
MADE = "1"
"""The manner in which pages are drawn: with another one, pictures that browsers keep are no longer right."""


class _Place(NamedTuple):
    """A page, the stretch of the text that was read on it, and what is to be found there."""

    page: int
    start: int = 0
    stop: int = 0
    wanted: tuple[Wanted, ...] = ()


async def read_page(room: KnowledgeRoom, context: Context, op: ReadPage) -> Result[PageView]:
    """Handle `ReadPage`."""
    document: Document = context.subject.document
    drawing = _drawing(room, document)
    if not 0 <= op.page <= MOST_PAGES:
        raise out_of_range("page", f"a number from 1 to {MOST_PAGES}, or 0 for that of the stretch")
    if not 0 <= op.start <= MOST_TEXT or not 0 <= op.stop <= MOST_TEXT:
        raise out_of_range("start", f"a stretch of the text, within {MOST_TEXT} code points")
    async with room.page_lines.of(context.principal.lane_key):
        place = await _placed(room, document, op)
        async with _file(room, document) as path:
            sheet = await drawing.look(path, document.media_type, place.page, place.wanted)
    size = sheet.pages, sheet.width, sheet.height
    boxes = tuple(PageBox(*box) for box in sheet.boxes)
    return Result(PageView(document.id, place.page, *size, place.start, place.stop, boxes))


async def draw_page(room: KnowledgeRoom, context: Context, op: DrawPage) -> Result[PagePicture]:
    """Handle `DrawPage`."""
    document: Document = context.subject.document
    drawing = _drawing(room, document)
    if not 1 <= op.page <= MOST_PAGES:
        raise out_of_range("page", f"a number from 1 to {MOST_PAGES}")
    if not NARROWEST <= op.width <= WIDEST:
        raise out_of_range("width", f"a number of pixels from {NARROWEST} to {WIDEST}")
    tag = f"{document.sha256}-page-{MADE}-{op.page}-{op.width}"
    return Result(PagePicture(tag, partial(_drawn, room, drawing, document, op, context.principal.lane_key)))


async def _drawn(room: KnowledgeRoom, drawing: PageDrawing, document: Document, op: DrawPage, lane: str) -> Drawn:
    async with room.page_lines.of(lane), _file(room, document) as path:
        return await drawing.draw(path, document.media_type, op.page, op.width)


def _drawing(room: KnowledgeRoom, document: Document) -> PageDrawing:
    """Who draws its pages. Raises `Fault(unsupported)` for what has none, `Fault(conflict)` while it is not here."""
    if room.page_drawing is None or (document.blob and not room.has_page_pictures(document)):
        said = "Pages of this document cannot be shown."
        hint = "PDF files and pictures can, where whoever runs this has installed what draws them."
        raise Fault(Kind.unsupported, said, hint=hint, code="no_page_pictures")
    if not document.blob:
        hint = "The document is still being read, or could not be."
        raise Fault(Kind.conflict, "This is not there yet.", hint=hint, code="not_read_yet")
    return room.page_drawing


def _file(room: KnowledgeRoom, document: Document) -> AbstractAsyncContextManager[Path]:
    """Its bytes as a file, for a moment longer."""
    opening = partial(room.spool, document.blob, document.size)
    return room.page_sources.files.of(document.blob, document.size, opening)


async def _placed(room: KnowledgeRoom, document: Document, op: ReadPage) -> _Place:
    """Where the stretch stands, as far as it is known what was read."""
    unread = _Place(max(1, op.page))
    if not document.structure_size or document.state not in ("embedding", "ready"):
        return unread
    size, opening = document.text_size + document.structure_size, partial(_text, room, document)
    async with room.page_sources.texts.of(document.structure, size, opening) as parsed:
        return unread if parsed is None else await asyncio.to_thread(_place, parsed, op)


@asynccontextmanager
async def _text(room: KnowledgeRoom, document: Document) -> AsyncIterator[Parsed | None]:
    async with room.page_sources.reading:
        parsed = await read_parsed(room, document)
    yield parsed


def _place(parsed: Parsed, op: ReadPage) -> _Place:
    """Which page is meant, and which of its blocks the stretch touches."""
    pages = parsed.pages or (0,)
    page = op.page or max(1, bisect_right(pages, op.start))
    if page > len(pages):
        return _Place(page)
    start, stop = pages[page - 1], pages[page] if page < len(pages) else len(parsed.text)
    return _Place(page, start, stop, tuple(_wanted(parsed, max(start, op.start), min(stop, op.stop)))[:MOST_BLOCKS])


def _wanted(parsed: Parsed, start: int, stop: int) -> Iterator[Wanted]:
    """The blocks between two places; what tells of a picture stands written nowhere on the page."""
    first = bisect_right(parsed.blocks, start, key=lambda block: block.span.stop)
    for block in parsed.blocks[first:]:
        span = block.span
        if span.start >= stop:
            return
        if block.image is None:
            text = parsed.text[span.start : span.stop]
            inside = max(start, span.start) - span.start, min(stop, span.stop) - span.start
            yield Wanted(text, *inside, span.box, block.kind)
