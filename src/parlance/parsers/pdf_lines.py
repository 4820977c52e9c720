"""The lines of a PDF's page, and paragraphs made of them again."""

from __future__ import annotations

import ctypes
import math
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from parlance.parsers.draft import Box

EDGE = 0.08
"""The share of a page's height at its top and bottom where what is on every page stands."""
APART = 1.3
"""How much further than the lines of a paragraph two paragraphs are apart."""
_ITEM = re.compile(r"(?:[•◦▪‣●○∙·–-]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s+\S")
_BULLET = re.compile(r"^[•◦▪‣●○∙·–]\s+")
_HYPHENS = ("\ufffe", "\x02", "\u00ad")
"""How PDFium writes a hyphen at a line's end that parts a word."""


class Line(NamedTuple):
    """One line: its words, its box in shares of the page, the size of its letters in points and the page's height."""

    text: str
    box: Box | None
    size: float
    height: float

    @property
    def at_edge(self) -> bool:
        """Whether it stands where headers and footers do."""
        return self.box is not None and (self.box[3] < EDGE or self.box[1] > 1 - EDGE)


class Paragraph(NamedTuple):
    """Lines that belong together."""

    text: str
    box: Box | None
    size: float
    lines: int
    is_item: bool


class Frame(NamedTuple):
    """The part of the sheet that is shown, in points."""

    left: float
    bottom: float
    width: float
    height: float

    def share(self, left: float, top: float, right: float, bottom: float) -> Box:
        """A box in points from the lower left as shares of the page from the upper left."""
        across = [min(1.0, max(0.0, (x - self.left) / self.width)) for x in (left, right)]
        down = [min(1.0, max(0.0, 1 - (y - self.bottom) / self.height)) for y in (top, bottom)]
        return round(across[0], 4), round(down[0], 4), round(across[1], 4), round(down[1], 4)


def frame(page: Any) -> Frame | None:
    """Where a page's shares are counted from; `None` for a page that is turned, whose boxes are not told."""
    left, bottom, right, top = page.get_bbox()  # which knows what pages inherit
    if page.get_rotation() or right - left < 1 or top - bottom < 1:
        return None
    return Frame(left, bottom, right - left, top - bottom)


def lines(page: Any, text: Any) -> list[Line]:
    """The lines of a page in the order of reading."""
    words = text.get_text_range()
    shown = frame(page) if len(words) == text.count_chars() else None
    height = page.get_size()[1]
    found, at = [], 0
    for line in words.splitlines(keepends=True):
        bare = line.rstrip("\r\n")
        if bare.strip():
            box = _box(text, at, len(bare), shown) if shown is not None else None
            size = _size(text, at + len(bare) - len(bare.lstrip())) if shown is not None else 0.0
            found.append(Line(bare.strip(" \t"), box, size, height))
        at += len(line)
    return found


def paragraphs(found: Sequence[Line]) -> Iterator[Paragraph]:
    """The lines joined where a paragraph goes on."""
    steps = [_step(before, after) for before, after in pairwise(found)]
    close = sorted(step for step in steps if 0 < step < 0.1)
    usual = close[len(close) // 4] if close else 0.0  # most steps are inside of paragraphs, but not on every page
    group: list[Line] = []
    for line, step in zip(found, [0.0, *steps], strict=False):
        if group and not _goes_on(group[-1], line, step, usual):
            yield _joined(group)
            group = []
        group.append(line)
    if group:
        yield _joined(group)


def _goes_on(before: Line, line: Line, step: float, usual: float) -> bool:
    if _ITEM.match(line.text):
        return False
    if before.box is None or line.box is None:
        return True
    if abs(before.size - line.size) > 0.6 or before.text.endswith(_HYPHENS):
        return before.text.endswith(_HYPHENS)
    pitch = min(usual, 1.6 * line.size / line.height) if line.size else usual
    return 0 < step <= pitch * APART


def _step(before: Line, after: Line) -> float:
    """How far below the one the other stands, in shares of the page; below 0 in the next column."""
    return after.box[3] - before.box[3] if before.box is not None and after.box is not None else 0.0


def _joined(group: Sequence[Line]) -> Paragraph:
    text = group[0].text
    for line in group[1:]:
        if text.endswith(_HYPHENS):
            text = text[:-1] + line.text
        else:
            text += ("" if _wide(text[-1]) and _wide(line.text[0]) else " ") + line.text
    is_item = _ITEM.match(text) is not None
    boxes = [line.box for line in group if line.box is not None]
    box = (
        (min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes))
        if boxes
        else None
    )
    text = _BULLET.sub("- ", text) if is_item else text
    return Paragraph(text.rstrip("".join(_HYPHENS)), box, group[0].size, len(group), is_item)


def _wide(letter: str) -> bool:
    """Whether no blank stands between this letter and the next: Chinese, Japanese, and their punctuation."""
    return "\u2e80" <= letter <= "\u9fff" or "\uf900" <= letter <= "\ufaff" or "\uff00" <= letter <= "\uff60"


def _size(text: Any, at: int) -> float:
    import pypdfium2.raw as raw

    matrix = raw.FS_MATRIX()
    scale = math.hypot(matrix.b, matrix.d) if raw.FPDFText_GetMatrix(text, at, matrix) else 1.0
    return round(float(raw.FPDFText_GetFontSize(text, at)) * scale, 1)


def _box(text: Any, at: int, length: int, shown: Frame) -> Box | None:
    import pypdfium2.raw as raw

    boxes = []
    for number in range(raw.FPDFText_CountRects(text, at, length)):
        left, top, right, bottom = (ctypes.c_double() for _ in range(4))
        if raw.FPDFText_GetRect(text, number, left, top, right, bottom):
            boxes.append((left.value, top.value, right.value, bottom.value))
    if not boxes:
        return None
    left_all, top_all, right_all, bottom_all = zip(*boxes, strict=True)
    return shown.share(min(left_all), max(top_all), max(right_all), min(bottom_all))
