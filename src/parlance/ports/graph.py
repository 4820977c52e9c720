"""Where the graphs of bases are, for one tenant: what was drawn out of each chunk.

Contract suite: `tests/contract/test_graph_stores.py`. Reads are awaited; changes are statements that a change set is
made of. All reads for people and searches tell only of what rests on chunks that are found: of documents that are ready
and, like the chunk, switched on. A drawing goes with its chunk: whoever removes that removes it before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

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
