"""HTML pages, with the encoding that they or their bytes name."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from parlance.parsers.draft import Draft
from parlance.parsers.encodings import declared_in, words_of
from parlance.parsers.gallery import Gallery
from parlance.parsers.inline import in_place
from parlance.parsers.markup import read_markup
from parlance.parsers.problems import problem
from parlance.ports.parsing import MOST_TEXT, ParseHints, Progress
from parlance.values.knowledge import Parsed


class Html:
    """Reads pages: what they say, not what is around it."""

    media_types = frozenset({"text/html", "application/xhtml+xml"})
    suffixes = frozenset({".html", ".htm", ".xhtml"})

    def parse(self, content: Path, *, hints: ParseHints, progress: Progress) -> Parsed:
        """The blocks of a page."""
        if content.stat().st_size > MOST_TEXT * 4:
            raise problem("text_too_long")
        raw = content.read_bytes()
        draft = Draft()
        gallery = Gallery(hints, lambda: progress(0, 1))
        text, remark = words_of(raw, declared=declared_in(raw))
        read_markup(text, draft, partial(in_place, gallery))
        draft.remark(remark)
        draft.remark(*gallery.remarks())
        progress(1, 1)
        return draft.finish()
