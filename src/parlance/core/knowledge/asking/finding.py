"""Where words stand in a passage, and whether what they are cut off of there makes them say something else."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from parlance.core.knowledge.asking.amounts import HAN_NUMERALS, SCALE_WORDS, begins, is_below_zero
from parlance.core.knowledge.asking.folding import Folded, folded, is_han
from parlance.core.knowledge.asking.guards import (
    clause_before,
    clause_behind,
    cut_off,
    denied_nearby,
    guards,
    is_known,
    is_said_not_to_be,
    reaching_back,
    turns,
)
from parlance.core.knowledge.asking.marks import RUN
from parlance.core.knowledge.asking.objections import Said, said_in
from parlance.core.knowledge.asking.passages import Numbered
from parlance.core.knowledge.asking.sentences import split
from parlance.values.letters import HAN

LEAST_LETTERS, LEAST_HAN = 12, 6
"""Code points below which an exact match may be chance."""
TRIES = 64
"""Places at which words are looked at, where they stand in a passage again and again."""
ENDS = ".。!！?？;；:：,，、"
TRAIL = f" \t\r\n*_{ENDS}"
_CLOSING, _OPENING = f"{ENDS}`*_", ("`", ".")
_LEAD = re.compile(r"^(?:[\s>*+#•]|-(?![$€£¥]?\d)|\d{1,3}[.)、]\s)+")
_LETTER = re.compile(rf"[^\W{HAN}]")
_WORD = re.compile(r"[^\W_]")
_MORE_BEFORE = re.compile(r"\d[.,/:'^-]$|[/^]-?$")
_GROUP_BEFORE, _GROUP = re.compile(r"(?<!\d)\d{1,3} $"), re.compile(r"\d{3}(?!\d)")
_MORE_BEHIND = re.compile(
    rf"[.,/:'-]\d|\^| \d{{3}}(?!\d)|\s?(?:(?:percent|{SCALE_WORDS}|[ap]\.?m|bce?|ad)\b|[%°{HAN_NUMERALS}])"
)
_SIGN_BEHIND = re.compile(r"[a-z](?:\+\+|#)", re.I)
_LINE_ENDS = ".!?:;。！？：；…|"
_NEW_LINE = re.compile(r"\s*(?:[-*+•>#|~`]|\d{1,3}[.)、]\s)")


class Candidate(NamedTuple):
    """One sentence of a passage, or two in a row: where it is in the passage's content, and what each of its sentences
    says; of one sentence alone its letters, folded. Where its line ends before the sentence does, also what is in one
    clause with it on the line before and on the next, and whether that turns what it says."""

    start: int
    stop: int
    said: tuple[Said, ...]
    letters: str
    left: str
    right: str
    turned: bool


class Place(NamedTuple):
    """A passage made ready to be looked into, once for all sentences that cite it."""

    passage: Numbered
    content: str
    folded: Folded
    alone: Sequence[Candidate]
    """Each sentence."""
    pairs: Sequence[Candidate] = ()
    """Each two in a row."""

    def over(self, start: int, stop: int) -> Sequence[Candidate]:
        """The sentences that a stretch is in."""
        first = bisect_right(self.alone, start, key=lambda each: each.start) - 1
        last = bisect_right(self.alone, stop - 1, key=lambda each: each.start)
        return self.alone[max(0, first) : last]


def place(passage: Numbered) -> Place:
    """Make a passage ready."""
    content = passage.stretch.content
    spans = [_bare(content, each.start, each.text) for each in split(content) if each.text.strip()]
    alone = [_candidate(content, spans, at) for at in range(len(spans))]
    return Place(passage, content, folded(content), alone, [_both(*two) for two in pairwise(alone)])


def claim(sentence: str) -> str:
    """What a sentence says, without its last marks and what stands before it in a list or a quotation."""
    text = sentence.rstrip()
    while run := _last_marks(text):
        text = text[: run.start()].rstrip()
    return _LEAD.sub("", text)


def needle(said: str) -> str:
    """Words as they are looked for."""
    return folded(said.strip(TRAIL)).text


def long_enough(folded_words: str) -> bool:
    """Whether words that stand somewhere hardly do so by chance."""
    return len(folded_words) >= LEAST_LETTERS or sum(map(is_han, folded_words)) >= LEAST_HAN


def closed(start: int, stop: int, said: str, there: Place) -> tuple[int, int]:
    """A stretch with the marks that begin and end it here as there: code has a dot or a backtick before it."""
    first = claim(said)[:1]
    if first in _OPENING and there.content[max(0, start - 1) : start] == first:
        start -= 1
    while stop < len(there.content) and there.content[stop] in _CLOSING and there.content[stop] in said[-4:]:
        stop += 1
    return start, stop


def find(words: str, there: Place, since: int = 0, around: str | None = None) -> tuple[int, int] | None:
    """Where folded words stand that nothing is cut off of which would change them: no letter or digit, no minus before
    the number that they begin with, no `million` behind the one that they end with, nor in the rest of the sentence a
    word that turns or narrows it. Of a quotation with these words `around` it only what denies it before it counts."""
    text = there.folded.text
    at = text.find(words, since) if words else -1
    for _ in range(TRIES):
        if at < 0:
            return None
        stop = at + len(words)
        if not (_severed(text, at, stop) or _signed_otherwise(words, there, at)):
            span = there.folded.original(at, stop)
            if not (_denied(there, *span, around) if around is not None else _narrowed(there, *span)):
                return span
        at = text.find(words, at + 1)
    return None


def _narrowed(there: Place, start: int, stop: int) -> bool:
    """Whether what the stretch is cut off of turns or narrows it, or could for all that is known."""
    over = there.over(start, stop)
    before, behind = there.content[over[0].start : start], reaching_back(there.content[stop : over[-1].stop])
    if not _WORD.search(before + behind):
        return is_said_not_to_be(over[0].left)
    narrowed = cut_off(before, behind) - set(guards(there.content[start:stop]))
    turned = turns(before) + turns(behind) + turns(over[0].left) + turns(over[-1].right)
    return bool(turned or narrowed) or not (is_known(before) and is_known(behind))


def _denied(there: Place, start: int, stop: int, around: str) -> bool:
    """Whether the clause that a quotation is from denies it, and the words around the quotation do not; where these say
    nothing of the matter themselves, whether it is denied right before."""
    first = there.over(start, stop)[0]
    clause = clause_before(f"{first.left} {there.content[first.start : start]}")
    if not _WORD.search(around):
        return denied_nearby(clause)
    return not turns(clause) <= turns(around)


def _severed(text: str, start: int, stop: int) -> bool:
    """Whether a word or a number goes on beyond the stretch. Chinese words may end anywhere, its numbers may not."""
    first, last, before, behind = text[start], text[stop - 1], text[max(0, start - 5) : start], text[stop : stop + 16]
    if _LETTER.match(first) and _LETTER.match(before[-1:]):
        return True
    if _LETTER.match(last) and (_LETTER.match(behind) or _SIGN_BEHIND.match(last + behind[:2])):
        return True
    if first.isdigit() and (
        _MORE_BEFORE.search(before) or (_GROUP.match(text, start) and _GROUP_BEFORE.search(before))
    ):
        return True
    if last.isdigit() and _MORE_BEHIND.match(behind):
        return True
    numerals = set(HAN_NUMERALS)
    return {first, before[-1:]} <= numerals or {last, behind[:1]} <= numerals


def _signed_otherwise(words: str, there: Place, at: int) -> bool:
    """Whether the number that the words begin with is below zero only in them, or only where they stand."""
    bare = words.removeprefix("-")
    place = there.folded.places[at + len(words) - len(bare)] if begins(bare) else 0
    return begins(bare) and is_below_zero(there.content, place) != (bare != words)


def _candidate(content: str, spans: Sequence[tuple[int, int]], at: int) -> Candidate:
    start, stop = spans[at]
    text = content[start:stop]
    left, right = "", ""
    if at > 0 and _goes_on(content, spans[at - 1], spans[at]):
        left = clause_before(content[slice(*spans[at - 1])])
    if at + 1 < len(spans) and _goes_on(content, spans[at], spans[at + 1]):
        right = clause_behind(content[slice(*spans[at + 1])])
    turned = bool(turns(left) or turns(right))
    return Candidate(start, stop, (said_in(text),), needle(claim(text)), left, right, turned)


def _goes_on(content: str, one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether a sentence goes on from one line to the next."""
    between = content[one[1] : other[0]]
    ended = content[one[1] - 1] in _LINE_ENDS or content[one[0]] in "#|"
    return between.count("\n") == 1 and not ended and _NEW_LINE.match(content, other[0]) is None


def _both(first: Candidate, second: Candidate) -> Candidate:
    return Candidate(first.start, second.stop, first.said + second.said, "", "", "", first.turned or second.turned)


def _bare(text: str, start: int, sentence: str) -> tuple[int, int]:
    """A sentence without the blanks around it."""
    return start + len(sentence) - len(sentence.lstrip()), start + len(sentence.rstrip())


def _last_marks(text: str) -> re.Match[str] | None:
    """The marks at the end, or right before what ends the sentence."""
    runs = list(RUN.finditer(text))
    return runs[-1] if runs and not text[runs[-1].end() :].strip(TRAIL + "\"'”’）)」』`") else None
