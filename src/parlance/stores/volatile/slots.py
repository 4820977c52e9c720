"""Slots in memory: for those of one process that share them, which stand for processes in tests."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable


class _Named:
    """The slots of one name."""

    def __init__(self) -> None:
        self.taken: set[str] = set()
        self.waiting: deque[tuple[str, asyncio.Future[None]]] = deque()


class MemorySlots:
    """`Slots` in this process."""

    def __init__(self) -> None:
        self._named: dict[str, _Named] = {}
        self._count = 0

    async def take(self, name: str, places: int, waits: Callable[[], None]) -> str:
        """Wait for a place."""
        named = self._named.setdefault(name, _Named())
        self._count += 1
        ticket = str(self._count)
        if len(named.taken) < places and not named.waiting:
            named.taken.add(ticket)
            return ticket
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        named.waiting.append((ticket, future))
        waits()
        try:
            await future
        except asyncio.CancelledError:
            self.give(name, ticket)
            raise
        return ticket

    def give(self, name: str, ticket: str) -> None:
        """Give a slot back."""
        named = self._named[name]
        named.waiting = deque(each for each in named.waiting if each[0] != ticket)
        if ticket in named.taken:
            named.taken.discard(ticket)
            if named.waiting:
                following, future = named.waiting.popleft()
                named.taken.add(following)
                future.set_result(None)
