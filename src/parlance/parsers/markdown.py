"""Markdown: the text stays as it was written, without its front matter and the pictures that are written out in it; the
blocks say what is in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from parlance.parsers.draft import whole
from parlance.parsers.encodings import words_of
from parlance.parsers.gallery import Gallery
from parlance.parsers.inline import behind_blocks, taken_out
from parlance.parsers.problems import problem
from parlance.ports.parsing import MOST_TEXT, ParseHints, Progress
from parlance.values.knowledge import Block, BlockKind, Parsed, Span

_ATX = re.compile(r" {0,3}(#{1,6})(?:[ \t]|$)")
_SETEXT = re.compile(r" {0,3}(=+|-+)[ \t]*$")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})([^`]*)$")
_ITEM = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+\S")
_RULE = re.compile(r" {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_CLOSED = re.compile(r"^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.M)
_MOST_FRONT = 20_000
"""Code points of a front matter at most."""
_FIELD = re.compile(r"([^\W\d_][\w-]{0,40}):(?:[ \t]+(.*)|$)")
_BELOW = re.compile(r"(?:[ \t]+(?:-[ \t]+)?|-[ \t]+)(.+)")
_SEVERAL = frozenset({"", "|", ">", "|-", ">-", "|+", ">+"})
_Line = tuple[int, str]


class Markdown:
    """Reads Markdown, with YAML front matter where there is some."""

    media_types = frozenset({"text/markdown"})
    suffixes = frozenset({".md", ".markdown", ".mdx"})

    def parse(self, content: Path, *, hints: ParseHints, progress: Progress) -> Parsed:
        """The text, and where its headings, tables, code, formulas and items are."""
        if content.stat().st_size > MOST_TEXT * 4:
            raise problem("text_too_long")
        gallery = Gallery(hints, lambda: progress(0, 1))
        written, remark = words_of(content.read_bytes())
        said, start = _front_matter(written)
        text, pictures = taken_out(written[start:], gallery)
        blocks = list(marked(text))
        title = said.get("title", "") or next((_words(text, one) for one in blocks if one.kind == "heading"), "")
        progress(1, 1)
        images, remarks = behind_blocks(pictures, blocks), (*filter(None, (remark,)), *gallery.remarks())
        return whole(text, blocks, title, metadata=said, images=images, remarks=remarks)


def marked(text: str, start: int = 0) -> Iterator[Block]:
    """The blocks of a text in Markdown, from a place on."""
    lines = _lines(text, start)
    at = 0
    while at < len(lines):
        place, line = lines[at]
        if not line.strip():
            at += 1
            continue
        kind, end, level = _block(lines, at)
        last, words = lines[end - 1]
        yield Block(kind, Span(place, last + len(words.rstrip())), level)
        at = end


def _block(lines: list[_Line], at: int) -> tuple[BlockKind, int, int]:
    """The kind of the block that begins here, the line after it, and a heading's level."""
    line = lines[at][1]
    if fence := _FENCE.match(line):
        return "code", _closed(lines, at, fence.group(1)), 0
    if line.strip().startswith("$$"):
        return _formula(lines, at)
    if heading := _ATX.match(line):
        return "heading", at + 1, len(heading.group(1))
    if "|" in line and at + 1 < len(lines) and "|" in lines[at + 1][1] and _RULE.match(lines[at + 1][1]):
        return "table", _until(lines, at + 2, lambda text: "|" not in text), 0
    if _ITEM.match(line):
        return "item", _until(lines, at + 1, lambda text: bool(_ITEM.match(text) or _opens(text))), 0
    end = _until(lines, at + 1, lambda text: bool(_ITEM.match(text) or _opens(text) or _SETEXT.match(text)))
    if end < len(lines) and (under := _SETEXT.match(lines[end][1])) and lines[end - 1][1].strip():
        return "heading", end + 1, 1 if under.group(1)[0] == "=" else 2
    return "paragraph", end, 0


def _opens(line: str) -> bool:
    return bool(_FENCE.match(line) or _ATX.match(line) or line.strip().startswith("$$"))


def _until(lines: list[_Line], at: int, ends: object) -> int:
    """The first line from `at` on that is blank or ends the block."""
    assert callable(ends)
    while at < len(lines) and lines[at][1].strip() and not ends(lines[at][1]):
        at += 1
    return at


def _closed(lines: list[_Line], at: int, fence: str) -> int:
    for end in range(at + 1, len(lines)):
        if lines[end][1].strip().startswith(fence) and not lines[end][1].strip(f" \t{fence[0]}"):
            return end + 1
    return len(lines)


def _formula(lines: list[_Line], at: int) -> tuple[BlockKind, int, int]:
    line = lines[at][1].strip()
    if len(line) > 4 and line.endswith("$$"):
        return "formula", at + 1, 0
    for end in range(at + 1, min(len(lines), at + 200)):
        if lines[end][1].rstrip().endswith("$$"):
            return "formula", end + 1, 0
    return "paragraph", at + 1, 0


def _lines(text: str, start: int) -> list[_Line]:
    found, at = [], start
    for line in text[start:].split("\n"):
        found.append((at, line))
        at += len(line) + 1
    return found


def _front_matter(text: str) -> tuple[dict[str, str], int]:
    """The fields between two lines of dashes at the very beginning, and where the words begin. Entries and lines below
    a field are its value. Where anything else stands there, it is text like the rest; where nothing is behind it, it
    is all the text that there is."""
    closed = _CLOSED.search(text, 4) if text.startswith("---\n") else None
    if closed is None or closed.start() > _MOST_FRONT:
        return {}, 0
    fields: dict[str, str] = {}
    name = ""
    for line in text[4 : closed.start()].split("\n"):
        if field := _FIELD.match(line):
            name = field.group(1).lower()
            fields[name] = _value(field.group(2) or "")
        elif (more := _BELOW.match(line)) and name:
            fields[name] = ", ".join(filter(None, (fields[name], _value(more.group(1)))))
        elif line.strip() and not line.lstrip().startswith("#"):
            return {}, 0
    kept = {name: value[:1000] for name, value in fields.items() if value}
    rest = text[closed.end() :].lstrip("\n")
    return kept, len(text) - len(rest) if fields and rest.strip() else 0


def _value(written: str) -> str:
    return "" if written.strip() in _SEVERAL else written.strip(" \"'")


def _words(text: str, block: Block) -> str:
    return text[block.span.start : block.span.stop].partition("\n")[0].strip("# \t")
