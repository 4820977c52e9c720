"""What speaks against that one text says what another says, where the words are not the same in a row.

A stretch says a sentence only if it has all its numbers and all its words that mean something, and if both deny as
often. Words that join or introduce count for nothing, nor do the commonest endings. The same words in another order may
say another thing: that is seen by names, which must stand in the same order, and so must the numbers beside several of
them. Names are known by their capitals; of other words, and in Chinese, hardly anything is seen.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from parlance.core.knowledge.asking.amounts import HAN_NUMERALS, NUMBER_WORDS, amounts
from parlance.core.knowledge.asking.folding import is_han
from parlance.values.letters import HAN

LEAST = 2
"""Words of a clause that must be told to say which of two sentences it is from."""
_LIGHT_WORDS = """
a about actually additionally also although am an and are as at basically be because been being but by can clearly
could did do does doing e each essentially etc finally for from furthermore g had has have having he hence her here
his how however i if in indeed into is it its itself likewise me moreover my of on or our out per see she so
specifically such than that the their them then there therefore these they this those through thus to too up upon us
very via was we well were what when where whereas which while who whom whose why will with within would yet you your
"""
_LIGHT = frozenset(_LIGHT_WORDS.split())
"""Words that join others, and change nothing in what a sentence says of the matter."""
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
_LIGHT_HAN = frozenset(
    "的了是在和与與及于於以为為其也都就而并並且之所由对對从從到把被将將这這那此该該等有个個们們中里因但或则則又即可会會能要"
    "说說明年月日根据據文写寫道提指出称稱"
)
_DENIES = re.compile(
    r"\b(?:not|never|none|nobody|nothing|nowhere|neither|nor|cannot|without|hardly|scarcely|barely|seldom|rarely"
    r"|no(?!\.?\s*\d)|\w+n[’']t)\b"
    r"|非(?![常洲])|未(?![来來])|[无無](?![论論数數])|不(?![断斷同仅僅但过過久])|[没沒]",
    re.I,
)
_WORD = re.compile(rf"[{HAN}]+|[^\W\d_{HAN}]+")
_COINS = str.maketrans({"€": " euro ", "$": " dollar ", "£": " pound ", "%": " percent ", "°": " degree "})
_CALENDAR_WORDS = """
january february march april may june july august september october november december
monday tuesday wednesday thursday friday saturday sunday
"""
_CALENDAR = frozenset(_CALENDAR_WORDS.split())
"""Names that a paraphrase puts anywhere."""
_CLAUSES = re.compile(r"[,;:，；：、()（）]|\b(?:and|but|while|whereas|which|whose)\b|[而且并]")
_ENDINGS = ("ing", "ies", "ed", "es", "s", "e", "y")
_SHORTEST = 3


class Said(NamedTuple):
    """What a text says that must not be otherwise: its numbers, how often it denies something, its words without their
    endings, and the pairs of its Chinese characters; and in their order its numbers and its names, each name the words
    with a capital that stand in a row."""

    amounts: frozenset[str]
    denials: int
    words: frozenset[str]
    numbers: tuple[str, ...]
    names: tuple[tuple[str, ...], ...]


def said_in(text: str) -> Said:
    """What must not be otherwise in a text."""
    numbers = amounts(text)
    return Said(frozenset(numbers), len(_DENIES.findall(text)), frozenset(_told(text)), numbers, tuple(_names(text)))


def claimed(text: str) -> Said:
    """What must not be otherwise in a sentence of an answer: without what it begins with of its own."""
    return said_in(_LEAD.sub("", text))


def speaks_against(claim: Said, held: Said) -> bool:
    """Whether something in what is held, or not in it, speaks against a claim."""
    if claim.denials != held.denials or not (claim.amounts <= held.amounts and claim.words <= held.words):
        return True
    return _turned_round(claim, held)


def mixes(claim: str, held: Sequence[Said]) -> bool:
    """Whether a claim that rests on several sentences takes something of one into another: each of its clauses must
    be said by one of them."""
    clauses = [said_in(each) for each in _CLAUSES.split(_LEAD.sub("", claim)) if each.strip()]
    told = [each for each in clauses if each.words or each.amounts]
    return any(len(each.words) < LEAST or all(speaks_against(each, one) for one in held) for each in told)


def _turned_round(claim: Said, held: Said) -> bool:
    """Whether names that both have stand in another order, or beside several of them the numbers."""
    there = list(itertools.chain.from_iterable(held.names))
    both = [[word for word in name if word in there] for name in claim.names]
    several = len({tuple(name) for name in both if name}) > 1
    return not _in_a_row(itertools.chain.from_iterable(both), there) or (
        several and not _in_a_row(claim.numbers, held.numbers)
    )


def _in_a_row(ones: Iterable[str], among: Iterable[str]) -> bool:
    """Whether they stand among others in their order."""
    rest = iter(among)
    return all(one in rest for one in ones)


def _names(text: str) -> Iterator[tuple[str, ...]]:
    """The words with a capital, those in a row together; also a sentence's first: it counts where both have it so."""
    plain, name, last = unicodedata.normalize("NFKC", text), list[str](), 0
    for match in _WORD.finditer(plain):
        word, between, last = match.group().casefold(), plain[last : match.start()], match.end()
        if name and between.strip():
            yield tuple(name)
            name = []
        if match.group()[0].isupper() and len(word) > 1 and word not in _LIGHT | _CALENDAR:
            name.append(_root(word))
        elif name:
            yield tuple(name)
            name = []
    if name:
        yield tuple(name)


def _told(text: str) -> Iterator[str]:
    plain = unicodedata.normalize("NFKC", text).casefold().translate(_COINS)
    for match in _WORD.finditer(plain):
        word = match.group()
        if is_han(word[0]):
            yield from _pairs(word)
        elif word not in _LIGHT and word not in NUMBER_WORDS and not _DENIES.fullmatch(word) and len(word) > 1:
            yield _root(word)


def _pairs(run: str) -> Iterator[str]:
    """Characters in a row, without those that join and those of numbers: a paraphrase puts others beside them."""
    for one, other in itertools.pairwise(run):
        if not {one, other} & _LIGHT_HAN and not {one, other} & set(HAN_NUMERALS):
            yield one + other


def _root(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST:
            return word[: -len(ending)]
    return word
