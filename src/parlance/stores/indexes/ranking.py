"""BM25 over the parts of a base: by the standard library alone, or by numpy where it is installed. Both give the same
scores to the last bit: the same operations on doubles in the same order.

    score = Σ over the query's words: idf · times / (times + K1 · (1 - B + B · length / average length))
    idf   = ln(1 + (chunks - holding + ½) / (holding + ½))

Everything is counted over what is there now; what has gone is left out while the postings are read.
"""

from __future__ import annotations

import heapq
import math
from array import array
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import msgspec

from parlance.stores.indexes.parts import Part

K1, B = 0.8, 0.5
"""Chosen on the development half of the sets of `benchmarks/retrieval_set.py`."""
Row = tuple[int, int]
"""A part's place, and a row in it."""


class Scored(msgspec.Struct, frozen=True):
    """The best rows by their words, and what no row can reach."""

    best: tuple[tuple[float, Row], ...]
    ideal: float


class Scores(Protocol):
    """The scores of the rows of one part."""

    def add(self, weight: float, rows: Any, times: Any) -> None:
        """Add what one word is worth, whose postings these are."""
        ...

    def best(self, most: int) -> list[tuple[float, int]]:
        """The best rows; more where several are alike at the edge."""
        ...

    def at(self, row: int) -> float:
        """The score of a row."""
        ...


class Ranking:
    """One query's scores of the chosen rows of all parts. `numeric` is the module numpy, or none."""

    def __init__(
        self, parts: Sequence[Part], words: Iterable[str], chosen: Sequence[bytearray | None], numeric: Any = None
    ) -> None:
        self._parts = parts
        self._numeric = numeric
        chunks = sum(part.size for part in parts)
        average = sum(part.words for part in parts) / chunks if chunks else 1.0
        kind = _NumpyScores if numeric is not None else _PlainScores
        self._scores: list[Scores] = [
            kind(part, average or 1.0, some, numeric) for part, some in zip(parts, chosen, strict=True)
        ]
        self.ideal = 0.0
        for word in dict.fromkeys(words):
            self._add(word.encode(), chunks)

    def _add(self, word: bytes, chunks: int) -> None:
        found = [(place, *self._postings(part, word)) for place, part in enumerate(self._parts)]
        holding = sum(len(rows) for _, rows, _ in found)
        if not holding:
            self.ideal += math.log(1 + (chunks + 0.5) / 0.5) if chunks else 0.0
            return
        weight = math.log(1 + (chunks - holding + 0.5) / (holding + 0.5))
        self.ideal += weight
        for place, rows, times in found:
            if len(rows):
                self._scores[place].add(weight, rows, times)

    def _postings(self, part: Part, word: bytes) -> tuple[Any, Any]:
        """The rows that hold a word and are there, and how often they do."""
        segment = part.segment
        posting = segment.words.find(word)
        if posting < 0:
            return (), ()
        start, stop = segment.postings[posting], segment.postings[posting + 1]
        rows, times = segment.rows[start:stop], segment.times[start:stop]
        if self._numeric is not None:
            return _numpy_kept(self._numeric, part.live, rows, times)
        if part.live is None:
            return rows, times
        live = part.live
        pairs = [(row, count) for row, count in zip(rows, times, strict=True) if live[row]]
        return array("I", [row for row, _ in pairs]), bytes(count for _, count in pairs)

    def best(self, most: int) -> Scored:
        """The `most` best; of those that are alike the lower ids of their chunks."""
        found = [(score, (place, row)) for place, scores in enumerate(self._scores) for score, row in scores.best(most)]
        return Scored(leading(found, most, self._parts), self.ideal)

    def at(self, row: Row) -> float:
        """The score of one row."""
        return self._scores[row[0]].at(row[1])


def leading(found: list[tuple[float, Row]], most: int, parts: Sequence[Part]) -> tuple[tuple[float, Row], ...]:
    """The best, in order; only ties are told apart by the ids of their chunks."""
    if most <= 0 or not found:
        return ()
    edge = heapq.nlargest(most, (score for score, _ in found))[-1]
    kept = [pair for pair in found if pair[0] >= edge]
    kept.sort(key=lambda pair: (-pair[0], parts[pair[1][0]].segment.chunks[pair[1][1]]))
    return tuple(kept[:most])


class _PlainScores:
    """By the standard library."""

    def __init__(self, part: Part, average: float, chosen: bytearray | None, numeric: Any) -> None:
        self._chosen = chosen
        self._lengths = part.segment.lengths
        self._average = average
        self._sums: dict[int, float] = {}

    def add(self, weight: float, rows: Sequence[int], times: Sequence[int]) -> None:
        """See `Scores`."""
        sums, lengths, average, chosen = self._sums, self._lengths, self._average, self._chosen
        for row, count in zip(rows, times, strict=True):
            if chosen is not None and not chosen[row]:
                continue
            part = weight * (count / (count + K1 * (1 - B + B * lengths[row] / average)))
            sums[row] = sums.get(row, 0.0) + part

    def best(self, most: int) -> list[tuple[float, int]]:
        """See `Scores`."""
        pairs = [(score, row) for row, score in self._sums.items()]
        if len(pairs) <= most:
            return pairs
        edge = heapq.nlargest(most, self._sums.values())[-1]
        return [pair for pair in pairs if pair[0] >= edge]

    def at(self, row: int) -> float:
        """See `Scores`."""
        return self._sums.get(row, 0.0)


class _NumpyScores:
    """By numpy."""

    def __init__(self, part: Part, average: float, chosen: bytearray | None, numeric: Any) -> None:
        self._numpy = numeric
        self._chosen = None if chosen is None else numeric.frombuffer(chosen, numeric.bool_)
        lengths = numeric.frombuffer(part.segment.lengths, numeric.uint16).astype(numeric.float64)
        self._norms = K1 * (1 - B + B * lengths / average)
        self._sums = numeric.zeros(part.segment.size, numeric.float64)

    def add(self, weight: float, rows: Any, times: Any) -> None:
        """See `Scores`."""
        if self._chosen is not None:
            kept = self._chosen[rows]
            rows, times = rows[kept], times[kept]
        counts = times.astype(self._numpy.float64)
        self._sums[rows] += weight * (counts / (counts + self._norms[rows]))

    def best(self, most: int) -> list[tuple[float, int]]:
        """See `Scores`."""
        numpy, sums = self._numpy, self._sums
        rows = numpy.flatnonzero(sums > 0)
        if len(rows) > most:
            scores = sums[rows]
            edge = numpy.partition(scores, len(scores) - most)[len(scores) - most]
            rows = rows[scores >= edge]
        return [(float(sums[row]), int(row)) for row in rows]

    def at(self, row: int) -> float:
        """See `Scores`."""
        return float(self._sums[row])


def _numpy_kept(numpy: Any, live: bytearray | None, rows: memoryview, times: memoryview) -> tuple[Any, Any]:
    found, counts = numpy.frombuffer(rows, numpy.uint32), numpy.frombuffer(times, numpy.uint8)
    if live is None:
        return found, counts
    kept = numpy.frombuffer(live, numpy.bool_)[found]
    return found[kept], counts[kept]
