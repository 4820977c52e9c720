"""Where the chunks of a base are found by their words and by their vectors. Contract suite: `parlance.testing.indexes`.

What is found in a base is the rows of a database; an index is made from them and may be lost (decision 0016). It is
told of changes by a `Source`: documents with the revision of the base at which each changed last. Every implementation
holds:

1. Before it answers, it has taken up all changes up to the revision of the `Base` that it is given.
2. BM25 (k1 0.8, b 0.5) counts the chunks that are there now: what was removed changes no score, however the index
   is laid out.
3. A filter is applied before the best are chosen, and what is chosen are exactly the best; among very many vectors
   (`knowledge.hnsw_above`) some of the nearest may be missed, at most 2 in 100 of the ten nearest. Scores are exact.
4. Nothing of one base is ever found in another, nor vectors of another generation.
5. The event loop is not held for more than 10 ms.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Protocol

import msgspec

from parlance.values.knowledge import Base


class IndexedChunk(msgspec.Struct, frozen=True):
    """A chunk as search sees it: `text` is its context and content, `vector` little-endian float32 of unit length."""

    id: str
    text: str
    vector: bytes | None = None


class ChangedDocument(msgspec.Struct, frozen=True):
    """All chunks of a document that are found now, in their order; none for one that was deleted or switched off.
    `revision` is that of its base when that came to be."""

    id: str
    revision: int
    chunks: tuple[IndexedChunk, ...] = ()


class Mark(msgspec.Struct, frozen=True, order=True):
    """How far the changes of a base are known: all up to and with this document at this revision."""

    revision: int = 0
    document: str = ""


class Source(Protocol):
    """The truth that indexes are made from."""

    async def changes(
        self, tenant: str, base: str, generation: int, after: Mark, most: int
    ) -> Sequence[ChangedDocument]:
        """Documents that changed behind `after`, by (revision, id) ascending; each at its last revision only.

        At least one where there is any, and no more than fit into `most` chunks unless one alone has more; none says
        that there is nothing further. Vectors are those of the `generation`. The revisions of a base are committed in
        order: once one was seen, nothing with a lower one comes.
        """
        ...


class Match(msgspec.Struct, frozen=True):
    """A chunk that was found: `words` is its BM25 score (0.0 without any of the words), `vector` its cosine (none
    where it has no vector, or nothing was asked by vector)."""

    chunk: str
    document: str
    words: float
    vector: float | None = None


class Found(msgspec.Struct, frozen=True):
    """What a search found: the best by words and the best by vector together, each with both scores, in no promised
    order.

    `ideal` is the BM25 score that no chunk can reach: all of the query's words, again and again. `mean` and `spread`
    (standard deviation) are those of the cosines with all vectors of the base, filtered or not; `chunks` and `vectors`
    count what there is in the base.
    """

    matches: tuple[Match, ...] = ()
    ideal: float = 0.0
    mean: float = 0.0
    spread: float = 0.0
    chunks: int = 0
    vectors: int = 0


class BaseIndex(Protocol):
    """Finds chunks in bases."""

    async def find(
        self, base: Base, query: str, vector: Sequence[float] | None, most: int, only: AbstractSet[str] | None = None
    ) -> Found:
        """The `most` best chunks by the words of `query`, and as many by `vector`, of the documents in `only`.

        An empty query finds nothing by words. Ties are broken by the chunk's id. Raises `Fault(unsupported,
        code="no_vectors")` when vectors cannot be compared in this installation, `Fault(invalid,
        code="wrong_dimension")` for a vector of another length than those in the base.
        """
        ...

    async def drop(self, tenant: str, base: str) -> None:
        """Forget a base. Idempotent; a base that is searched again is taken up anew."""
        ...

    async def close(self) -> None:
        """Let go of everything."""
        ...
