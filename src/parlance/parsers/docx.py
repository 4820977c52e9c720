"""Word documents (DOCX): paragraphs with their heading levels, numbered items, tables, footnotes, and the pages of the
last layout where the file holds them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

from parlance.parsers.archive import Archive
from parlance.parsers.draft import Draft
from parlance.parsers.gallery import Gallery
from parlance.parsers.office import local, pictured, properties, relations, value
from parlance.ports.parsing import ParseHints, Progress
from parlance.values.knowledge import Parsed

_DOCUMENT = "word/document.xml"
EVERY = 500
"""Paragraphs between two words on the progress: nobody knows how many pages there are."""


class Docx:
    """Reads what Word and its kin write since 2007."""

    media_types = frozenset({"application/vnd.openxmlformats-officedocument.wordprocessingml.document"})
    suffixes = frozenset({".docx", ".docm", ".dotx"})

    def parse(self, content: Path, *, hints: ParseHints, progress: Progress) -> Parsed:
        """The blocks of a document. Deleted text, headers and footers are left out."""
        with Archive(content) as archive:
            done = 0
            gallery = Gallery(hints, lambda: progress(done, 0))
            reader = _Reader(archive, gallery)
            properties(archive, reader.draft)
            for number, element in enumerate(_body(archive), 1):
                reader.read(element)
                if number % EVERY == 0:
                    done += 1
                    progress(done, 0)
            reader.notes(archive)
        reader.draft.remark(*gallery.remarks())
        progress(done + 1, done + 1)
        return reader.draft.finish()


def _body(archive: Archive) -> Iterator[Element]:
    """What stands directly in the body, one after the other; each is gone when the next comes."""
    path: list[Element] = []
    for event, element in archive.events(_DOCUMENT):
        if event == "start":
            path.append(element)
            continue
        path.pop()
        if len(path) == 2 and local(path[1]) == "body":
            yield element
            path[1].clear()


class _Reader:
    """Turns elements into blocks."""

    def __init__(self, archive: Archive, gallery: Gallery) -> None:
        self.draft = Draft()
        self._archive, self._gallery = archive, gallery
        self._related = relations(archive, _DOCUMENT)
        self._levels, self._listed = _styles(archive)
        self._formats = _numbering(archive)
        self._counts: dict[tuple[str, int], int] = defaultdict(int)
        self._turned = False

    def read(self, element: Element) -> None:
        """A paragraph, a table, or what is around some."""
        name = local(element)
        if name == "p":
            self._paragraph(element)
            pictured(element, self._related, self._archive, self._gallery, self.draft)
        elif name == "tbl":
            self.draft.table(_rows(element))
            pictured(element, self._related, self._archive, self._gallery, self.draft)
            self._turned |= any(local(one) == "lastRenderedPageBreak" for one in element.iter())
        elif name != "sectPr":
            for inner in element:
                self.read(inner)

    def notes(self, archive: Archive) -> None:
        """Footnotes and endnotes, by their numbers."""
        for part in ("footnotes", "endnotes"):
            if f"word/{part}.xml" not in archive.names:
                continue
            for note in archive.tree(f"word/{part}.xml"):
                words = " ".join(_text(one) for one in note.iter() if local(one) == "p").strip()
                if words and value(note, "type") in (None, "normal"):
                    self.draft.add("paragraph", f"[^{value(note, 'id')}] {words}")

    def _paragraph(self, element: Element) -> None:
        marks = {local(one) for one in element.iter()}
        explicit = any(local(one) == "br" and value(one, "type") == "page" for one in element.iter())
        if self._turned:
            self._turn()
        self._turned = explicit or "lastRenderedPageBreak" in marks
        text = _text(element)
        if self._turned and text.strip() and _leads(element):
            self._turn()
        style, outline, number, depth = _shape(element)
        level = outline or self._levels.get(style, 0)
        if number is None and style in self._listed:
            number, depth = self._listed[style]
        if level:
            self.draft.add("heading", " ".join(text.split()), level=level)
        elif number is not None:
            self.draft.add("item", self._mark(number, depth) + text.strip())
        else:
            self.draft.add("paragraph", text)

    def _turn(self) -> None:
        if not self._turned:
            return
        self._turned = False
        self.draft.turn()

    def _mark(self, number: str, depth: int) -> str:
        lead = "  " * depth
        if self._formats.get((number, depth), "bullet") in ("bullet", "none"):
            return f"{lead}- "
        self._counts[number, depth] += 1
        for key in [key for key in self._counts if key[0] == number and key[1] > depth]:
            del self._counts[key]
        return f"{lead}{self._counts[number, depth]}. "


def _leads(element: Element) -> bool:
    """Whether a page ends before the first word of a paragraph."""
    for one in element.iter():
        name = local(one)
        if name == "lastRenderedPageBreak" or (name == "br" and value(one, "type") == "page"):
            return True
        if name == "t" and (one.text or "").strip():
            return False
    return False


def _text(element: Element) -> str:
    return "".join(_words(element))


def _words(element: Element) -> Iterator[str]:
    """The words of a paragraph, in order; what stands in two ways for two programs is read in one."""
    for one in element:
        name = local(one)
        if name == "t":
            yield one.text or ""
        elif name == "tab":
            yield "\t"
        elif name == "br" or name == "cr":
            yield "\n"
        elif name == "noBreakHyphen":
            yield "-"
        elif name in ("footnoteReference", "endnoteReference"):
            yield f"[^{value(one, 'id')}]"
        elif name not in ("Fallback", "pPr", "rPr", "del", "moveFrom", "instrText"):
            yield from _words(one)
            if name == "p":
                yield "\n"


def _rows(table: Element) -> Iterator[list[str]]:
    for row in table:
        if local(row) != "tr":
            yield from _rows(row) if local(row) in ("sdt", "sdtContent", "ins") else ()
            continue
        cells: list[str] = []
        for cell in row.iter():
            if local(cell) == "tc":
                spans = [one for one in cell.iter() if local(one) == "gridSpan"]
                wide = (value(spans[0], "val") or "1") if spans else "1"
                cells += [_text(cell), *[""] * (min(int(wide), 64) - 1 if wide.isdecimal() else 0)]
        yield cells


def _shape(element: Element) -> tuple[str, int, str | None, int]:
    """A paragraph's style, its own outline level (1 to 6, or 0), its list, and how deep it stands in that."""
    style, outline, number, depth = "", 0, None, 0
    for one in next((part for part in element if local(part) == "pPr"), ()):
        name = local(one)
        if name == "pStyle":
            style = value(one, "val") or ""
        elif name == "outlineLvl":
            outline = _level(value(one, "val"))
        elif name == "numPr":
            for part in one:
                said = value(part, "val") or "0"
                if local(part) == "numId":
                    number = said if said != "0" else None
                elif said.isdecimal():
                    depth = min(int(said), 8)
    return style, outline, number, depth


def _level(word: str | None) -> int:
    """Word's outline level, from 0; 9 is body text."""
    return int(word) + 1 if word is not None and word.isdecimal() and int(word) < 6 else 0


def _styles(archive: Archive) -> tuple[dict[str, int], dict[str, tuple[str, int]]]:
    """Which styles make headings, and of which level; and which make items, of which list and how deep."""
    found: dict[str, int] = {}
    listed: dict[str, tuple[str, int]] = {}
    if "word/styles.xml" not in archive.names:
        return found, listed
    for style in archive.tree("word/styles.xml"):
        id, name = value(style, "styleId") or "", ""
        _, _, number, depth = _shape(style)
        if number is not None:
            listed[id] = (number, depth)
        for one in style.iter():
            if local(one) == "name":
                name = (value(one, "val") or "").lower()
            elif local(one) == "outlineLvl" and (level := _level(value(one, "val"))):
                found[id] = level
        if name == "title":
            found[id] = 1
        elif name.startswith("heading ") and name[8:].isdecimal():
            found[id] = min(int(name[8:]), 6)
    return found, listed


def _numbering(archive: Archive) -> dict[tuple[str, int], str]:
    """How the levels of each list are numbered."""
    if "word/numbering.xml" not in archive.names:
        return {}
    shapes: dict[str, dict[int, str]] = {}
    found: dict[tuple[str, int], str] = {}
    for one in archive.tree("word/numbering.xml"):
        if local(one) == "abstractNum":
            levels = shapes.setdefault(value(one, "abstractNumId") or "", {})
            for level in one:
                formats = [value(part, "val") or "" for part in level if local(part) == "numFmt"]
                if local(level) == "lvl" and formats:
                    depth = value(level, "ilvl") or "0"
                    levels[int(depth) if depth.isdecimal() else 0] = formats[0]
        elif local(one) == "num":
            shape = next((value(part, "val") or "" for part in one if local(part) == "abstractNumId"), "")
            found |= {(value(one, "numId") or "", level): how for level, how in shapes.get(shape, {}).items()}
    return found
