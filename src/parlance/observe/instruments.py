"""Counters, gauges and histograms as plain numbers, and their place among labels.

prometheus_client's own instruments take a lock at every change and cost 0.25 to 0.7 µs; a streamed chat makes a dozen.
These belong to one thread, the event loop's, and cost a third. prometheus_client still writes the text (`exposition`).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)
"""Upper bounds of histograms of time: from our own share of a request to an answer that takes minutes."""
SIZES = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0)
"""Upper bounds of a histogram of batch sizes."""
OTHER = "other"
"""The label of everything beyond a family's cap."""
LABEL = 64
"""Characters of a label's value."""


class Number:
    """A counter or a gauge."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value = 0.0


class Histogram:
    """Observations by upper bound; the last count is of those above every bound."""

    __slots__ = ("_bounds", "counts", "total")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self._bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def observe(self, value: float) -> None:
        """Count one value. Nothing is counted for NaN, which would spoil the sum for ever."""
        if value == value:
            self.counts[bisect_left(self._bounds, value)] += 1
            self.total += value

    def cumulative(self) -> Iterator[tuple[str, float]]:
        """Bounds as Prometheus writes them, each with how many values lie at or below it."""
        seen = 0
        for bound, count in zip((*map(str, self._bounds), "+Inf"), self.counts, strict=True):
            seen += count
            yield bound, seen


class Family(Generic[T]):
    """One metric: what it is called and, for each combination of labels, its instrument.

    At most `cap` combinations; those that come later share one whose labels all are `other`. A label is clipped and
    goes through `clean` once, when its combination is first seen.
    """

    __slots__ = ("_cap", "_clean", "_make", "children", "help", "labels", "name", "seen")

    def __init__(
        self,
        name: str,
        help: str,
        labels: tuple[str, ...],
        make: Callable[[], T],
        clean: Callable[[str], str],
        cap: int = 200,
    ) -> None:
        self.name = name
        self.help = help
        self.labels = labels
        self._make = make
        self._clean = clean
        self._cap = cap
        self.seen: dict[object, T] = {}
        """Instruments by the values as they were given: the way that every observation takes."""
        self.children: dict[tuple[str, ...], T] = {}
        """The same instruments by their labels."""
        if not labels:
            self.child((), ())

    def child(self, key: object, values: tuple[object, ...]) -> T:
        """The instrument for these values, which `key` stands for."""
        found = self.seen.get(key)
        return self._admit(key, values) if found is None else found

    def _admit(self, key: object, values: tuple[object, ...]) -> T:
        labels = tuple(_label(str(value), self._clean) for value in values)
        full = len(self.seen) >= self._cap
        if full and labels not in self.children:
            labels = (OTHER,) * len(self.labels)
        found = self.children.get(labels)
        if found is None:
            found = self.children[labels] = self._make()
        if not full:
            self.seen[key] = found
        return found


Watched = dict[tuple[tuple[str, str], ...], Callable[[], float]]
"""What reads a gauge when somebody asks, by its labels."""


class Families:
    """All metrics of one server, by what Prometheus calls their kind; `watched` are gauges that are read when asked,
    each with its help."""

    def __init__(self) -> None:
        self.counters: list[Family[Number]] = []
        self.gauges: list[Family[Number]] = []
        self.histograms: list[Family[Histogram]] = []
        self.watched: dict[str, tuple[str, Watched]] = {}


def _label(value: str, clean: Callable[[str], str]) -> str:
    """Prometheus escapes quotes, backslashes and line feeds; the other controls would reach a terminal as they are."""
    safe = clean(value)
    return "".join(one if one.isprintable() else "_" for one in safe[:LABEL]) or OTHER
