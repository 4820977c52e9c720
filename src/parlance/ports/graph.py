"""Where the graphs of bases are, for one tenant: what was drawn out of each chunk.

Contract suite: `tests/contract/test_graph_stores.py`. Reads are awaited; changes are statements that a change set is
made of. All reads for people and searches tell only of what rests on chunks that are found: of documents that are ready
and, like the chunk, switched on. A drawing goes with its chunk: whoever removes that removes it before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from parlance.ports.stores import ChangeSet
from parlance.values.graph import Drawing, EntityLink, EntityNode, Extent, Mention, Tie
from parlance.values.knowledge import Chunk

MOST_KEYS = 400
"""Keys that are asked for at once."""


class Graphs(Protocol):
    """The graphs of one tenant's bases."""

    # -- what is still to be drawn ----------------------------------------------------------------------------------

    async def undrawn(self, document: str, most: int) -> Sequence[Chunk]:
        """Some chunks of a document that are found and were not read for the graph yet, by their places."""
        ...

    async def nonsense(self, document: str) -> int:
        """Of how many chunks of a document a model gave nothing that could be read."""
        ...

    async def drawings(self, document: str, chunks: Sequence[str]) -> Mapping[str, Drawing]:
        """What was drawn out of those of some chunks of a document, at most `TOGETHER`, that were read."""
        ...

    async def pieces(self, base: str, most: int, *, nonsense: bool = False) -> Sequence[tuple[str, str]]:
        """Some chunks of a base that were read, as (document, chunk); perhaps only those that gave `nonsense`."""
        ...

    def draw(self, chunk: Chunk, drawing: Drawing) -> ChangeSet:
        """What was drawn out of a chunk: a conflict when that is there already, or the chunk is gone."""
        ...

    def forget(self, document: str, chunks: Sequence[str]) -> ChangeSet:
        """These chunks, at most `TOGETHER`, were not read; whether they were or not."""
        ...

    async def found(self, document: str, after: int, most: int) -> Sequence[tuple[str, int]]:
        """Some chunks of a document that were read and are found (the document is switched on, too), behind a place, as
        (chunk, place)."""
        ...

    async def bases(self, after: str, most: int) -> Sequence[str]:
        """The ids, by themselves, of bases of which something was read, behind an id."""
        ...

    # -- the graph --------------------------------------------------------------------------------------------------

    async def extent(self, base: str) -> Extent:
        """How large it is."""
        ...

    async def named(self, base: str, keys: Sequence[str]) -> Sequence[EntityNode]:
        """Those of the keys, at most `MOST_KEYS`, that are there."""
        ...

    async def common(self, base: str, piece: str, most: int) -> Sequence[EntityNode]:
        """The entities that most chunks speak of, ties by key; of those that have a piece in their key."""
        ...

    async def mentions(self, base: str, keys: Sequence[str], most: int) -> Sequence[Mention]:
        """Where some entities are spoken of, by document and chunk."""
        ...

    async def ties(self, base: str, keys: Sequence[str], most: int) -> Sequence[Tie]:
        """The relations that begin or end at some entities, in each chunk, the strongest first."""
        ...

    async def links(self, base: str, keys: Sequence[str], most: int) -> Sequence[EntityLink]:
        """The relations between these entities, those first that most chunks tell of."""
        ...


class Tenants(Protocol):
    """Who may have graphs."""

    async def tenants(self) -> Sequence[str]:
        """The ids of all tenants."""
        ...


class Projecting(msgspec.Struct, frozen=True):
    """A document that is being projected: `claim` is a token that nobody had before."""

    tenant: str
    base: str
    document: str
    claim: str


class Projected(msgspec.Struct, frozen=True):
    """A chunk with what was drawn out of it, and its place in the document."""

    chunk: str
    place: int
    drawing: Drawing


class Projection(Protocol):
    """A copy of the graphs of all tenants in a database that is made for graphs. It may lag and be lost: the truth is
    elsewhere. Contract suite: `tests/contract/test_projections.py`.

    All of it raises `Fault(busy)` while that database is away, or refuses us. Whoever projects a document claims it
    before the rows are read; what is written under a claim that is not the last one is no change, and a
    `Fault(conflict)`.
    """

    async def prepare(self) -> None:
        """Whatever that database must know beforehand; whether it knows it or not."""
        ...

    async def claim(self, of: Projecting) -> None:
        """From now on this claim is the document's last one."""
        ...

    async def write(self, of: Projecting, name: str, chunks: Sequence[Projected]) -> None:
        """Some of its chunks, each with at least one entity; `name` is the document's. What was there of them stays."""
        ...

    async def settle(self, of: Projecting, *, gone: bool) -> None:
        """Without what was there and was not written under this claim; without the document itself where it is
        `gone`."""
        ...

    async def documents(self, tenant: str, base: str, after: str, most: int) -> Sequence[str]:
        """The ids of documents that are there, by themselves, behind an id."""
        ...

    async def bases(self, tenant: str, after: str, most: int) -> Sequence[str]:
        """The ids of bases of which something is there, by themselves, behind an id."""
        ...

    async def size(self) -> int:
        """How many documents are there, of all tenants."""
        ...
