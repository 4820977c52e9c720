"""Rows and columns of a table whose cells may reach across several of either."""

from __future__ import annotations

WIDEST, LONGEST = 100, 1000
"""Columns and rows that one cell may reach across: HTML allows 1,000 and 65,534, and nobody draws such a table."""
MOST_COLUMNS = 500
"""Columns that cells reach into; whatever stands further to the right is there by itself."""
MOST_ADDED = 50_000
"""Cells of one table that come of others' reaching across: of more, what reaches is a cell like any other."""


class Grid:
    """Takes cells as they come. What reaches down is said again in each row, since rows are found by themselves; what
    reaches across stands in its first column."""

    def __init__(self) -> None:
        self._rows: list[list[str]] = []
        self._open = self._added = 0
        self._below: dict[int, int] = {}
        """How many more rows a cell reaches down, by its column."""

    @property
    def takes_words(self) -> bool:
        """Whether there is a cell that words can be put into."""
        return bool(self._rows and self._rows[-1])

    def begin_row(self) -> None:
        """The next row."""
        self._end_row()
        self._rows.append([])

    def begin_cell(self, across: int, down: int) -> None:
        """The next cell, so many columns wide and so many rows high; 0 rows are all that follow."""
        if not self._rows:
            self._rows.append([])
        row = self._rows[-1]
        self._covered(row)
        room = MOST_COLUMNS - len(row) if self._added < MOST_ADDED else 1
        self._open, across = len(row), max(1, min(across, WIDEST, room))
        self._added += across - 1
        row += [""] * across
        if down != 1 and self._added < MOST_ADDED:
            more = min(down or LONGEST, LONGEST) - 1
            self._below |= dict.fromkeys(range(self._open, self._open + across), more)

    def say(self, words: str) -> None:
        """Put words into the open cell."""
        self._rows[-1][self._open] += f" {words}"

    def finish(self) -> list[list[str]]:
        """The rows."""
        self._end_row()
        return self._rows

    def _end_row(self) -> None:
        if not self._rows:
            return
        row = self._rows[-1]
        for column in sorted(self._below):
            if column >= len(row) and self._added < MOST_ADDED:
                self._added += column - len(row)
                row += [""] * (column - len(row))
                self._covered(row)

    def _covered(self, row: list[str]) -> None:
        """Say again what reaches down into the next columns of a row."""
        while (left := self._below.get(column := len(row))) is not None and len(self._rows) > 1:
            if self._added >= MOST_ADDED:
                return self._below.clear()
            self._added += 1
            above = self._rows[-2]
            row.append(above[column] if column < len(above) else "")
            if left > 1:
                self._below[column] = left - 1
            else:
                del self._below[column]
