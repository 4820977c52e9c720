"""From settings to what several servers agree on: in this process, or over Redis where one is named."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from parlance.core.runs.flush import Flusher
from parlance.core.runs.registry import Runs
from parlance.core.runs.relays import Loader, Relays
from parlance.ports.coordination import Cache, Counter
from parlance.ports.signals import Signals
from parlance.ports.visits import Locks, VisitRecords
from parlance.settings.schema import Settings
from parlance.stores.volatile.cache import MemoryCache
from parlance.stores.volatile.counters import MemoryCounter
from parlance.stores.volatile.locks import MemoryLocks
from parlance.stores.volatile.visits import MemoryVisits
from parlance.values.errors import Fault, Kind
from parlance.values.extras import advice
from parlance.values.time import Clock
from parlance.watch import Observer

if TYPE_CHECKING:
    from parlance.stores.redis.link import Link
    from parlance.stores.redis.locks import RedisLocks
    from parlance.stores.redis.signals import RedisSignals
    from parlance.stores.redis.slots import RedisSlots


class Shared:
    """Makes what one server shares with others: caches, counters, slots, signals, and what its runs say."""

    def __init__(self, settings: Settings, clock: Clock, process: str, observer: Observer) -> None:
        """`process` is what others call this one."""
        self.process = process
        self.signals: RedisSignals | None = None
        """How other servers are reached, where there may be any."""
        self._clock = clock
        self._observer = observer
        self._link: Link | None = None
        self.slots: RedisSlots | None = None
        self._flusher: Flusher | None = None
        self._relays: Relays | None = None
        self._locks: RedisLocks | None = None
        if settings.redis.url is not None:
            self._link = _link(settings.redis.url.reveal(), settings.redis.prefix, clock, observer)
            link = self._link
            self.signals = _signals(link, process, observer)
            self.slots = _slots(link, process, self.signals)
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
        if self._link is None or self.signals is None:
            return own
        from parlance.stores.redis.cache import RedisCache

        return RedisCache(self._link, name, max_bytes, own, self.signals)

    def visits(self, idle: float) -> VisitRecords:
        """The chatbot app's sessions, which are over after so many idle seconds."""
        if self._link is None:
            return MemoryVisits(self._clock, idle)
        from parlance.stores.redis.visits import RedisVisits

        return RedisVisits(self._link, idle)

    def locks(self) -> Locks:
        """Who holds a name."""
        if self._link is None:
            return MemoryLocks()
        from parlance.stores.redis.locks import RedisLocks

        self._locks = RedisLocks(self._link, self.process)
        return self._locks

    def runs(self, runs: Runs, past: Loader) -> Loader:
        """How runs are found, those of other servers too; `past` finds what nobody flies any more."""
        if self._link is None or self.signals is None:
            return past
        from parlance.stores.redis.mirror import RedisMirror

        mirror = RedisMirror(self._link)
        log, defect = self._observer.log("parlance.core.runs"), self._observer.defect
        self._flusher = Flusher(runs, mirror, self.process, self._clock, log, defect)
        self._relays = Relays(runs, mirror, self.signals, self._flusher, self._clock)
        return self._relays.before(past)

    def start(self) -> None:
        """Listen to the others, and let them read what runs here."""
        if self.signals is not None:
            self.signals.start()
        if self.slots is not None:
            self.slots.start()
        if self._flusher is not None:
            self._flusher.start()

    def dismiss(self) -> None:
        """Let those go who read here what runs elsewhere: this server shuts down."""
        if self._relays is not None:
            self._relays.dismiss()

    async def stop(self) -> None:
        """Let the others have the ends of what ran here, and listen no more."""
        if self._flusher is not None:
            await self._flusher.stop()
        if self._relays is not None:
            await self._relays.stop_following()
        if self.slots is not None:
            await self.slots.stop()
        if self._locks is not None:
            await self._locks.stop()
        if self.signals is not None:
            await self.signals.stop()

    async def close(self) -> None:
        """Let go of the connections."""
        if self._link is not None:
            await self._link.close()


def _signals(link: Link, process: str, observer: Observer) -> RedisSignals:
    from parlance.stores.redis.signals import RedisSignals

    return RedisSignals(link, process, observer.log("parlance.signals"))


def _link(url: str, prefix: str, clock: Clock, observer: Observer) -> Link:
    try:
        from parlance.stores.redis.link import Link
    except ModuleNotFoundError:
        message = f"redis is not installed: {advice('redis')}"
        raise Fault(Kind.unsupported, message, code="driver_missing") from None
    return Link(url, prefix, clock, observer.log("parlance.redis"))


def _slots(link: Link, process: str, signals: Signals) -> RedisSlots:
    from parlance.stores.redis.slots import RedisSlots

    return RedisSlots(link, process, signals)
