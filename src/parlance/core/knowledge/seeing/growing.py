"""What was found out about a document's pictures becomes part of its text, where each picture stands.

Whoever cuts, searches or cites meets words at places, and need not know of pictures: a caption is a block like any
other, on the page that its picture is on.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from parlance.values.knowledge import Block, BlockKind, Parsed, Span

_GAP = "\n\n"


class _Added(NamedTuple):
    """A block to come: `at` is a place between two letters of the text that is there."""

    at: int
    page: int
    image: int
    kind: BlockKind
    words: str


def grown(parsed: Parsed, captions: Mapping[int, str]) -> Parsed:
    """The document with the captions of its pictures (by their index in `images`) and the words in them as blocks.
    The text that was there stays as it is around them; `images` are not part of it any more."""
    return _Growth(parsed, _added(parsed, captions)).done()


def _added(parsed: Parsed, captions: Mapping[int, str]) -> list[_Added]:
    """The new blocks in order, none of them inside of another one."""
    stops = [block.span.stop for block in parsed.blocks]
    found: list[_Added] = []
    for index, picture in enumerate(parsed.images):
        at = picture.span.start
        place = bisect_right(stops, at)
        if place < len(stops) and parsed.blocks[place].span.start < at:
            at = stops[place]
        said: tuple[tuple[BlockKind, str], ...] = (("caption", captions.get(index, "")), ("paragraph", picture.words))
        found += [_Added(at, picture.span.page or 0, index, kind, words) for kind, words in said if words.strip()]
    return sorted(found, key=lambda one: (one.at, one.page, one.image))


class _Growth:
    """One text while it grows."""

    def __init__(self, parsed: Parsed, added: list[_Added]) -> None:
        self._parsed, self._added = parsed, added
        self._pieces: list[str] = []
        self._length = 0
        self._edges: list[int] = []
        """Where, in the text that was there, something comes in; and how far all behind it has moved by then."""
        self._moved: list[int] = []
        self._new: list[Block] = []
        self._pages: list[int] = []

    def done(self) -> Parsed:
        """All of it."""
        parsed, text = self._parsed, self._parsed.text
        last = 0
        for one in self._added:
            self._turn((one.at, one.page), last)
            self._put(text[last : one.at])
            last = one.at
            self._add(one, text)
            self._edges.append(last)
            self._moved.append(self._length - last)
        self._turn((len(text), len(parsed.pages)), last)
        self._put(text[last:])
        blocks = sorted([*map(self._shifted, parsed.blocks), *self._new], key=lambda block: block.span.start)
        return msgspec.structs.replace(
            parsed, text="".join(self._pieces), blocks=tuple(blocks), pages=tuple(self._pages), images=()
        )

    def _put(self, piece: str) -> None:
        if piece:
            self._pieces.append(piece)
            self._length += len(piece)

    def _add(self, one: _Added, text: str) -> None:
        """A block between empty lines, of which those that are there already are enough."""
        tail = "".join(self._pieces[-2:])[-2:]
        if self._length and tail != _GAP:
            self._put("\n" if tail.endswith("\n") else _GAP)
        start, words = self._length, one.words.strip()
        self._put(words)
        span = Span(start, self._length, len(self._pages) or None, self._parsed.images[one.image].span.box)
        self._new.append(Block(one.kind, span, image=one.image))
        if one.at < len(text) and not text.startswith("\n", one.at):
            self._put(_GAP)

    def _turn(self, before: tuple[int, int], last: int) -> None:
        """Pages that begin no later than this place, and are no later pages than this one."""
        pages = self._parsed.pages
        while len(self._pages) < len(pages):
            number = len(self._pages)
            if (pages[number], number + 1) > before:
                return
            self._pages.append(self._length + pages[number] - last)

    def _shifted(self, block: Block) -> Block:
        at = bisect_right(self._edges, block.span.start) - 1
        by = self._moved[at] if at >= 0 else 0
        span = msgspec.structs.replace(block.span, start=block.span.start + by, stop=block.span.stop + by)
        return msgspec.structs.replace(block, span=span)
