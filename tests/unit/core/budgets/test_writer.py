"""The writer: everything that was used is in the database a second later, and nothing is there twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from parlance.core.budgets import writer as writers
from parlance.core.budgets.calendar import DAY
from parlance.core.budgets.operations import ListUsage, ReadUsage
from parlance.ports.stores import Conflict
from parlance.values.errors import Fault, Kind
from parlance.values.ledger import Kept, Ledger, UsageSum
from parlance.values.time import SECOND
from tests.unit.core.budgets.stage import ADA, ADMIN, BOB, LAPTOP, STRANGER, Process, Stage

AWAY = Fault(Kind.busy, "The database cannot be reached.", code="database_unreachable")


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    stage = Stage()
    await stage.open()
    yield stage
    await stage.close()


async def sums(process: Process) -> dict[str, tuple[int, int, int, int]]:
    """What everybody of the default tenant used, by user."""
    found: dict[str, tuple[int, int, int, int]] = {}
    for one in await process.usage.sums("default", None, "2020-01-01", 100):
        before = found.get(one.user, (0, 0, 0, 0))
        now = (one.requests, one.prompt, one.completion, one.cost)
        found[one.user] = tuple(a + b for a, b in zip(before, now, strict=True))  # type: ignore[assignment]
    return found


def kept(run: str, user: str = "ada") -> Kept:
    return Kept("default", user, "scope", Ledger(run, "llama", "home", 1, 0), "chat-1")


async def test_usage_is_written_every_second_by_who_and_what(stage: Stage) -> None:
    process = await stage.process()
    process.writer.start()
    for who in (ADA, ADA, LAPTOP, BOB, STRANGER):
        await process.ask(who)
    async with asyncio.timeout(20):
        while process.tally.holds:
            await asyncio.sleep(0.01)
    await process.writer.stop()
    assert await sums(process) == {"ada": (3, 30, 30, 90), "bob": (1, 10, 10, 30)}


async def test_nothing_is_lost_on_a_clean_stop(stage: Stage) -> None:
    """Of usage and ledgers alike, whether a round is under way or not."""
    process = await stage.process()
    process.writer.start()
    for number in range(50):
        await process.ask()
        process.writer.keep(kept(f"r{number}"))
        if number % 10 == 0:
            await asyncio.sleep(0)
    await process.writer.stop()
    assert await sums(process) == {"ada": (50, 500, 500, 1500)}
    rows = await stage.database.read("SELECT run FROM ledgers WHERE tenant = 'default'", {}, most=100)
    assert len(rows) == 50


async def test_a_database_that_is_away_gets_everything_when_it_is_back(stage: Stage) -> None:
    """And nothing twice."""
    process = await stage.process()
    await process.ask()
    process.writer.keep(kept("r1"))
    stage.database.refusal = AWAY
    for _ in range(3):
        with pytest.raises(Fault):
            await process.writer.flush()
    await process.ask()
    stage.database.refusal = None
    await process.writer.flush()
    await process.writer.flush()
    assert await sums(process) == {"ada": (2, 20, 20, 60)}
    assert await stage.database.read("SELECT run FROM ledgers WHERE tenant = 'default'", {}) == [("r1",)]


async def test_rounds_go_on_after_a_failure(stage: Stage) -> None:
    process = await stage.process()
    stage.database.refusal = AWAY
    process.writer.start()
    await process.ask()
    await asyncio.sleep(0)
    stage.database.refusal = None
    await process.writer.stop()
    assert await sums(process) == {"ada": (1, 10, 10, 30)}


async def test_another_process_that_was_first_with_a_row_is_added_to(stage: Stage) -> None:
    one, other = await stage.process(), await stage.process()

    async def rival() -> None:
        await other.ask()
        await other.writer.flush()

    await one.ask()
    stage.database.before = [rival]
    await one.writer.flush()
    assert await sums(one) == {"ada": (2, 20, 20, 60)}


async def test_a_batch_that_meets_conflict_after_conflict_waits_for_the_next_round(stage: Stage) -> None:
    async def conflict() -> None:
        raise Conflict

    process = await stage.process()
    await process.ask()
    stage.database.before = [conflict] * writers.TRIES
    await process.writer.flush()
    assert process.tally.holds and await sums(process) == {}
    await process.writer.flush()
    assert await sums(process) == {"ada": (1, 10, 10, 30)}


async def test_a_ledger_that_is_there_already_does_not_keep_the_others_back(stage: Stage) -> None:
    process = await stage.process()
    for runs in (["r1"], ["r1", "r2", "r3"]):
        for run in runs:
            process.writer.keep(kept(run))
        await process.writer.flush()
    rows = await stage.database.read("SELECT run FROM ledgers WHERE tenant = 'default' ORDER BY run", {})
    assert rows == [("r1",), ("r2",), ("r3",)]


async def test_ledgers_that_wait_too_long_for_a_database_lose_the_oldest_of_them(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writers, "MOST_WAITING", 2)
    process = await stage.process()
    for run in ("r1", "r2", "r3"):
        process.writer.keep(kept(run))
    await process.writer.flush()
    rows = await stage.database.read("SELECT run FROM ledgers WHERE tenant = 'default' ORDER BY run", {})
    assert rows == [("r2",), ("r3",)]


async def test_usage_is_forgotten_after_its_days_once_a_day(stage: Stage) -> None:
    process = await stage.process()
    await process.ask()
    await process.writer.flush()
    stage.clock.move(30 * DAY / SECOND)
    await process.ask(BOB)
    await process.writer.flush()
    assert set(await sums(process)) == {"ada", "bob"}
    stage.clock.move(11 * DAY / SECOND)
    await process.writer.flush()
    assert set(await sums(process)) == {"bob"}


async def test_everybody_reads_what_they_used_and_an_admin_what_all_did(stage: Stage) -> None:
    """By day and model, of so many days; of another tenant nothing."""
    process = await stage.process()
    await process.ask(ADA)
    stage.clock.move(DAY / SECOND)
    for who in (LAPTOP, BOB, STRANGER):
        await process.ask(who)
    await process.writer.flush()
    today = UsageSum("2026-01-02", "ada", "llama", 1, 10, 10, 30, "EUR")
    yesterday = UsageSum("2026-01-01", "ada", "llama", 1, 10, 10, 30, "EUR")
    assert await process.do(ReadUsage(), ADA) == (today, yesterday)
    assert await process.do(ReadUsage(days=1), ADA) == (today,)
    assert {one.user for one in await process.do(ListUsage(), ADMIN)} == {"ada", "bob"}
    with pytest.raises(Fault) as caught:
        await process.do(ListUsage(), ADA)
    assert caught.value.kind is Kind.forbidden
    for days in (0, -1, 10**9):
        with pytest.raises(Fault) as caught:
            await process.do(ReadUsage(days=days), ADA)
        assert caught.value.code == "out_of_range"
