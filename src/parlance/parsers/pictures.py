"""Pictures: their words by OCR, and they themselves for a model that sees."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from parlance.parsers import ocr
from parlance.parsers.draft import Draft
from parlance.parsers.gallery import (
    MOST_RAW,
    Gallery,
    frame_count,
    jpeg,
    on_white,
    opened_picture,
    orientation,
    upright,
)
from parlance.parsers.problems import lacking, problem
from parlance.ports.parsing import ParseHints, Progress
from parlance.values.knowledge import Parsed
from parlance.values.remarks import RemarkCode, remark

MOST_PIXELS = 50_000_000
"""A page scanned at 600 to the inch has 35 million. Unpacked, each takes three bytes."""
STRIP = 64
"""Rows of the smaller picture that are made at once."""
_REDUCED = frozenset({"L", "RGB", "CMYK"})
"""What can be made smaller as it is; others are copied whole for it, with four bytes a pixel."""


class Pictures:
    """Reads words in pictures; each frame of one with several is a page."""

    media_types = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "image/tiff"})
    suffixes = frozenset({".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff"})

    def __init__(self, has_ocr: Callable[[], bool] = ocr.installed) -> None:
        self._has_ocr = has_ocr

    def parse(self, content: Path, *, hints: ParseHints, progress: Progress) -> Parsed:
        """The words of a picture; a picture without any is no fault, and the remarks say so."""
        reads = hints.ocr and self._has_ocr()
        if not reads and not hints.pictures:
            raise lacking("ocr", "Words in pictures")
        draft, gallery = Draft(), Gallery(msgspec.structs.replace(hints, ocr=False), lambda: None)
        draft.metadata["words"] = "ocr"
        if not reads:
            return _shown(content, draft, gallery, progress)
        hints.announce()
        _read(content, draft, gallery, progress)
        if draft.is_empty:
            draft.remark(remark(RemarkCode.PICTURE_WORDLESS))
        return draft.finish()


def _shown(content: Path, draft: Draft, gallery: Gallery, progress: Progress) -> Parsed:
    """A picture for a model, where nothing here reads the words in it. Raises `Fault`."""
    draft.page()
    if content.stat().st_size > MOST_RAW:
        raise problem("picture_too_large")
    seen = gallery.look(content.read_bytes())
    if seen is None:
        raise lacking("ocr", "Pictures of this kind")
    draft.picture(seen)
    progress(1, 1)
    return draft.finish()


def _read(content: Path, draft: Draft, gallery: Gallery, progress: Progress) -> None:
    import numpy

    number, frames = 0, 1
    while number < frames:
        white, frames = framed(content, number)
        draft.page()
        if gallery.wants():
            draft.picture(gallery.look(jpeg(white)))
        for words, box in ocr.read(numpy.asarray(white)[:, :, ::-1]):
            draft.add("paragraph", words, box=box)
        number += 1
        progress(number, frames)


def framed(content: Path, number: int, longest: int = ocr.LONGEST) -> tuple[Any, int]:
    """A frame (from 0) on white and upright, of at most `longest` pixels on a side, no larger than is read unless said,
    and how many there are; what unpacked it is gone before it is read. Raises `Fault`."""
    with opened_picture(content) as picture:
        frames = frame_count(picture)
        picture.seek(number)
        if picture.width * picture.height > MOST_PIXELS:
            raise problem("picture_too_large")
        picture.draft("RGB", (longest, longest))
        turned = orientation(picture)
        white = upright(_smaller(picture, longest), turned)
    white.thumbnail((longest, longest))
    return white, frames


def _smaller(picture: Any, longest: int) -> Any:
    """A picture on white, made smaller as it is copied: a whole copy of 50 million pixels takes 200 MB, of some two."""
    factor = max(picture.size) // longest
    if factor < 2:
        return on_white(picture)
    if picture.mode in _REDUCED and "transparency" not in picture.info:
        return on_white(picture.reduce(factor))
    return _by_strips(picture, factor)


def _by_strips(picture: Any, factor: int) -> Any:
    """What cannot be made smaller as it is kept (palettes, 16 bits): a strip at a time gets its colours."""
    from PIL import Image

    picture.load()
    width, height = (-(-side // factor) for side in picture.size)
    made = Image.new("RGB", (width, height), "white")
    for top in range(0, picture.height, STRIP * factor):
        bottom = min(picture.height, top + STRIP * factor)
        strip = picture.crop((0, top, picture.width, bottom))
        made.paste(on_white(strip).reduce(factor), (0, top // factor))
    return made
