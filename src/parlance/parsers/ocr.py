"""Words in pictures, read with RapidOCR and the models that its wheel carries."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib.util import find_spec
from typing import Any

from parlance.parsers.draft import Box

LONGEST = 1754
"""Pixels on the longer side of a picture that is read: A4 at 150 to the inch. Larger ones gain nothing."""
SURE = 0.5
"""How sure of a line the reader must be; below it is noise."""
APART = 0.9
"""Heights of a line between two that are paragraphs of their own."""


SETTINGS = {
    "Global.log_level": "error",
    "Global.use_cls": False,  # lines that stand on their heads are rare
    "EngineConfig.onnxruntime.enable_cpu_mem_arena": False,
    "Det.limit_side_len": 1280,
    "Det.limit_type": "max",
    "Rec.rec_batch_num": 2,
}
"""Measured on a dense page of A4: 6.9 s of work and 500 MB, where the defaults take 11.7 s and 774 MB and read less."""
LISTENERS: list[Callable[[], None]] = []
"""Hear that pictures are about to be read, before it takes its memory: the child process tells the server."""


def installed() -> bool:
    """Whether the extra `ocr` is there."""
    return find_spec("rapidocr") is not None and find_spec("onnxruntime") is not None


def announce() -> None:
    """Tell all that listen that memory for pictures is about to be taken: a WebP of 50 million pixels takes 800 MB."""
    for listener in LISTENERS:
        listener()


def read(picture: Any) -> Iterator[tuple[str, Box]]:
    """The paragraphs of a picture (an array of rows, columns and colours), each with its box in shares of it."""
    announce()
    found = _engine()(picture)
    if found.txts is None or found.boxes is None:
        return
    height, width = picture.shape[:2]
    lines = [
        (text, _share(corners, width, height))
        for text, corners, score in zip(found.txts, found.boxes, found.scores, strict=True)
        if score >= SURE and text.strip()
    ]
    group: list[tuple[str, Box]] = []
    for line in lines:
        if group and not _goes_on(group[-1][1], line[1]):
            yield _joined(group)
            group = []
        group.append(line)
    if group:
        yield _joined(group)


@cache
def _engine() -> Any:
    """The reader; it takes about a second and 300 MB, so that it is made when the first picture comes."""
    import logging

    from rapidocr import RapidOCR

    logging.getLogger("RapidOCR").setLevel(logging.ERROR)
    return RapidOCR(params=SETTINGS)


def _share(corners: Any, width: int, height: int) -> Box:
    across = [min(1.0, max(0.0, float(x) / width)) for x, _ in corners]
    down = [min(1.0, max(0.0, float(y) / height)) for _, y in corners]
    return round(min(across), 4), round(min(down), 4), round(max(across), 4), round(max(down), 4)


def _goes_on(before: Box, after: Box) -> bool:
    """Whether the next line belongs to the same paragraph: below it, near, and beginning where it does."""
    high = before[3] - before[1]
    return abs(after[0] - before[0]) < 0.05 and -high / 2 < after[1] - before[3] < high * APART


def _joined(group: Sequence[tuple[str, Box]]) -> tuple[str, Box]:
    boxes = [box for _, box in group]
    around = (min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes))
    return "\n".join(text for text, _ in group), around
