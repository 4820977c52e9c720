"""Ruled tables of a PDF's page: lines that cross make a grid, and the words between them are its cells."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from parlance.parsers.draft import Box
from parlance.parsers.pdf_lines import Frame, Line, frame

THIN, SHORT, NEAR = 3.0, 6.0, 3.0
"""Points: a rule is no thicker and no shorter than this, and two places nearer than this are one."""
MOST_RULES = 1500
"""Rules on a page that are looked at; a drawing has more."""
MOST_CELLS = 4000
WHOLE = 0.9
"""The share of a page that a frame around all of it covers."""


class Table(NamedTuple):
    """A table on a page: its cells, and its box in shares of the page."""

    rows: tuple[tuple[str, ...], ...]
    box: Box

    def holds(self, line: Line) -> bool:
        """Whether a line stands in it."""
        if line.box is None:
            return False
        across, down = (line.box[0] + line.box[2]) / 2, (line.box[1] + line.box[3]) / 2
        left, top, right, bottom = self.box
        return left <= across <= right and top <= down <= bottom


class _Rule(NamedTuple):
    """A line across or down: where it stands, from where to where."""

    at: float
    start: float
    stop: float


def tables(page: Any, text: Any) -> list[Table]:
    """The tables of a page, from the top."""
    shown = frame(page)
    if shown is None:
        return []
    across, down = _rules(page, shown)
    if len(across) < 3 or len(down) < 3 or len(across) + len(down) > MOST_RULES:
        return []
    made = (_table(text, grid, shown) for grid in _grids(across, down))
    return sorted((one for one in made if one is not None), key=lambda table: table.box[1])


def _rules(page: Any, shown: Frame) -> tuple[list[_Rule], list[_Rule]]:
    """The rules of a page; a drawn box is four of them."""
    import pypdfium2.raw

    across: list[_Rule] = []
    down: list[_Rule] = []
    for one in page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_PATH], max_depth=1):
        left, bottom, right, top = one.get_bounds()
        wide, high = right - left, top - bottom
        if wide > WHOLE * shown.width and high > WHOLE * shown.height:
            continue
        if high <= THIN and wide >= SHORT:
            across.append(_Rule((bottom + top) / 2, left, right))
        elif wide <= THIN and high >= SHORT:
            down.append(_Rule((left + right) / 2, bottom, top))
        elif wide >= SHORT and high >= SHORT:
            across += [_Rule(bottom, left, right), _Rule(top, left, right)]
            down += [_Rule(left, bottom, top), _Rule(right, bottom, top)]
        if len(across) + len(down) > MOST_RULES:
            break
    return across, down


def _grids(across: Sequence[_Rule], down: Sequence[_Rule]) -> list[tuple[list[float], list[float]]]:
    """The places down and across of rules that hang together by crossing."""
    owner = list(range(len(across) + len(down)))

    def root(one: int) -> int:
        while owner[one] != one:
            owner[one] = owner[owner[one]]
            one = owner[one]
        return one

    for first, rule in enumerate(across):
        for second, other in enumerate(down, len(across)):
            meets = (
                rule.start - NEAR <= other.at <= rule.stop + NEAR and other.start - NEAR <= rule.at <= other.stop + NEAR
            )
            if meets:
                owner[root(first)] = root(second)
    groups: dict[int, tuple[list[float], list[float]]] = {}
    for one, rule in enumerate([*across, *down]):
        ys, xs = groups.setdefault(root(one), ([], []))
        (ys if one < len(across) else xs).append(rule.at)
    found = [(_merged(ys), _merged(xs)) for ys, xs in groups.values()]
    return [(ys, xs) for ys, xs in found if len(ys) > 2 and len(xs) > 2 and len(ys) * len(xs) <= MOST_CELLS]


def _merged(places: Sequence[float]) -> list[float]:
    kept: list[float] = []
    for place in sorted(places):
        if not kept or place - kept[-1] > NEAR:
            kept.append(place)
    return kept


def _table(text: Any, grid: tuple[list[float], list[float]], shown: Frame) -> Table | None:
    ys, xs = grid
    rows = tuple(
        tuple(" ".join(text.get_text_bounded(left, low, right, high).split()) for left, right in pairwise(xs))
        for low, high in reversed(list(pairwise(ys)))
    )
    filled = sum(bool(cell) for row in rows for cell in row)
    if filled < 4 or sum(any(row) for row in rows) < 2:
        return None
    return Table(rows, shown.share(xs[0], ys[-1], xs[-1], ys[0]))
