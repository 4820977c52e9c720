"""A page of a PDF as it looks, and where words lie on it: for whoever reads it, not for the text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from parlance.parsers.draft import Box, has_room
from parlance.parsers.gallery import jpeg
from parlance.parsers.pdf import opened
from parlance.parsers.pdf_pictures import as_png
from parlance.parsers.problems import no_such_page, problem
from parlance.ports.drawing import TALLEST, Drawn, Sheet, Wanted

SMALL = 512 * 1024
"""Bytes of a PNG that is handed out as it is: print is far below, and a scan is smaller as JPEG."""
MOST_LETTERS, MOST_BOXES, MOST_PLACES = 200_000, 400, 64
"""Of one page that are looked at, of one passage that are told, and where one block may stand."""
ROUNDING = 1e-6
"""By how much less a page is drawn, so that what is rounded up has no pixel more than was asked for."""
FINE = 1_000_000
"""Parts of a page's side, in which PDFium says where something lies."""
NEAR = 0.01
"""Shares of the page by which words may stand out of the box that their block was given."""
_RULE = re.compile(r"^\|(?: --- \|)+$", re.MULTILINE)
_BARS = re.compile(r"\\?\|")


def look(content: Path, number: int, wanted: Sequence[Wanted]) -> Sheet:
    """The size of a page in points, and the boxes of what is wanted of it. Raises `Fault`."""
    with _page(content, number) as (page, pages):
        width, height = page.get_size()
        return Sheet(pages, max(1.0, width), max(1.0, height), tuple(_boxes(page, wanted)) if wanted else ())


def draw(content: Path, number: int, width: int) -> Drawn:
    """A page in so many pixels, fewer where it would be too long. Raises `Fault`."""
    with _page(content, number) as (page, _):
        wide, high = (max(1.0, side) for side in page.get_size())
        scale = min(width / wide, TALLEST / high) * (1 - ROUNDING)
        bitmap = page.render(scale=scale, rev_byteorder=True)
        try:
            made = as_png(bitmap)
            if len(made) > SMALL and find_spec("PIL") is not None:
                return Drawn("image/jpeg", jpeg(bitmap.to_pil().convert("RGB")))
            return Drawn("image/png", made)
        finally:
            bitmap.close()


@contextmanager
def _page(content: Path, number: int) -> Iterator[tuple[Any, int]]:
    with opened(content) as (file, broken):
        pages = len(file)
        if not 1 <= number <= pages:
            raise no_such_page()
        try:
            page = file[number - 1]
        except broken:
            raise problem("damaged_file") from None
        try:
            yield page, pages
        except broken:
            raise problem("damaged_file") from None
        finally:
            page.close()


# -- where words lie -----------------------------------------------------------------------------------------------


def _boxes(page: Any, wanted: Sequence[Wanted]) -> list[Box]:
    text = page.get_textpage()
    try:
        letters, places = _letters(text)
        found: list[Box] = []
        for one in wanted:
            found += _of_one(page, text, letters, places, one)
        return found[:MOST_BOXES]
    finally:
        text.close()


def _letters(text: Any) -> tuple[str, list[int]]:
    """What can be seen of a page's text, and PDFium's number of each letter."""
    import pypdfium2.raw as raw

    found, places = [], []
    for at in range(min(text.count_chars(), MOST_LETTERS)):
        code = raw.FPDFText_GetUnicode(text, at)
        if code < 0x10000 and _is_seen(letter := chr(code)):
            found.append(letter)
            places.append(at)
    return "".join(found), places


def _is_seen(letter: str) -> bool:
    """Whether a letter stands in the file and in the text alike: blanks, and hyphens at a line's end, do not."""
    return letter < "\U00010000" and not (letter.isspace() or unicodedata.category(letter)[0] == "C") and letter != "�"


def _of_one(page: Any, text: Any, letters: str, places: Sequence[int], one: Wanted) -> list[Box]:
    """The lines of what is wanted where its block stands at one place only, else the block's own box."""
    plain = _plain(one)
    key = "".join(filter(_is_seen, plain))
    before = sum(map(_is_seen, plain[: one.start]))
    length = sum(map(_is_seen, plain[one.start : one.stop]))
    if not length:
        return []
    found = [
        boxes
        for at in _places(letters, key)
        if (boxes := _lines(page, text, places[at + before], places[at + before + length - 1]))
        and (one.box is None or _inside(boxes, one.box))
    ]
    if len(found) == 1:
        return found[0]
    return [] if one.box is None or not has_room(one.box) else [one.box]


def _plain(one: Wanted) -> str:
    """A block's text without what the reading put into it, every letter at its place."""
    if one.kind == "table":
        bare = _RULE.sub(lambda rule: " " * len(rule[0]), one.text)
        return _BARS.sub(lambda bar: " " if len(bar[0]) == 1 else " |", bare)
    return f"  {one.text[2:]}" if one.kind == "item" and one.text.startswith("- ") else one.text


def _places(letters: str, key: str) -> Iterator[int]:
    at = letters.find(key)
    for _ in range(MOST_PLACES):
        if at < 0:
            return
        yield at
        at = letters.find(key, at + 1)


def _inside(boxes: Sequence[Box], whole: Box) -> bool:
    """Whether all lie where their block does."""
    return all(
        whole[0] - NEAR <= (left + right) / 2 <= whole[2] + NEAR
        and whole[1] - NEAR <= (top + bottom) / 2 <= whole[3] + NEAR
        for left, top, right, bottom in boxes
    )


def _lines(page: Any, text: Any, first: int, last: int) -> list[Box]:
    """The boxes of the letters from one to another, a line each."""
    import ctypes

    import pypdfium2.raw as raw

    found: list[Box] = []
    for number in range(min(raw.FPDFText_CountRects(text, first, last - first + 1), MOST_BOXES * 8)):
        left, top, right, bottom = (ctypes.c_double() for _ in range(4))
        if not raw.FPDFText_GetRect(text, number, left, top, right, bottom):
            continue
        corners = (_seen(page, left.value, top.value), _seen(page, right.value, bottom.value))
        box = _sorted(*corners)
        if found and _same_line(found[-1], box):
            found[-1] = _around(found[-1], box)
        elif has_room(box):
            found.append(box)
    return found


def _seen(page: Any, x: float, y: float) -> tuple[float, float]:
    """A point of the sheet as shares of the page as it is seen, however it is turned or cropped."""
    import ctypes

    import pypdfium2.raw as raw

    across, down = ctypes.c_int(), ctypes.c_int()
    if not raw.FPDF_PageToDevice(page, 0, 0, FINE, FINE, 0, x, y, across, down):
        return 0.0, 0.0
    return tuple(round(min(1.0, max(0.0, one.value / FINE)), 4) for one in (across, down))  # type: ignore[return-value]


def _sorted(one: tuple[float, float], other: tuple[float, float]) -> Box:
    return min(one[0], other[0]), min(one[1], other[1]), max(one[0], other[0]), max(one[1], other[1])


def _around(one: Box, other: Box) -> Box:
    return min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3])


def _same_line(one: Box, other: Box) -> bool:
    """Whether the next letters stand on the same line, close behind."""
    shared = min(one[3], other[3]) - max(one[1], other[1])
    return shared > min(one[3] - one[1], other[3] - other[1]) / 2 and -NEAR < other[0] - one[2] < 3 * NEAR
