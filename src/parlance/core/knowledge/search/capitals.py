"""Names that are written like words that carry nothing: `May`, `Will`, `US`, `IT`, `WHO`.

Only a capital tells them, and only where it says anything: not on the first word of a sentence, nor in a question that
has capitals everywhere. English alone, as German writes nouns so, and other languages have few such names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_NAMES = frozenset(["can", "it", "just", "let", "may", "might", "us", "who", "will"])
"""Light words of English that are names with a capital; `The` and `Of` are not, and stand in titles."""
_INITIALS = 2
"""Letters of what is read as initials in capitals, whatever word it is otherwise (`AS`, `OR`); `I` and `A` have fewer,
and longer ones may only be said louder (`WHAT`)."""
_FEWEST = 3
"""Words of a question of which it can be told that each has a capital because all have."""
_BEFORE = 8
"""Signs before a word that are looked at."""
_BEGINS = re.compile(r"(?:^|[.!?:;…\n])[\s\"'“”‘’«»()\[\]\-–—*]*$|[\"“‘«(]$")
"""What stands before the first word of a sentence, or of what is quoted."""


def names(question: str, words: Sequence[re.Match[str]], light: frozenset[str]) -> frozenset[int]:
    """Where those of a question's words begin that are names, though they are light in small letters."""
    plain = [(word.start(), _plain(word)) for word in words]
    if not any(any(letter.islower() for letter in each) for _, each in plain):
        return frozenset()
    found = {start for start, each in plain if _initials(each)}
    titled = len(plain) >= _FEWEST and all(each[0].isupper() for _, each in plain)
    capitals = [(start, each.lower()) for start, each in plain if each.istitle() and len(each) > 1]
    inside = [(start, each) for start, each in capitals if each in light and not _begins(question, start)]
    if not titled and all(each in _NAMES for _, each in inside):
        found.update(start for start, _ in inside)
    return frozenset(found)


def _begins(question: str, start: int) -> bool:
    """Whether a word is the first of its sentence."""
    before = question[max(0, start - _BEFORE) : start]
    return bool(_BEGINS.search(before if start <= _BEFORE else f"a{before}"))


def _plain(word: re.Match[str]) -> str:
    """A word without what stands behind its apostrophe: of `WHO's` the name."""
    return re.split("['’]", word.group())[0]


def _initials(word: str) -> bool:
    return word.isupper() and (len(word) == _INITIALS or (len(word) > 1 and word.lower() in _NAMES))
