"""What several processes must agree on: kept bytes and counters.

Contract suites: `parlance.testing.coordination`.
"""

from __future__ import annotations

from typing import Protocol

import msgspec


class CacheCount(msgspec.Struct, frozen=True):
    """Live entries and their real bytes (keys included)."""

    entries: int
    bytes: int


class Cache(Protocol):
    """Bytes under a key for a while. Bounded in bytes; the least recently used goes first.

    `scope` is who the entry belongs to (`Principal.scope_key`): no call reaches another scope's entries.
    """

    async def get(self, scope: str, key: str) -> bytes | None:
        """The bytes, or `None` when there are none or their time is over."""
        ...

    async def put(self, scope: str, key: str, value: bytes, ttl: float) -> None:
        """Keep them for `ttl` seconds from now. What is larger than the whole cache is not kept."""
        ...

    async def clear(self, scope: str) -> None:
        """Forget everything of one scope."""
        ...

    async def count(self, scope: str) -> CacheCount:
        """What one scope has."""
        ...


class Count(msgspec.Struct, frozen=True):
    """A counter's total in its window and the seconds until the window ends."""

    total: int
    resets: float
    mark: float = 0.0
    """Which window this is: equal for all counts of one window of one counter."""


class Counter(Protocol):
    """Totals over fixed windows."""

    async def add(self, name: str, amount: int, window: float, *, within: float | None = None) -> Count:
        """Add to the total of the current window of `window` seconds (a negative amount takes back).

        `within` is a window's mark: when that window is over, nothing is added.
        """
        ...

    def note(self, name: str, amount: int, window: float, *, within: float | None = None) -> None:
        """The same for whoever does not wait for the total: a counter in another place sends what was noted later."""
        ...
