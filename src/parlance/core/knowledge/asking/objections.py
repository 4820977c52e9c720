"""What speaks against that one text says what another says, where the words are not the same in a row.

A stretch says a sentence only if it has all its numbers and all its words that mean something, each as often, the same
words that turn or narrow (`guards`), and nothing in an order in which it is something else (`ordering`); names must
stand in the same order, and so must the numbers beside several of them. Names are known by their capitals.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from parlance.core.knowledge.asking.folding import normal
from parlance.core.knowledge.asking.guards import guards, is_known
from parlance.core.knowledge.asking.ordering import Order, crosses, differs, in_a_row, order_of
from parlance.core.knowledge.asking.wording import LIGHT, Kind, root, words_of
from parlance.values.letters import HAN

LEAST = 2
"""Words of a clause that must be told to say which of two sentences it is from."""
_READ = 256
"""Sentences of answers that are kept as they were read: one may cite many passages."""
_SOURCE = r"(?:text|document|passage|page|source|article|report|author|section|context)s?"
_LEAD = re.compile(
    rf"^\W*(?:(?:according to|as (?:stated|noted|described|mentioned) (?:in|by)|based on) (?:\w+ ){{0,2}}{_SOURCE},"
    r"|in (?:short|sum|summary|other words|particular|addition)\b,?"
    rf"|(?:the|this|that) {_SOURCE} (?:(?:also|clearly) )?"
    r"(?:say|state|note|mention|describe|explain|report|write|tell|show)s?(?: us)?(?: that)?\b,?"
    r"|(?:根据|按照)?[该本]?(?:文|文中|文章|文档|资料|书中)(?:[,，]|(?:写道|提到|指出|说|称|表明)[:：,，]?))",
    re.I,
)
"""What an answer says of its own before it says something of the matter."""
_WORD = re.compile(rf"[{HAN}]+|[^\W\d_{HAN}]+")
_CALENDAR_WORDS = """
january february march april may june july august september october november december
monday tuesday wednesday thursday friday saturday sunday
"""
_CALENDAR = frozenset(_CALENDAR_WORDS.split())
"""Names that a paraphrase puts anywhere."""
_CLAUSES = re.compile(r"[,:](?!\d)|[;，；：、()（）]|\b(?:and|but|while|whereas|which|whose)\b|[而且并]")


class Said(NamedTuple):
    """What a text says that must not be otherwise: its numbers, the words that turn or narrow it, its words without
    their endings, and the pairs of its Chinese characters, and their order; and in their order its numbers and its
    names, each name the words with a capital that stand in a row."""

    amounts: Counter[str]
    guards: Counter[str]
    words: Counter[str]
    order: Order
    numbers: tuple[str, ...]
    names: tuple[tuple[str, ...], ...]
    known: bool
    """Whether it is in letters whose words that turn could be known."""


class Claimed(NamedTuple):
    """What a sentence of an answer says, as a whole and clause by clause."""

    whole: Said
    clauses: tuple[Said, ...]


def said_in(text: str) -> Said:
    """What must not be otherwise in a text."""
    words = words_of(text)
    numbers = tuple(each.root for each in words if each.kind is Kind.NUMBER)
    told = Counter(each.root for each in words if each.kind is Kind.TELLS)
    return Said(Counter(numbers), guards(text), told, order_of(words), numbers, tuple(_names(text)), is_known(text))


@lru_cache(_READ)
def claimed(text: str) -> Claimed:
    """What must not be otherwise in a sentence of an answer: without what it begins with of its own."""
    bare = without_lead(text)
    clauses = [said_in(each) for each in _CLAUSES.split(bare) if each.strip()]
    return Claimed(said_in(bare), tuple(each for each in clauses if each.words or each.amounts or each.guards))


def without_lead(text: str) -> str:
    """A sentence without what an answer begins with of its own."""
    return _LEAD.sub("", text)


def speaks_against(claim: Said, held: Said) -> bool:
    """Whether something in what is held, or not in it, speaks against a claim."""
    return claim.guards != held.guards or _lacks(claim, held)


def mixes(claim: Claimed, held: Sequence[Said]) -> bool:
    """Whether a claim that rests on several sentences takes something of one into another: each of its clauses must
    be said by one of them, and what turns or narrows them all be in it."""
    if claim.whole.guards != sum((each.guards for each in held), Counter[str]()):
        return True
    if any(crosses(claim.whole.order, each.order) for each in held):
        return True
    return any(len(each.words) < LEAST or all(_clashes(each, one) for one in held) for each in claim.clauses)


def _clashes(clause: Said, held: Said) -> bool:
    return not clause.guards <= held.guards or _lacks(clause, held)


def _lacks(claim: Said, held: Said) -> bool:
    if not (claim.known and held.known and claim.words <= held.words and claim.amounts <= held.amounts):
        return True
    return _turned_round(claim, held) or differs(claim.order, held.order)


def _turned_round(claim: Said, held: Said) -> bool:
    """Whether names that both have stand in another order, or beside several of them the numbers."""
    there = list(itertools.chain.from_iterable(held.names))
    both = [[word for word in name if word in there] for name in claim.names]
    several = len({tuple(name) for name in both if name}) > 1
    return not in_a_row(itertools.chain.from_iterable(both), there) or (
        several and not in_a_row(claim.numbers, held.numbers)
    )


def _names(text: str) -> Iterator[tuple[str, ...]]:
    """The words with a capital, those in a row together; also a sentence's first: it counts where both have it so."""
    plain, name, last = normal(text), list[str](), 0
    for match in _WORD.finditer(plain):
        word, between, last = match.group().casefold(), plain[last : match.start()], match.end()
        if name and between.strip():
            yield tuple(name)
            name = []
        if match.group()[0].isupper() and len(word) > 1 and word not in LIGHT | _CALENDAR:
            name.append(root(word))
        elif name:
            yield tuple(name)
            name = []
    if name:
        yield tuple(name)
