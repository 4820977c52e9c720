"""A text as it is compared, and the words of a text.

What a copy changes is gone (case, width, blanks, typographic marks, emphasis), and the way back to the code points that
it was made of is kept. What makes another number or another name of it stays: 10⁶ is not 106, `2*3` not 23, `C#` not C.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from parlance.values.letters import HAN

_ALIKE = {
    **dict.fromkeys("‘’‚‛′`´", "'"),
    **dict.fromkeys("“”„‟″«»「」『』", '"'),
    **dict.fromkeys("‐‑‒–—―−", "-"),
    "…": "...",
    "⁄": "/",
}
_DROPPED = frozenset("*_`#|\u00ad\u200b\u200c\u200d\ufeff")
_MEANT = re.compile(
    r"(?<=[a-z0-9])_(?=[a-z0-9])|(?<=[0-9])\*(?=[0-9])|(?<=[0-9] )\*(?= [0-9])"
    r"|(?<=[^\s#*_`])#(?=[\w\s.,;:!?)\]*_`]|$)|#(?=\d)",
    re.I,
)
"""Signs that are dropped elsewhere, where they say something: `2*3`, `C#`, `enable_cache`."""
_POWERS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_POWER = re.compile("(?<=[0-9)])[⁰¹²³⁴-⁹⁻]+")
_PART = re.compile("(?<=[0-9])(?=[¼-¾⅐-⅞])")
_BETWEEN_DIGITS = ".,:'"
_WORD = re.compile(rf"[{HAN}]+|\d+(?:[.,]\d+)*|[^\W\d_{HAN}]+")
_COMMON_WORDS = """
a an and are as at be been by did do does for from had has have he her his how i if in into is it its of on or our she
so such that the their them then there these they this those to was we were what when where which who will with you your
according passage document documents says states also 的 了 是 在 和
"""
_COMMON = frozenset(_COMMON_WORDS.split())
_ENDINGS = ("ing", "ed", "es", "s")


class Folded(NamedTuple):
    """A text to compare, and for each of its characters the index in the original that it came from."""

    text: str
    places: Sequence[int]

    def original(self, start: int, stop: int) -> tuple[int, int]:
        """The stretch of the original behind a stretch that is not empty."""
        return self.places[start], self.places[stop - 1] + 1


def folded(text: str) -> Folded:
    """Fold a text. Blanks become one between words, and none beside Han characters or marks."""
    out: list[str] = []
    places: list[int] = []
    blank = False
    meant, parts = ({match.start() for match in each.finditer(text)} for each in (_MEANT, _PART))
    for at, character in enumerate(text):
        if character.isspace() or (character in _DROPPED and at not in meant):
            blank = blank or character.isspace()
            continue
        blank = blank or at in parts
        for one in _ALIKE.get(character) or _plain(character, text[at - 1 : at]):
            if one.isspace():
                continue
            if blank and out and _apart(out, one):
                out.append(" ")
                places.append(at)
            blank = False
            out.append(one)
            places.append(at)
    return Folded("".join(out), places)


def normal(text: str) -> str:
    """A text with one form for each letter and sign; powers and parts of a number stay apart from it."""
    if text.isascii():
        return text
    powers = _POWER.sub(lambda match: "^" + match.group().translate(_POWERS), text)
    return unicodedata.normalize("NFKC", _PART.sub(" ", powers)).replace("⁄", "/")


def words(text: str) -> list[str]:
    """The words that mean something: folded, the commonest endings off, a run of Han characters as its pairs."""
    found: list[str] = []
    for match in _WORD.finditer(normal(text).casefold()):
        word = match.group()
        if is_han(word[0]):
            found.extend(word[i : i + 2] for i in range(max(1, len(word) - 1)))
        elif word not in _COMMON:
            found.append(_stem(word))
    return found


def is_han(character: str) -> bool:
    """Whether a character is Chinese."""
    return "\u3400" <= character <= "\u9fff" or "\uf900" <= character <= "\ufaff"


def _plain(character: str, before: str) -> str:
    if character < "\x80":
        return character.lower()
    plain = unicodedata.normalize("NFKD", character).casefold().replace("⁄", "/")
    return f"^{plain}" if before.isascii() and before.isdigit() and _POWER.match(before + character, 1) else plain


def _apart(out: Sequence[str], one: str) -> bool:
    """Whether a blank between these is kept: between words, and where without it two numbers were one."""
    if one.isdigit() and out[-1] in _BETWEEN_DIGITS:
        return len(out) > 1 and out[-2].isdigit()
    return _spaced(out[-1]) and _spaced(one)


def _spaced(character: str) -> bool:
    return character.isalnum() and not is_han(character)


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word
