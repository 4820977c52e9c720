"""What is deleted while all blobs are copied: it stays until the copy is done."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager


class Sparing:
    """Deletes by `remove`, now or when the last of those who copy is done. It knows of this process alone."""

    def __init__(self, remove: Callable[[str], Awaitable[None]]) -> None:
        self._remove = remove
        self._keepers = 0
        self._unwanted: set[str] = set()

    @asynccontextmanager
    async def undeleted(self) -> AsyncIterator[None]:
        """While somebody copies: what is deleted meanwhile goes when the last of them is done."""
        self._keepers += 1
        try:
            yield
        finally:
            self._keepers -= 1
            if not self._keepers:
                unwanted, self._unwanted = self._unwanted, set()
                for id in unwanted:
                    await self.delete(id)

    async def delete(self, id: str) -> None:
        """Remove it, or note that it is to go."""
        if self._keepers:
            self._unwanted.add(id)
            return
        await self._remove(id)
