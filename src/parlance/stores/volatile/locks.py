"""Who holds a name, in one process."""

from __future__ import annotations


class MemoryLocks:
    """`Locks` in this process."""

    def __init__(self) -> None:
        self.held: set[str] = set()

    async def take(self, name: str) -> bool:
        """Hold it, unless somebody does."""
        if name in self.held:
            return False
        self.held.add(name)
        return True

    async def give(self, name: str) -> None:
        """Hold it no more."""
        self.held.discard(name)
