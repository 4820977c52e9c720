"""Words in pictures, read with RapidOCR and the models that its wheel carries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from importlib.util import find_spec
from typing import Any, NamedTuple

from parlance.parsers.draft import Box
from parlance.parsers.ocr_rows import Run, rows, straightened

LONGEST = 1754
"""Pixels on the longer side of a picture that is read: A4 at 150 to the inch. Larger ones gain nothing."""
SURE = 0.5
"""How sure of a line the reader must be; below it is noise."""
APART = 0.9
"""Heights of a line between two that are paragraphs of their own."""
CLEAR, FEW, LEEWAY = 0.85, 12, 0.03
"""Below the first, print is thought to stand the wrong way (0.98 to 1.0 upright, 0.62 to 0.73 on its head); not of
fewer letters than the second. A turned picture is taken where it is hardly less clear."""

SETTINGS = {
    "Global.log_level": "error",
    "Global.use_cls": False,  # whole pages that stand on their heads are turned instead
    "EngineConfig.onnxruntime.enable_cpu_mem_arena": False,
    "Det.limit_side_len": 1280,
    "Det.limit_type": "max",
    "Rec.rec_batch_num": 2,
}
"""Measured on a dense page of A4: 6.9 s of work and 500 MB, where the defaults take 11.7 s and 774 MB and read less."""


def installed() -> bool:
    """Whether the extra `ocr` is there."""
    return find_spec("rapidocr") is not None and find_spec("onnxruntime") is not None


def read(picture: Any) -> Iterator[tuple[str, Box]]:
    """The paragraphs of a picture (an array of rows, columns and colours), each with its box in shares of it. A picture
    that lies on its side or stands on its head is read as it was meant. Whoever calls this has announced it
    (`ParseHints.announce`)."""
    lines, turns = _lines(picture), 0
    if wrong := _turns(lines):
        import numpy

        turned = _lines(numpy.ascontiguousarray(numpy.rot90(picture, wrong)))
        if is_better(turned, lines):
            lines, turns = turned, wrong
    group: list[Line] = []
    for line in lines:
        if group and not _goes_on(group[-1], line):
            yield _joined(group, turns)
            group = []
        group.append(line)
    if group:
        yield _joined(group, turns)


def _lines(picture: Any) -> list[Line]:
    """The rows of what the reader is sure of, in the order in which they are read."""
    found = _engine()(picture)
    if found.txts is None or found.boxes is None:
        return []
    sure = [
        each for each in zip(found.txts, found.boxes, found.scores, strict=True) if each[2] >= SURE and each[0].strip()
    ]
    height, width = picture.shape[:2]
    runs = straightened([corners for _, corners, _ in sure], [len(text) for text, _, _ in sure])
    return [_line(row, sure, width, height) for row in rows(runs, width)]


def _line(row: Sequence[Run], sure: Sequence[tuple[str, Any, float]], width: int, height: int) -> Line:
    """A row's words together, as sure as the reader is of its letters."""
    parts = [sure[run.number] for run in row]
    corners = [corner for _, four, _ in parts for corner in four]
    letters = sum(len(text) for text, _, _ in parts)
    return Line(
        " ".join(text.strip() for text, _, _ in parts),
        _share(corners, width, height),
        sum(float(score) * len(text) for text, _, score in parts) / letters,
        _is_tall(parts[0][1]),
        (row[0].left / width, (row[0].level - row[0].high / 2) / height, (row[0].level + row[0].high / 2) / height),
    )


def _clearness(lines: Sequence[Line]) -> float:
    """How sure the reader is of its letters, 0 to 1: 0.97 and more of print that stands upright."""
    letters = _letters(lines)
    return sum(line.score * len(line.text) for line in lines) / letters if letters else 0.0


def is_better(turned: Sequence[Line], lines: Sequence[Line]) -> bool:
    """Whether a turned picture is read more clearly; of a blurred one a word or two may be, the wrong way up."""
    return 2 * _letters(turned) >= _letters(lines) and _clearness(turned) > _clearness(lines) - LEEWAY


def _letters(lines: Sequence[Line]) -> int:
    return sum(len(line.text) for line in lines)


def _turns(lines: Sequence[Line]) -> int:
    """Quarter turns to the left that would make a picture upright. What stands on its head is read with doubts; lines
    that run upwards are read as if they ran downwards, which leaves it to the doubts to tell one from the other."""
    doubtful = _clearness(lines) < CLEAR
    if _letters(lines) < FEW:
        return 0
    if 2 * sum(line.is_tall for line in lines) > len(lines):
        return 3 if doubtful else 1
    return 2 if doubtful else 0


class Line(NamedTuple):
    """One line of words, and how sure the reader is of it; `is_tall` where it runs up or down; `straight` are its left,
    its top and its bottom on a page that is not turned, in shares of it."""

    text: str
    box: Box
    score: float
    is_tall: bool
    straight: tuple[float, float, float]


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


def _goes_on(before: Line, after: Line) -> bool:
    """Whether the next line belongs to the same paragraph: below it, near, and beginning where it does."""
    (left, top, bottom), (begins, above, _) = before.straight, after.straight
    return abs(begins - left) < 0.05 and -(bottom - top) / 2 < above - bottom < (bottom - top) * APART


def _is_tall(corners: Any) -> bool:
    across = max(x for x, _ in corners) - min(x for x, _ in corners)
    down = max(y for _, y in corners) - min(y for _, y in corners)
    return bool(down > 1.5 * across)


def _joined(group: Sequence[Line], turns: int) -> tuple[str, Box]:
    boxes = [line.box for line in group]
    around = (min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes))
    return "\n".join(line.text for line in group), back(around, turns)


def back(box: Box, turns: int) -> Box:
    """Where a box of a picture that was turned to the left so many times by a quarter lies in the picture as it was."""
    for _ in range(turns):
        left, top, right, bottom = box
        box = round(1 - bottom, 4), left, round(1 - top, 4), right
    return box
