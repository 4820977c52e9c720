"""What can be wanted of a page of a document as it looks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import ClassVar

import msgspec

from parlance.core.operation import Named, Operation
from parlance.ports.drawing import USUAL, Drawn


class PageBox(msgspec.Struct, frozen=True):
    """A place on a page, in shares of it (0 to 1) as it is seen, from its upper left."""

    left: float
    top: float
    right: float
    bottom: float


class PageView(msgspec.Struct, frozen=True, omit_defaults=True):
    """A page (`number`, from 1) of so many `pages`. `width` and `height` are what they are to each other, as the page
    is seen. `start` and `stop` are the stretch of the document's text that was read on it. `boxes` is where the stretch
    lies that was asked for: a line each where the lines are known, else the whole paragraph or table; none where that
    is not sure."""

    document: str
    number: int
    pages: int
    width: float
    height: float
    start: int = 0
    stop: int = 0
    boxes: tuple[PageBox, ...] = ()


class PagePicture(msgspec.Struct, frozen=True):
    """What a page's picture is known by, and what draws it."""

    tag: str
    draw: Callable[[], Awaitable[Drawn]]


class ReadPage(Operation[PageView], frozen=True):
    """One page of a PDF or of a picture as it looks: its size, the text that was read on it, and where a stretch of
    that text (code points from `start` up to and without `stop`) lies. Without a `page` it is the one on which the
    stretch begins."""

    wire_name: ClassVar[str] = "documents.pages.read"
    names: ClassVar[tuple[Named, ...]] = (Named("document", "document"),)

    document: str
    page: int = 0
    start: int = 0
    stop: int = 0


class DrawPage(Operation[PagePicture], frozen=True):
    """One page of a PDF or of a picture as a picture, at most so many pixels wide."""

    names: ClassVar[tuple[Named, ...]] = (Named("document", "document"),)

    document: str
    page: int
    width: int = USUAL
