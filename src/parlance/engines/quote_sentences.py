"""Sentences as the built-in engine finds them, and the words to find them by."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from parlance.engines.quote_lines import unwrapped

_AFTER_STOP = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])(?![。！？])")
_WORD = re.compile(r"[\u3400-\u9fff]+|\w+")
_COMMON = frozenset(
    _WORD.findall(
        "a an and are as at be by did do does for from had has have how i in is it its of on or please tell that the "
        "their them they this to was we were what when where which who whom why will with you your me my about can "
        "could"
    )
)
"""Words that say nothing of what a sentence is about."""


class Sentence(msgspec.Struct, frozen=True):
    """One sentence, the words to find it by, and where it stands (`your message 1`)."""

    text: str
    words: tuple[str, ...]
    source: str


def words(text: str) -> tuple[str, ...]:
    """Case-folded words; a run of Han characters gives its overlapping pairs (or the one character)."""
    found: list[str] = []
    for match in _WORD.finditer(text.casefold()):
        word = match.group()
        if "\u3400" <= word[0] <= "\u9fff" and len(word) > 1:
            found.extend(word[i : i + 2] for i in range(len(word) - 1))
        elif word not in _COMMON:
            found.append(_stem(word))
    return tuple(found)


def _stem(word: str) -> str:
    """Fold the commonest English endings, so that `tokens` finds `token`."""
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word


def sentences(text: str, source: str) -> Iterator[Sentence]:
    """The sentences of a text. A line that one paragraph was wrapped at ends none, nor does a point within a word."""
    for line in unwrapped(text):
        for sentence in filter(None, map(str.strip, _AFTER_STOP.split(line))):
            yield Sentence(sentence, words(sentence), source)
