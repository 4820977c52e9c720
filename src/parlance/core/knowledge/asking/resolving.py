"""From what a sentence says to the stretch of its passage that says it.

First the words themselves: the whole sentence, or what it puts in quotation marks. Then the sentence of the passage, or
two in a row, that shares most of its words. Where neither is sure the whole passage is the citation.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from parlance.core.knowledge.asking.folding import Folded, folded, is_han, words
from parlance.core.knowledge.asking.marks import MARK, RUN
from parlance.core.knowledge.asking.passages import Numbered
from parlance.core.knowledge.asking.sentences import split
from parlance.values.events import Citation

ENOUGH = 0.6
"""Share of a sentence's words that a stretch must hold."""
SECOND = 0.1
"""Share of the words by which two sentences must be better than one."""
LEAST_WORDS = 3
"""Words shared at least: two of two is chance."""
CLEAR = 0.05
"""By how much the best must be ahead of the next best elsewhere."""
LEAST_LETTERS, LEAST_HAN = 12, 6
"""Code points below which an exact match may be chance."""
_QUOTED = re.compile(r"“([^”]+)”|\"([^\"]+)\"|「([^」]+)」|『([^』]+)』|«([^»]+)»|‘([^’]{8,})’")
_LEAD = re.compile(r"^(?:[\s>*+#•\-]|\d{1,3}[.)、]\s)+")
_ENDS = ".。!！?？;；:：,，、"
_CLOSING = f"{_ENDS}`*_"
_TRAIL = f" \t\r\n*_{_ENDS}"
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


class Candidate(NamedTuple):
    """One sentence of a passage, or two in a row: where it is in the passage's content, its words and its numbers; of
    one sentence alone its letters, folded."""

    start: int
    stop: int
    words: frozenset[str]
    numbers: frozenset[str]
    handicap: float
    letters: str


class Place(NamedTuple):
    """A passage made ready to be looked into, once for all sentences that cite it."""

    passage: Numbered
    content: str
    folded: Folded
    candidates: Sequence[Candidate]
    """Each sentence alone, then each two in a row."""


def place(passage: Numbered) -> Place:
    """Make a passage ready."""
    content = passage.stretch.content
    spans = [(each.start, each.start + len(each.text)) for each in split(content) if each.text.strip()]
    alone = [_candidate(content, *span) for span in spans]
    return Place(passage, content, folded(content), [*alone, *(_both(*two) for two in pairwise(alone))])


def claim(sentence: str) -> str:
    """What a sentence says, without its last marks and what stands before it in a list or a quotation."""
    text = sentence.rstrip()
    while run := _last_marks(text):
        text = text[: run.start()].rstrip()
    return _LEAD.sub("", text)


def literal(said: str, there: Place) -> bool:
    """Whether a passage holds these words as they are."""
    needle = folded(said.strip(_TRAIL)).text
    return _long_enough(needle) and needle in there.folded.text


def resolved(said: Sequence[str], there: Place) -> Citation:
    """The citation of a passage by a sentence: `said` is the part before its mark, and the whole of it."""
    for each in map(claim, said if there.passage.stretch.exact else ()):
        found = _exact(each, there) or _exact(MARK.sub("", each), there) or _quoted(each, there) or _alike(each, there)
        if found is not None:
            return _citation(there, *found, sure=True)
    return _citation(there, 0, len(there.content), sure=False)


def _citation(there: Place, start: int, stop: int, sure: bool) -> Citation:
    stretch, number = there.passage.stretch, there.passage.number
    first = stretch.span.start
    if not sure:
        return Citation(
            number, stretch.document, stretch.pieces[0].chunk, first, stretch.span.stop, stretch.name, stretch.span.page
        )
    piece = there.passage.piece_at(first + start, first + stop)
    return Citation(
        number, stretch.document, piece.chunk, first + start, first + stop, stretch.name, piece.page, sure=True
    )


def _exact(said: str, there: Place) -> tuple[int, int] | None:
    """Where the words stand, if they are there and more than a few, or else a whole sentence."""
    bare = said.strip(_TRAIL)
    needle = folded(bare).text
    found = _find(needle, there) if _long_enough(needle) else _short(needle, there)
    if found is None:
        return None
    return _closed(*found, said, there)


def _closed(start: int, stop: int, said: str, there: Place) -> tuple[int, int]:
    """With the marks that end it here as there."""
    while stop < len(there.content) and there.content[stop] in _CLOSING and there.content[stop] in said[-4:]:
        stop += 1
    return start, stop


def _short(needle: str, there: Place) -> tuple[int, int] | None:
    """The one sentence of the passage that is just these few words."""
    found = [(each.start, each.stop) for each in there.candidates if needle and each.letters == needle]
    return found[0] if len(found) == 1 else None


def _find(needle: str, there: Place) -> tuple[int, int] | None:
    at = there.folded.text.find(needle)
    return None if at < 0 else there.folded.original(at, at + len(needle))


def _quoted(said: str, there: Place) -> tuple[int, int] | None:
    """The stretch that holds all quotations of a sentence; none where one of them is not there."""
    quotes = {quote: needle for quote in _quotes(said) if (needle := folded(quote.strip(_TRAIL)).text)}
    if not any(map(_long_enough, quotes.values())):
        return None
    spans = [
        _closed(*span, quote, there) for quote, needle in quotes.items() if (span := _find(needle, there)) is not None
    ]
    if len(spans) < len(quotes):
        return None
    return min(start for start, _ in spans), max(stop for _, stop in spans)


def _quotes(said: str) -> Iterator[str]:
    for match in _QUOTED.finditer(said):
        yield next(group for group in match.groups() if group is not None)


def _alike(said: str, there: Place) -> tuple[int, int] | None:
    """The stretch that shares enough of the words, holds all numbers, and is clearly better than any other."""
    plain = MARK.sub("", said)
    wanted, numbers = frozenset(words(plain)), _numbers(plain)
    if len(wanted) < LEAST_WORDS:
        return None
    ranked = sorted((_score(wanted, numbers, each), each.start - each.stop, -each.start) for each in there.candidates)
    if not ranked or ranked[-1][0] < ENOUGH:
        return None
    score, minus_length, minus_start = ranked[-1]
    start, stop = -minus_start, -minus_start - minus_length
    apart = [other for other, length, at in ranked if -at >= stop or -at - length <= start]
    return None if apart and max(apart) > score - CLEAR else (start, stop)


def _score(wanted: frozenset[str], numbers: frozenset[str], held: Candidate) -> float:
    shared = len(wanted & held.words)
    if shared < LEAST_WORDS or not numbers <= held.numbers:
        return 0.0
    return round(shared / len(wanted) - held.handicap, 6)


def _candidate(content: str, start: int, stop: int) -> Candidate:
    text = content[start:stop]
    letters = folded(claim(text).strip(_TRAIL)).text
    return Candidate(*_bare(content, start, stop), frozenset(words(text)), _numbers(text), 0.0, letters)


def _both(first: Candidate, second: Candidate) -> Candidate:
    return Candidate(first.start, second.stop, first.words | second.words, first.numbers | second.numbers, SECOND, "")


def _numbers(text: str) -> frozenset[str]:
    return frozenset(_NUMBER.findall(unicodedata.normalize("NFKC", text)))


def _bare(text: str, start: int, stop: int) -> tuple[int, int]:
    """A stretch without the blanks around it."""
    bare = text[start:stop]
    return start + len(bare) - len(bare.lstrip()), stop - len(bare) + len(bare.rstrip())


def _long_enough(needle: str) -> bool:
    return len(needle) >= LEAST_LETTERS or sum(map(is_han, needle)) >= LEAST_HAN


def _last_marks(text: str) -> re.Match[str] | None:
    """The marks at the end, or right before what ends the sentence."""
    runs = list(RUN.finditer(text))
    return runs[-1] if runs and not text[runs[-1].end() :].strip(_TRAIL + "\"'”’）)」』`") else None
