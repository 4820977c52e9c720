"""Sixty-four writers at once: nobody hears of a lock or a deadlock, and nobody waits long."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from parlance.ports.stores import Conflict, Database, Statement
from parlance.testing.database_contract import add, counted, put
from parlance.testing.databases import fresh
from tests.conftest import IN_CI, Services
from tests.flows.callers import measured, percentile

WRITERS = 64
SHARED = 4
"""Rows that all writers take two of: with so few, every order meets every other."""
P99_SECONDS = 0.25
SLACK = 4
"""How much slower than promised a shared machine may be."""
_ROW = "INSERT INTO preferences (tenant, name, content, version, updated) VALUES ('default', :name, :content, 1, 0)"


async def write(database: Database, writer: int, until: float, spent: list[float]) -> int:
    """Rows of one's own, and a count on one that is everybody's; gives how many were acknowledged."""
    done = 0
    while time.monotonic() < until:
        row = Statement(_ROW, {"name": f"row-{writer}-{done}", "content": "x" * 200})
        began = time.monotonic()
        while True:
            try:
                await database.apply((row, add(f"mine-{writer}"), add("everybody")))
                break
            except Conflict:  # as dispatch would
                continue
        spent.append(time.monotonic() - began)
        done += 1
    return done


async def storm(database: Database, writer: int, until: float, spent: list[float]) -> int:
    """Counts on rows that all take, and no two in the same order."""
    done = 0
    while time.monotonic() < until:
        rows = (add(f"shared-{(writer + done) % SHARED}"), add(f"shared-{(writer * 7 + done * 3 + 1) % SHARED}"))
        began = time.monotonic()
        await database.apply(rows)
        spent.append(time.monotonic() - began)
        done += 1
    return done


async def held(kind: str, seconds: float, services: Services, folder: Path) -> None:
    """Write for so long, then count what is there."""
    spent: list[float] = []
    async with fresh(kind, folder, services.get(kind)) as database:
        await database.apply((put("everybody"), *(put(f"mine-{writer}") for writer in range(WRITERS))))
        until = time.monotonic() + seconds
        done = await asyncio.gather(*(write(database, writer, until, spent) for writer in range(WRITERS)))
        assert await counted(database, "everybody") == sum(done)
        for writer in (0, WRITERS - 1):
            assert await counted(database, f"mine-{writer}") == done[writer]
        [[rows]] = await database.read("SELECT COUNT(*) FROM preferences WHERE tenant = 'default'", {})
        assert rows == sum(done) + WRITERS + 1
    judged(f"{WRITERS} writers on {kind} for {seconds:g} s", seconds, spent)


def judged(what: str, seconds: float, spent: list[float]) -> None:
    """Nobody waited long."""
    p99 = percentile(spent, 0.99)
    measured(
        what,
        each_second=round(len(spent) / seconds),
        p50=f"{1000 * percentile(spent, 0.5):.1f} ms",
        p99=f"{1000 * p99:.1f} ms",
        max=f"{1000 * max(spent):.0f} ms",
    )
    assert p99 <= P99_SECONDS * SLACK


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", ["sqlite", "postgres", "mysql"])
async def test_64_writers_meet_no_lock(kind: str, services: Services, tmp_path: Path) -> None:
    """A minute in CI, a few seconds elsewhere; all of them count on one row too, which is as bad as it gets."""
    await held(kind, 60 if IN_CI else 4, services, tmp_path)


@pytest.mark.soak
@pytest.mark.parametrize("kind", ["sqlite", "postgres", "mysql"])
async def test_64_writers_meet_no_lock_for_ten_minutes(kind: str, services: Services, tmp_path: Path) -> None:
    """The long form."""
    await held(kind, 600, services, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", "postgres", "mysql"])
async def test_64_writers_in_each_others_way_hear_of_no_deadlock(kind: str, services: Services, tmp_path: Path) -> None:
    """Not even as a conflict: what was broken off is applied again, before those who came later."""
    seconds, spent = 10 if IN_CI else 4, list[float]()
    async with fresh(kind, tmp_path, services.get(kind)) as database:
        await database.apply(tuple(put(f"shared-{number}") for number in range(SHARED)))
        until = time.monotonic() + seconds
        done = await asyncio.gather(*(storm(database, writer, until, spent) for writer in range(WRITERS)))
        [[total]] = await database.read("SELECT SUM(version) FROM preferences WHERE tenant = 'default'", {})
        assert int(str(total)) == 2 * sum(done)
    judged(f"{WRITERS} writers in each other's way on {kind} for {seconds} s", seconds, spent)
