"""From settings to what several servers agree on: in this process, or over Redis where one is named."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from parlance.ports.coordination import Cache, Counter
from parlance.ports.mirror import RunMirror
from parlance.settings.schema import Settings
from parlance.stores.volatile.cache import MemoryCache
from parlance.stores.volatile.counters import MemoryCounter
from parlance.stores.volatile.mirror import MemoryMirror
from parlance.values.errors import Fault, Kind
from parlance.values.time import Clock
from parlance.watch import Observer

if TYPE_CHECKING:
    from parlance.stores.redis.link import Link


class Shared:
    """Makes caches, counters and the mirror of one server."""

    def __init__(self, settings: Settings, clock: Clock, observer: Observer) -> None:
        self._clock = clock
        self._link: Link | None = None
        if settings.redis.url is not None:
            self._link = _link(settings.redis.url.reveal(), settings.redis.prefix, clock, observer)
            link = self._link
            observer.metrics.watch("redis_up", "Whether Redis is asked (1) or left alone (0).", lambda: int(link.open))

    def counter(self) -> Counter:
        """Totals over windows."""
        own = MemoryCounter(self._clock)
        if self._link is None:
            return own
        from parlance.stores.redis.counters import RedisCounter

        return RedisCounter(self._link, own)

    def cache(self, name: str, max_bytes: int, on_evict: Callable[[], None]) -> Cache:
        """Kept bytes, apart from those of other names."""
        own = MemoryCache(max_bytes, self._clock, on_evict)
        if self._link is None:
            return own
        from parlance.stores.redis.cache import RedisCache

        return RedisCache(self._link, name, max_bytes, own)

    def mirror(self) -> RunMirror:
        """What detached runs say."""
        if self._link is None:
            return MemoryMirror(self._clock)
        from parlance.stores.redis.mirror import RedisMirror

        return RedisMirror(self._link)

    async def close(self) -> None:
        """Let go of the connections."""
        if self._link is not None:
            await self._link.close()


def _link(url: str, prefix: str, clock: Clock, observer: Observer) -> Link:
    try:
        from parlance.stores.redis.link import Link
    except ModuleNotFoundError:
        message = "redis is not installed: `pip install parlance[redis]` brings it."
        raise Fault(Kind.unsupported, message, code="driver_missing") from None
    return Link(url, prefix, clock, observer.log("parlance.redis"))
