"""The pictures on a PDF's page, each as it is seen there: with what lies over it, and turned as it is turned."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

from parlance.parsers.draft import Box
from parlance.parsers.gallery import LEAST, LONGEST, MOST_PIXELS, png

SHORTEST = 36.0
"""Points on a side of a picture that is worth a look: half an inch."""
WHOLE = 0.8
"""The share of a page that its ground covers, or a scan behind words that were read in it."""
MOST_ON_PAGE = 200
PIXELS_A_POINT = 150 / 72


class Shown(NamedTuple):
    """A picture on a page: what tells it from others, and its box in shares of the page as it is seen."""

    mark: bytes
    box: Box


def shown_on(page: Any) -> Iterator[Shown]:
    """The pictures of a page that are worth a look, in the order in which they are drawn."""
    import pypdfium2.raw

    kinds = [pypdfium2.raw.FPDF_PAGEOBJ_IMAGE]
    for one in islice(page.get_objects(filter=kinds, max_depth=3), MOST_ON_PAGE):
        width, height = one.get_px_size()
        outer = one
        while outer.container is not None:
            outer = outer.container  # places inside of a form are its own
        box = _seen(outer.get_bounds(), page)
        wide, high = page.get_size()
        across, down = (box[2] - box[0]) * wide, (box[3] - box[1]) * high
        fits = min(width, height) >= LEAST and width * height <= MOST_PIXELS
        if fits and min(across, down) >= SHORTEST and across * down < WHOLE * wide * high:
            place = repr(box).encode() if outer is not one else b""  # a form may show one picture in many ways
            yield Shown(hashlib.sha256(bytes(one.get_data())).digest() + place, box)


def drawn(page: Any, box: Box = (0.0, 0.0, 1.0, 1.0)) -> bytes:
    """What is seen in a box of a page, as PNG."""
    wide, high = page.get_size()
    left, top, right, bottom = box[0] * wide, box[1] * high, box[2] * wide, box[3] * high
    scale = min(PIXELS_A_POINT, LONGEST / max(1.0, right - left, bottom - top))
    margins = (left, high - bottom, wide - right, top)
    bitmap = page.render(scale=scale, crop=margins, rev_byteorder=True)
    try:
        return as_png(bitmap)
    finally:
        bitmap.close()


def as_png(bitmap: Any) -> bytes:
    """A bitmap of PDFium's, whose colours are red, green and blue in this order, as PNG."""
    held, line = memoryview(bitmap.buffer).cast("B"), bitmap.width * bitmap.n_channels
    rows = (bytes(held[at : at + line]) for at in range(0, bitmap.stride * bitmap.height, bitmap.stride))
    return png(bitmap.width, bitmap.height, bitmap.n_channels, rows)


def _seen(bounds: tuple[float, float, float, float], page: Any) -> Box:
    """Bounds in points from the lower left of the sheet, as shares from the upper left of the page as it is turned."""
    left, bottom, right, top = page.get_bbox()
    wide, high = max(1.0, right - left), max(1.0, top - bottom)
    across = [(x - left) / wide for x in (bounds[0], bounds[2])]
    down = [1 - (y - bottom) / high for y in (bounds[3], bounds[1])]
    for _ in range(page.get_rotation() // 90 % 4):
        across, down = [1 - share for share in reversed(down)], across
    shares = [min(1.0, max(0.0, share)) if math.isfinite(share) else 0.0 for share in (*across, *down)]
    return round(shares[0], 4), round(shares[2], 4), round(shares[1], 4), round(shares[3], 4)
