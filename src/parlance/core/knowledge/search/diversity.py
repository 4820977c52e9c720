"""Maximal marginal relevance: what says the same as a better one comes later."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from parlance.core.knowledge.measures import tokens

T = TypeVar("T")


def diverse(items: Sequence[tuple[T, float, str]], most: int, diversity: float) -> list[T]:
    """At most `most` of the items (thing, score, text) in the order they are chosen: each time the one whose score,
    less its likeness to what is chosen, is highest. Without diversity the order stays.

    Likeness is the share of words that two texts have in common (Jaccard), 0 to 1.
    """
    if diversity <= 0:
        return [thing for thing, _, _ in items[:most]]
    left = [(thing, score, frozenset(tokens(text)), 0.0) for thing, score, text in items]
    chosen: list[T] = []
    while left and len(chosen) < most:
        place = max(range(len(left)), key=lambda at: ((1 - diversity) * left[at][1] - diversity * left[at][3], -at))
        thing, _, words, _ = left.pop(place)
        chosen.append(thing)
        left = [(each, score, own, max(like, _alike(own, words))) for each, score, own, like in left]
    return chosen


def _alike(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one or other else 0.0
