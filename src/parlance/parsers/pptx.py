"""Slides (PPTX): each a page, its title a heading, then its words, tables and notes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

from parlance.parsers.archive import Archive
from parlance.parsers.draft import Draft
from parlance.parsers.gallery import Gallery
from parlance.parsers.office import local, pictured, properties, related, relations, value
from parlance.ports.parsing import ParseHints, Progress
from parlance.values.knowledge import Parsed

_PRESENTATION = "ppt/presentation.xml"
_TITLES = frozenset({"title", "ctrTitle"})
_LEFT_OUT = frozenset({"dt", "ftr", "sldNum", "hdr", "sldImg"})


class Pptx:
    """Reads what PowerPoint and its kin write since 2007."""

    media_types = frozenset({"application/vnd.openxmlformats-officedocument.presentationml.presentation"})
    suffixes = frozenset({".pptx", ".pptm", ".ppsx"})

    def parse(self, content: Path, *, hints: ParseHints, progress: Progress) -> Parsed:
        """The slides in their order."""
        draft = Draft()
        with Archive(content) as archive:
            properties(archive, draft)
            slides = [name for _, name in related(archive, _PRESENTATION, "sldId")]
            done = 0
            gallery = Gallery(hints, lambda: progress(done, len(slides)))
            for done, name in enumerate(slides):
                draft.page()
                slide, others = archive.tree(name), relations(archive, name)
                _slide(slide, draft)
                pictured(slide, others, archive, gallery, draft)
                for kind, part in others.values():
                    if kind == "notesSlide" and part in archive.names:
                        _notes(archive.tree(part), draft)
                progress(done + 1, len(slides))
        draft.remark(*gallery.remarks())
        return draft.finish()


def _slide(slide: Element, draft: Draft) -> None:
    for shape in _shapes(slide):
        placed = _placed(shape)
        if placed in _LEFT_OUT:
            continue
        rows = [[_joined(cell) for cell in row if local(cell) == "tc"] for row in shape.iter() if local(row) == "tr"]
        if rows:
            draft.table(rows)
            continue
        lines = [(text, level) for text, level in _lines(shape) if text.strip()]
        if placed in _TITLES:
            draft.add("heading", " ".join(text for text, _ in lines), level=1)
        elif len(lines) > 1 and placed is not None:
            for text, level in lines:
                draft.add("item", f"{'  ' * level}- {text}")
        else:
            draft.add("paragraph", "\n".join(text for text, _ in lines))


def _notes(notes: Element, draft: Draft) -> None:
    lines = [text for shape in _shapes(notes) if _placed(shape) not in _LEFT_OUT for text, _ in _lines(shape)]
    if any(line.strip() for line in lines):
        draft.add("paragraph", "Notes: " + "\n".join(lines).strip())


def _shapes(slide: Element) -> Iterator[Element]:
    """Shapes with words and frames with tables, those in groups too; the title first, wherever it stands."""
    found = [one for one in slide.iter() if local(one) in ("sp", "graphicFrame")]
    return iter(sorted(found, key=lambda shape: _placed(shape) not in _TITLES))


def _placed(shape: Element) -> str | None:
    """What a shape is for, where the layout says so."""
    for one in shape.iter():
        if local(one) == "ph":
            return value(one, "type") or "body"
    return None


def _lines(shape: Element) -> Iterator[tuple[str, int]]:
    for paragraph in shape.iter():
        if local(paragraph) != "p":
            continue
        level = next((value(one, "lvl") or "0" for one in paragraph if local(one) == "pPr"), "0")
        yield _text(paragraph), min(int(level), 8) if level.isdecimal() else 0


def _joined(cell: Element) -> str:
    return " ".join(text for text, _ in _lines(cell))


def _text(paragraph: Element) -> str:
    blanks = {"br": "\n", "tab": "\t"}
    return "".join((one.text or "") if local(one) == "t" else blanks.get(local(one), "") for one in paragraph.iter())
