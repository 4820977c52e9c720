"""EPUB books: their chapters in the order of reading, each a page."""

from __future__ import annotations

import posixpath
from functools import partial
from pathlib import Path
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from parlance.parsers.archive import Archive
from parlance.parsers.draft import Draft
from parlance.parsers.encodings import declared_in, decoded
from parlance.parsers.gallery import MOST_RAW, Gallery
from parlance.parsers.inline import in_place
from parlance.parsers.markup import read_markup
from parlance.parsers.problems import problem
from parlance.ports.parsing import ParseHints, Progress
from parlance.values.knowledge import Parsed, Picture

_CONTAINER = "META-INF/container.xml"
_RIGHTS = "META-INF/encryption.xml"
_CHAPTERS = frozenset({"application/xhtml+xml", "text/html", "application/x-dtbook+xml"})


class Epub:
    """Reads books."""

    media_types = frozenset({"application/epub+zip"})
    suffixes = frozenset({".epub"})

    def parse(self, content: Path, *, hints: ParseHints, progress: Progress) -> Parsed:
        """The chapters of a book."""
        draft = Draft()
        with Archive(content) as book:
            place = _place(book)
            package = book.tree(place)
            draft.title, draft.language = _said(package, "title"), _said(package, "language")
            draft.metadata["author"] = _said(package, "creator")
            chapters = [name for name in _spine(package, place) if name in book.names]
            if not chapters:
                raise problem("damaged_file")
            done = 0
            gallery = Gallery(hints, lambda: progress(done, len(chapters)))
            for done, name in enumerate(chapters):
                draft.page()
                raw = book.read(name)
                look = partial(_pictured, book, gallery, posixpath.dirname(name))
                read_markup(decoded(raw, declared=declared_in(raw)), draft, look)
                progress(done + 1, len(chapters))
            draft.remark(*gallery.remarks())
            if draft.is_empty and _RIGHTS in book.names:
                raise problem("encrypted_file", "This book is locked to a reader's device.")
        return draft.finish()


def _pictured(book: Archive, gallery: Gallery, folder: str, source: str) -> Picture | None:
    """The picture that a chapter in a folder names: one of the book, or one that lies in the page itself."""
    if source.startswith("data:"):
        return in_place(gallery, source)
    part = posixpath.normpath(posixpath.join(folder, unquote(source.partition("#")[0])))
    return gallery.fetch(part, partial(book.read, part, MOST_RAW)) if part in book.names else None


def _place(book: Archive) -> str:
    """Where the book's own description is."""
    for one in book.tree(_CONTAINER).iter():
        if _name(one) == "rootfile" and (place := one.get("full-path")):
            return place
    raise problem("damaged_file")


def _spine(package: Element, place: str) -> list[str]:
    """The parts to read, in order."""
    folder = posixpath.dirname(place)
    items = {
        one.get("id", ""): posixpath.normpath(posixpath.join(folder, unquote(one.get("href", ""))))
        for one in package.iter()
        if _name(one) == "item" and one.get("media-type", "") in _CHAPTERS
    }
    wanted = [one.get("idref", "") for one in package.iter() if _name(one) == "itemref"]
    return list(dict.fromkeys(items[name] for name in wanted if name in items))


def _said(package: Element, name: str) -> str:
    return next((one.text or "" for one in package.iter() if _name(one) == name), "")


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]
