"""What is left of documents and bases that are leaving: their rows go piece by piece.

Contract suite: `tests/contract/test_knowledge_stores.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from parlance.ports.stores import ChangeSet


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
