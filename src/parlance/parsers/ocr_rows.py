"""In which order words that stand in a picture are read: row by row, also where the camera was held askew, and columns
of prose one after the other.

The reader finds runs of words, each with its four corners. `Total` and, far to its right, `104.45` are two of them, and
one row of a receipt; the two columns of a page are no rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import atan2, cos, hypot, sin
from typing import NamedTuple

ASKEW = 0.35
"""Radians that a page may be turned by; beyond it, it lies on its side, or the print is not in lines."""
LEVEL = 0.5
"""Heights that the middles of two runs may lie apart in one row."""
PROSE, ROWS = 20, 3
"""Characters from which on a run is a line of prose, and rows that make columns of several such runs."""
ALIGNED = 0.03
"""Shares of the page's width by which the lines of a column may begin apart."""


class Run(NamedTuple):
    """Words in a row without a wide gap: their number among the reader's, where they stand, in pixels, if the page were
    straight, and how many characters they have."""

    number: int
    left: float
    right: float
    level: float
    high: float
    size: int


Corners = Sequence[Sequence[float]]
"""Four pairs of x and y in pixels, clockwise from the upper left of the words."""


def straightened(corners: Sequence[Corners], sizes: Sequence[int]) -> list[Run]:
    """The runs of a page, with its turn taken out; `sizes` are their characters."""
    turn = _turn(corners)
    across, down = cos(turn), sin(turn)
    runs = []
    for number, (each, size) in enumerate(zip(corners, sizes, strict=True)):
        along = [float(x) * across + float(y) * down for x, y in each]
        over = [float(y) * across - float(x) * down for x, y in each]
        high = (hypot(*_between(each[0], each[3])) + hypot(*_between(each[1], each[2]))) / 2
        runs.append(Run(number, min(along), max(along), sum(over) / len(over), high, size))
    return runs


def rows(runs: Sequence[Run], width: float) -> list[list[Run]]:
    """The rows of a page from its top, each from its left; lines of columns are rows of their own, column by column."""
    found: list[list[Run]] = []
    for run in sorted(runs, key=lambda each: each.level):
        row = next((row for row in found[-2:] if _stands_in(run, row)), None)
        if row is None:
            found.append([run])
        else:
            row.append(run)
    ordered = [sorted(row, key=lambda each: each.left) for row in found]
    return list(_by_columns(ordered, ALIGNED * width))


def _turn(corners: Sequence[Corners]) -> float:
    """By how much the lines of a page run downwards, in radians: long ones say it best."""
    across = down = 0.0
    for each in corners:
        x, y = _between(each[0], each[1])
        if x > abs(y):
            across, down = across + x, down + y
    turn = atan2(down, across)
    return turn if abs(turn) <= ASKEW else 0.0


def _between(one: Sequence[float], other: Sequence[float]) -> tuple[float, float]:
    return float(other[0]) - float(one[0]), float(other[1]) - float(one[1])


def _stands_in(run: Run, row: Sequence[Run]) -> bool:
    """Whether it is as high up as the others, and beside them."""
    nearest = min(row, key=lambda each: abs(each.left - run.left))
    apart = abs(run.level - nearest.level) >= LEVEL * min(run.high, nearest.high)
    return not apart and all(run.left >= each.right - run.high or run.right <= each.left + run.high for each in row)


def _by_columns(found: Sequence[list[Run]], aligned: float) -> Iterator[list[Run]]:
    """The rows, where several in a row are lines of columns the first column's, then the next one's."""
    at = 0
    while at < len(found):
        stop = _end_of_columns(found, at, aligned)
        if stop - at < ROWS:
            yield found[at]
            at += 1
            continue
        lefts = [run.left for run in found[at]]
        for left in lefts:
            yield from ([run] for row in found[at:stop] for run in row if abs(run.left - left) <= aligned)
        at = stop


def _end_of_columns(found: Sequence[list[Run]], at: int, aligned: float) -> int:
    """Behind the last row whose runs all begin where those of this one do, which are lines of prose."""
    first = found[at]
    if len(first) < 2 or any(run.size < PROSE for run in first):
        return at
    if any(two.left - one.left <= 2 * aligned for one, two in pairwise(first)):
        return at
    stop = at + 1
    while stop < len(found) and all(any(abs(run.left - one.left) <= aligned for one in first) for run in found[stop]):
        stop += 1
    return stop
