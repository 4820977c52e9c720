"""A segment without the documents that have gone from it, as a search sees it. What it is does not change."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from functools import cached_property
from typing import Any

from parlance.stores.indexes.segment import Segment

LOOKED_THROUGH = 6
"""Documents of a segment that are looked through in the time in which one is looked up by its id."""


class Part:
    """A segment, and which of its documents (by their places in it) have gone."""

    def __init__(self, segment: Segment, gone: frozenset[int] = frozenset()) -> None:
        self.segment = segment
        self.gone = gone
        self.sample: tuple[int, Any] | None = None
        """Some vectors that were chosen once (`nearest.sample`): a matrix, and every how manieth they are."""

    @cached_property
    def live(self) -> bytearray | None:
        """For each row 1 while it is there; none while all are."""
        if not self.gone:
            return None
        live = bytearray(b"\1" * self.segment.size)
        for document in self.gone:
            rows = self.segment.rows_of(document)
            live[rows.start : rows.stop] = bytes(len(rows))
        return live

    @cached_property
    def size(self) -> int:
        """Rows that are there."""
        return self.segment.size - sum(len(self.segment.rows_of(document)) for document in self.gone)

    @cached_property
    def words(self) -> int:
        """Words in the rows that are there."""
        lengths, rows_of = self.segment.lengths, self.segment.rows_of
        return self.segment.total - sum(lengths[row] for document in self.gone for row in rows_of(document))

    @cached_property
    def vectors(self) -> int:
        """Rows that are there and have a vector."""
        present, rows_of = self.segment.present, self.segment.rows_of
        return self.segment.with_vector - sum(present[row] for document in self.gone for row in rows_of(document))

    def without(self, ids: Iterable[str]) -> Part:
        """The part when these documents have gone, too; itself where it has none of them."""
        found = {self.segment.document(id) for id in ids} - {-1} - self.gone
        return Part(self.segment, self.gone | found) if found else self

    def chosen(self, only: AbstractSet[str] | None) -> bytearray | None:
        """For each row 1 where it is there and of one of these documents; none where all are."""
        if only is None:
            return self.live
        chosen = bytearray(self.segment.size)
        for document in self._among(only):
            if document >= 0 and document not in self.gone:
                rows = self.segment.rows_of(document)
                chosen[rows.start : rows.stop] = b"\1" * len(rows)
        return chosen

    def _among(self, only: AbstractSet[str]) -> Iterable[int]:
        """The documents that have these ids, and -1 for those that none has."""
        documents = self.segment.documents
        if len(only) * LOOKED_THROUGH < len(documents):
            return map(self.segment.document, only)
        return (place for place, id in enumerate(documents) if id.decode() in only)
