"""Sessions of the chatbot app and locks keep their contracts in memory and in Redis, also while Redis is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from parlance.ports.visits import Locks
from parlance.stores.redis import locks as locks_module
from parlance.stores.redis.link import Link
from parlance.stores.redis.locks import RedisLocks
from parlance.stores.redis.visits import RedisVisits
from parlance.stores.volatile.locks import MemoryLocks
from parlance.stores.volatile.visits import MemoryVisits
from parlance.testing.clocks import HandClock
from parlance.testing.services import free_port
from parlance.testing.visits import IDLE_SECONDS, SMALL, LocksContract, Pair, VisitRecordsContract, Wait
from parlance.values.errors import Fault, Kind
from tests.contract.test_coordination import link, link_to

__all__ = ["link"]
LONG = 3600.0


class TestMemoryVisits(VisitRecordsContract):
    @pytest.fixture
    def clock(self) -> HandClock:
        return HandClock()

    @pytest.fixture
    def passed(self, clock: HandClock) -> Wait:
        return clock.move

    @pytest.fixture
    def records(self, clock: HandClock) -> Pair:
        made = MemoryVisits(clock, IDLE_SECONDS, SMALL)
        return made, made

    @pytest.fixture
    def lasting(self, clock: HandClock) -> Pair:
        made = MemoryVisits(clock, LONG, SMALL)
        return made, made


class TestRedisVisits(VisitRecordsContract):
    @pytest.fixture
    def passed(self) -> Wait:
        return asyncio.sleep

    @pytest.fixture
    def records(self, link: Link) -> Pair:
        return RedisVisits(link, IDLE_SECONDS, SMALL), RedisVisits(link, IDLE_SECONDS, SMALL)

    @pytest.fixture
    def lasting(self, link: Link) -> Pair:
        return RedisVisits(link, LONG, SMALL), RedisVisits(link, LONG, SMALL)


class TestMemoryLocks(LocksContract):
    @pytest.fixture
    def pair(self) -> tuple[Locks, Locks]:
        made = MemoryLocks()
        return made, made


class TestRedisLocks(LocksContract):
    @pytest.fixture
    async def pair(self, link: Link) -> AsyncIterator[tuple[Locks, Locks]]:
        made = RedisLocks(link, "one"), RedisLocks(link, "two")
        yield made
        for each in made:
            await each.stop()


async def test_records_that_nobody_asks_for_leave_nothing_in_redis(link: Link) -> None:
    """Neither they nor what is noted of them."""
    records = RedisVisits(link, 0.1, SMALL)
    await records.put("a", b"x", guest=True)
    await records.put("p", b"x", guest=False)
    async with asyncio.timeout(20):
        while await link.call(lambda redis: redis.keys(f"{link.prefix}visits:*")):
            await asyncio.sleep(0.02)


async def test_a_lock_outlasts_its_lease_while_it_is_held(link: Link, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where Redis lost it; and a dead process holds it for a lease at most."""
    monkeypatch.setattr(locks_module, "RENEW_SECONDS", 0.05)
    monkeypatch.setattr(locks_module, "_LEASE", 400)
    one, two = RedisLocks(link, "one"), RedisLocks(link, "two")
    assert await one.take("a")
    await asyncio.sleep(0.8)
    assert not await two.take("a")
    await link.call(lambda redis: redis.delete(f"{link.prefix}lock:a"))
    async with asyncio.timeout(20):
        while await link.call(lambda redis: redis.get(f"{link.prefix}lock:a")) is None:
            await asyncio.sleep(0.01)
    assert not await two.take("a")
    task = one._held["a"].task
    assert task is not None
    task.cancel()
    async with asyncio.timeout(20):
        while not await two.take("a"):
            await asyncio.sleep(0.02)
    await two.stop()


async def test_who_leaves_while_taking_a_lock_holds_nothing(link: Link) -> None:
    """Whenever they leave."""
    locks = RedisLocks(link, "one")
    for turns in range(6):
        taking = asyncio.ensure_future(locks.take("a"))
        for _ in range(turns):
            await asyncio.sleep(0)
        taking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await taking
        await locks.stop()
        assert await locks.take("a")
        await locks.give("a")


async def test_while_redis_is_away_sessions_cannot_be_read_and_locks_are_a_process_s_own() -> None:
    """A session that another process ended must not go on here."""
    link = link_to(f"redis://127.0.0.1:{free_port()}", "test:")
    records, locks = RedisVisits(link, LONG), RedisLocks(link, "one")
    for ask in (records.get("a"), records.put("a", b"", guest=True), records.drop("a")):
        with pytest.raises(Fault) as refused:
            await ask
        assert (refused.value.kind, refused.value.code) == (Kind.busy, "session_store")
        assert refused.value.message == "The sessions cannot be reached right now."
    assert await locks.take("a") and not await locks.take("a")
    await locks.give("a")
    assert await locks.take("a")
    await locks.stop()
    await link.close()
