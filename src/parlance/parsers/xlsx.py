"""Workbooks (XLSX): each sheet a page with its name as a heading and its rows as one table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

from parlance.parsers.archive import Archive
from parlance.parsers.draft import Draft
from parlance.parsers.office import local, properties, related, value
from parlance.parsers.problems import problem
from parlance.parsers.sheets import CUT, MOST_COLUMNS, as_date, as_number, put
from parlance.ports.parsing import MOST_TEXT, ParseHints, Progress
from parlance.values.knowledge import Parsed

_WORKBOOK = "xl/workbook.xml"
_DATES = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
"""The formats of dates and times that have no text of their own in a file."""
_DATED = re.compile(r"[dyhs]|m(?!;)", re.IGNORECASE)
_QUOTED = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.')


class Xlsx:
    """Reads what Excel and its kin write since 2007."""

    media_types = frozenset({"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"})
    suffixes = frozenset({".xlsx", ".xlsm", ".xltx"})

    def parse(self, content: Path, *, hints: ParseHints, progress: Progress) -> Parsed:
        """The sheets in their order; a formula is read as the value it had when the file was saved."""
        draft = Draft()
        with Archive(content) as archive:
            properties(archive, draft)
            book = _Book(archive)
            sheets = related(archive, _WORKBOOK, "sheet")
            for number, (sheet, name) in enumerate(sheets, 1):
                if name in archive.names:
                    put(draft, value(sheet, "name") or "", book.rows(name))
                progress(number, len(sheets))
            if book.is_cut:
                draft.remark(CUT)
        return draft.finish()


class _Book:
    """What the cells of all sheets refer to."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self.is_cut = False
        self._strings = list(_strings(archive))
        self._dated = _dated_styles(archive)
        workbook = archive.tree(_WORKBOOK)
        self._late = any(value(one, "date1904") in ("1", "true") for one in workbook if local(one) == "workbookPr")

    def rows(self, part: str) -> Iterator[list[str]]:
        """The rows of a sheet, from the first column on."""
        data: Element | None = None
        for event, element in self._archive.events(part):
            name = local(element)
            if event == "start":
                data = element if name == "sheetData" else data
            elif name == "row":
                yield self._row(element)
                if data is not None:
                    data.clear()

    def _row(self, row: Element) -> list[str]:
        cells: list[str] = []
        for cell in row:
            at = column(value(cell, "r") or "", len(cells))
            if at < MOST_COLUMNS:
                cells += [""] * (at + 1 - len(cells))
                cells[at] = self._cell(cell)
            elif not self.is_cut:
                self.is_cut = bool(self._cell(cell).strip())
        return cells

    def _cell(self, cell: Element) -> str:
        kind, held, formula = cell.get("t", "n"), "", ""
        for one in cell:
            if local(one) == "v":
                held = one.text or ""
            elif local(one) == "f":
                formula = one.text or ""
            elif local(one) == "is":
                held = _words(one)
        if kind == "s":
            return self._strings[int(held)] if held.isdecimal() and int(held) < len(self._strings) else ""
        if kind == "b":
            return {"1": "TRUE", "0": "FALSE"}.get(held, held)
        if kind == "n" and held:
            style = cell.get("s", "0")
            dated = style.isdecimal() and int(style) in self._dated
            return as_date(held, self._late) if dated else as_number(held)
        return held or (f"={formula}" if formula else "")


def column(reference: str, otherwise: int) -> int:
    """The number of a cell's column, from 0: `AB12` is 27."""
    letters = reference.rstrip("0123456789")
    if not letters.isascii() or not letters.isalpha() or len(letters) > 3:
        return otherwise
    at = 0
    for letter in letters.upper():
        at = at * 26 + ord(letter) - 64
    return at - 1


def _strings(archive: Archive) -> Iterator[str]:
    """The words that cells share. Raises `Fault` where they are too many for one document."""
    place, length = "xl/sharedStrings.xml", 0
    if place not in archive.names:
        return
    root: Element | None = None
    for event, element in archive.events(place):
        if event == "start":
            root = element if root is None else root
        elif local(element) == "si":
            words = _words(element)
            length += len(words)
            if length > MOST_TEXT:
                raise problem("text_too_long")
            yield words
            if root is not None:
                root.clear()


def _words(element: Element) -> str:
    """The words of a string, without how they are pronounced."""
    found = []
    for one in element:
        if local(one) == "t":
            found.append(one.text or "")
        elif local(one) == "r":
            found += [part.text or "" for part in one if local(part) == "t"]
    return "".join(found)


def _dated_styles(archive: Archive) -> frozenset[int]:
    """Which styles show a number as a date."""
    if "xl/styles.xml" not in archive.names:
        return frozenset()
    formats: dict[str, str] = {}
    found: list[bool] = []
    for one in archive.tree("xl/styles.xml"):
        if local(one) == "numFmts":
            formats = {value(part, "numFmtId") or "": value(part, "formatCode") or "" for part in one}
        elif local(one) == "cellXfs":
            found = [_is_dated(value(part, "numFmtId") or "0", formats) for part in one]
    return frozenset(number for number, dated in enumerate(found) if dated)


def _is_dated(id: str, formats: dict[str, str]) -> bool:
    if id in formats:
        return _DATED.search(_QUOTED.sub("", formats[id])) is not None
    return id.isdecimal() and int(id) in _DATES
