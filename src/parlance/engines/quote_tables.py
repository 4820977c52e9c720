"""Tables as the built-in engine reads them: a row answers, and is shown under the names of its columns.

What is shown has the passage's own words in their order, line by line, so that each line is found there again; without
the outer bars it reads as a small table, and a page draws it as one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_RULE = re.compile(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$")
_PLAIN = re.compile(r"[`\"'“„«(€$£]?[^\W_]")
_ENTRY = re.compile(r"\d{1,9}[.)]\s")
_BAR = re.compile(r"(?<!\\)\|")


def is_rule(line: str) -> bool:
    """Whether a line is that of dashes below a table's head."""
    return "|" in line and bool(_RULE.match(line))


def is_row(line: str) -> bool:
    """Whether a line has cells; inside a table one bar is enough, elsewhere it begins with one and has another."""
    return line.lstrip().startswith("|") and len(_BAR.findall(line)) > 1


def in_table(line: str) -> bool:
    """Whether a line below a table's head is one of its rows."""
    return bool(_BAR.search(line))


def bare(row: str) -> str:
    """A row without its outer bars, where nothing is taken for another thing then: a first cell that is empty, counts
    or stands alone keeps its bar."""
    text = re.sub(r"(?<!\\)\|\s*$", "", row.strip()).rstrip()
    inner = text.removeprefix("|").lstrip()
    opened = _PLAIN.match(inner) and not _ENTRY.match(inner) and _BAR.search(inner)
    return inner if opened else text


def head_lines(head: str) -> Sequence[str]:
    """The names of the columns and the line below them; nothing where the table has none."""
    cells = _BAR.split(head.strip().strip("|")) if head else []
    if not any(cell.strip() for cell in cells):
        return ()
    rule = " | ".join("---" for _ in cells)
    return bare(head), rule if len(cells) > 1 else f"| {rule}"
