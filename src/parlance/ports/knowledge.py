"""Where knowledge bases, their documents and the chunks of these are, for one tenant.

Contract suite: `tests/contract/test_knowledge_stores.py`. Reads are awaited; changes are statements that a change set
is made of, in the order base, document, chunks, job, so that two change sets never wait for each other. What changes
what is found in a base raises its revision. Who may see what is decided in the core.

What is leaving is not there any more for any read but those of `ports/remains.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from parlance.ports.evaluations import Evaluations
from parlance.ports.files import RoomKeeping, Rooms
from parlance.ports.graph import Graphs, Tenants
from parlance.ports.indexes import Source
from parlance.ports.remains import Remains
from parlance.ports.stores import ChangeSet, Statement
from parlance.values.files import Hold
from parlance.values.knowledge import Base, Chunk, ChunkKind, Document, DocumentState, Filter

States = Sequence[DocumentState]
PAGE = 200
"""Rows of one page at the most."""
TOGETHER = 200
"""Chunks or vectors written or removed in one change set: a few milliseconds of a database's only writer."""


class Bases(Protocol):
    """The bases of one tenant."""

    async def base(self, id: str) -> Base | None:
        """A base by its id."""
        ...

    async def page(self, user: str, before: str | None, most: int) -> Sequence[Base]:
        """A user's own bases and those of the whole tenant, newest first: those with an id below `before`."""
        ...

    async def own(self, user: str) -> Sequence[Base]:
        """All bases that are a user's alone."""
        ...

    async def states(self, base: str) -> Mapping[DocumentState, int]:
        """How many documents there are in each state."""
        ...

    async def chunks(self, base: str, generation: int = 0) -> int:
        """How many chunks are found in it; of those documents that have vectors of this `generation` or a later one."""
        ...

    def insert(self, base: Base) -> ChangeSet:
        """A new base."""
        ...

    def change(self, base: Base, fields: Mapping[str, Any], now: int) -> ChangeSet:
        """New values of fields, not of what is found (`switch`); a conflict when it has changed since it was read."""
        ...

    def note(self, base: str, fields: Mapping[str, Any]) -> Statement:
        """New values of fields that nobody sets by hand; a conflict when it is gone."""
        ...

    def switch(self, base: Base, embedder: str, generation: int, dimension: int, now: int) -> ChangeSet:
        """From now on the vectors are those of this embedder, in this generation; every document counts as changed. A
        conflict when anything that is found has changed since the base was read."""
        ...

    def raise_revision(
        self, base: str, *, generation: int | None = None, dimension: int = 0, emptied: int | None = None
    ) -> Statement:
        """What is found changes; a conflict when it leaves, or its `generation` or `dimension` (0: none) is another.
        Where no vector was found any more at the revision `emptied`, the dimension may be another: then it is a
        conflict when the revision is."""
        ...

    def leave(self, base: str) -> Statement:
        """It is there no more; a conflict when it is leaving already."""
        ...


class Documents(Protocol):
    """The documents of one tenant."""

    async def document(self, id: str) -> Document | None:
        """A document by its id, of a base that is there."""
        ...

    async def same(self, base: str, key: str) -> Document | None:
        """The document of a base that has this key: the SHA-256 of its bytes, or of its address."""
        ...

    async def page(
        self, base: str, before: str | None, most: int, states: States = (), *, skip: int = 0
    ) -> Sequence[Document]:
        """The documents of a base with an id below `before`, newest first, perhaps in some states; without `skip`."""
        ...

    async def count(self, base: str, states: States = ()) -> int:
        """How many documents a base has, perhaps in some states only."""
        ...

    async def matching(self, base: str, wanted: Filter) -> frozenset[str]:
        """The ids of the documents that are ready and that a filter lets through: all that it asks holds for them."""
        ...

    async def lagging(self, base: str, generation: int, most: int) -> Sequence[Document]:
        """Some documents that are ready and have no vectors of this generation yet."""
        ...

    def insert(self, document: Document, key: str) -> ChangeSet:
        """A new document; a conflict when its base is leaving or has one with this key."""
        ...

    def change(
        self,
        id: str,
        fields: Mapping[str, Any],
        now: int | None,
        *,
        among: States = (),
        cut: int | None = None,
        was: Document | None = None,
    ) -> Statement:
        """New values of some fields; a conflict when it is gone, in none of these states, shows another `cut`, or
        changed after it `was` read: whatever is made of what a document had is written so. `changed` is `now`, and
        later than it was in any case; without `now` it stays, and nobody's `was` minds the change."""
        ...

    def found_anew(self, id: str, *, fewer: int = 0) -> Statement:
        """What is found of it changed with the last raise of its base's revision, which stands before this in the
        change set: it has so many chunks `fewer` than it has by then."""
        ...

    def leave(self, document: Document, now: int, *, as_read: bool = False) -> ChangeSet:
        """It is there no more, nor found; a conflict when it is gone already, or is not as it was read (`as_read`)."""
        ...


class Sample(NamedTuple):
    """A chunk with the vector that is kept of it, as `Chunks.embed` takes it."""

    chunk: Chunk
    vector: bytes


class Chunks(Protocol):
    """The chunks of one tenant's documents. A document that is cut anew has those of two cuts for a while: only those
    of `Document.cut` are seen by reads for people, and found."""

    async def chunk(self, id: str) -> Chunk | None:
        """A chunk by its id, of a document that is ready."""
        ...

    async def page(
        self,
        document: str,
        after: int,
        most: int,
        *,
        kinds: Sequence[ChunkKind] = (),
        searched: bool = False,
        skip: int = 0,
    ) -> Sequence[Chunk]:
        """The chunks of a document that is ready, by their places above `after`; perhaps of some kinds only, or those
        that are `searched`, without the first `skip` of them."""
        ...

    async def count(self, document: str, kinds: Sequence[ChunkKind] = (), *, searched: bool = False) -> int:
        """How many such chunks a document has that is ready."""
        ...

    async def children(self, parent: Chunk) -> Sequence[Chunk]:
        """The chunks that were cut from one, at most `PAGE`, by their places."""
        ...

    async def written(self, document: str, after: int, most: int, *, cut: int = 0) -> Sequence[Chunk]:
        """As `page`, of a document in any state, and of any of its cuts: for whoever copies or makes it."""
        ...

    async def several(self, ids: Sequence[str]) -> Sequence[Chunk]:
        """Chunks by their ids, at most `PAGE`, in no order; without those of documents that are not ready."""
        ...

    async def unembedded(self, document: str, generation: int, most: int, *, cut: int = 0) -> Sequence[Chunk]:
        """Some chunks of a document's cut, ready or not, that are searched and lack a vector of this generation."""
        ...

    async def embedded(self, documents: Sequence[str], generation: int) -> Mapping[str, tuple[int, int]]:
        """Of documents that are not ready, at most `PAGE`: how many of their chunks have a vector of this generation,
        and how many are searched. One without chunks is not told of."""
        ...

    async def dimension(self, base: str, generation: int, document: str | None = None) -> int:
        """The dimension of the vectors of one generation that a `document` has, or else those documents of its base
        that are ready; 0 where there are none."""
        ...

    async def samples(self, base: str, generation: int, document: str | None = None) -> Sequence[Sample]:
        """The first two chunks with vectors of this generation, of each of the oldest and the newest document of a base
        that is ready and has such; or of a `document` alone, in whatever state."""
        ...

    def insert(self, chunks: Sequence[Chunk], *, cut: int = 0) -> ChangeSet:
        """New ones, of one document, for one cut of it; a conflict when one of their places in that is taken."""
        ...

    def embed(self, chunks: Sequence[Chunk], generation: int, vectors: Sequence[bytes]) -> ChangeSet:
        """Their vectors: little-endian float32 of unit length."""
        ...

    def change(self, chunk: Chunk, fields: Mapping[str, Any]) -> Statement:
        """Another content, or whether it is found; a conflict when its content is not what was read."""
        ...

    def forget_vectors(self, chunk: str, document: str) -> Statement:
        """Its vectors of all generations go."""
        ...

    def forget_all_vectors(self, document: str) -> Statement:
        """Those of all its chunks, of all generations, go."""
        ...

    def remove(self, chunk: Chunk) -> ChangeSet:
        """It goes, with its vectors and what was drawn out of it; a conflict when it is gone already."""
        ...


class KnowledgeRooms(Rooms, Protocol):
    """Room for documents: `user` of a `Hold` is their base. A base without a row in it takes no documents."""

    async def quota(self) -> int | None:
        """The tenant's own bound in bytes, where it has another than the settings'."""
        ...

    def bound(self, quota: int | None) -> Statement:
        """From now on this is the tenant's own bound, or none is; a conflict where there is no count of it yet."""
        ...

    def settle(self, hold: Hold, used: int, documents: int) -> ChangeSet:
        """From reserved to used, with so many more documents; a conflict when the reservation is gone."""
        ...

    def add_document(self, base: str) -> ChangeSet:
        """One more document, whose bytes are not there yet."""
        ...


class KnowledgeStores(RoomKeeping, Tenants, Protocol):
    """The stores of every tenant."""

    @property
    def source(self) -> Source:
        """What indexes are made from."""
        ...

    def bases(self, tenant: str) -> Bases:
        """A tenant's bases."""
        ...

    def documents(self, tenant: str) -> Documents:
        """A tenant's documents."""
        ...

    def chunks(self, tenant: str) -> Chunks:
        """A tenant's chunks."""
        ...

    def graphs(self, tenant: str) -> Graphs:
        """The graphs of a tenant's bases."""
        ...

    def evaluations(self, tenant: str) -> Evaluations:
        """A tenant's evaluations."""
        ...

    def remains(self, tenant: str) -> Remains:
        """What is left of what a tenant had."""
        ...

    def rooms(self, tenant: str) -> KnowledgeRooms:
        """The room of a tenant's documents."""
        ...
