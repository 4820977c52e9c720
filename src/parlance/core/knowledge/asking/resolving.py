"""From what a sentence says to the stretch of its passage that says it.

First the words themselves: the whole sentence, or what it puts in quotation marks, which must be there word for word.
Then, of a sentence that quotes nothing, the sentence of the passage, or two in a row, that has the same words, numbers
and denials (`objections`). Where neither is sure the whole passage is the citation.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from parlance.core.knowledge.asking.amounts import HAN_NUMERALS, begins, is_below_zero
from parlance.core.knowledge.asking.folding import Folded, folded, is_han, words
from parlance.core.knowledge.asking.marks import MARK, RUN
from parlance.core.knowledge.asking.objections import Said, claimed, mixes, said_in, speaks_against
from parlance.core.knowledge.asking.passages import Numbered
from parlance.core.knowledge.asking.sentences import split
from parlance.values.events import Citation
from parlance.values.letters import HAN

LEAST_WORDS, LEAST_TELLING = 3, 2
"""Words that a sentence must have to be known again, and how many of them, numbers too, must tell something."""
LEAST_LETTERS, LEAST_HAN = 12, 6
"""Code points below which an exact match may be chance."""
GAP = 400
"""Code points that an ellipsis in a quotation leaves out at most."""
_QUOTED = re.compile(
    r"“([^”]+)”|„([^“”]+)[“”]|\"([^\"]+)\"|「([^」]+)」|『([^』]+)』|«([^»]+)»|‘([^’]{8,})’|(?<!\w)'([^']{8,})'(?!\w)"
)
_ENDED = re.compile(r"([^“”„]+)”|([^「」]+)」|([^«»]+)»")
_ELLIPSIS = re.compile(r"[\[(（]?(?:…+|\.{3,})[\])）]?")
_LEAD = re.compile(r"^(?:[\s>*+#•]|-(?![$€£¥]?\d)|\d{1,3}[.)、]\s)+")
_ENDS = ".。!！?？;；:：,，、"
_CLOSING = f"{_ENDS}`*_"
_TRAIL = f" \t\r\n*_{_ENDS}"
_LETTER = re.compile(rf"[^\W{HAN}]")
_MORE_BEFORE = re.compile(r"\d[.,]$")
_MORE_BEHIND = re.compile(rf"[.,]\d|\s?(?:hundred|thousand|million|billion|trillion|percent|[%{HAN_NUMERALS}])")
_DENIED = re.compile(r"(?:[不没沒无無未非]|\b(?:not|never|no) )$")


class Candidate(NamedTuple):
    """One sentence of a passage, or two in a row: where it is in the passage's content, and what each of its sentences
    says; of one sentence alone its letters, folded."""

    start: int
    stop: int
    said: tuple[Said, ...]
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
    for each in said if there.passage.stretch.exact else ():
        found = _found(claim(each), there, whole=each.lstrip().startswith(">"))
        if found is not None:
            return _citation(there, *found, sure=True)
    return _citation(there, 0, len(there.content), sure=False)


def _found(said: str, there: Place, whole: bool) -> tuple[int, int] | None:
    """Where a passage says this; `whole` is a line that is a quotation as it stands."""
    if found := _exact(said, there) or _exact(MARK.sub("", said), there):
        return found
    quotes = [quote for quote in _quotes(said) if folded(quote.strip(_TRAIL)).text]
    if whole:
        return _quoted([said], there)
    if any(_long_enough(folded(quote.strip(_TRAIL)).text) for quote in quotes):
        return _quoted(quotes, there)
    return _alike(said, quotes, there)


def _citation(there: Place, start: int, stop: int, sure: bool) -> Citation:
    stretch, span = there.passage.stretch, there.passage.stretch.span
    chunk = stretch.pieces[0].chunk
    if sure:
        span = span.part(span.start + start, span.start + stop)
        chunk = there.passage.piece_at(span.start, span.stop).chunk
    return Citation(
        number=there.passage.number,
        document=stretch.document,
        chunk=chunk,
        start=span.start,
        stop=span.stop,
        name=stretch.name,
        page=span.page,
        last_page=span.last_page,
        sure=sure,
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


def _find(needle: str, there: Place, since: int = 0, quoted: bool = False) -> tuple[int, int] | None:
    """Where the words stand that nothing is cut off of: no letter or digit, no minus before the number that they begin
    with, no `million` behind the one that they end with, and no `not` before them but where they are `quoted`."""
    text = there.folded.text
    at = text.find(needle, since)
    while at >= 0:
        stop = at + len(needle)
        cut = _severed(text, at, stop) or _signed_otherwise(needle, there, at)
        if not (cut or (not quoted and _DENIED.search(text[max(0, at - 8) : at]))):
            return there.folded.original(at, stop)
        at = text.find(needle, at + 1)
    return None


def _severed(text: str, start: int, stop: int) -> bool:
    """Whether a word or a number goes on beyond the stretch. Chinese words may end anywhere, its numbers may not."""
    first, last, before, behind = text[start], text[stop - 1], text[max(0, start - 2) : start], text[stop : stop + 10]
    if _LETTER.match(first) and _LETTER.match(before[-1:]):
        return True
    if _LETTER.match(last) and _LETTER.match(behind):
        return True
    if (first.isdigit() and _MORE_BEFORE.search(before)) or (last.isdigit() and _MORE_BEHIND.match(behind)):
        return True
    numerals = set(HAN_NUMERALS)
    return {first, before[-1:]} <= numerals or {last, behind[:1]} <= numerals


def _signed_otherwise(needle: str, there: Place, at: int) -> bool:
    """Whether the number that the words begin with is below zero only in them, or only where they stand."""
    bare = needle.removeprefix("-")
    place = there.folded.places[at + len(needle) - len(bare)] if begins(bare) else 0
    return begins(bare) and is_below_zero(there.content, place) != (bare != needle)


def _quoted(quotes: Sequence[str], there: Place) -> tuple[int, int] | None:
    """The stretch that holds all quotations of a sentence; none where one of them is not there."""
    spans = [span for quote in quotes if (span := _verbatim(quote, there)) is not None]
    if len(spans) < len(quotes):
        return None
    return min(start for start, _ in spans), max(stop for _, stop in spans)


def _verbatim(quote: str, there: Place) -> tuple[int, int] | None:
    """The stretch that a quotation has word for word, but for what an ellipsis leaves out."""
    found = _find(folded(quote.strip(_TRAIL)).text, there, quoted=True)
    parts = [each for each in _ELLIPSIS.split(quote) if folded(each.strip(_TRAIL)).text]
    if found is None and len(parts) > 1:
        found = _in_a_row([folded(each.strip(_TRAIL)).text for each in parts], there)
    return None if found is None else _closed(*found, quote, there)


def _in_a_row(needles: Sequence[str], there: Place) -> tuple[int, int] | None:
    """The stretch from the first to the last of several pieces that stand one after the other, not far apart."""
    starts: list[int] = []
    since = stop = 0
    for needle in needles:
        found = _find(needle, there, since, quoted=True)
        if found is None or (starts and found[0] - stop > GAP):
            return None
        starts.append(found[0])
        stop = found[1]
        since = bisect_left(there.folded.places, stop)
    return starts[0], stop


def _quotes(said: str) -> Iterator[str]:
    """What stands in quotation marks; also where the marks were opened in a sentence before."""
    ended = _ENDED.match(said) or (re.match(r'([^"]+)"', said) if said.count('"') % 2 else None)
    if ended:
        yield next(group for group in ended.groups() if group is not None)
    for match in _QUOTED.finditer(said, ended.end() if ended else 0):
        yield next(group for group in match.groups() if group is not None)


def _alike(said: str, quotes: Sequence[str], there: Place) -> tuple[int, int] | None:
    """The one sentence that nothing speaks against, or else the one pair of them."""
    plain = MARK.sub("", said)
    told = claimed(plain)
    if len(set(words(plain))) < LEAST_WORDS or len(told.words) + len(told.amounts) < LEAST_TELLING:
        return None
    fitting = [each for each in there.candidates if not _opposed(plain, told, each)]
    alone = [each for each in fitting if len(each.said) == 1]
    if len(found := alone or fitting) != 1:
        return None
    [one] = found
    held = folded(there.content[one.start : one.stop]).text
    return (one.start, one.stop) if all(folded(each.strip(_TRAIL)).text in held for each in quotes) else None


def _opposed(plain: str, told: Said, held: Candidate) -> bool:
    return mixes(plain, held.said) if len(held.said) > 1 else speaks_against(told, held.said[0])


def _candidate(content: str, start: int, stop: int) -> Candidate:
    text = content[start:stop]
    return Candidate(*_bare(content, start, stop), (said_in(text),), folded(claim(text).strip(_TRAIL)).text)


def _both(first: Candidate, second: Candidate) -> Candidate:
    return Candidate(first.start, second.stop, first.said + second.said, "")


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
