"""Kept bytes in memory: least recently used first out, bounded by real bytes, each entry with its time."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from parlance.ports.coordination import CacheCount
from parlance.values.time import Clock

ENTRY_OVERHEAD = 400
"""Bytes that CPython spends on an entry beside key and value, measured: objects' headers and slots of two tables."""


class MemoryCache:
    """A `Cache` in this process. `on_evict` hears of each entry that had to go for room."""

    def __init__(self, max_bytes: int, clock: Clock, on_evict: Callable[[], None] = lambda: None) -> None:
        self._max_bytes = max_bytes
        self._clock = clock
        self._on_evict = on_evict
        self._entries: OrderedDict[tuple[str, str], tuple[bytes, float]] = OrderedDict()
        self._scopes: dict[str, dict[str, int]] = {}
        """Each scope's keys with their sizes: to count or clear one scope must not take a walk over all of them."""
        self.bytes = 0

    async def get(self, scope: str, key: str) -> bytes | None:
        """The bytes, or `None`."""
        entry = self._entries.get((scope, key))
        if entry is None:
            return None
        value, until = entry
        if until <= self._clock.monotonic():
            self._drop((scope, key))
            return None
        self._entries.move_to_end((scope, key))
        return value

    async def put(self, scope: str, key: str, value: bytes, ttl: float) -> None:
        """Keep the bytes, and make room."""
        name = (scope, key)
        size = _size(name, value)
        if name in self._entries:
            self._drop(name)
        if size > self._max_bytes:
            return
        self._entries[name] = (value, self._clock.monotonic() + ttl)
        self._scopes.setdefault(scope, {})[key] = size
        self.bytes += size
        while self.bytes > self._max_bytes:
            self._drop(next(iter(self._entries)))
            self._on_evict()

    async def clear(self, scope: str) -> None:
        """Forget one scope."""
        for key in list(self._scopes.get(scope, ())):
            self._drop((scope, key))

    async def count(self, scope: str) -> CacheCount:
        """Live entries of one scope; those whose time is over are dropped first."""
        now = self._clock.monotonic()
        for key in [key for key in self._scopes.get(scope, ()) if self._entries[(scope, key)][1] <= now]:
            self._drop((scope, key))
        sizes = self._scopes.get(scope, {})
        return CacheCount(len(sizes), sum(sizes.values()))

    def _drop(self, name: tuple[str, str]) -> None:
        del self._entries[name]
        scope, key = name
        keys = self._scopes[scope]
        self.bytes -= keys.pop(key)
        if not keys:
            del self._scopes[scope]


def _size(name: tuple[str, str], value: bytes) -> int:
    return len(name[0]) + len(name[1]) + len(value) + ENTRY_OVERHEAD
