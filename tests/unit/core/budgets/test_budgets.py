"""Setting, listing and deleting budgets; and the calendar they go by."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from parlance.core.budgets.calendar import began, day_of, resets, told
from parlance.core.budgets.operations import DeleteBudget, ListBudgets, ReadBudgets, SetBudget
from parlance.values.errors import Fault, Kind
from parlance.values.ledger import Budget, Period
from parlance.values.time import SECOND
from tests.unit.core.budgets.stage import ADA, ADMIN, FAR_ADMIN, LAPTOP, Stage, budget


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    stage = Stage()
    await stage.open()
    yield stage
    await stage.close()


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND


@pytest.mark.parametrize(
    ("period", "now", "first", "next"),
    [
        ("day", "2026-05-01T23:59:59", "2026-05-01", "2026-05-02"),
        ("week", "2026-05-03T23:59:59", "2026-04-27", "2026-05-04"),
        ("week", "2026-05-04T00:00:00", "2026-05-04", "2026-05-11"),
        ("month", "2026-12-31T23:59:59", "2026-12-01", "2027-01-01"),
        ("month", "2024-02-29T12:00:00", "2024-02-01", "2024-03-01"),
        ("month", "2026-01-31T12:00:00", "2026-01-01", "2026-02-01"),
    ],
)
def test_periods_are_those_of_the_calendar(period: Period, now: str, first: str, next: str) -> None:
    """In UTC; weeks begin on Monday."""
    assert (began(period, at(now)), resets(period, at(now))) == (first, at(next))
    assert day_of(at(now)) == now[:10]
    assert told(at(now)) == f"{now[:10]} {now[11:16]} UTC"


async def test_a_budget_that_is_set_binds_at_once_and_is_shown_to_those_it_binds(stage: Stage) -> None:
    process = await stage.process()
    made = await process.do(SetBudget("user", "tokens", "month", 100, "ada"))
    assert (made.name, made.limit, made.tenant, made.currency) == ("ada", 100, "default", None)
    await process.ask(ADA)
    [mine] = await process.do(ReadBudgets(), ADA)
    assert (mine.budget, mine.used, mine.held) == (made, 20, 0)
    assert mine.resets == at("2026-02-01T00:00:00")
    assert await process.do(ReadBudgets(), ADMIN) == ()
    [listed] = await process.do(ListBudgets())
    assert (listed.budget, listed.used) == (made, 20)


async def test_setting_a_budget_again_changes_it_and_keeps_what_was_used(stage: Stage) -> None:
    process = await stage.process()
    first = await process.do(SetBudget("user", "requests", "day", 1, "ada"))
    await process.ask(ADA)
    again = await process.do(SetBudget("user", "requests", "day", 3, "ada"))
    assert (again.id, again.limit) == (first.id, 3)
    [mine] = await process.do(ReadBudgets(), ADA)
    assert (mine.used, mine.budget.limit) == (1, 3)


async def test_a_deleted_budget_binds_nobody(stage: Stage) -> None:
    process = await stage.process()
    made = await process.do(SetBudget("tenant", "requests", "day", 0))
    with pytest.raises(Fault):
        await process.ask(ADA)
    await process.do(DeleteBudget(made.id))
    await process.ask(ADA)
    with pytest.raises(Fault) as caught:
        await process.do(DeleteBudget(made.id))
    assert caught.value.code == "budget_not_found"


@pytest.mark.parametrize(
    ("subject", "name", "is_for"),
    [
        ("user", "ada", "ada"),
        ("user", "*", "*"),
        ("group", "LAB", "lab"),
        ("group", "lab", "lab"),
        ("key", "laptop", "laptop"),
        ("key", "*", "*"),
        ("tenant", "", "default"),
        ("tenant", "default", "default"),
        ("user", "nobody", None),
        ("group", "nobody", None),
        ("key", "nobody", None),
        ("tenant", "elsewhere", None),
        ("user", "", None),
    ],
)
async def test_a_budget_is_for_somebody_of_this_tenant(
    stage: Stage, subject: Any, name: str, is_for: str | None
) -> None:
    """Of whom is not, nothing is told but that there is no such one."""
    process = await stage.process()
    setting = process.do(SetBudget(subject, "requests", "day", 5, name))
    if is_for is not None:
        assert (await setting).name == is_for
        return
    with pytest.raises(Fault) as caught:
        await setting
    assert (caught.value.kind, caught.value.code) == (Kind.missing, f"{subject}_not_found")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"limit": -1}, "limit"),
        ({"limit": 1 << 60}, "limit"),
        ({"unit": "money"}, "currency"),
        ({"unit": "money", "currency": "eur"}, "currency"),
        ({"unit": "money", "currency": "EURO"}, "currency"),
    ],
)
async def test_a_budget_that_makes_no_sense_is_refused(stage: Stage, fields: dict[str, Any], field: str) -> None:
    process = await stage.process()
    wish = {"subject": "user", "unit": "requests", "period": "day", "limit": 5, "name": "ada", **fields}
    with pytest.raises(Fault) as caught:
        await process.do(SetBudget(**wish))
    assert (caught.value.kind, caught.value.field) == (Kind.invalid, field)


async def test_budgets_are_an_admins_of_the_same_tenant(stage: Stage) -> None:
    process = await stage.process()
    made = await process.do(SetBudget("user", "requests", "day", 5, "ada"))
    for operation in (SetBudget("user", "requests", "day", 5, "ada"), ListBudgets(), DeleteBudget(made.id)):
        with pytest.raises(Fault) as caught:
            await process.do(operation, ADA)
        assert caught.value.kind is Kind.forbidden
    assert await process.do(ListBudgets(), FAR_ADMIN) == ()
    with pytest.raises(Fault) as caught:
        await process.do(DeleteBudget(made.id), FAR_ADMIN)
    assert caught.value.code == "budget_not_found"


async def test_a_budget_of_the_settings_file_binds_is_shown_and_cannot_be_changed_here(stage: Stage) -> None:
    fixed: Budget = budget(id="file/default/key/*", subject="key", name="*", limit=1, fixed=True)
    process = await stage.process(fixed)
    await process.ask(LAPTOP)
    with pytest.raises(Fault):
        await process.ask(LAPTOP)
    [listed] = await process.do(ListBudgets())
    assert (listed.budget, listed.used) == (fixed, None)
    with pytest.raises(Fault) as caught:
        await process.do(DeleteBudget(fixed.id))
    assert caught.value.code == "owned_by_file"
    [mine] = await process.do(ReadBudgets(), LAPTOP)
    assert (mine.used, mine.budget.fixed) == (1, True)
