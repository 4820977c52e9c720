"""The nearest vectors of the parts of a base, exactly: every vector that may be found is compared. Of a part that has a
net only those are that the net names; the cosines, their mean and their spread are the same either way.

Vectors are kept as float32, which numpy multiplies where they lie. Of 100,000 vectors of 384 dimensions that takes 6 ms
of the processor's time; as int8 (a quarter of the room) 9, as float16 (half of it) 75, since both are made float32
again for each search. What is not searched is on the disk only.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from parlance.stores.indexes.parts import Part
from parlance.stores.indexes.ranking import Row, leading
from parlance.values.errors import Fault, Kind

SAMPLE = 1024
"""Vectors that tell how a base lies to a query: their mean is off by a thirtieth of the spread."""
GATHER_BELOW = 0.25
"""Of a part: fewer rows than this share are copied and compared alone."""

FEW = 16_384
"""Rows of a part, left by a filter, that are compared one by one although there is a net: that is 2 ms."""
SPARE, MOST_NAMED = 2, 4096
"""Rows that a net names for each that is wanted, and how many at most: more take as long as comparing all."""


class Near(msgspec.Struct, frozen=True):
    """The nearest rows with their cosines, and the mean and spread of the cosines with a sample of all."""

    best: tuple[tuple[float, Row], ...] = ()
    mean: float = 0.0
    spread: float = 0.0


class Nearest:
    """One query's cosines. `numeric` is the module numpy. Raises `Fault(invalid, code="wrong_dimension")`."""

    def __init__(self, parts: Sequence[Part], vector: Sequence[float], numeric: Any) -> None:
        self._parts = parts
        self._numpy = numeric
        self._query = numeric.asarray(vector, numeric.float32)
        if any(part.segment.dimension not in (0, len(vector)) for part in parts):
            raise Fault(
                Kind.invalid,
                "The vector of the query has another length than those of the base.",
                hint="Ask with the model that the base was embedded with.",
                code="wrong_dimension",
            )

    def best(self, most: int, chosen: Sequence[bytearray | None]) -> Near:
        """The `most` nearest of the chosen rows."""
        found = [
            (cosine, (place, row))
            for place, part in enumerate(self._parts)
            if part.segment.dimension
            for cosine, row in self._part(part, most, chosen[place])
        ]
        return Near(leading(found, most, self._parts), *self._lie())

    def several(self, rows: Sequence[Row]) -> dict[Row, float]:
        """The cosines of some rows, without those that have no vector."""
        found: dict[Row, float] = {}
        for place, part in enumerate(self._parts):
            present = part.segment.present
            some = [row for at, row in rows if at == place and part.segment.dimension and present[row]]
            if some:
                cosines = self._cosines(matrix(self._numpy, part)[some]).tolist()
                found |= {(place, row): cosine for row, cosine in zip(some, cosines, strict=True)}
        return found

    def _cosines(self, vectors: Any) -> Any:
        # Not `@`: BLAS would share so little work among threads that wait for each other, which costs two and a half
        # times the processor's time when it is idle, and twenty times the wall's when it is not.
        return self._numpy.vecdot(vectors, self._query)

    def _part(self, part: Part, most: int, chosen: bytearray | None) -> list[tuple[float, int]]:
        numpy, all_of = self._numpy, matrix(self._numpy, part)
        rows = self._named(part, most, chosen)
        if rows is None:
            rows = self._rows(part, chosen)
        if rows is None:
            cosines = self._cosines(all_of)
        elif len(rows) < GATHER_BELOW * len(all_of):
            cosines = self._cosines(all_of[rows])
        else:
            cosines = self._cosines(all_of)[rows]
        if len(cosines) > most:
            edge = numpy.partition(cosines, len(cosines) - most)[len(cosines) - most]
            places = numpy.flatnonzero(cosines >= edge)
        else:
            places = numpy.arange(len(cosines))
        return [(float(cosines[at]), int(at if rows is None else rows[at])) for at in places]

    def _named(self, part: Part, most: int, chosen: bytearray | None) -> Any:
        """The rows that the part's net names; none where they must be sought by comparing. What a filter and what has
        gone leave of the nearest are the nearest of what is left, as long as enough of them is."""
        numpy, net = self._numpy, part.segment.net
        if net is None:
            return None
        kept = None if chosen is None else numpy.frombuffer(chosen, numpy.bool_)
        left = part.segment.size if kept is None else int(numpy.count_nonzero(kept))
        wanted = SPARE * most * part.segment.size // max(left, 1)
        if left <= FEW or wanted > MOST_NAMED:
            return None
        rows = net.nearest(self._query, wanted)
        if kept is not None:
            rows = rows[kept[rows]]
        return rows if len(rows) >= most else None

    def _rows(self, part: Part, chosen: bytearray | None) -> Any:
        """The rows to compare; none for all of them."""
        numpy = self._numpy
        present = numpy.frombuffer(part.segment.present, numpy.bool_)
        if chosen is not None:
            return numpy.flatnonzero(present & numpy.frombuffer(chosen, numpy.bool_))
        return None if part.vectors == part.segment.size else numpy.flatnonzero(present)

    def _lie(self) -> tuple[float, float]:
        every = sum(part.vectors for part in self._parts)
        if not every:
            return 0.0, 0.0
        step = max(1, every // SAMPLE)
        some = [sample(self._numpy, part, step) for part in self._parts if part.vectors]
        cosines = self._numpy.concatenate([self._cosines(each) for each in some])
        return float(cosines.mean()), float(cosines.std())


def matrix(numpy: Any, part: Part) -> Any:
    """All vectors of a part's segment, a row each, where they lie."""
    return numpy.frombuffer(part.segment.vectors, numpy.float32).reshape(-1, part.segment.dimension)


def sample(numpy: Any, part: Part, step: int) -> Any:
    """Every so manieth vector of a part that is there; kept with the part, since every search asks for it."""
    if part.sample is None or part.sample[0] != step:
        kept = numpy.frombuffer(part.segment.present, numpy.bool_)
        if part.live is not None:
            kept = kept & numpy.frombuffer(part.live, numpy.bool_)
        part.sample = (step, matrix(numpy, part)[numpy.flatnonzero(kept)[::step]])
    return part.sample[1]
