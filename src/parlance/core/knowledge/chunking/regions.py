"""What must stay in one piece where that is possible: tables, fenced code, formulas, links and images."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from parlance.values.knowledge import Block

RegionKind = Literal["table", "code", "formula", "link"]


class Region(NamedTuple):
    """A piece of a text, from `start` up to and without `stop`. `head` is where a table's head ends."""

    start: int
    stop: int
    kind: RegionKind
    head: int = 0


# Every pattern begins with what it is rarely confused with, and every repetition is bounded or cannot overlap: a text
# made to be slow takes no longer than any other.
_TABLE = re.compile(r"^[ \t]{0,3}\|[^\n]*\n[ \t]{0,3}\|[-:| \t]++(?=\n|\Z)(?:\n[ \t]{0,3}\|[^\n]*)*", re.MULTILINE)
_FENCE = re.compile(r"(```+|~~~+)([^\n]*)")
_FORMULA = re.compile(r"\$\$.{1,4000}?\$\$", re.DOTALL)
_LINK = re.compile(r"\[[^\[\]\n]{0,500}\]\([^()\n]{0,1000}\)")
_RULE = re.compile(r"[ \t]{0,3}\|[-:| \t]++\Z")


def regions(text: str, blocks: Sequence[Block]) -> list[Region]:
    """What to keep whole, in order and without overlap. What a parser found counts before what the text looks like."""
    known = [
        Region(one.span.start, one.span.stop, one.kind, _head(text, one.span.start, one.span.stop))
        for one in blocks
        if one.kind == "table" or one.kind == "code" or one.kind == "formula"
    ]
    seen = [known, list(_fences(text)), list(_tables(text)), list(_formulas(text)), list(_links(text))]
    kept: list[Region] = []
    for layer in seen:
        kept = _beside(kept, layer)
    return kept


def _beside(kept: list[Region], more: Iterable[Region]) -> list[Region]:
    """Both, without those of `more` that touch one which was there before."""
    merged = sorted([*((one, 0) for one in kept), *((one, 1) for one in more)], key=lambda pair: pair[0].start)
    strong = [one for one, weak in merged if not weak]
    out: list[Region] = []
    at, end = 0, 0
    for one, weak in merged:
        while at < len(strong) and strong[at].stop <= one.start:
            at += 1
        if weak and (one.start < end or (at < len(strong) and strong[at].start < one.stop)):
            continue
        out.append(one)
        end = one.stop
    return out


def _fences(text: str) -> Iterator[Region]:
    """Fenced code with its fences. A fence that is never closed protects nothing."""
    opened: tuple[int, str] | None = None
    for found in _FENCE.finditer(text):
        line = _line(text, found.start())
        if line is None:
            continue
        mark, rest = found.groups()
        if opened is None:
            opened = (line, mark)
        elif mark.startswith(opened[1]) and not rest.strip():
            yield Region(opened[0], found.end(), "code")
            opened = None


def _tables(text: str) -> Iterator[Region]:
    if "|" not in text:
        return
    for found in _TABLE.finditer(text):
        yield Region(found.start(), found.end(), "table", _head(text, found.start(), found.end()))


def _line(text: str, at: int) -> int | None:
    """Where the line begins that has nothing but up to three blanks before this place; `None` for another place."""
    lead = text[max(0, at - 4) : at]
    blanks = lead.rpartition("\n")[2]
    if blanks.strip(" ") or (len(blanks) == 4):
        return None
    return at - len(blanks)


def _formulas(text: str) -> Iterator[Region]:
    return (Region(found.start(), found.end(), "formula") for found in _FORMULA.finditer(text))


def _links(text: str) -> Iterator[Region]:
    if "](" not in text:
        return
    for found in _LINK.finditer(text):
        yield Region(found.start() - text.startswith("!", max(0, found.start() - 1)), found.end(), "link")


def _head(text: str, start: int, stop: int) -> int:
    """Where a table's head ends: after its first row, and the rule below that where there is one."""
    first = text.find("\n", start, stop)
    if first < 0:
        return stop
    second = text.find("\n", first + 1, stop)
    ruled = _RULE.match(text, first + 1, stop if second < 0 else second) is not None
    return first + 1 if not ruled else stop if second < 0 else second + 1
