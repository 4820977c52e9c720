"""The contract of `Budgets` in `ports/budgets.py`, on every database."""

from __future__ import annotations

import msgspec
import pytest

from parlance.ports.stores import Conflict, Database, Value
from parlance.stores.sql.budgets import SqlBudgets
from parlance.stores.sql.rows import insert
from parlance.values.accounts import DEFAULT_TENANT
from parlance.values.ledger import Budget
from tests.unit.core.files.desk import people

ADAS = Budget("b1", DEFAULT_TENANT, "user", "ada", "tokens", "day", 1000, None, 5)
MONEY = Budget("b2", DEFAULT_TENANT, "tenant", DEFAULT_TENANT, "money", "month", 9_000_000, "EUR", 6)


@pytest.fixture
async def budgets(database: Database) -> SqlBudgets:
    await people(database)
    made = SqlBudgets(database)
    await database.apply((*made.insert(ADAS), *made.insert(MONEY)))
    return made


async def test_budgets_are_read_back_as_they_were_set(budgets: SqlBudgets) -> None:
    """All of them, or one of its own tenant."""
    assert list(await budgets.all()) == [ADAS, MONEY]
    assert await budgets.find(DEFAULT_TENANT, "b2") == MONEY
    assert await budgets.find("elsewhere", "b2") is None


async def test_there_is_one_budget_for_a_subject_unit_period_and_currency(
    database: Database, budgets: SqlBudgets
) -> None:
    """Another currency, or another tenant, is another budget."""
    with pytest.raises(Conflict):
        await database.apply(budgets.insert(msgspec.structs.replace(ADAS, id="b3")))
    await database.apply(budgets.insert(msgspec.structs.replace(MONEY, id="b4", currency="USD")))
    await database.apply(budgets.insert(msgspec.structs.replace(ADAS, id="b1", tenant="elsewhere")))
    assert len(await budgets.all()) == 4


async def test_every_change_is_seen_by_its_version(database: Database, budgets: SqlBudgets) -> None:
    """So that other processes read them again; a change of what is gone is a conflict."""
    seen = [await budgets.version()]
    await database.apply(budgets.change(ADAS, 7))
    seen.append(await budgets.version())
    changed = await budgets.find(DEFAULT_TENANT, "b1")
    assert changed is not None and changed.limit == 7
    await database.apply(budgets.delete(ADAS))
    seen.append(await budgets.version())
    assert seen == sorted(set(seen))
    for change in (budgets.delete(ADAS), budgets.change(ADAS, 9)):
        with pytest.raises(Conflict):
            await database.apply(change)


async def test_groups_are_found_by_their_members_and_by_their_name(database: Database, budgets: SqlBudgets) -> None:
    """Users and keys by their id only."""
    when: dict[str, Value] = {"created": 0, "updated": 0}
    group: dict[str, Value] = {
        "tenant": DEFAULT_TENANT,
        "id": "g1",
        "name": "Lab",
        "name_key": "lab",
        "description": "",
    }
    rows = [insert("user_groups", {**group, **when})]
    for user in ("ada", "bob"):
        rows.append(insert("group_members", {"tenant": DEFAULT_TENANT, "group_id": "g1", "user_id": user, "added": 0}))
    await database.apply(tuple(rows))
    assert await budgets.members(DEFAULT_TENANT) == {"ada": frozenset({"g1"}), "bob": frozenset({"g1"})}
    assert await budgets.members("elsewhere") == {}
    assert [await budgets.named(DEFAULT_TENANT, "group", name) for name in ("g1", "LAB", "x")] == ["g1", "g1", None]
    assert [await budgets.named(DEFAULT_TENANT, "user", name) for name in ("ada", "Ada", "x")] == ["ada", None, None]
    assert await budgets.named(DEFAULT_TENANT, "key", "k1") is None
    assert [await budgets.named(DEFAULT_TENANT, "tenant", name) for name in (DEFAULT_TENANT, "elsewhere")] == [
        DEFAULT_TENANT,
        None,
    ]
    assert await budgets.named("elsewhere", "group", "g1") is None
