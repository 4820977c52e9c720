"""Workbooks of before 2007 (XLS), read with xlrd."""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from parlance.parsers.draft import Draft
from parlance.parsers.problems import lacking, problem
from parlance.parsers.sheets import CUT, MOST_COLUMNS, as_date, as_number, put
from parlance.ports.parsing import ParseHints, Progress
from parlance.values.knowledge import Parsed


class Xls:
    """Reads what Excel wrote from 5.0 to 2003."""

    media_types = frozenset({"application/vnd.ms-excel"})
    suffixes = frozenset({".xls", ".xlt"})

    def parse(self, content: Path, *, hints: ParseHints, progress: Progress) -> Parsed:
        """The sheets in their order."""
        try:
            import xlrd
            import xlrd.compdoc
        except ImportError:
            raise lacking("documents", "Old Excel files (XLS)") from None
        try:
            with xlrd.open_workbook(str(content), logfile=sys.stderr, on_demand=True) as book:
                return _read(book, progress)
        except (xlrd.XLRDError, xlrd.compdoc.CompDocError) as error:
            raise problem("encrypted_file" if "encrypted" in str(error) else "damaged_file") from None
        except (struct.error, AssertionError, IndexError, KeyError, ValueError, TypeError, ArithmeticError):
            raise problem("damaged_file") from None  # what the library raises when a record lies


def _read(book: Any, progress: Progress) -> Parsed:
    draft = Draft()
    draft.metadata["author"] = book.user_name or ""
    for number in range(book.nsheets):
        sheet = book.sheet_by_index(number)
        put(draft, sheet.name, _rows(sheet, bool(book.datemode)))
        if sheet.ncols > MOST_COLUMNS:
            draft.remark(CUT)
        book.unload_sheet(number)
        progress(number + 1, book.nsheets)
    return draft.finish()


def _rows(sheet: Any, late: bool) -> Iterator[list[str]]:
    for row in range(sheet.nrows):
        yield [_cell(cell, late) for cell in sheet.row_slice(row, 0, MOST_COLUMNS)]


def _cell(cell: Any, late: bool) -> str:
    match cell.ctype:
        case 1:
            return str(cell.value)
        case 2:
            return as_number(repr(cell.value))
        case 3:
            return as_date(repr(cell.value), late)
        case 4:
            return "TRUE" if cell.value else "FALSE"
    return ""
