"""One score of two: what share of the query's words a chunk carries, and how far its cosine stands out.

Neither BM25 nor a cosine means the same in two bases. So BM25 is divided by what it cannot exceed (all of the query's
words, again and again), and a cosine is told in standard deviations from the mean of the base. How far the sum of both
stands out from what lies further back in the list becomes the chance that the chunk answers the query, by a logistic
curve: 0.5 then means as much in one base or language as in another.

A model that cannot read the language gives cosines that say nothing. It betrays itself: the chunks that hold the
query's words are then no nearer than any others. So the vectors weigh as much as they agree with the words. And they
weigh the less, the more of the query's words one chunk carries by itself: somebody who remembers the words wants that
chunk. All numbers here were fitted on the development half of the sets of `benchmarks/retrieval_set.py`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from types import MappingProxyType

import msgspec

from parlance.core.knowledge.graph.walking import Reached
from parlance.ports.indexes import Found, Match
from parlance.values.knowledge import Scores

WEIGHT = 0.2
"""Of one standard deviation of the cosine, where the share of words has the weight 1."""
LEAST_WEIGHT = 0.02
"""Where the vectors say nothing."""
SILENT, SURE = 1.0, 6.0
"""Mean deviation of the chunks with the best words: below the first the vectors say nothing, above the second they are
believed. all-MiniLM-L6-v2 has a median of 3.5 on English manual pages, and of 0.7 on Chinese ones."""
WITNESSES = 5
FEW = 10
"""Vectors of a base below which how far one stands out from the others says nothing of the model."""
NEEDLESS = 0.8
"""How much of their weight vectors lose where one chunk carries all of the query's words."""
BEHIND = 50
"""The rank that is taken for what lies further back: more chunks than that seldom answer a query."""
SLOPE, MIDDLE, LIFT = 8.1, 0.41, 1.55
"""Of the logistic curve: how steep it is, the sum at which a chunk answers as often as not, and how much that is moved
by the sum of what lies behind."""

GRAPH = 0.5
"""Of what lies nearest in the graph. Chosen by hand: what is two steps away is found, and stands behind what has half
of the question's words."""
NOWHERE: Mapping[str, Reached] = MappingProxyType({})


class Fused(msgspec.Struct, frozen=True):
    """A chunk with its score between 0 and 1, and those of each side."""

    match: Match
    score: float
    scores: Scores


def fused(found: Found, reached: Mapping[str, Reached] = NOWHERE) -> list[Fused]:
    """All matches and what the graph has reached besides, the best first; ties by the chunk's id."""
    weight = weight_of(found)
    sums = {match.chunk: share(found, match) + weight * deviation(found, match) for match in found.matches}
    # Of few nothing is known of what lies behind: they may all be answers.
    behind = sorted(sums.values(), reverse=True)[BEHIND - 1] if len(sums) >= BEHIND else 0.0
    besides = [Match(chunk, each.document, 0.0) for chunk, each in reached.items() if chunk not in sums]
    near = {chunk: GRAPH * each.near for chunk, each in reached.items()}
    total = {each.chunk: sums.get(each.chunk, 0.0) + near.get(each.chunk, 0.0) for each in (*found.matches, *besides)}
    every = sorted((*found.matches, *besides), key=lambda match: (-total[match.chunk], match.chunk))
    words = sums.keys() if found.ideal else frozenset[str]()
    return [_fused(each, chance(total[each.chunk] - LIFT * behind), words, reached) for each in every]


def _fused(match: Match, score: float, words: AbstractSet[str], reached: Mapping[str, Reached]) -> Fused:
    """A match with the scores of those stages that saw it."""
    scores = Scores(words=match.words if match.chunk in words else None, vector=match.vector, fused=score)
    if (step := reached.get(match.chunk)) is not None:
        scores = msgspec.structs.replace(scores, graph=step.near, entities=step.way)
    return Fused(match, score, scores)


def share(found: Found, match: Match) -> float:
    """Which part of the query's words a chunk carries, the rare ones counting most: 0 to 1."""
    return match.words / found.ideal if found.ideal else 0.0


def deviation(found: Found, match: Match) -> float:
    """How many standard deviations a chunk's cosine is from the mean of its base; 0 where that is not known."""
    return (match.vector - found.mean) / found.spread if match.vector is not None and found.spread > 1e-6 else 0.0


def weight_of(found: Found) -> float:
    """What a standard deviation of the cosine is worth for this query."""
    best = _witnesses(found)
    needed = 1 - NEEDLESS * share(found, best[0]) if best else 1.0
    return needed * (LEAST_WEIGHT + (WEIGHT - LEAST_WEIGHT) * trust(found))


def trust(found: Found) -> float:
    """How far the vectors are believed, 0 to 1: wholly where no chunk holds a word that could speak against them."""
    best = _witnesses(found)
    if not best:
        return 1.0
    agreement = sum(deviation(found, each) for each in best) / len(best)
    return min(1.0, max(0.0, (agreement - SILENT) / (SURE - SILENT)))


def _witnesses(found: Found) -> list[Match]:
    return sorted((each for each in found.matches if each.words > 0), key=_by_words)[:WITNESSES]


def _by_words(match: Match) -> tuple[float, str]:
    return -match.words, match.chunk


def chance(total: float) -> float:
    """The logistic curve."""
    return _logistic(SLOPE * (total - MIDDLE))


def says_nothing(found: Found) -> bool:
    """Whether vectors were compared and not believed at all. Of the few of a small base that tells nothing."""
    return found.vectors >= FEW and trust(found) == 0.0 and any(each.vector is not None for each in found.matches)


def _logistic(score: float) -> float:
    # Written for both signs, since exp of a large number overflows.
    return 1 / (1 + math.exp(-score)) if score >= 0 else math.exp(score) / (1 + math.exp(score))
