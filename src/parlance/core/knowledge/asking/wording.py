"""The words of a text one by one: which mean something, which only join others, which part a clause from the next.

Words come without the commonest endings, Chinese in pairs of characters, numbers in one way of writing. Signs and
single letters are words as well: vitamin C is not vitamin D, `-x` not `+x`, 5 m not 5 km.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import NamedTuple

from parlance.core.knowledge.asking.amounts import HAN_NUMERALS, NUMBER_WORDS, placed
from parlance.core.knowledge.asking.folding import is_han
from parlance.core.knowledge.asking.guards import is_guard, uncontracted
from parlance.values.letters import HAN

_LIGHT_WORDS = """
a about actually additionally also although am an and are as at basically be because been being but by can clearly
could did do does doing e each essentially etc finally for from furthermore g had has have having he hence her here
his how however i if in indeed into is it its itself likewise me moreover my of on or our out per see she so
specifically such than that the their them then there therefore these they this those through thus to too up upon us
very via was we well were what when where whereas which while who whom whose why will with within would yet you your
"""
LIGHT = frozenset(_LIGHT_WORDS.split())
"""Words that join others, and change nothing in what a sentence says of the matter."""
_LIGHT_HAN = frozenset(
    "的了是在和與与及於于以為为其也都就而并並且之所由对對从從到把被将將這这那此该該等有个個们們中里因但或则則又即可会會能要"
    "说說明年月日根据據文写寫道提指出称稱"
)
_JOINING_WORDS = "and or but while whereas which whose und oder et ou y o e и"
_JOINS = frozenset(_JOINING_WORDS.split())
_ENDINGS = ("ing", "ies", "ed", "es", "s", "e", "y")
_SHORTEST = 3
_SIGNS: Mapping[str, str] = {"€": "euro", "$": "dollar", "£": "pound", "¥": "yen", "%": "percent", "°": "degre"}
_TOKEN = re.compile(
    rf"(?P<han>[{HAN}]+)|(?P<flag>(?<![^\s`(\[])(?:--?|\+)[^\W\d_]\w*(?:-\w+)*)"
    rf"|(?P<word>[^\W\d_{HAN}]+(?:_[^\W_{HAN}]+)*(?:\+\+|#(?!\w))?)|(?P<sign>[{''.join(_SIGNS)}])|(?P<stop>[,;:.!?()—，。；：、！？（）])"
)


_IN_YEARS = "年"
_YEAR = re.compile(rf"[\d{HAN_NUMERALS}]{{4}}\s?{_IN_YEARS}")


class Kind(Enum):
    """What a word is for."""

    TELLS = "tells"
    NUMBER = "number"
    LIGHT = "light"
    GUARD = "guard"
    JOINS = "joins"
    STOPS = "stops"


class Word(NamedTuple):
    """A word: as it is compared, and in small letters as it was written; of a number only that it is a Chinese year."""

    kind: Kind
    root: str
    written: str = ""


def words_of(text: str) -> list[Word]:
    """The words of a text in their order."""
    plain = uncontracted(text)
    found = [
        (at, Word(Kind.NUMBER, number, _IN_YEARS if _YEAR.match(plain, at) else "")) for at, number in placed(plain)
    ]
    begins = True
    for match in _TOKEN.finditer(plain):
        found.extend((match.start(), each) for each in _read(match, plain, begins))
        begins = match.lastgroup == "stop"
    return [word for _, word in sorted(found, key=lambda one: one[0])]


def root(word: str) -> str:
    """A word without its ending, where enough of it is left."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST:
            return word[: -len(ending)]
    return word


def _read(match: re.Match[str], text: str, begins: bool) -> Iterator[Word]:
    word = match.group().casefold()
    if match.lastgroup == "han":
        yield from (Word(Kind.TELLS, pair) for pair in _pairs(word))
    elif match.lastgroup == "stop":
        yield Word(Kind.STOPS, word)
    elif match.lastgroup == "sign":
        yield Word(Kind.TELLS, _SIGNS[word])
    elif match.lastgroup == "flag":
        yield Word(Kind.TELLS, word, word)
    elif is_guard(word):
        yield Word(Kind.GUARD, word, word)
    elif word in _JOINS:
        yield Word(Kind.JOINS, word, word)
    elif _is_light(match, text, begins):
        yield Word(Kind.LIGHT, word, word)
    elif word not in NUMBER_WORDS:
        yield Word(Kind.TELLS, root(word), word)


def _is_light(match: re.Match[str], text: str, begins: bool) -> bool:
    """Whether a word only joins; a single capital within a sentence is a name, and what an apostrophe cuts off none."""
    word, before, behind = match.group(), text[: match.start()][-1:], text[match.end() :][:1]
    if len(word) == 1 and word.isupper() and not begins and word != "I" and behind != ".":
        return False
    return (
        word.casefold() in LIGHT
        or (len(word) < 3 and before in ("'", "’"))
        or (len(word) == 1 and behind in ("'", "’"))
    )


def _pairs(run: str) -> Iterator[str]:
    """Characters in a row, without those that join and those of numbers: a paraphrase puts others beside them."""
    for one, other in itertools.pairwise(run):
        if not {one, other} & _LIGHT_HAN and not {one, other} & set(HAN_NUMERALS):
            yield one + other


def is_written_in_han(one: str) -> bool:
    """Whether a word is a pair of Chinese characters."""
    return is_han(one[0])
