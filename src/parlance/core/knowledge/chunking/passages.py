"""A parsed document in, its passages out."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from parlance.core.knowledge.chunking.cuts import Cuts
from parlance.core.knowledge.chunking.packing import packed, trimmed
from parlance.core.knowledge.chunking.regions import Region, regions
from parlance.values.knowledge import Block, ChunkKind, ChunkOptions, Parsed, Passage, Span

BY_OCR = "ocr"
"""What `Parsed.metadata["words"]` says where all words were read in a picture."""
PATH = " > "
MOST_TITLE = 200
_MARKS = re.compile(r"^\s*#{1,6}[ \t]+|(?<![ \t])[ \t]++#++\s*+$")
MOST_HEAD = 1000
"""Code points of a table's head that are repeated with every piece of the table."""


class _Heading(NamedTuple):
    """A heading: where it stands, the titles above it, and those with its own."""

    start: int
    stop: int
    above: tuple[str, ...]
    path: tuple[str, ...]


def chunked(parsed: Parsed, options: ChunkOptions = ChunkOptions()) -> Sequence[Passage]:  # noqa: B008 - frozen
    """The passages of a document, in order; a parent stands before its children, which lie in it.

    Every code point that is not blank is in at least one passage, and `content` is `parsed.text` at its span. None is
    longer than `size` (`parent_size` for a parent). The overlap is at most half of the size.
    """
    document = _Document(parsed, options)
    size, overlap = max(1, options.size), max(0, options.overlap)
    found: list[Passage] = []
    for section in document.sections():
        if options.parent_size <= 0:
            found.extend(document.passage(*piece) for piece in document.pieces(*section, size, overlap))
            continue
        for upper in document.pieces(*section, max(size, options.parent_size), 0, apart=False):
            parent = len(found)
            found.append(document.passage(*upper))
            found.extend(document.passage(*lower, parent) for lower in document.pieces(*upper, size, overlap))
    return found


class _Document:
    """One document while it is cut."""

    def __init__(self, parsed: Parsed, options: ChunkOptions) -> None:
        self._parsed, self._options = parsed, options
        self._text = parsed.text
        self._cuts = Cuts(parsed.text, options.separators, regions(parsed.text, parsed.blocks))
        self._headings = list(_headings(parsed))
        self._heading_starts = [heading.start for heading in self._headings]
        self._boxed = any(block.span.box is not None for block in parsed.blocks)
        self._pictured = any(block.image is not None for block in parsed.blocks)

    def sections(self) -> Iterator[tuple[int, int]]:
        """What is packed by itself: where headings count, from one that opens a section to the next."""
        starts = [0]
        if self._options.headings:
            ends = [0, *(heading.stop for heading in self._headings)]
            starts += [
                heading.start
                for heading, before in zip(self._headings, ends, strict=False)
                if heading.start and not self._text[before : heading.start].isspace() and heading.start > before
            ]
        yield from zip(starts, [*starts[1:], len(self._text)], strict=True)

    def pieces(
        self, start: int, stop: int, size: int, overlap: int, *, apart: bool = True
    ) -> Iterator[tuple[int, int]]:
        """The spans of the chunks of a piece of the text; what is known of a picture may be set `apart`."""
        for between in self._apart(start, stop) if apart else [(start, stop)]:
            for first, last, table in self._segments(*between, size):
                cuts = self._cuts.within(first, last, size)
                for piece in packed(self._text, cuts, size, 0 if table else min(overlap, size // 2)):
                    begin, end = trimmed(self._text, *piece)
                    if begin < end:
                        yield begin, end

    def _apart(self, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """What tells of a picture is no part of the chunk around it, so that its citation opens the picture's page."""
        for block in self._overlapping(start, stop) if self._pictured else ():
            if block.image is not None:
                first, last = max(start, block.span.start), min(stop, block.span.stop)
                yield from ((start, first), (first, last)) if start < first else ((first, last),)
                start = last
        if start < stop:
            yield start, stop

    def _segments(self, start: int, stop: int, size: int) -> Iterator[tuple[int, int, bool]]:
        """A table that is too long for one chunk gets chunks of its own; a few words before it stay with it."""
        for region in self._cuts.overlapping(start, stop):
            if region.kind != "table" or region.stop - region.start <= size or region.stop <= start:
                continue
            if region.start - start > size // 4:
                yield start, region.start, False
                start = region.start
            yield start, min(region.stop, stop), True
            start = min(region.stop, stop)
        if start < stop:
            yield start, stop, False

    def passage(self, start: int, stop: int, parent: int | None = None) -> Passage:
        """A span with what it stands under, where it is, and what kind of text it holds."""
        table = self._table(start)
        pages = self._parsed.pages
        page = (bisect_right(pages, start) or 1) if pages else None
        span = Span(start, stop, page, self._box(start, stop, page) if self._boxed else None)
        kind = self._kind(start, stop, table)
        return Passage(self._text[start:stop], span, kind, self._context(start, table), parent)

    def _table(self, start: int) -> Region | None:
        there = self._cuts.overlapping(start, start + 1)
        return there[0] if there and there[0].kind == "table" else None

    def _context(self, start: int, table: Region | None) -> str:
        at = bisect_right(self._heading_starts, start) - 1
        path: tuple[str, ...] = ()
        if at >= 0:
            heading = self._headings[at]
            path = heading.above if heading.start == start else heading.path
        lines = [PATH.join(path)] if path else []
        if table is not None and table.head <= start and table.head - table.start <= MOST_HEAD:
            lines.append(self._text[table.start : table.head].strip("\n"))
        return "\n".join(lines)

    def _kind(self, start: int, stop: int, table: Region | None) -> ChunkKind:
        blocks = self._overlapping(start, stop)
        if blocks and all(block.kind == "caption" for block in blocks):
            return "caption"
        if self._parsed.metadata.get("words") == BY_OCR or (blocks and all(one.image is not None for one in blocks)):
            return "ocr"
        return "table" if table is not None and stop <= table.stop else "text"

    def _box(self, start: int, stop: int, page: int | None) -> tuple[float, float, float, float] | None:
        """What holds all of the passage that is on its first page."""
        spans = [block.span for block in self._overlapping(start, stop)]
        boxes = [span.box for span in spans if span.box is not None and span.page == page]
        if not boxes:
            return None
        left, top, right, bottom = zip(*boxes, strict=True)
        return min(left), min(top), max(right), max(bottom)

    @cached_property
    def _edges(self) -> tuple[list[int], list[int]]:
        blocks = self._parsed.blocks
        return [block.span.start for block in blocks], [block.span.stop for block in blocks]

    def _overlapping(self, start: int, stop: int) -> Sequence[Block]:
        starts, stops = self._edges
        return self._parsed.blocks[bisect_right(stops, start) : bisect_left(starts, stop)]


def _headings(parsed: Parsed) -> Iterator[_Heading]:
    stack: list[tuple[int, str]] = []
    for block in parsed.blocks:
        if block.kind != "heading":
            continue
        while stack and stack[-1][0] >= block.level:
            stack.pop()
        above = tuple(title for _, title in stack)
        title = _title(parsed.text[block.span.start : block.span.stop])
        stack.append((block.level, title))
        yield _Heading(block.span.start, block.span.stop, above, (*above, title))


def _title(line: str) -> str:
    """The words of a heading, without the marks that Markdown puts around them."""
    words, _, under = line.partition("\n")
    if under.strip("=- \n"):
        words = line
    return " ".join(_MARKS.sub("", words).split())[:MOST_TITLE]
