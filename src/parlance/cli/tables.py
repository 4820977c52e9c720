"""Tables as Ollama's command line prints them: columns as wide as their widest cell, four spaces behind each."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

GAP = 4


def table(rows: Sequence[Sequence[str]], indent: str = "") -> list[str]:
    """The lines of a table. Rows may be of different lengths; all get the columns of the longest."""
    columns = max((len(row) for row in rows), default=0)
    filled = [[*row, *[""] * (columns - len(row))] for row in rows]
    widths = [max(width(row[place]) for row in filled) for place in range(columns)]
    return [indent + "".join(_cell(text, widths[place]) for place, text in enumerate(row)) for row in filled]


def width(text: str) -> int:
    """Columns that a text takes on a terminal: wide characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _cell(text: str, columns: int) -> str:
    return text + " " * (columns - width(text) + GAP)
