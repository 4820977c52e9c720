"""How an embedder reads the script of a question: it is examined with pairs of texts that say the same.

That is a property of the model, which one question over one base shows badly: a few notes share hardly a word with a
question in other words, whoever reads them. So the model is given eight pairs in the question's script (`exam_texts`),
in one ask. It reads the script if the two of a pair are nearer than two of different pairs, by so many standard
deviations of the latter: all-MiniLM-L6-v2 by 6.2 in English, and by less than 1 in Chinese, Japanese, Korean, Russian,
Greek, Arabic, Hebrew, Hindi and Thai. And the latter tell what its cosines are where texts have nothing to do with each
other, which a base of a few notes does not.

Of Latin letters nobody sees which language they are in. A model that reads English is taken to read them, until the
words of a base speak against it (`fusion`); one that does not may be of another language, and is believed a little.

What was found belongs to the model as it was: one with another digest or other vectors under the same name is examined
anew. And it is kept for a day, since of many a model nobody says when it becomes another; where its vectors could not
be used, for some minutes.
"""

from __future__ import annotations

import math
import re
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from itertools import chain
from operator import mul
from statistics import fmean, pstdev

import msgspec

from parlance.core.knowledge.search.exam_texts import LATIN, PAIRS
from parlance.values.errors import Fault

UNREAD, READ = 1.5, 3.5
"""By how many standard deviations a pair is nearer: up to the first a model does not read a script, from the second on
it does."""
OTHER = 0.25
"""How far a model that fails in English is believed to read Latin letters: it may be one of another language."""
LASTS, AGAIN = 86_400.0, 300.0
"""Seconds that a result is kept: one that tells something, and one of vectors that could not be used."""
MOST = 256
"""Models whose results are remembered, with one entry for each script."""
_SCRIPTS = {
    "kana": r"[\u3041-\u30ff]",
    "han": r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]",
    "hangul": r"[\uac00-\ud7af]{1,3}",
    "thai": r"[\u0e01-\u0e4e]{1,4}",
    "cyrillic": r"[\u0400-\u052f]+",
    "greek": r"[\u0370-\u03ff\u1f00-\u1fff]+",
    "arabic": r"[\u0600-\u06ff]+",
    "hebrew": r"[\u0591-\u05f4]+",
    "devanagari": r"[\u0900-\u097f]+",
    "latin": r"[A-Za-z\u00c0-\u024f]+",
}
"""What about a word of each is; of Chinese and Japanese half a word."""
_WORD = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _SCRIPTS.items()))
Embed = Callable[[Sequence[str]], Awaitable[Sequence[Sequence[float]]]]
"""The vectors of some texts by the model that is examined. Raises `Fault`."""


class Reading(msgspec.Struct, frozen=True):
    """How surely a model reads a script (0 to 1), and the mean and spread of its cosines of unrelated texts in it."""

    reads: float = 1.0
    mean: float = -1.0
    spread: float = 0.0


UNEXAMINED = Reading()
"""Of which nothing is known: it is believed, and only the base tells its cosines."""


def script_of(text: str) -> str:
    """The script of most of a text's words; Latin where there are none. Japanese is told from Chinese by any kana."""
    counts = Counter(match.lastgroup or "" for match in _WORD.finditer(text))
    if counts["kana"]:
        counts["kana"] += counts.pop("han", 0)
    for unspaced in ("han", "kana"):
        counts[unspaced] = (counts[unspaced] + 1) // 2
    most = max(1, *counts.values())
    return next((name for name in PAIRS if counts[name] == most), LATIN)


def read(ones: Sequence[Sequence[float]], others: Sequence[Sequence[float]]) -> Reading:
    """What the vectors of pairs show, the first of each and the second. They need not have unit length."""
    ones, others = [_unit(each) for each in ones], [_unit(each) for each in others]
    table = [[sum(map(mul, one, other)) for other in others] for one in ones]
    paired = fmean(row[place] for place, row in enumerate(table))
    crossed = list(chain.from_iterable(row[:place] + row[place + 1 :] for place, row in enumerate(table)))
    mean, spread = fmean(crossed), pstdev(crossed)
    standing = (paired - mean) / spread if spread > 1e-6 else 0.0
    return Reading(min(1.0, max(0.0, (standing - UNREAD) / (READ - UNREAD))), mean, spread)


def _unit(vector: Sequence[float]) -> list[float]:
    length = sum(map(mul, vector, vector)) ** 0.5
    return [each / length for each in vector] if length > 1e-12 else list(vector)


class Exams:
    """What is known of embedders. Two questions that come at once may both examine: it costs no more than a passage."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, ...], tuple[Reading, float]] = OrderedDict()

    async def of(self, embedder: Sequence[str], question: str, embed: Embed, now: float) -> Reading:
        """How an embedder reads the script of a question; `embedder` is all that tells it apart, `now` in seconds.
        Where it cannot be examined just now nothing is known, and it is examined by the next question."""
        script = script_of(question)
        key = (*embedder, script)
        reading, until = self._known.get(key, (UNEXAMINED, now))
        if now >= until:
            try:
                reading = await _examined(script, embed)
            except Fault:  # whoever searches is told by the question's own vector that the embedder is away
                return UNEXAMINED
            self._known[key] = reading, now + (AGAIN if reading == UNEXAMINED else LASTS)
        self._known.move_to_end(key)
        while len(self._known) > MOST:
            self._known.popitem(last=False)
        return reading


def _comparable(vectors: Sequence[Sequence[float]]) -> bool:
    """Whether these are numbers, and as many in each."""
    return len({len(each) for each in vectors}) == 1 and all(map(math.isfinite, chain.from_iterable(vectors)))


async def _examined(script: str, embed: Embed) -> Reading:
    pairs = PAIRS[script]
    texts = [*(one for one, _ in pairs), *(other for _, other in pairs)]
    vectors = await embed(texts)
    if len(vectors) != len(texts) or not _comparable(vectors):
        return UNEXAMINED
    found = read(vectors[: len(pairs)], vectors[len(pairs) :])
    return msgspec.structs.replace(found, reads=max(found.reads, OTHER)) if script == LATIN else found
