"""Budgets hold over processes that share a Redis, and over its loss."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from parlance.ports.observing import NullLog
from parlance.stores.redis.counters import RedisCounter
from parlance.stores.redis.link import Link
from parlance.stores.volatile.counters import MemoryCounter
from parlance.values.errors import Fault
from parlance.values.ids import RandomIds
from parlance.values.time import SystemClock
from tests.conftest import Services
from tests.unit.core.budgets.stage import ADA, Process, Stage, budget

CLOCK = SystemClock()
PROCESSES = 4
PATIENCE = 30.0
"""Seconds for a call: where a busy machine made Redis seem away, each process would count by itself, as it should."""


@pytest.fixture
async def links(services: Services) -> AsyncIterator[list[Link]]:
    server = services.get("redis")
    assert server is not None
    prefix = f"test:{RandomIds(CLOCK).new()}:"
    made = [Link(server.url, prefix, CLOCK, NullLog(), PATIENCE) for _ in range(PROCESSES)]
    yield made
    for link in made:
        await link.close()


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    stage = Stage()
    await stage.open()
    yield stage
    await stage.close()


async def processes(stage: Stage, links: list[Link]) -> list[Process]:
    return [await stage.process(counter=RedisCounter(link, MemoryCounter(CLOCK))) for link in links]


async def used(process: Process) -> tuple[int, int]:
    """What is used and held, once all that was noted has arrived."""
    counter = process.purse._counter
    assert isinstance(counter, RedisCounter)
    while counter._noted:
        await asyncio.gather(*counter._noted)
    [one] = await process.purse.standing(ADA)
    return one.used, one.held


async def test_four_processes_together_let_in_what_one_would(stage: Stage, links: list[Link]) -> None:
    """However many ask at once: never more, and exactly as many once nobody is in anybody's way."""
    await stage.set(budget(limit=20))
    together = await processes(stage, links)
    outcomes = await asyncio.gather(*(together[n % PROCESSES].ask() for n in range(60)), return_exceptions=True)
    let_in = sum(outcome is None for outcome in outcomes)
    assert all(outcome is None or isinstance(outcome, Fault) for outcome in outcomes)
    assert 1 <= let_in <= 20
    for each in together:
        await used(each)
    assert [await used(each) for each in together] == [(let_in, 0)] * PROCESSES
    for _ in range(20 - let_in):
        await together[0].ask()
        await used(together[0])
    with pytest.raises(Fault):
        await together[1].ask()


async def test_a_redis_that_was_emptied_is_filled_again_from_what_was_written(
    stage: Stage, links: list[Link], services: Services
) -> None:
    """Nobody gets their budget a second time."""
    await stage.set(budget(limit=5, unit="tokens"), budget(id="b2", limit=5))
    one, other, *_ = await processes(stage, links)
    for _ in range(3):
        await one.ask(prompt=1, answer=0)
    await one.writer.flush()
    await links[0].call(lambda redis: redis.flushdb(), 5.0)
    standing = [(each.used, each.held) for each in await other.purse.standing(ADA)]
    assert standing == [(3, 0), (3, 0)]
