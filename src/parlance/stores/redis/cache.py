"""Kept bytes that all processes share.

Each scope has an index of its entries with their sizes, so that counting and clearing one scope touches nobody else's.
The bound in bytes is that of the scope's index here and of Redis itself (`maxmemory` with an LRU policy) over all: an
entry that Redis threw away is found missing when it is asked for, and leaves the index then.
"""

from __future__ import annotations

import hashlib

from parlance.ports.coordination import CacheCount
from parlance.ports.signals import Signals
from parlance.stores.redis.link import Away, Link
from parlance.stores.volatile.cache import MemoryCache

ENTRY_OVERHEAD = 200
"""Bytes that Redis spends on an entry beside its value: two keys, a hash field, a score and a time."""
# KEYS: times (sorted set by the end of an entry), sizes (hash), value. Every script first forgets what is over.
_TIDY = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now)) do
  redis.call('HDEL', KEYS[2], name)
  redis.call('ZREM', KEYS[1], name)
end
"""
_GET = """
local value = redis.call('GET', KEYS[3])
if not value then
  redis.call('ZREM', KEYS[1], ARGV[1])
  redis.call('HDEL', KEYS[2], ARGV[1])
end
return value
"""
_PUT = (
    _TIDY
    + """
redis.call('SET', KEYS[3], ARGV[2], 'PX', ARGV[3])
redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[1])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[3] * 2)
redis.call('PEXPIRE', KEYS[2], ARGV[3] * 2)
return 1
"""
)
_CLEAR = """
for _, name in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  redis.call('DEL', ARGV[1] .. name)
end
redis.call('DEL', KEYS[1], KEYS[2])
return 1
"""
_COUNT = (
    _TIDY
    + """
local bytes = 0
local sizes = redis.call('HVALS', KEYS[2])
for _, size in ipairs(sizes) do bytes = bytes + size end
return {#sizes, bytes}
"""
)


class RedisCache:
    """A `Cache` for all processes. `name` keeps caches apart; while Redis is away each process uses its `own`."""

    def __init__(self, link: Link, name: str, max_bytes: int, own: MemoryCache, signals: Signals) -> None:
        self._link = link
        self._name = name
        self._max_bytes = max_bytes
        self._own = own
        self._signals = signals
        self._topic = f"cache.{name}.clear"
        self._owed: set[str] = set()
        """Scopes that were cleared while Redis was away: what it has of them must not be seen again."""
        signals.on(self._topic, self._cleared)

    async def get(self, scope: str, key: str) -> bytes | None:
        """The bytes, or `None`."""
        entry = _digest(key)
        try:
            if self._owed:
                await self._pay(scope)
            found: bytes | None = await self._link.run(_GET, [*self._index(scope), self._place(scope) + entry], [entry])
        except Away:
            return await self._own.get(scope, key)
        return found

    async def put(self, scope: str, key: str, value: bytes, ttl: float) -> None:
        """Keep the bytes."""
        entry, size = _digest(key), len(value) + ENTRY_OVERHEAD
        if size > self._max_bytes:
            return
        keys = [*self._index(scope), self._place(scope) + entry]
        try:
            if self._owed:
                await self._pay(scope)
            await self._link.run(_PUT, keys, [entry, value, max(1, round(ttl * 1000)), size])
        except Away:
            await self._own.put(scope, key, value, ttl)

    async def clear(self, scope: str) -> None:
        """Forget one scope, in Redis and in what each process kept while Redis was away."""
        await self._own.clear(scope)
        self._owed.add(scope)
        try:
            await self._pay(scope)
        except Away:
            return
        await self._signals.tell(self._topic, scope.encode())

    async def _pay(self, scope: str) -> None:
        if scope in self._owed:
            await self._link.run(_CLEAR, self._index(scope), [self._link.prefix + self._place(scope)])
            self._owed.discard(scope)

    async def _cleared(self, said: bytes) -> bytes | None:
        await self._own.clear(said.decode())
        return None

    async def count(self, scope: str) -> CacheCount:
        """What one scope has."""
        try:
            entries, used = await self._link.run(_COUNT, self._index(scope), [])
        except Away:
            return await self._own.count(scope)
        return CacheCount(int(entries), int(used))

    def _place(self, scope: str) -> str:
        return f"cache:{self._name}:{_digest(scope)}:"

    def _index(self, scope: str) -> list[str]:
        return [f"{self._place(scope)}times", f"{self._place(scope)}sizes"]


def _digest(name: str) -> str:
    """Names of any length and any character, as one that no other name has."""
    return hashlib.sha256(name.encode()).hexdigest()
