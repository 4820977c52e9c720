"""Sentences as the built-in engine finds them, and the words to find them by."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from parlance.engines import quote_tables as tables
from parlance.engines.quote_ends import split
from parlance.engines.quote_lines import CODE, FENCE, unwrapped
from parlance.engines.quote_stopwords import HAN_COMMON, telling

Kind = Literal["prose", "heading", "head", "row", "code"]
_WORD = re.compile(r"[\u3400-\u9fff]+|[^\W\u3400-\u9fff]+")
_HAN = re.compile(r"[\u3400-\u9fff]")
_MARKED = re.compile(r"#{1,6}\s")
_ENTRY = re.compile(r"(?:>|[-*+•·]\s|\d{1,3}[.)]\s|<|file:|https?:)")
_ENDED = re.compile(r"[.!?。！？:：;；,，、…][\"'”’」』）)\]*_`]*$")
_NUMBERED = re.compile(
    r"(?:§+\s*)?(?:(?:chapter|section|part|appendix|kapitel|abschnitt|teil|anhang|chapitre|capítulo|capitolo|hoofdstuk)\s)?"
    r"[\divx]+(?:\.\d+)*[.)]?(?=\s|$)",
    re.I,
)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_LONGEST = 70
"""Code points of a heading at most."""
_STACKED = 3
"""Headings that stand one below the other at most, as title, chapter and section do: more are lines of a list."""
_ENDING = re.compile(r"(?<=\w{4})(?:ungen|ung|ing|(?<=[td])et|ed|em|er|es|e|s|n)$")


class Sentence(msgspec.Struct, frozen=True):
    """One sentence, the words to find it by, and where it stands (`your message 1`). Of a row `columns` is the
    line with the names of its columns, if there is one, and `named` the words of that."""

    text: str
    words: tuple[str, ...]
    source: str
    kind: Kind = "prose"
    columns: str = ""
    named: tuple[str, ...] = ()

    @property
    def ended(self) -> bool:
        """Whether it ends as sentences do."""
        return bool(_ENDED.search(self.text))

    @property
    def leads(self) -> bool:
        """Whether it leads to what is below it, and answers nothing itself."""
        return self.kind in ("heading", "head")


def words(text: str) -> tuple[str, ...]:
    """Case-folded words without their endings; a run of Han characters gives its overlapping pairs, then each alone."""
    return tuple(_told(_WORD.findall(text.casefold())))


def asked(text: str) -> tuple[str, ...]:
    """The words of a question that say something."""
    found = _WORD.findall(text.casefold())
    latin = telling([word for word in found if not _HAN.match(word)])
    runs = [run for word in found if _HAN.match(word) for run in HAN_COMMON.split(word) if run]
    return tuple(_told([*latin, *runs]))


def _told(found: Sequence[str]) -> Iterator[str]:
    for word in found:
        if not _HAN.match(word):
            yield stem(word)
            continue
        yield from (word[i : i + 2] for i in range(len(word) - 1))
        yield from word


def stem(word: str) -> str:
    """Take off the commonest endings of English and German while four letters are left, so that `tokens` finds `token`
    and `Hund` finds `Hunde`."""
    while found := _ENDING.search(word):
        word = word[: found.start()]
    return word


def sentences(text: str, source: str) -> Iterator[Sentence]:
    """The sentences of a text. A line that one paragraph was wrapped at ends none; a row of a table is one, and so is a
    line of code."""
    lines = list(unwrapped(text))
    alone = _headings(lines)
    fenced, columns, in_table = False, "", False
    for at, line in enumerate(lines):
        below = lines[at + 1] if at + 1 < len(lines) else ""
        if FENCE.match(line):
            fenced = not fenced
        elif fenced or CODE.match(line):
            yield from _one(line, source, "code")
        elif in_table and tables.is_rule(line):
            pass
        elif tables.is_rule(below) and tables.in_table(line):
            columns, in_table = line, True
            yield from _one(line, source, "head")
        elif tables.is_row(line) or (in_table and tables.in_table(line)):
            yield from _row(line, source, columns if in_table else "")
        else:
            in_table = False
            yield from _said(line, source, at in alone)


def _one(line: str, source: str, kind: Kind) -> Iterator[Sentence]:
    if text := line.strip():
        yield Sentence(text, words(text), source, kind)


def _row(line: str, source: str, columns: str) -> Iterator[Sentence]:
    if not tables.is_rule(line):
        yield Sentence(tables.bare(line), words(line), source, "row", columns, words(columns))


def _said(line: str, source: str, alone: bool) -> Iterator[Sentence]:
    if alone or _MARKED.match(line):
        yield from _one(line, source, "heading")
        return
    for each in filter(None, split(line)):
        yield Sentence(each, words(each), source)


def _headings(lines: Sequence[str]) -> frozenset[int]:
    """Which lines are headings without saying so, as those of a PDF are: short, alone between empty lines, without an
    end, and something else is below them."""
    found: set[int] = set()
    row: list[int] = []
    for at, line in enumerate(lines):
        if not line.strip():
            continue
        if _may_head(lines, at):
            row.append(at)
            continue
        if len(row) <= _STACKED:
            found.update(row)
        row = []
    return frozenset(found)


def _may_head(lines: Sequence[str], at: int) -> bool:
    line = lines[at].strip()
    alone = (at == 0 or not lines[at - 1].strip()) and (at + 1 == len(lines) or not lines[at + 1].strip())
    if not alone or len(line) > _LONGEST or "|" in line or ": " in line or CODE.match(lines[at]):
        return False
    if _ENDED.search(line) or _ENTRY.match(line) or FENCE.match(line):
        return False
    bare = _YEAR.sub("", _NUMBERED.sub("", line, count=1)).strip()
    return not any(sign.isdigit() for sign in bare) and not bare[:1].islower()
