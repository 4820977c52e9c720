"""Budgets at the gate: held before an answer, spent after it, exact for many at once and after a restart."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from parlance.core.budgets.calendar import DAY
from parlance.core.budgets.purse import HELD_SECONDS, SEEDED
from parlance.core.ledger.prices import spent
from parlance.ports.coordination import Count
from parlance.stores.volatile.counters import MemoryCounter
from parlance.values.accounts import Principal
from parlance.values.errors import Fault, Kind
from parlance.values.ledger import Budget
from parlance.values.time import SECOND
from tests.unit.core.budgets.stage import (
    ADA,
    BOB,
    CARD,
    FREE_CARD,
    LAPTOP,
    RATED,
    STRANGER,
    Process,
    Stage,
    budget,
)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    stage = Stage()
    await stage.open()
    yield stage
    await stage.close()


async def refused(doing: Any) -> Fault:
    with pytest.raises(Fault) as caught:
        await doing
    assert (caught.value.kind, caught.value.code) == (Kind.over_budget, "budget")
    return caught.value


async def used(process: Process, who: Principal = ADA) -> list[tuple[int, int]]:
    """What is used and held of each budget that binds somebody."""
    return [(each.used, each.held) for each in await process.purse.standing(who)]


async def test_a_budget_lets_in_exactly_as_much_as_it_allows_and_says_when_it_resets(stage: Stage) -> None:
    await stage.set(budget())
    process = await stage.process()
    for _ in range(10):
        await process.ask()
    stage.clock.move(3600)
    fault = await refused(process.ask())
    assert fault.message == "The budget of 10 requests a day for this user is used up."
    assert fault.hint == "It resets at 2026-01-02 00:00 UTC." and fault.retry_after == 23 * 3600
    assert await used(process) == [(10, 0)]
    stage.clock.move(23 * 3600)
    await process.ask()
    assert await used(process) == [(1, 0)]


@pytest.mark.parametrize(
    ("limits", "who", "others"),
    [
        (budget(), ADA, (BOB, STRANGER)),
        (budget(), LAPTOP, (BOB,)),
        (budget(subject="key", name="laptop"), LAPTOP, (ADA, BOB)),
        (budget(subject="group", name="lab"), ADA, (BOB, STRANGER)),
        (budget(subject="tenant", name="default"), BOB, (STRANGER,)),
        (budget(name="*"), BOB, (ADA, STRANGER)),
        (budget(subject="key", name="*"), LAPTOP, (ADA, BOB)),
        (budget(name="*"), Principal("default", "ada", guest=True), (ADA,)),
    ],
)
async def test_a_budget_binds_those_it_is_for_and_nobody_else(
    stage: Stage, limits: Budget, who: Principal, others: tuple[Principal, ...]
) -> None:
    await stage.set(limits)
    process = await stage.process()
    for _ in range(10):
        await process.ask(who)
    await refused(process.ask(who))
    for other in others:
        await process.ask(other)


async def test_a_group_shares_its_budget_and_somebody_elses_own_takes_the_place_of_everybodys(stage: Stage) -> None:
    await stage.set(
        budget(name="*", limit=2), budget(id="b2", limit=5), budget(id="b3", name="*", unit="tokens", limit=1000)
    )
    process = await stage.process()
    for _ in range(5):
        await process.ask(ADA)
    await refused(process.ask(ADA))
    for _ in range(2):
        await process.ask(BOB)
    await refused(process.ask(BOB))
    assert len(process.purse.bound(ADA)) == 2, "a budget in another unit stays everybody's"


async def test_money_is_held_by_the_models_price_and_only_in_its_currency(stage: Stage) -> None:
    euros = budget(unit="money", currency="EUR", limit=100)
    await stage.set(euros, budget(id="b2", unit="money", currency="USD", limit=1))
    process = await stage.process()
    for _ in range(3):
        await process.ask()  # 10 tokens at 1 and 10 at 2 micro-units
    fault = await refused(process.ask())
    assert fault.message == "The budget of 0.00 EUR a day for this user is used up."
    await process.ask(card=FREE_CARD)
    assert await used(process) == [(90, 0), (0, 0)]


async def test_what_is_held_counts_until_the_answer_ends(stage: Stage) -> None:
    """Eleven at once are ten and a refusal; what comes to nothing gives back what was held."""
    await stage.set(budget(), budget(id="b2", unit="tokens", limit=10_000))
    process = await stage.process()
    admissions = [await process.admit() for _ in range(10)]
    await refused(process.admit())
    assert await used(process) == [(0, 10), (0, 200)]
    process.gate.settle(ADA, spent(CARD, 3, 4), admissions[0].reserved, CARD)
    process.gate.settle(ADA, spent(CARD, 3, 4), admissions[0].reserved, CARD)
    assert await used(process) == [(2, 9), (14, 180)], "two answers to one operation give back its reservation once"
    for admission in admissions[1:]:
        process.gate.settle(ADA, spent(CARD, 0, 0), admission.reserved, None)
    assert await used(process) == [(11, 0), (14, 0)]


async def test_a_refusal_by_one_budget_holds_nothing_of_the_others_nor_of_rates(stage: Stage) -> None:
    await stage.set(budget(unit="tokens", limit=10_000), budget(id="b2", limit=1))
    process = await stage.process(rates=RATED)
    await process.ask()
    for _ in range(10):
        with pytest.raises(Fault):
            await process.admit()
    assert await used(process) == [(20, 0), (1, 0)]
    tokens = await stage.counter.add("tokens/7:default/user/ada", 0, 60.0)
    assert tokens.total == 20


async def test_an_operation_that_breaks_before_it_began_is_no_request(stage: Stage) -> None:
    await stage.set(budget(limit=1))
    process = await stage.process()
    for _ in range(5):
        await process.failed()
    await process.ask()
    await refused(process.ask())


async def test_the_first_ask_of_a_period_may_be_heavier_than_the_whole_budget_but_nothing_is_nothing(
    stage: Stage,
) -> None:
    """Else a budget smaller than one answer would never let anybody in."""
    await stage.set(budget(unit="tokens", limit=5), budget(id="b2", tenant="elsewhere", limit=0))
    process = await stage.process()
    await process.ask()
    await refused(process.ask())
    await refused(process.ask(STRANGER))


async def test_many_at_once_never_get_more_than_there_is(stage: Stage) -> None:
    """In several processes on one counter."""
    await stage.set(budget(limit=20))
    processes = [await stage.process() for _ in range(4)]
    outcomes = await asyncio.gather(*(processes[n % 4].ask() for n in range(100)), return_exceptions=True)
    assert sum(outcome is None for outcome in outcomes) == 20
    assert [await used(process) for process in processes] == [[(20, 0)]] * 4


@pytest.mark.parametrize("unit", ["requests", "tokens", "money"])
async def test_what_was_used_is_remembered_over_a_restart_and_a_lost_counter(stage: Stage, unit: Any) -> None:
    """From what was written, and what this process has not written yet."""
    limit = {"requests": 10, "tokens": 200, "money": 300}[unit]
    await stage.set(budget(unit=unit, limit=limit, currency="EUR" if unit == "money" else None, period="week"))
    process = await stage.process()
    for _ in range(4):
        await process.ask()
    await process.writer.stop()
    process = await stage.process(fresh=True)
    for _ in range(3):
        await process.ask()
    share = limit // 10
    assert await used(process) == [(7 * share, 0)]
    process.purse._counter = type(stage.counter)(stage.clock)  # the Redis behind it was emptied
    assert await used(process) == [(7 * share, 0)]
    for _ in range(3):
        await process.ask()
    await refused(process.ask())


async def test_of_several_who_seed_a_lost_counter_the_first_ones_seed_stays(stage: Stage) -> None:
    await stage.set(budget(limit=100))
    process = await stage.process()
    await process.ask()
    await process.writer.flush()
    processes = [await stage.process(fresh=n == 0) for n in range(5)]
    standings = await asyncio.gather(*(used(one) for one in processes))
    assert standings[-1] == [(1, 0)] and [await used(one) for one in processes] == [[(1, 0)]] * 5
    name = processes[0].purse._spent_name(processes[0].purse.bound(ADA)[0])
    assert (await stage.counter.add(name, 0, 1.0)).total == SEEDED + 1


class Largest(MemoryCounter):
    """Remembers the largest total that it ever had: Redis reckons exactly up to 2^53 only."""

    largest = 0

    async def add(self, name: str, amount: int, window: float, *, within: float | None = None) -> Count:
        """Let everybody else come before, as a counter over a network does."""
        await asyncio.sleep(0)
        count = await super().add(name, amount, window, within=within)
        self.largest = max(self.largest, count.total)
        return count


@pytest.mark.slow
async def test_however_many_come_first_in_a_period_a_process_seeds_once(stage: Stage) -> None:
    """Else the seeds of a hundred asks at midnight add up to more than Redis can count."""
    await stage.set(budget(limit=1000))
    counter = Largest(stage.clock)
    processes = [await stage.process(counter=counter) for _ in range(4)]
    await asyncio.gather(*(processes[n % 4].ask() for n in range(200)))
    assert counter.largest < 5 * SEEDED < 1 << 53
    assert await used(processes[0]) == [(200, 0)]


async def test_what_a_process_that_died_had_held_is_free_again_after_an_hour(stage: Stage) -> None:
    await stage.set(budget(limit=1, period="month"))
    process = await stage.process()
    await process.admit()
    await refused(process.admit())
    stage.clock.move(HELD_SECONDS + 1)
    late = await process.admit()
    assert late.reserved is not None


async def test_an_answer_over_midnight_counts_on_the_day_that_it_ends(stage: Stage) -> None:
    """As the records have it, so that a restart changes nothing."""
    await stage.set(budget())
    process = await stage.process()
    stage.clock.move((DAY / SECOND) - 1)
    admission = await process.admit()
    stage.clock.move(2)
    process.gate.settle(ADA, spent(CARD, 1, 1), admission.reserved, CARD)
    assert await used(process) == [(1, 0)]
    await process.writer.flush()
    assert await used(await stage.process(fresh=True)) == [(1, 0)]


async def test_a_changed_budget_is_heard_of_by_the_next_round(stage: Stage) -> None:
    """In another process too; and so is a new member of a group."""
    await stage.set(budget(limit=1), budget(id="b2", subject="group", name="lab", limit=50))
    one, other = await stage.process(), await stage.process()
    await one.ask()
    await refused(other.ask())
    await stage.database.apply(one.rows.change(budget(), 2))
    await other.writer.flush()
    await other.ask()
    from parlance.ports.stores import Statement

    moved = "UPDATE group_members SET user_id = 'bob' WHERE tenant = 'default'"
    await stage.database.apply((Statement(moved, {}),))
    assert other.purse.bound(BOB) == ()
    stage.clock.move(11)
    await other.writer.flush()
    assert [bound.name for bound in other.purse.bound(BOB)] == ["lab"]


async def test_nobody_without_a_budget_costs_a_count(stage: Stage) -> None:
    """Whoever is not bound does not wait for anything."""
    process = await stage.process()
    stage.database.refusal = Fault(Kind.busy, "Away.")
    assert (await process.admit()).reserved is None
    process.gate.settle(ADA, spent(CARD, 5, 5), None, CARD)
    assert process.tally.holds
