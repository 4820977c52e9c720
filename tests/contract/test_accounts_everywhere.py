"""What must hold of accounts whatever happens at the same time, on every database and between two processes."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest

from parlance.core.accounts.operations import (
    ChangePassword,
    CreateKey,
    ListAudit,
    ListKeys,
    RevokeKey,
    SignedIn,
    SignOut,
    SignUp,
)
from parlance.core.accounts.people_operations import (
    ChangeMembers,
    ChangePreferences,
    ChangeUser,
    CreateGroup,
    CreateTenant,
    CreateUser,
    DeleteUser,
    ListUsers,
    ReadGroup,
)
from parlance.core.operation import Operation
from parlance.ports.stores import Database
from parlance.testing.accounts import PASSWORD, Office
from parlance.values.accounts import DEFAULT_TENANT, OWNER, Principal
from parlance.values.errors import Fault

Pair = tuple[Office, Office]


@pytest.fixture
async def pair(database: Database) -> AsyncIterator[Pair]:
    """Two processes on one database, with one clock."""
    first = Office(database)
    second = Office(database, first.clock)
    yield first, second
    first.close()
    second.close()


async def word(office: Office, operation: Operation[Any], who: str | Principal | None) -> str:
    try:
        await office.do(operation, who)
    except Fault as fault:
        return str(fault.code)
    return "done"


async def test_of_24_first_sign_ups_in_two_processes_one_becomes_admin(pair: Pair) -> None:
    owners = [await office.who() for office in pair]
    attempts = [pair[n % 2].do(SignUp(f"person {n}", PASSWORD), owners[n % 2]) for n in range(24)]
    ends = await asyncio.gather(*attempts, return_exceptions=True)
    signed = [end for end in ends if isinstance(end, SignedIn)]
    codes = Counter(end.code for end in ends if isinstance(end, Fault))
    assert [one.user.id for one in signed] == [OWNER] and codes == {"sign_up_closed": 23}
    users = (await pair[0].do(ListUsers(), signed[0].token)).users
    assert [(user.id, user.role, user.operates) for user in users] == [(OWNER, "admin", True)]


async def test_a_name_is_taken_once_however_many_want_it_at_once(pair: Pair) -> None:
    admin = await pair[0].owner()
    await pair[0].do(ChangePreferences(sign_up="user"), admin.token)
    ends = await asyncio.gather(
        *(pair[n % 2].arrive(SignUp("Bob", PASSWORD)) for n in range(10)), return_exceptions=True
    )
    assert Counter(end.code if isinstance(end, Fault) else type(end).__name__ for end in ends) == {
        "SignedIn": 1,
        "account_exists": 9,
    }


async def test_two_admins_who_demote_each_other_at_once_do_not_both(pair: Pair) -> None:
    first, second = pair
    owner = await first.owner()
    bob = await first.do(CreateUser("Bob", PASSWORD, role="admin", operates=True), owner.token)
    bobs = await second.signed_in("Bob")
    for _ in range(3):
        by = [await first.who(owner.token), await second.who(bobs.token)]
        ends = await asyncio.gather(
            word(first, ChangeUser(bob.id, role="user"), by[0]), word(second, ChangeUser(OWNER, role="user"), by[1])
        )
        assert sorted(ends) == ["done", "last_admin"]
        assert await first.room.of(DEFAULT_TENANT).people.admins() == 1
        demoted = bob.id if ends[0] == "done" else OWNER
        assert await word(first, ChangeUser(demoted, role="admin"), by[0] if demoted == bob.id else by[1]) == "done"


async def test_access_that_ends_in_one_process_ends_in_the_other(pair: Pair) -> None:
    here, there = pair
    owner = await here.owner()
    await here.do(CreateUser("Bob", PASSWORD), owner.token)
    one, two = await here.signed_in("Bob"), await there.signed_in("Bob")
    key = await here.do(CreateKey("k"), one.token)
    for token in (one.token, two.token, key.key):
        assert (await there.who(token)).user == one.user.id
    await here.do(SignOut(), one.token)
    await there.access.confirm()
    with pytest.raises(Fault):
        await there.who(one.token)
    await there.do(ChangePassword(PASSWORD, "four green bottles"), two.token)
    await there.do(RevokeKey(key.about.id), two.token)
    await here.access.confirm()
    with pytest.raises(Fault):
        await here.who(key.key)
    assert (await here.who(two.token)).user == one.user.id
    await here.do(DeleteUser(one.user.id), owner.token)
    await there.access.confirm()
    with pytest.raises(Fault):
        await there.who(two.token)


async def test_what_happens_together_is_kept_together(pair: Pair) -> None:
    """Keys, members, tenants and sign-ins at once, from two processes: all of it, once, and told in the log."""
    here, there = pair
    owner = await here.owner()
    bob = await here.do(CreateUser("Bob", PASSWORD), owner.token)
    group = await here.do(CreateGroup("Readers"), owner.token)
    by = [await office.who(owner.token) for office in pair]
    both = (here, there)
    await asyncio.gather(
        *(both[n % 2].do(CreateKey(f"key {n}"), by[n % 2]) for n in range(8)),
        *(both[n % 2].do(ChangeMembers(group.id, (bob.id,)), by[n % 2]) for n in range(3)),
        *(both[n % 2].do(CreateTenant("Team"), by[n % 2]) for n in range(2)),
        *(both[n % 2].signed_in("Bob") for n in range(4)),
    )
    assert len((await here.do(ListKeys(), by[0])).keys) == 8
    assert (await here.do(ReadGroup(group.id), by[0])).group.members == 1
    assert await here.directory.last_number() == 10002
    acts = Counter(entry.act for entry in (await there.do(ListAudit(limit=199), by[1])).entries)
    assert acts == {
        "signed_up": 1,
        "user_made": 1,
        "group_made": 1,
        "key_made": 8,
        "group_changed": 1,
        "tenant_made": 2,
        "signed_in": 4,
    }
