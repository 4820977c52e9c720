"""The words of a text as they are counted for ranking; the same for what is stored and what is asked.

Chosen by measuring on the development half of `benchmarks/retrieval_set.py` (nDCG@10 of BM25):

- English endings are taken off lightly: what a page says of itself is then found by .57 instead of .53, and words that
  are remembered as they stand by .87 instead of .89.
- Scripts without spaces are cut into overlapping pairs. A dictionary of Chinese words (rjieba, with the shorter words
  inside the longer ones) found .692 of both kinds together, pairs .700 without asking for a package.
- Nothing is left out for being frequent: BM25 gives it next to no weight.

Identifiers, versions and numbers (`ERR-4711`, `v2.0.1`, `std::vector`) are words as a whole, and their parts are too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from parlance.values.letters import MARKS, UNSPACED, searched

SCHEME = "pairs-light-1"
"""Names these rules. A segment that was made by others is made anew: it would be asked for words it has not got."""
MOST_BYTES = 64
"""Of one word; longer ones are cut, such as a line of base64."""
_LETTER = rf"(?:[^\W_{UNSPACED}]|[{MARKS}])"
_RUN = re.compile(rf"[{UNSPACED}]+|{_LETTER}+(?:[._\-/:@+#]+{_LETTER}+)*")
_PART = re.compile(rf"{_LETTER}+")
_NAME = re.compile("[0-9._:@#]")
"""What makes a run with signs inside an identifier, and not two words with a dash between."""
_UNSPACED = re.compile(f"[{UNSPACED}]")
_VOWELS = frozenset("aeiouy")


def words_of(text: str) -> Iterator[str]:
    """The words of a text in order, as often as they stand there."""
    for run in _RUN.findall(searched(text)):
        if _UNSPACED.match(run):
            yield from [run[at : at + 2] for at in range(len(run) - 1)] or [run]
        elif run.isalnum():
            yield _bounded(stem(run))
        else:
            parts = _PART.findall(run)
            if len(parts) > 1 and _NAME.search(run):
                yield _bounded(run)
            for part in parts:
                yield _bounded(stem(part))


def _bounded(word: str) -> str:
    if len(word) * 4 <= MOST_BYTES:
        return word
    return word.encode()[:MOST_BYTES].decode(errors="ignore")


def stem(word: str) -> str:
    """A word of Latin letters without the ending that its number or tense gives it; others as they are."""
    if len(word) < 4 or not word.isascii() or not word.isalpha():
        return word
    word = _without_tense(_singular(word))
    if len(word) > 3 and word.endswith("e"):
        return word[:-1]
    return word[:-1] + "i" if len(word) > 3 and word.endswith("y") else word


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _without_tense(word: str) -> str:
    for ending in ("ing", "ed"):
        rest = word[: -len(ending)]
        if word.endswith(ending) and len(rest) >= 3 and not _VOWELS.isdisjoint(rest):
            return rest[:-1] if rest[-1] == rest[-2] and rest[-1] not in "lsz" else rest
    return word
