"""Which sentences answer a question: BM25 over them (k1 = 1.2; Robertson and Zaragoza 2009), times the share
of the question's words that a sentence has beside the one that has most.

b is 0.5 and not the usual 0.75: sentences are long for other reasons than documents, and a row of two words is none the
better for it.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from parlance.engines.quote_sentences import Sentence, asked
from parlance.engines.quote_stopwords import COMPOUNDING, languages

QUOTES = 3
"""Sentences quoted at most: more is not an answer."""
_NEAR = 0.5
"""Share of the best score below which a sentence is not quoted: one common word shared is no answer."""
_K1, _B = 1.2, 0.5
_WORD = re.compile(r"[^\W\d_]+")
_COUNTS = re.compile(
    r"\bhow (?:much|many|long|high|old|far|big|large|often|tall|wide|deep|heavy|late|hot)\b|\bwhen\b|\bwann\b"
    r"|\bwie ?(?:viele?|hoch|lange?|oft|alt|groß|weit|schwer|spät|teuer|tief|breit|heiß)\b|\bcombien\b|\bquand\b"
    r"|\bcuánt[oa]s?\b|\bcuándo\b|\bquant[oaie]s?\b|\bquando\b|\bhoe(?:veel| lang| hoog| oud| vaak)\b|\bwanneer\b"
    r"|多少|几点|多久|多长|多高|多大|什么时候",
    re.I,
)
_NUMBER = re.compile(r"\d|[一二三四五六七八九十百千万两〇]")
_COUNTLESS = 0.4
"""What a line that is no sentence is worth where a number is asked for and it has none."""
_PART = 0.5
"""What a word is worth that is only a part of a compound, or has one as its part."""
_LEAST_PART = 5
"""Letters that such a part has at least, and by how many fewer than three it must be shorter than the compound."""


class Question(NamedTuple):
    """What a question asks for: its words, those that count only beside others, whether words may stand in compounds,
    and whether it asks for a number."""

    words: frozenset[str]
    weak: frozenset[str]
    compounds: bool
    number: bool


def question(text: str) -> Question:
    """Read a question."""
    wanted = frozenset(asked(text))
    pairs = any(len(word) == 2 and "\u3400" <= word[0] <= "\u9fff" for word in wanted)
    weak = frozenset(word for word in wanted if pairs and len(word) == 1 and "\u3400" <= word <= "\u9fff")
    tongues = languages(_WORD.findall(text.casefold()))
    return Question(wanted, weak, not tongues or bool(tongues & COMPOUNDING), bool(_COUNTS.search(text)))


def rank(wanted: Question, given: Sequence[Sentence]) -> list[Sentence]:
    """The sentences that answer the question about as well as the best one, best first; ties keep their order."""
    if not wanted.words or not given:
        return []
    meant = _meant(wanted, {word for each in given for word in (*each.words, *each.named)})
    heard = [_heard(each, meant) for each in given]
    spread = Counter(word for counts in heard for word in counts)
    rarity = {word: math.log(1 + (len(given) - count + 0.5) / (count + 0.5)) for word, count in spread.items()}
    covered = [len(counts.keys() - wanted.weak) for counts in heard]
    most, mean = max(covered), sum(map(_length, given)) / len(given)
    scored: list[tuple[float, int]] = []
    for index, sentence in enumerate(given):
        if covered[index] and _asked_for(sentence, meant, wanted):
            steep = _K1 * (1 - _B + _B * _length(sentence) / mean)
            told = (rarity[w] * n * (_K1 + 1) / (n + steep) * _weight(w, wanted) for w, n in heard[index].items())
            score = sum(told) * _worth(sentence, wanted) * covered[index] / most
            scored.append((-score, index))
    scored.sort()
    return [given[index] for score, index in scored[:QUOTES] if score <= scored[0][0] * _NEAR]


def _length(sentence: Sentence) -> int:
    return len(sentence.words) + len(sentence.named) or 1


def _asked_for(sentence: Sentence, meant: Mapping[str, tuple[str, float]], wanted: Question) -> bool:
    """Whether it has a word of the question itself: the names of its columns say what a row is about, and not which
    row it is."""
    return any(meant[word][0] not in wanted.weak for word in sentence.words if word in meant)


def _weight(word: str, wanted: Question) -> float:
    return 0.3 if word in wanted.weak else 1.0


def _worth(sentence: Sentence, wanted: Question) -> float:
    counts = not wanted.number or sentence.ended or sentence.leads or _NUMBER.search(sentence.text)
    return 1.0 if counts else _COUNTLESS


def _heard(sentence: Sentence, meant: Mapping[str, tuple[str, float]]) -> dict[str, float]:
    """How often the words of a question are heard in a sentence, or in a row once more in the names of its columns."""
    heard: dict[str, float] = {}
    for word in sentence.words:
        if word in meant:
            asked_for, share = meant[word]
            heard[asked_for] = heard.get(asked_for, 0) + share
    for word in sentence.named:
        if word in meant:
            heard.setdefault(*meant[word])
    return heard


def _meant(wanted: Question, known: set[str]) -> dict[str, tuple[str, float]]:
    """The word of the question that each word of the sentences stands for, and how much of it: itself, or where words
    are written as one what it is a part of or a whole of."""
    meant = {word: (word, 1.0) for word in wanted.words & known}
    if wanted.compounds:
        long = [word for word in wanted.words if len(word) >= _LEAST_PART and word.isalpha()]
        for word in known - wanted.words:
            if len(word) >= _LEAST_PART and (
                whole := next((one for one in sorted(long) if _in_compound(one, word)), "")
            ):
                meant[word] = (whole, _PART)
    return meant


def _in_compound(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return len(long) - len(short) > 2 and (long.startswith(short) or long.endswith(short))
