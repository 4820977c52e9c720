"""What all workbooks have in common: sheets as tables, numbers and dates as people read them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from parlance.parsers.draft import Draft
from parlance.parsers.problems import problem
from parlance.ports.parsing import MOST_TEXT
from parlance.values.remarks import RemarkCode, remark

MOST_COLUMNS = 500
"""Columns of a sheet that are read. A cell far out would make a row of sixteen thousand."""
CUT = remark(RemarkCode.COLUMNS_UNREAD, columns=MOST_COLUMNS)
_EPOCH, _LATE_EPOCH = datetime(1899, 12, 30), datetime(1904, 1, 1)  # noqa: DTZ001 - dates of no place
DAY = 86_400


def put(draft: Draft, name: str, rows: Iterable[list[str]]) -> None:
    """One sheet: a page, its name, and its rows without what is empty at their ends."""
    draft.page()
    draft.add("heading", name, level=2)
    draft.table(_bounded(rows))


def _bounded(rows: Iterable[list[str]]) -> Iterator[list[str]]:
    """The rows that hold something. Raises `Fault` before they fill the memory."""
    length = 0
    for row in rows:
        while row and not row[-1].strip():
            row.pop()
        length += sum(map(len, row)) + 3 * len(row)
        if length > MOST_TEXT:
            raise problem("text_too_long")
        if row:
            yield row


def as_number(word: str) -> str:
    """A number without what binary fractions add to it: 0.30000000000000004 is 0.3."""
    try:
        number = float(word)
    except ValueError:
        return word
    if number == int(number) and abs(number) < 1e15 if abs(number) < 1e300 else False:
        return str(int(number))
    return f"{number:.15g}"


def as_date(word: str, late: bool = False) -> str:
    """A day count as a date, with its time where it has one."""
    try:
        number = float(word)
        day = (_LATE_EPOCH if late else _EPOCH) + timedelta(seconds=round(number * DAY))
    except (ValueError, OverflowError):
        return word
    if 0 <= number < 1:
        return day.strftime("%H:%M:%S").removesuffix(":00")
    return day.strftime("%Y-%m-%d %H:%M:%S").removesuffix(" 00:00:00").removesuffix(":00")
