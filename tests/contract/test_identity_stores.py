"""What the store of identities must do, on every database."""

from __future__ import annotations

import pytest

from parlance.ports.federation import Identity
from parlance.ports.stores import Conflict, Database
from parlance.stores.sql.accounts import SqlAccounts
from parlance.stores.sql.directory import SqlDirectory
from parlance.stores.sql.identities import SqlIdentities
from parlance.values.accounts import DEFAULT_TENANT, Tenant, User

ISSUER = "https://id.example/realms/" + "long/" * 100


async def test_an_identity_stands_for_one_user_of_its_tenant(database: Database) -> None:
    """By issuer and subject together, to the byte; the same pair may be another user of another tenant."""
    await database.apply((SqlDirectory(database).insert_tenant(Tenant("other", "Other", 10001, 5, 5)),))
    for tenant, id in ((DEFAULT_TENANT, "ada"), (DEFAULT_TENANT, "bob"), ("other", "ada")):
        people = SqlAccounts(database, tenant).people
        await database.apply(people.insert(User(id, tenant, f"{id} of {tenant}", "user", 10, 10), None))
    mine, theirs = SqlIdentities(database, DEFAULT_TENANT), SqlIdentities(database, "other")
    ada = Identity(ISSUER, "Ådá|1", "ada", 7)
    await database.apply((mine.insert(ada),))
    assert await mine.find(ISSUER, "Ådá|1") == ada
    assert await theirs.find(ISSUER, "Ådá|1") is None
    assert await mine.find(ISSUER, "ådá|1") is None
    assert await mine.find(ISSUER + "Å", "dá|1") is None
    with pytest.raises(Conflict):
        await database.apply((mine.insert(Identity(ISSUER, "Ådá|1", "bob", 8)),))
    await database.apply((theirs.insert(ada), mine.insert(Identity("https://other.example", "1", "ada", 9))))
    assert {each.issuer for each in await mine.of("ada")} == {ISSUER, "https://other.example"}
    assert await mine.of("bob") == []


async def test_identities_go_with_their_user(database: Database) -> None:
    """Who comes again afterwards is somebody new."""
    accounts, identities = SqlAccounts(database, DEFAULT_TENANT), SqlIdentities(database, DEFAULT_TENANT)
    await database.apply(accounts.people.insert(User("ada", DEFAULT_TENANT, "Ada", "user", 10, 10), None))
    await database.apply((identities.insert(Identity(ISSUER, "1", "ada", 7)),))
    await database.apply(accounts.people.delete("ada"))
    assert await identities.find(ISSUER, "1") is None
