"""Plain text in any common encoding: paragraphs are what empty lines part."""

from __future__ import annotations

import re
from pathlib import Path

from parlance.parsers.draft import whole
from parlance.parsers.encodings import words_of
from parlance.parsers.problems import problem
from parlance.ports.parsing import MOST_TEXT, ParseHints, Progress
from parlance.values.knowledge import Block, Parsed, Span

_PARAGRAPH = re.compile(r"\S(?:[^\n]++|\n(?![ \t]*+\n))*+")
"""Without a way back: one is kept for every letter otherwise, 140 bytes each, and a paragraph may be the whole file."""


class Plain:
    """Reads texts that say nothing of their structure, source code too."""

    media_types = frozenset({"text/plain", "application/xml", "image/svg+xml"})
    suffixes = frozenset({".txt", ".text", ".log", ".rst", ".xml"})

    def parse(self, content: Path, *, hints: ParseHints, progress: Progress) -> Parsed:
        """The text as it is."""
        if content.stat().st_size > MOST_TEXT * 4:
            raise problem("text_too_long")
        text, remark = words_of(content.read_bytes())
        found = (_trimmed(text, one.start(), one.end()) for one in _PARAGRAPH.finditer(text))
        progress(1, 1)
        return whole(text, [Block("paragraph", span) for span in found], remarks=(remark,) if remark else ())


def _trimmed(text: str, start: int, stop: int) -> Span:
    return Span(start, start + len(text[start:stop].rstrip()))
