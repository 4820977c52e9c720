"""Word documents of before 2007 (DOC): their text from the table of pieces, paragraphs, tables and pages."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from parlance.parsers.draft import Draft
from parlance.parsers.problems import lacking, problem
from parlance.ports.parsing import MOST_TEXT, ParseHints, Progress
from parlance.values.knowledge import Parsed

_MAGIC, _WORD_97 = 0xA5EC, 101
_FLAGS, _LENGTHS, _CLX = 0x0A, 0x4C, 0x1A2
_ENCRYPTED, _TABLE_ONE = 0x0100, 0x0200
_COMPRESSED = 0x40000000
_FIELD = re.compile(r"\x13[^\x13\x14\x15]*(?:\x14([^\x13\x14\x15]*))?\x15")
_TOKENS = re.compile(r"([^\r\x07\x0c]*)([\r\x07\x0c]|\Z)")
NESTED_FIELDS = 20
MOST_CELLS = 63
"""Columns that Word allows in a table."""


class Doc:
    """Reads what Word wrote from 97 to 2003. Its styles are not read: headings come as paragraphs."""

    media_types = frozenset({"application/msword"})
    suffixes = frozenset({".doc", ".dot"})

    def parse(self, content: Path, *, hints: ParseHints, progress: Progress) -> Parsed:
        """The main text and its footnotes."""
        try:
            import olefile
        except ImportError:
            raise lacking("documents", "Old Word files (DOC)") from None
        draft = Draft()
        try:
            with olefile.OleFileIO(str(content)) as file:
                text = _text(file)
                said = file.get_metadata()
                draft.title, draft.metadata["author"] = _words(said.title), _words(said.author)
        except (OSError, struct.error, IndexError, ValueError, TypeError, AttributeError, KeyError, ArithmeticError):
            raise problem("damaged_file") from None  # what the library raises when the file lies
        read_marked(text, draft)
        progress(1, 1)
        return draft.finish()


def _text(file: Any) -> str:
    """The text with Word's own marks in it. Raises `Fault` and what the bytes raise when they lie."""
    main = file.openstream("WordDocument").read()
    magic, version = struct.unpack_from("<HH", main)
    (flags,) = struct.unpack_from("<H", main, _FLAGS)
    if magic != _MAGIC:
        raise problem("damaged_file")
    if flags & _ENCRYPTED:
        raise problem("encrypted_file")
    if version < _WORD_97:
        raise problem("unknown_format", "This file was written by a Word older than 97.")
    table = file.openstream("1Table" if flags & _TABLE_ONE else "0Table").read()
    place, size = struct.unpack_from("<II", main, _CLX)
    body, notes = struct.unpack_from("<II", main, _LENGTHS)
    if body + notes > MOST_TEXT:
        raise problem("text_too_long")
    return "".join(_pieces(main, table[place : place + size]))[: body + notes]


def _pieces(main: bytes, clx: bytes) -> Iterator[str]:
    """The pieces of the text in their order: each lies somewhere in the file, in one of two encodings."""
    at = 0
    while clx[at] == 1:
        at += 3 + struct.unpack_from("<H", clx, at + 1)[0]
    if clx[at] != 2:
        raise problem("damaged_file")
    (size,) = struct.unpack_from("<I", clx, at + 1)
    count = (size - 4) // 12
    places = struct.unpack_from(f"<{count + 1}I", clx, at + 5)
    for number in range(count):
        (where,) = struct.unpack_from("<I", clx, at + 5 + 4 * (count + 1) + 8 * number + 2)
        length = places[number + 1] - places[number]
        if length < 0 or length > MOST_TEXT:
            raise problem("damaged_file")
        if where & _COMPRESSED:
            start = (where & ~_COMPRESSED) // 2
            yield main[start : start + length].decode("cp1252", "replace")
        else:
            yield main[where : where + 2 * length].decode("utf-16-le", "replace")


def read_marked(text: str, draft: Draft) -> None:
    """Paragraphs end with a return, cells and rows with a mark of their own, pages with a form feed."""
    for _ in range(NESTED_FIELDS):
        text, fields = _FIELD.subn(lambda found: found.group(1) or "", text)
        if not fields:
            break
    text = text.replace("\x1e", "-").replace("\x1f", "").replace("\x0b", "\n")
    cells: list[str] = []
    for words, end in (found.groups() for found in _TOKENS.finditer(text)):
        if end == "\x07":
            cells.append(words)
            continue
        _table(cells, draft)
        cells = []
        draft.add("paragraph", words)
        if end == "\x0c":
            draft.turn()


def _table(cells: list[str], draft: Draft) -> None:
    """Cells become rows: behind the last of each row stands one more mark with nothing before it."""
    if not cells:
        return
    for width in range(1, min(MOST_CELLS, len(cells) - 1) + 1):
        step = width + 1
        filled = len(cells) > step or all(cell.strip() for cell in cells[:width])
        if filled and len(cells) % step == 0 and not any(cells[at].strip() for at in range(width, len(cells), step)):
            draft.table(cells[at : at + width] for at in range(0, len(cells), step))
            return
    for cell in cells:
        draft.add("paragraph", cell)


def _words(held: object) -> str:
    return held.decode("cp1252", "replace") if isinstance(held, bytes) else ""
