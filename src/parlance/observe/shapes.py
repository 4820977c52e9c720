"""What is known of a line's values by their types alone."""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from typing import Any

_PLAIN = frozenset({str, int, float, bool, type(None)})
"""What JSON has words of its own for."""


class Shape:
    """Values of certain types: whether JSON has words of its own for all, and what picks the texts and the integers.

    Which they are is looked at once and not in every line, where it took half of what a line takes."""

    __slots__ = ("counts", "plain", "texts")

    def __init__(self, kinds: tuple[type, ...]) -> None:
        self.plain = _PLAIN.issuperset(kinds)
        self.texts = _picking([at for at, kind in enumerate(kinds) if kind is str])
        self.counts = _picking([at for at, kind in enumerate(kinds) if kind is int])


def _picking(places: list[int]) -> Callable[[tuple[Any, ...]], tuple[Any, ...]]:
    """What gives the values at these places, always as a tuple."""
    if len(places) > 1:
        return itemgetter(*places)
    return itemgetter(slice(places[0], places[0] + 1) if places else slice(0))
