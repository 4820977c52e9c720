"""Caches, counters and mirrors keep their contracts in memory and in Redis, also while Redis is away."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator

import pytest

from parlance.ports.observing import NullLog
from parlance.ports.signals import Alone
from parlance.stores.redis import link as link_module
from parlance.stores.redis import slots as slots_module
from parlance.stores.redis.cache import RedisCache
from parlance.stores.redis.counters import RedisCounter
from parlance.stores.redis.link import BUDGET_SECONDS, Away, Link
from parlance.stores.redis.mirror import RedisMirror
from parlance.stores.redis.signals import RedisSignals
from parlance.stores.redis.slots import RedisSlots
from parlance.stores.volatile.cache import MemoryCache
from parlance.stores.volatile.counters import MemoryCounter
from parlance.stores.volatile.signals import Hub, MemorySignals
from parlance.stores.volatile.slots import MemorySlots
from parlance.testing.coordination import CacheContract, CounterContract
from parlance.testing.mirrors import MirrorContract, batch, told
from parlance.testing.services import Missing, Service, free_port, service
from parlance.testing.signals import DEADLINE, SignalsContract, Three
from parlance.testing.slots import Pair, SlotsContract, ignore
from parlance.values.errors import Fault
from parlance.values.events import Delta, Ended
from parlance.values.ids import RandomIds
from parlance.values.time import SystemClock
from tests.conftest import Services

ROOM = 100_000
SLACK = 4
CLOCK = SystemClock()


PATIENCE = 30.0
"""Seconds for a call: where a busy machine made Redis seem away, a process would go on by itself, as it should."""


def link_to(url: str, prefix: str, budget: float = BUDGET_SECONDS) -> Link:
    """A way to Redis."""
    return Link(url, prefix, CLOCK, NullLog(), budget)


@pytest.fixture
async def link(services: Services) -> AsyncIterator[Link]:
    """A way to a running Redis, with a prefix that nobody else has."""
    server = services.get("redis")
    assert server is not None
    made = link_to(server.url, f"test:{RandomIds(CLOCK).new()}:", PATIENCE)
    yield made
    await made.close()


class TestMemoryCache(CacheContract):
    @pytest.fixture
    def cache(self) -> MemoryCache:
        return MemoryCache(ROOM, CLOCK)


class TestRedisCache(CacheContract):
    @pytest.fixture
    def cache(self, link: Link) -> RedisCache:
        return RedisCache(link, "answers", ROOM, MemoryCache(ROOM, CLOCK), Alone())


class TestMemoryCounter(CounterContract):
    @pytest.fixture
    def counter(self) -> MemoryCounter:
        return MemoryCounter(CLOCK)


class TestRedisCounter(CounterContract):
    @pytest.fixture
    def counter(self, link: Link) -> RedisCounter:
        return RedisCounter(link, MemoryCounter(CLOCK))


class TestRedisMirror(MirrorContract):
    @pytest.fixture
    def mirror(self, link: Link) -> RedisMirror:
        return RedisMirror(link)


class TestMemorySignals(SignalsContract):
    @pytest.fixture
    def three(self) -> Three:
        hub = Hub()
        return MemorySignals(hub, "one"), MemorySignals(hub, "two"), MemorySignals(hub, "three")


class TestRedisSignals(SignalsContract):
    @pytest.fixture
    async def three(self, link: Link) -> AsyncIterator[Three]:
        one, two, three = (RedisSignals(link, name, NullLog()) for name in ("one", "two", "three"))
        async with asyncio.timeout(DEADLINE):
            for each in (one, two, three):
                each.start()
                await each.up.wait()
        yield one, two, three
        for each in (one, two, three):
            await each.stop()


class TestMemorySlots(SlotsContract):
    @pytest.fixture
    def pair(self) -> Pair:
        slots = MemorySlots()
        return slots, slots


class TestRedisSlots(SlotsContract):
    @pytest.fixture
    async def pair(self, link: Link) -> AsyncIterator[Pair]:
        signals = [RedisSignals(link, name, NullLog()) for name in ("one", "two")]
        slots = [RedisSlots(link, name, said) for name, said in zip(("one", "two"), signals, strict=True)]
        for heard, held in zip(signals, slots, strict=True):
            heard.start()
            held.start()
        async with asyncio.timeout(DEADLINE):
            await asyncio.gather(*(each.up.wait() for each in signals))
        yield slots[0], slots[1]
        for heard, held in zip(signals, slots, strict=True):
            await held.stop()
            await heard.stop()


async def test_a_killed_process_gives_its_slots_back(link: Link, monkeypatch: pytest.MonkeyPatch) -> None:
    """When its lease is over; one that is renewed goes on."""
    monkeypatch.setattr(slots_module, "LEASE_SECONDS", 0.4)
    killed, living, waiting = (RedisSlots(link, name, Alone()) for name in ("killed", "living", "waiting"))
    await killed.take("m", 2, ignore)
    held = await living.take("m", 2, ignore)
    began = time.monotonic()
    taking = asyncio.ensure_future(waiting.take("m", 2, ignore))
    async with asyncio.timeout(DEADLINE):
        while not taking.done():
            await living.renew()
            await asyncio.sleep(0.02)
    assert time.monotonic() - began >= 0.3
    assert await link.call(lambda redis: redis.zscore(f"{link.prefix}slots:m:held", held)) is not None


async def test_slots_that_redis_lost_are_held_again(link: Link) -> None:
    """And nobody else gets them meanwhile, once they are."""
    one, two = (RedisSlots(link, name, Alone()) for name in ("one", "two"))
    held = await one.take("m", 1, ignore)
    await link.call(lambda redis: redis.delete(f"{link.prefix}slots:m:held"))
    await one.renew()
    taking = asyncio.ensure_future(two.take("m", 1, ignore))
    await asyncio.wait([taking], timeout=0.3)
    assert not taking.done()
    one.give("m", held)
    async with asyncio.timeout(DEADLINE):
        await taking


# -- away -------------------------------------------------------------------------------------------------------------


@pytest.fixture
async def nowhere() -> AsyncIterator[Link]:
    """A way to where nobody listens."""
    made = link_to(f"redis://127.0.0.1:{free_port()}/0", "x:")
    yield made
    await made.close()


class TestCacheWithoutRedis(CacheContract):
    @pytest.fixture
    def cache(self, nowhere: Link) -> RedisCache:
        return RedisCache(nowhere, "answers", ROOM, MemoryCache(ROOM, CLOCK), Alone())


class TestCounterWithoutRedis(CounterContract):
    @pytest.fixture
    def counter(self, nowhere: Link) -> RedisCounter:
        return RedisCounter(nowhere, MemoryCounter(CLOCK))


async def test_without_redis_nobody_waits_for_a_slot(nowhere: Link) -> None:
    """Each process bounds its own."""
    slots = RedisSlots(nowhere, "one", Alone())
    for ticket in [await slots.take("m", 1, ignore) for _ in range(3)]:
        slots.give("m", ticket)
    await slots.renew()
    await slots.stop()


@pytest.fixture(scope="module")
def own() -> Iterator[Service]:
    """A Redis that no other test uses."""
    try:
        with service("redis", {}) as made:
            yield made
    except Missing as missing:
        pytest.skip(str(missing))


async def test_a_hanging_redis_costs_a_quarter_of_a_second_five_times(own: Service) -> None:
    """Then nobody waits for it any more, until it is asked again and answers."""
    link = link_to(own.url, f"hang:{RandomIds(CLOCK).new()}:")
    counter = RedisCounter(link, MemoryCounter(CLOCK))
    assert (await counter.add("n", 1, 60.0)).total == 1
    own.pause()
    try:
        began = time.monotonic()
        for _ in range(link_module.FAILURES):
            await counter.add("n", 1, 60.0)
        assert time.monotonic() - began < link_module.FAILURES * link_module.BUDGET_SECONDS * SLACK
        assert not link.open
        began = time.monotonic()
        for _ in range(1000):
            await counter.add("n", 1, 60.0)
        assert time.monotonic() - began < link_module.BUDGET_SECONDS * SLACK
    finally:
        own.go_on()
    await healed(link)
    await link.close()


async def test_what_was_cleared_while_redis_was_away_stays_so(own: Service) -> None:
    """Also what other processes kept by themselves meanwhile, once they hear of it."""
    link, hub = link_to(own.url, f"clear:{RandomIds(CLOCK).new()}:"), Hub()
    ours = [MemoryCache(ROOM, CLOCK) for _ in range(2)]
    caches = [
        RedisCache(link, "answers", ROOM, kept, MemorySignals(hub, name))
        for name, kept in zip(("one", "two"), ours, strict=True)
    ]
    await caches[0].put("ada", "k", b"v", 60.0)
    own.pause()
    try:
        await caches[0].clear("ada")
        await caches[1].put("ada", "k", b"own", 60.0)
    finally:
        own.go_on()
    await healed(link)
    assert await caches[0].get("ada", "k") is None
    await caches[0].clear("ada")
    async with asyncio.timeout(DEADLINE):
        while await ours[1].get("ada", "k") is not None:
            await asyncio.sleep(0.005)
    await link.close()


async def test_a_killed_redis_is_left_alone_and_found_again(own: Service) -> None:
    """Within fifteen seconds of its return, without a restart of ours."""
    link = link_to(own.url, f"kill:{RandomIds(CLOCK).new()}:")
    cache = RedisCache(link, "answers", ROOM, MemoryCache(ROOM, CLOCK), Alone())
    mirror = RedisMirror(link)
    await cache.put("ada", "k", b"v", 60.0)
    own.kill()
    try:
        await cache.put("ada", "k", b"here", 60.0)
        assert await cache.get("ada", "k") == b"here"
        with pytest.raises(Fault):
            await mirror.publish([batch(1, Delta("a"))])
        with pytest.raises(Fault):
            await told(mirror)
    finally:
        own.start()
    await healed(link)
    await mirror.publish([batch(1, Delta("a")), batch(2, Ended("complete"))])
    assert await told(mirror) == [Delta("a"), Ended("complete")]
    await link.close()


async def test_signals_are_heard_again_when_redis_is_back(own: Service) -> None:
    """While it is away nobody answers, and nobody waits for it."""
    links = [link_to(own.url, "back:") for _ in range(2)]
    one, two = (RedisSignals(link, name, NullLog()) for link, name in zip(links, ("one", "two"), strict=True))

    async def yes(said: bytes) -> bytes | None:
        return b"yes"

    two.on("you", yes)
    for each in (one, two):
        each.start()
    async with asyncio.timeout(DEADLINE):
        await asyncio.gather(one.up.wait(), two.up.wait())
    assert await one.ask("you", b"") == b"yes"
    own.kill()
    try:
        assert await one.ask("you", b"") is None
        await one.tell("you", b"")
    finally:
        own.start()
    async with asyncio.timeout(15 * SLACK):
        while await one.ask("you", b"") != b"yes":
            await asyncio.sleep(0.05)
    for each, link in ((one, links[0]), (two, links[1])):
        await each.stop()
        await link.close()


async def healed(link: Link) -> None:
    """Ask as callers do, until it answers again."""
    began = time.monotonic()
    async with asyncio.timeout(15 * SLACK):
        while True:
            try:
                await link.call(lambda redis: redis.exists("x"))
                break
            except Away:
                await asyncio.sleep(0.05)
    assert link.open and time.monotonic() - began < 15 * SLACK
