"""What the store of second factors must do, on every database."""

from __future__ import annotations

import asyncio

import pytest

from parlance.ports.factors import Factor
from parlance.ports.secrets import Sealed
from parlance.ports.stores import ChangeSet, Conflict, Database, Statement
from parlance.stores.sql.accounts import SqlAccounts
from parlance.values.accounts import DEFAULT_TENANT, User

OTHER = "other-tenant"
SECRET = Sealed("codec", "key-1", b"\x00sealed\xff")
ANOTHER = Sealed("codec", "key-2", b"another")


@pytest.fixture
async def accounts(database: Database) -> SqlAccounts:
    made = SqlAccounts(database, DEFAULT_TENANT)
    for id in ("ada", "bob"):
        await database.apply(made.people.insert(User(id, DEFAULT_TENANT, id, "user", 10, 10), None))
    return made


async def refused(database: Database, changes: ChangeSet | Statement) -> None:
    """The changes are a conflict."""
    with pytest.raises(Conflict):
        await database.apply(changes if isinstance(changes, tuple) else (changes,))


async def has_totp(accounts: SqlAccounts, id: str = "ada") -> bool:
    found = await accounts.people.user(id)
    assert found is not None
    return found.has_totp


async def test_a_factor_counts_once_it_is_confirmed_as_it_was_begun(database: Database, accounts: SqlAccounts) -> None:
    factors = accounts.factors
    assert await factors.find("ada") is None
    await database.apply((factors.begin("ada", ANOTHER),))
    await database.apply((factors.begin("ada", SECRET),))
    assert await factors.find("ada") == Factor(SECRET) and not await has_totp(accounts)
    await refused(database, factors.use("ada", 5))
    await refused(database, factors.confirm("ada", ANOTHER, 5, 20))
    await database.apply((factors.confirm("ada", SECRET, 5, 20),))
    assert await factors.find("ada") == Factor(SECRET, 20, 5) and await has_totp(accounts)
    await refused(database, factors.begin("ada", ANOTHER))
    await refused(database, factors.confirm("ada", SECRET, 6, 21))
    assert await factors.find("bob") is None and not await has_totp(accounts, "bob")
    assert await SqlAccounts(database, OTHER).factors.find("ada") is None


async def test_no_step_is_used_twice(database: Database, accounts: SqlAccounts) -> None:
    factors = accounts.factors
    await database.apply((factors.begin("ada", SECRET),))
    await database.apply((factors.confirm("ada", SECRET, 5, 20),))
    for step in (5, 4):
        await refused(database, factors.use("ada", step))
    ends = await asyncio.gather(*(database.apply((factors.use("ada", 6),)) for _ in range(5)), return_exceptions=True)
    assert sum(end is None for end in ends) == 1
    found = await factors.find("ada")
    assert found is not None and found.step == 6


async def test_a_recovery_code_is_used_once_and_new_ones_end_the_old(database: Database, accounts: SqlAccounts) -> None:
    factors = accounts.factors
    await database.apply((*factors.put_codes("ada", ("a", "b", "c"), 20), *factors.put_codes("bob", ("a",), 20)))
    assert await factors.codes("ada") == 3
    assert await factors.has_code("ada", "a") and not await factors.has_code("ada", "d")
    assert not await SqlAccounts(database, OTHER).factors.has_code("ada", "a")
    uses = (database.apply((factors.use_code("ada", "a", 30),)) for _ in range(5))
    assert sum(end is None for end in await asyncio.gather(*uses, return_exceptions=True)) == 1
    assert await factors.codes("ada") == 2 and not await factors.has_code("ada", "a")
    await database.apply(factors.put_codes("ada", ("d",), 40))
    assert await factors.codes("ada") == 1 and not await factors.has_code("ada", "b")
    assert await factors.codes("bob") == 1


async def test_what_is_removed_is_gone_with_its_codes(database: Database, accounts: SqlAccounts) -> None:
    factors = accounts.factors
    await database.apply((factors.begin("ada", SECRET), *factors.put_codes("ada", ("a",), 20)))
    await database.apply((factors.confirm("ada", SECRET, 5, 20),))
    await database.apply(factors.remove("ada"))
    assert await factors.find("ada") is None and not await has_totp(accounts) and await factors.codes("ada") == 0
    await database.apply((factors.begin("ada", ANOTHER),))
    assert await factors.find("ada") == Factor(ANOTHER)
