"""Where knowledge bases, their documents and the chunks of these are, for one tenant.

Contract suite: `tests/contract/test_knowledge_stores.py`. Reads are awaited; changes are statements that a change set
is made of, in the order base, document, chunks, job, so that two change sets never wait for each other. What changes
what is found in a base raises its revision. Who may see what is decided in the core.

What is leaving is not there any more for any read but those of `Remains`: its rows go piece by piece.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import msgspec

from parlance.ports.evaluations import Evaluations
from parlance.ports.files import RoomKeeping, Rooms
from parlance.ports.graph import Graphs, Tenants
from parlance.ports.indexes import Source
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

    async def chunks(self, base: str) -> int:
        """How many chunks are found in it."""
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

    def raise_revision(self, base: str, *, generation: int | None = None, dimension: int = 0) -> Statement:
        """What is found changes; a conflict when it leaves, or its `generation` or `dimension` (0: none) is another."""
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
        self, id: str, fields: Mapping[str, Any], now: int, *, among: States = (), cut: int | None = None
    ) -> Statement:
        """New values of some fields; a conflict when it is gone, in none of these states, or shows another `cut`."""
        ...

    def still_placed(self, document: Document) -> Statement:
        """Nothing changes; a conflict when it is gone, or came from elsewhere or has another place meanwhile."""
        ...

    def found_anew(self, id: str, *, fewer: int = 0) -> Statement:
        """What is found of it changed with the last raise of its base's revision, which stands before this in the
        change set: it has so many chunks `fewer` than it has by then."""
        ...

    def leave(self, document: Document, now: int) -> ChangeSet:
        """It is there no more, nor found; a conflict when it is gone already."""
        ...


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

    async def dimension(self, base: str, generation: int) -> int:
        """The dimension of the vectors that a base has of one generation; 0 where there are none."""
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

    def remove(self, chunk: Chunk) -> ChangeSet:
        """It goes, with its vectors and what was drawn out of it; a conflict when it is gone already."""
        ...


class Leaving(msgspec.Struct, frozen=True):
    """A document on its way out: what must still be removed of it."""

    id: str
    base: str
    size: int
    blobs: tuple[str, ...]


class Remains(Protocol):
    """What is left of what has gone, to be removed piece by piece."""

    async def document(self, id: str) -> Leaving | None:
        """A document, leaving or not."""
        ...

    async def documents(self, base: str, most: int) -> Sequence[Leaving]:
        """Some documents of a base, leaving or not."""
        ...

    async def pieces(self, document: str, most: int, *, but: int | None = None) -> Sequence[str]:
        """The ids of some of its chunks, of whichever cut; without those of one."""
        ...

    def clear(self, document: str, chunks: Sequence[str]) -> ChangeSet:
        """These chunks go, with their vectors and what was drawn out of them."""
        ...

    async def outdated(self, base: str, generation: int, most: int) -> Sequence[tuple[str, str, int]]:
        """Some vectors of other generations: document, chunk and generation of each."""
        ...

    def clear_vectors(self, vectors: Sequence[tuple[str, str, int]]) -> ChangeSet:
        """These vectors go."""
        ...

    def remove(self, document: Leaving) -> ChangeSet:
        """Its row goes, and the room it took; a conflict when it is gone already, or chunks are left."""
        ...

    def remove_base(self, base: str) -> ChangeSet:
        """The row of a base without documents goes, with its room."""
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
