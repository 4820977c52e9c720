"""The order in which words in a picture are read."""

from __future__ import annotations

from math import cos, radians, sin

import pytest

from parlance.parsers.ocr_rows import Corners, rows, straightened

WIDTH, HIGH = 1000.0, 20.0
FORM = [("Name", 50, 100), ("Ada", 400, 103), ("Born", 50, 140), ("1815", 400, 138), ("Signed", 50, 300)]
LINE = "a line of a column, long"
COLUMNS = [("A heading over both of the columns", 50, 40)] + [
    (f"{LINE} {side}{number}", left, 100 + 30 * number) for number in range(4) for side, left in (("l", 50), ("r", 550))
]


def placed(words: str, left: float, top: float, angle: float) -> Corners:
    """Where words stand on a page that is turned clockwise by degrees, some ten pixels to a letter."""
    right, bottom, turn = left + 10 * len(words), top + HIGH, radians(angle)
    square = ((left, top), (right, top), (right, bottom), (left, bottom))
    return [(x * cos(turn) - y * sin(turn), x * sin(turn) + y * cos(turn)) for x, y in square]


def read(page: list[tuple[str, int, int]], angle: float = 0) -> list[str]:
    """What is read, a line for each row."""
    runs = straightened([placed(*each, angle) for each in page], [len(words) for words, _, _ in page])
    return [" ".join(page[run.number][0] for run in row) for row in rows(runs, WIDTH)]


@pytest.mark.parametrize("angle", [-12, -3, 0, 3, 12])
def test_what_stands_at_one_height_is_one_row(angle: float) -> None:
    """On a page that is turned, too, where the right of a row is as high up as the left of another."""
    assert read(FORM, angle) == ["Name Ada", "Born 1815", "Signed"]
    assert read(list(reversed(FORM)), angle) == ["Name Ada", "Born 1815", "Signed"]


@pytest.mark.parametrize("angle", [-3, 0, 3])
def test_columns_of_prose_are_read_one_after_the_other(angle: float) -> None:
    """Their last lines as well, which are short."""
    left, right = ([f"{LINE} {side}{number}" for number in range(4)] for side in "lr")
    page = [*COLUMNS, ("The end.", 50, 220)]
    assert read(page, angle) == [COLUMNS[0][0], *left, "The end.", *right]


def test_two_long_cells_are_no_columns() -> None:
    """But a row, as are those of a table with a short one."""
    page = COLUMNS[1:3]
    assert read(page) == [f"{LINE} l0 {LINE} r0"]
    assert read([("Who is to sign the form here", 50, 100), ("Ada", 550, 100)] * 1) == [
        "Who is to sign the form here Ada"
    ]


def test_words_one_above_the_other_are_two_rows() -> None:
    """However near; and a page without words has none."""
    assert read([("first", 50, 100), ("second", 50, 112)]) == ["first", "second"]
    assert read([]) == []
