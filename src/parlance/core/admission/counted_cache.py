"""A cache that counts what was asked of it, apart for each caller: answers and conversations are kept in one each."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from parlance.core.admission.operations import CacheState
from parlance.core.admission.totals import PerScope
from parlance.ports.coordination import Cache
from parlance.ports.observing import CacheName, Meters


class Asked(msgspec.Struct):
    """What was asked of a cache."""

    hits: int = 0
    misses: int = 0


class CountedCache:
    """One pool's cache of one kind of thing. `ttl` is in seconds, `max_bytes` as the cache behind it was given."""

    name: ClassVar[CacheName]
    """What the meters call it."""

    def __init__(self, cache: Cache, *, enabled: bool, ttl: float, max_bytes: int, meters: Meters) -> None:
        self.enabled = enabled
        self._cache = cache
        self._ttl = ttl
        self._max_bytes = max_bytes
        self._meters = meters
        self._asked = PerScope(Asked)

    async def _get(self, scope: str, key: str) -> bytes | None:
        """What is kept, or `None`; counts a hit or a miss."""
        kept = await self._cache.get(scope, key)
        asked = self._asked.counting(scope)
        if kept is None:
            asked.misses += 1
            self._meters.cache(self.name, "miss")
        else:
            asked.hits += 1
            self._meters.cache(self.name, "hit")
        return kept

    async def _put(self, scope: str, key: str, value: bytes) -> None:
        await self._cache.put(scope, key, value, self._ttl)
        self._meters.cache(self.name, "store")

    async def clear(self, scope: str) -> None:
        """Forget what one scope has here, and its counts."""
        await self._cache.clear(scope)
        self._asked.clear(scope)

    async def state(self, scope: str) -> CacheState:
        """What one scope has here."""
        count, asked = await self._cache.count(scope), self._asked.of(scope)
        return CacheState(count.entries, count.bytes, self._max_bytes, asked.hits, asked.misses)
