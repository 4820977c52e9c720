"""What shows a page of a document as it looks: pixels, and where words lie on it. Contract suite:
`parlance.testing.page_drawing`.

`PageDrawing` is what the server calls. It never opens a file in its own process: what a file does to whoever draws it
ends a child, becomes a `Fault` with a code, and the next page is drawn. A cancelled call ends its child at once.

Besides the codes of `ports.parsing`, a call raises

    no_such_page       missing      the document has fewer pages
    content_lost       missing      the bytes are no longer there
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from parlance.values.knowledge import BlockKind

PDF = "application/pdf"
NARROWEST, WIDEST, USUAL = 200, 2000, 1000
"""Pixels of a picture's width: the least and the most that can be asked for, and what it is when nothing is."""
TALLEST = 4000
"""Pixels of its height: a page that is longer than that in its width is shown narrower."""

Box = tuple[float, float, float, float]
"""Left, top, right, bottom in shares (0 to 1) of the page as it is seen."""


class Wanted(msgspec.Struct, frozen=True):
    """A block of a page, of whose text the stretch from `start` up to and without `stop` (code points) is to be found;
    `box` is where the whole of it lies, where that is known."""

    text: str
    start: int
    stop: int
    box: Box | None = None
    kind: BlockKind = "paragraph"


class Sheet(msgspec.Struct, frozen=True):
    """How many pages there are, the size of the one that was asked for (points or pixels: only what they are to each
    other counts), and the boxes of what was wanted, a line each where the lines are known."""

    pages: int
    width: float
    height: float
    boxes: tuple[Box, ...] = ()


class Drawn(msgspec.Struct, frozen=True):
    """A page as a picture, PNG or JPEG."""

    media_type: str
    content: bytes


class PageDrawing(Protocol):
    """Looks at pages for the server, in processes of its own."""

    @property
    def media_types(self) -> frozenset[str]:
        """The types whose pages it can show in this installation; others have none, or none that anybody laid out."""
        ...

    async def look(self, content: Path, media_type: str, page: int, wanted: Sequence[Wanted]) -> Sheet:
        """The size of a page (from 1), and where on it some words lie. Raises `Fault`."""
        ...

    async def draw(self, content: Path, media_type: str, page: int, width: int) -> Drawn:
        """A page (from 1), at most so many pixels wide. Raises `Fault`."""
        ...

    async def close(self) -> None:
        """End all processes. Returns when none is left."""
        ...
