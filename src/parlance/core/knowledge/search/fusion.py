"""One score of two: what share of the question's words a chunk carries, and how far its cosine stands out.

Neither BM25 nor a cosine means the same in two bases. So BM25 is divided by what it cannot exceed (all of the
question's words, again and again), and a cosine is told in standard deviations from the mean: of the base, or of what
the model makes of unrelated texts (`exams`), whichever is more. A base of few notes has no wide spread, and is not to
make a model's every whim stand out.

How much a deviation is worth depends on three things:

- Whether the model reads the question's script. That is known from its exam; where it does not, its vectors weigh next
  to nothing in every base, be it small or full of another language.
- What the words can say against it. Chunks with most of the question's words should be nearer than others: where such
  witnesses are not, the vectors are believed less. A chunk that shares a third of the words or less is no witness: what
  it shares is `the` and `how`, and says nothing of the model, only of the question having been put in other words.
- Whether it is needed. Somebody who remembers the words wants the chunk that carries them.

The sum becomes the chance that the chunk answers the question, by a logistic curve: less what lies further back in the
list, and less what the nearest of so many would have by mere luck. 0.5 then means as much in one base or language as in
another, and a question that nothing answers stays below what an answer asks for. All numbers here were fitted on the
development halves of the sets of `benchmarks/retrieval_set.py` and `benchmarks/notes_set.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from statistics import NormalDist
from types import MappingProxyType

import msgspec

from parlance.core.knowledge.graph.walking import Reached
from parlance.core.knowledge.search.chances import logistic
from parlance.core.knowledge.search.exams import UNEXAMINED, Reading
from parlance.ports.indexes import Found, Match
from parlance.values.knowledge import Scores

WEIGHT = 0.36
"""Of one standard deviation of the cosine, where the share of words has the weight 1."""
LEAST_WEIGHT = 0.02
"""Where the vectors say nothing."""
WITNESSES = 5
DEAF, HEARD = 0.35, 0.5
"""The share of the question's words that the best chunk carries: below the first the words say nothing of the vectors,
above the second they alone decide how far these are believed."""
SILENT, SURE = 1.0, 8.0
"""Mean deviation of the witnesses, those with the most words counting most: below the first the vectors are not
believed, above the second wholly. all-MiniLM-L6-v2 has a median of 3.7 on English manual pages."""
NO_NEARER = 0.25
"""Mean deviation below which chunks with half of the words or more are as far away as any others."""
NEEDLESS = 0.8
"""How much of their weight vectors lose where one chunk carries all of the question's words."""
BEHIND = 50
"""The rank that is taken for what lies further back: more chunks than that seldom answer a question."""
SLOPE, MIDDLE = 8.1, 0.41
"""Of the logistic curve: how steep it is, and the sum at which a chunk answers as often as not."""
LIFT = 0.8
"""How much that is moved by the sum of what lies behind."""
LUCK = 0.74
"""And how much by what the nearest of so many vectors stands out by luck."""
FEWEST = 20
"""Vectors that a base is at least thought to have for that: one note alone may be near by luck, too."""
BESIDE = 3
"""Unrelated texts that stand beside a base's own in what is usual there."""

GRAPH = 0.5
"""Of what lies nearest in the graph. Chosen by hand: what is two steps away is found, and stands behind what has half
of the question's words."""
NOWHERE: Mapping[str, Reached] = MappingProxyType({})


class Fused(msgspec.Struct, frozen=True):
    """A chunk with its score between 0 and 1, and those of each side."""

    match: Match
    score: float
    scores: Scores


def fused(found: Found, reached: Mapping[str, Reached] = NOWHERE, reading: Reading = UNEXAMINED) -> list[Fused]:
    """All matches and what the graph has reached besides, the best first; ties by the chunk's id."""
    weight = weight_of(found, reading)
    sums = {match.chunk: share(found, match) + weight * deviation(found, match, reading) for match in found.matches}
    # Of few nothing is known of what lies behind: they may all be answers.
    behind = sorted(sums.values(), reverse=True)[BEHIND - 1] if len(sums) >= BEHIND else 0.0
    by_luck = LUCK * weight * luck(found)
    besides = [Match(chunk, each.document, 0.0) for chunk, each in reached.items() if chunk not in sums]
    # Where the graph leads is no luck, and that its vector is far does not speak against it.
    near = {chunk: by_luck + GRAPH * each.near for chunk, each in reached.items()}
    total = sums | {chunk: max(0.0, sums.get(chunk, 0.0)) + more for chunk, more in near.items()}
    every = sorted((*found.matches, *besides), key=lambda match: (-total[match.chunk], match.chunk))
    words = sums.keys() if found.ideal else frozenset[str]()
    return [_fused(each, chance(total[each.chunk] - LIFT * behind - by_luck), words, reached) for each in every]


def _fused(match: Match, score: float, words: AbstractSet[str], reached: Mapping[str, Reached]) -> Fused:
    """A match with the scores of those stages that saw it."""
    scores = Scores(words=match.words if match.chunk in words else None, vector=match.vector, fused=score)
    if (step := reached.get(match.chunk)) is not None:
        scores = msgspec.structs.replace(scores, graph=step.near, entities=step.way)
    return Fused(match, score, scores)


def share(found: Found, match: Match) -> float:
    """Which part of the query's words a chunk carries, the rare ones counting most: 0 to 1."""
    return match.words / found.ideal if found.ideal else 0.0


def deviation(found: Found, match: Match, reading: Reading = UNEXAMINED) -> float:
    """How many standard deviations a chunk's cosine is above those of its base, and of what has nothing to do with each
    other; 0 between the two, and where that is not known. What is nearer than its base is not far."""
    spread = max(found.spread, reading.spread)
    if match.vector is None or spread <= 1e-6:
        return 0.0
    above = match.vector - _usual(found, match.vector, reading)
    return max(above, min(0.0, match.vector - found.mean)) / spread


def _usual(found: Found, vector: float, reading: Reading) -> float:
    """The cosine of what does not answer: that of the base's other chunks, and of few, of unrelated texts, too. A note
    that is alone in its base is no measure of itself."""
    if reading.spread <= 1e-6:
        return found.mean
    others = max(found.vectors, 1) * found.mean - vector
    return max(reading.mean, (others + BESIDE * reading.mean) / (max(found.vectors, 1) - 1 + BESIDE))


def luck(found: Found) -> float:
    """How many standard deviations the nearest of a base's vectors stands out by luck alone, if they are spread evenly;
    0 where none was compared."""
    if not found.vectors or not _compared(found):
        return 0.0
    many = max(found.vectors, FEWEST)
    return NormalDist().inv_cdf((many - 0.375) / (many + 0.25))  # after Blom


def weight_of(found: Found, reading: Reading = UNEXAMINED) -> float:
    """What a standard deviation of the cosine is worth for this question."""
    needed = 1 - NEEDLESS * _most(found)
    return needed * (LEAST_WEIGHT + (WEIGHT - LEAST_WEIGHT) * trust(found, reading))


def trust(found: Found, reading: Reading = UNEXAMINED) -> float:
    """How far the vectors are believed, 0 to 1: as far as the model reads the script, unless chunks that carry enough
    of the question's words speak against it."""
    heard = _ramp(_most(found), DEAF, HEARD)
    return reading.reads * (1 - heard + heard * _ramp(agreement(found, reading), SILENT, SURE))


def agreement(found: Found, reading: Reading = UNEXAMINED) -> float:
    """The mean deviation of the chunks with the best words, weighed by their shares; 0 where none has any."""
    best = _witnesses(found)
    total = sum(each.words for each in best)
    return sum(each.words * deviation(found, each, reading) for each in best) / total if total else 0.0


def _ramp(value: float, low: float, high: float) -> float:
    return min(1.0, max(0.0, (value - low) / (high - low)))


def _most(found: Found) -> float:
    """The largest share of the question's words in one chunk."""
    return max((share(found, each) for each in found.matches), default=0.0)


def _compared(found: Found) -> bool:
    return any(each.vector is not None for each in found.matches)


def _witnesses(found: Found) -> list[Match]:
    return sorted((each for each in found.matches if each.words > 0), key=_by_words)[:WITNESSES]


def _by_words(match: Match) -> tuple[float, str]:
    return -match.words, match.chunk


def chance(total: float) -> float:
    """The logistic curve."""
    return logistic(SLOPE * (total - MIDDLE))


def says_nothing(found: Found, reading: Reading = UNEXAMINED) -> bool:
    """Whether vectors were compared and cannot be believed: the model failed in this script, or several chunks that
    each carry half of the question's words are no nearer to it than any others."""
    if not _compared(found):
        return False
    best = _witnesses(found)
    sure = len(best) == WITNESSES and share(found, best[-1]) >= HEARD
    return reading.reads == 0.0 or (sure and agreement(found, reading) < NO_NEARER)
