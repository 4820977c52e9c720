"""What admins and operators do with people, groups and tenants, and what they cannot."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parlance.core.accounts import groups
from parlance.core.accounts.operations import ChangeAccount, ListAudit, ReadAccount, SignedIn
from parlance.core.accounts.people import change_user, delete_user
from parlance.core.accounts.people_operations import (
    ChangeGroup,
    ChangeMembers,
    ChangePreferences,
    ChangeTenant,
    ChangeUser,
    CreateGroup,
    CreateTenant,
    CreateUser,
    DeleteGroup,
    DeleteUser,
    EndSessions,
    ListGroups,
    ListTenants,
    ListUsers,
    ReadGroup,
    ReadPreferences,
    ReadUser,
)
from parlance.core.accounts.room import Leaving, is_first
from parlance.core.operation import Context, Operation
from parlance.ports.stores import Database, Statement
from parlance.stores.sql.sqlite import Sqlite
from parlance.testing.accounts import CONSOLE, PASSWORD, Office
from parlance.testing.databases import migrated
from parlance.values.accounts import DEFAULT_TENANT, NOBODY, OWNER, Principal, Role, User
from parlance.values.errors import Fault, Kind


@pytest.fixture
async def admin(office: Office) -> SignedIn:
    return await office.owner()


async def code(office: Office, operation: Operation[Any], who: str | Principal | None) -> str | None:
    """What an operation comes to: the code of its fault, or none."""
    try:
        await office.do(operation, who)
    except Fault as fault:
        return f"{fault.kind.value} {fault.code}"
    return None


async def person(office: Office, admin: SignedIn, name: str, role: Role = "user", **more: Any) -> tuple[User, str]:
    """A new user and the token of a session of theirs."""
    user = await office.do(CreateUser(name, PASSWORD, role=role, **more), admin.token)
    return user, (await office.signed_in(name)).token


# -- users ------------------------------------------------------------------------------------------------------------


async def test_an_admin_makes_and_changes_accounts(office: Office, admin: SignedIn) -> None:
    bob, token = await person(office, admin, "Bob")
    assert (bob.role, bob.has_password, bob.tenant) == ("user", True, DEFAULT_TENANT)
    changed = await office.do(ChangeUser(bob.id, name="Robert", email="bob@example.org"), admin.token)
    assert await office.do(ReadUser(bob.id), admin.token) == changed
    assert (await office.signed_in("bob@example.org")).user.id == bob.id
    with pytest.raises(Fault):
        await office.signed_in("Bob")
    back = await office.do(ChangeUser(bob.id, email=""), admin.token)
    assert (back.name, back.email) == ("Robert", None)
    assert (await office.signed_in("robert")).user.id == bob.id
    assert (await office.do(ReadAccount(), token)).user == back


async def test_the_first_account_becomes_admin_through_this_door_too(office: Office) -> None:
    """Made at the console: whatever role was asked for, there must be somebody who can let others in."""
    made = await office.do(CreateUser("Ada", PASSWORD, role="pending"), CONSOLE)
    assert (made.id, made.role, made.operates) == (OWNER, "admin", True)
    second = await office.do(CreateUser("Bob", None), CONSOLE)
    assert (second.role, second.operates, second.has_password) == ("user", False, False)


async def test_of_two_first_accounts_made_at_once_one_is_the_first(office: Office) -> None:
    console = await office.who(CONSOLE)
    made = await asyncio.gather(*(office.do(CreateUser(f"p{n}", PASSWORD), console) for n in range(8)))
    assert Counter((user.id == OWNER, user.role, user.operates) for user in made) == {
        (True, "admin", True): 1,
        (False, "user", False): 7,
    }


async def test_users_are_found_a_page_at_a_time(office: Office, admin: SignedIn) -> None:
    for n in range(5):
        await office.do(CreateUser(f"Person {n}", None, role="pending" if n == 3 else "user"), admin.token)
    first = await office.do(ListUsers(sought="person", limit=2), admin.token)
    second = await office.do(ListUsers(sought="person", limit=2, cursor=first.cursor or ""), admin.token)
    third = await office.do(ListUsers(sought="person", limit=2, cursor=second.cursor or ""), admin.token)
    names = [user.name for page in (first, second, third) for user in page.users]
    assert (names, third.cursor) == ([f"Person {n}" for n in range(5)], None)
    assert [user.name for user in (await office.do(ListUsers(role="pending"), admin.token)).users] == ["Person 3"]
    begin = first.cursor or ""
    for wrong in (ListUsers(cursor=begin), ListUsers(sought="person", cursor="x"), ListUsers(cursor="\u00e9")):
        assert await code(office, wrong, admin.token) == "invalid bad_cursor"
    for limit in (0, 200, -1):
        assert await code(office, ListUsers(limit=limit), admin.token) == "invalid out_of_range"
    assert await code(office, ListUsers(role="king"), admin.token) == "invalid out_of_range"


@pytest.mark.parametrize(
    ("name", "email", "field"),
    [("", None, "name"), ("x" * 101, None, "name"), ("a\nb", None, "name"), ("ada@home", None, "name")]
    + [("Bob", email, "email") for email in ("bob", "@", "a@b c", "a@@b", "x" * 80 + "@b")],
)
async def test_names_and_addresses_are_judged(
    office: Office, admin: SignedIn, name: str, email: str | None, field: str
) -> None:
    with pytest.raises(Fault) as refused:
        await office.do(CreateUser(name, PASSWORD, email), admin.token)
    assert (refused.value.kind, refused.value.field) == (Kind.invalid, field)


async def test_a_taken_name_is_a_conflict_in_a_change_as_well(office: Office, admin: SignedIn) -> None:
    bob, _ = await person(office, admin, "Bob")
    assert await code(office, ChangeUser(bob.id, email="ADA@example.org"), admin.token) == "conflict account_exists"
    assert await code(office, CreateUser("BOB", None), admin.token) == "conflict account_exists"


async def test_whoever_is_demoted_or_disabled_may_no_more_at_once(office: Office, admin: SignedIn) -> None:
    bob, token = await person(office, admin, "Bob", "admin")
    assert "admin" in (await office.who(token)).scopes
    await office.do(ChangeUser(bob.id, role="user"), admin.token)
    assert (await office.who(token)).scopes == {"chat"}
    await office.do(ChangeUser(bob.id, disabled=True), admin.token)
    with pytest.raises(Fault):
        await office.who(token)
    await office.do(ChangeUser(bob.id, disabled=False), admin.token)
    with pytest.raises(Fault):
        await office.who(token)  # the session has ended: it does not come to life again
    assert (await office.signed_in("Bob")).scopes == ("chat",)


async def test_an_admin_ends_the_sessions_of_somebody(office: Office, admin: SignedIn) -> None:
    bob, token = await person(office, admin, "Bob")
    await office.do(EndSessions(bob.id), admin.token)
    with pytest.raises(Fault):
        await office.who(token)
    assert (await office.who(admin.token)).user == OWNER


async def test_the_owner_and_the_last_admin_stay(office: Office, admin: SignedIn) -> None:
    assert await code(office, DeleteUser(OWNER), admin.token) == "conflict owner_stays"
    for change in ({"role": "user"}, {"role": "pending"}, {"disabled": True}):
        assert await code(office, ChangeUser(OWNER, **change), admin.token) == "conflict last_admin"
    bob, _ = await person(office, admin, "Bob", "admin")
    await office.do(ChangeUser(OWNER, role="user"), admin.token)
    assert await code(office, DeleteUser(bob.id), CONSOLE) == "conflict last_admin"
    await office.do(ChangeUser(OWNER, role="admin"), CONSOLE)
    await office.do(DeleteUser(bob.id), CONSOLE)


@pytest.mark.slow
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    acts=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.sampled_from(["user", "off", "gone"])), max_size=8)
)
async def test_whatever_admins_do_to_each_other_at_once_one_is_left(acts: list[tuple[int, int, str]]) -> None:
    """Each decision is right by itself; together they must be, too."""
    database = Sqlite(None)
    await migrated(database)
    office = Office(database)
    try:
        owner = await office.owner()
        admins = [owner.user] + [
            await office.do(CreateUser(f"admin {n}", None, role="admin", operates=True), owner.token) for n in range(3)
        ]
        by = [Principal(DEFAULT_TENANT, one.id, scopes=one.scopes) for one in admins]
        wishes: list[Operation[Any]] = []
        for _, target, how in acts:
            id = admins[target].id
            wishes.append(
                DeleteUser(id)
                if how == "gone"
                else ChangeUser(id, disabled=True)
                if how == "off"
                else ChangeUser(id, role="user")
            )
        ends = await asyncio.gather(
            *(office.do(wish, by[actor]) for wish, (actor, *_) in zip(wishes, acts, strict=True)),
            return_exceptions=True,
        )
        assert [end for end in ends if isinstance(end, BaseException) and not isinstance(end, Fault)] == []
        assert await office.room.of(DEFAULT_TENANT).people.admins() >= 1
    finally:
        office.close()
        await database.close()


async def test_only_an_operator_has_to_do_with_operators(office: Office, admin: SignedIn) -> None:
    """Else an admin of one tenant could become one, by way of somebody who is."""
    _, token = await person(office, admin, "Bob", "admin")
    carol, _ = await person(office, admin, "Carol")
    for wish in (
        ChangeUser(carol.id, operates=True),
        CreateUser("Eve", None, operates=True),
        ChangeUser(OWNER, email="eve@example.org"),
        EndSessions(OWNER),
        DeleteUser(OWNER),
        ListTenants(),
        CreateTenant("x"),
        ChangeTenant(DEFAULT_TENANT, name="x"),
    ):
        said = await code(office, wish, token)
        assert said is not None and said.split()[0] == "forbidden", wish
    made = await office.do(ChangeUser(carol.id, operates=True), admin.token)
    assert made.operates and (await office.signed_in("Carol")).scopes == ("chat", "operate")


async def test_rows_of_the_settings_file_and_of_nobody_are_not_changed(office: Office, rows: Database) -> None:
    console = await office.who(CONSOLE)
    assert await code(office, ChangeAccount(name="Me"), console) == "conflict not_of_the_database"
    await office.owner()
    put = User("by-file", DEFAULT_TENANT, "By file", "user", 1, 1, owned_by="file")
    await rows.apply(office.room.of(DEFAULT_TENANT).people.insert(put, None))
    assert await code(office, ChangeUser("by-file", role="admin"), CONSOLE) == "conflict not_of_the_database"
    gone = Principal(DEFAULT_TENANT, "nobody", scopes=frozenset({"chat", "admin"}))
    assert await code(office, ChangeAccount(name="Me"), gone) == "missing user_not_found"


async def test_one_who_is_deleted_meanwhile_is_missing(office: Office, admin: SignedIn) -> None:
    """Two who delete the same user at once: one did it, the other is told that there is no such user."""
    bob, _ = await person(office, admin, "Bob")
    who = await office.who(admin.token)
    ends = await asyncio.gather(*(code(office, DeleteUser(bob.id), who) for _ in range(3)))
    assert sorted(ends, key=str) == [None, "missing user_not_found", "missing user_not_found"]


async def test_what_is_decided_is_decided_on_the_user_as_they_are_now(office: Office, admin: SignedIn) -> None:
    """Not as they were when dispatch looked: somebody may have deleted them in between."""
    gone = User("gone", DEFAULT_TENANT, "Gone", "user", 1, 1)
    context = Context(await office.who(admin.token), "r", subject=gone)
    for handle, wish in ((change_user, ChangeUser("gone", role="admin")), (delete_user, DeleteUser("gone"))):
        with pytest.raises(Fault) as missing:
            await handle(office.room, context, wish)  # type: ignore[arg-type]
        assert missing.value.code == "user_not_found"


async def test_people_change_their_own_name_and_address(office: Office, admin: SignedIn) -> None:
    _, token = await person(office, admin, "Bob")
    changed = await office.do(ChangeAccount(email="bob@example.org"), token)
    assert changed.email == "bob@example.org"
    assert await code(office, ChangeAccount(email="ada@example.org"), token) == "conflict account_exists"
    assert (await office.do(ReadAccount(), token)).user == changed


async def test_one_who_is_deleted_takes_along_what_other_areas_keep(rows: Database) -> None:
    """The seam for chats and files: their changes are part of the same change set."""
    happened = []

    async def farewell(tenant: str, user: str) -> Leaving:
        return Leaving((Statement(*mark(f"{tenant}/{user}")),), (lambda: happened.append(user),))

    office = Office(rows, farewells=[farewell])
    admin = await office.owner()
    bob, _ = await person(office, admin, "Bob")
    await office.do(DeleteUser(bob.id), admin.token)
    assert happened == [bob.id]
    assert await rows.read("SELECT name FROM versions WHERE name LIKE 'default/%'", {}) == [(f"default/{bob.id}",)]
    office.close()


def mark(name: str) -> tuple[str, dict[str, str]]:
    return "INSERT INTO versions (name, number) VALUES (:name, 1)", {"name": name}


# -- tenants ----------------------------------------------------------------------------------------------------------


async def test_tenants_see_nothing_of_each_other(office: Office, admin: SignedIn) -> None:
    """P21: what is somebody else's is as unknown as what never was, by every id, also in a body."""
    tenant = await office.do(CreateTenant("Others"), admin.token)
    eve = await office.do(CreateUser("Eve", PASSWORD, role="admin", tenant=tenant.id), admin.token)
    token = (await office.signed_in("Eve")).token
    group = await office.do(CreateGroup("Mine"), admin.token)
    assert [user.id for user in (await office.do(ListUsers(), token)).users] == [eve.id]
    assert (await office.do(ListGroups(), token)).groups == ()
    for wish in (
        ReadUser(OWNER),
        ChangeUser(OWNER, role="user"),
        EndSessions(OWNER),
        DeleteUser(OWNER),
        ReadGroup(group.id),
        ChangeGroup(group.id, name="x"),
        DeleteGroup(group.id),
        ChangeMembers(group.id, (eve.id,)),
        CreateUser("Spy", None, tenant=DEFAULT_TENANT),
        CreateUser("Spy", None, tenant="unknown"),
    ):
        said = await code(office, wish, token)
        assert said is not None and said.split()[0] == "missing", wish
    theirs = await office.do(CreateGroup("Theirs"), token)
    for wish in (ChangeMembers(theirs.id, add=(OWNER,)), ChangeMembers(theirs.id, remove=(eve.id, OWNER))):
        assert await code(office, wish, token) == "missing user_not_found"
    assert await code(office, ReadGroup(theirs.id), admin.token) == "missing group_not_found"
    acts = [entry.act for entry in (await office.do(ListAudit(), token)).entries]
    assert set(acts) == {"signed_in", "group_made", "user_made"}
    assert (await office.do(CreateUser("Own", None, tenant=tenant.id), token)).tenant == tenant.id


async def test_tenants_made_at_once_have_numbers_of_their_own(office: Office, admin: SignedIn) -> None:
    console = await office.who(CONSOLE)
    made = await asyncio.gather(*(office.do(CreateTenant("Team"), console) for _ in range(3)))
    assert sorted(one.number for one in made) == [10001, 10002, 10003]
    first = await office.do(ListTenants(limit=3), admin.token)
    rest = await office.do(ListTenants(limit=3, cursor=first.cursor or ""), admin.token)
    assert ([one.name for one in first.tenants], len(rest.tenants), rest.cursor) == (
        ["Default", "Team", "Team"],
        1,
        None,
    )
    renamed = await office.do(ChangeTenant(made[0].id, name="Crew"), admin.token)
    assert (renamed.name, renamed.disabled) == ("Crew", False)
    assert await code(office, ChangeTenant(DEFAULT_TENANT, disabled=True), admin.token) == "conflict first_tenant_stays"
    assert await code(office, ChangeTenant("unknown", name="x"), admin.token) == "missing tenant_not_found"


# -- groups -----------------------------------------------------------------------------------------------------------


async def test_groups_have_members_who_see_that_they_are_in(office: Office, admin: SignedIn) -> None:
    people = [(await person(office, admin, f"Person {n}")) for n in range(3)]
    ids = tuple(user.id for user, _ in people)
    group = await office.do(CreateGroup("Readers", "of books"), admin.token)
    assert (await office.do(ChangeMembers(group.id, add=ids), admin.token)).members == 3
    again = await office.do(ChangeMembers(group.id, add=(ids[0], ids[0]), remove=(ids[1], ids[1])), admin.token)
    assert again.members == 2
    assert (await office.do(ChangeMembers(group.id, add=ids[:1]), admin.token)).members == 2
    shown = await office.do(ReadGroup(group.id, limit=1), admin.token)
    rest = await office.do(ReadGroup(group.id, limit=1, cursor=shown.cursor or ""), admin.token)
    assert [user.id for user in (*shown.users, *rest.users)] == [ids[0], ids[2]] and rest.cursor is None
    assert [one.name for one in (await office.do(ReadAccount(), people[0][1])).groups] == ["Readers"]
    assert (await office.do(ReadAccount(), people[1][1])).groups == ()
    changed = await office.do(ChangeGroup(group.id, name="Writers"), admin.token)
    assert (changed.name, changed.description, changed.members) == ("Writers", "of books", 2)
    assert (await office.do(ChangeGroup(group.id, description=""), admin.token)).description == ""
    await office.do(CreateGroup("Another"), admin.token)
    page = await office.do(ListGroups(limit=1), admin.token)
    last = await office.do(ListGroups(limit=1, cursor=page.cursor or ""), admin.token)
    assert [one.name for one in (*page.groups, *last.groups)] == ["Another", "Writers"] and last.cursor is None
    await office.do(DeleteGroup(group.id), admin.token)
    assert await code(office, ReadGroup(group.id), admin.token) == "missing group_not_found"
    assert await code(office, CreateGroup("x", "y" * 2001), admin.token) == "too_large None"
    many = ChangeMembers((await office.do(CreateGroup("Many"), admin.token)).id, add=(ids[0],) * 3)
    assert (await office.do(many, admin.token)).members == 1


async def test_a_change_of_members_is_bounded(office: Office, admin: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "MOST_MEMBERS", 1)
    ids = tuple([(await person(office, admin, f"Person {n}"))[0].id for n in range(2)])
    group = await office.do(CreateGroup("Readers"), admin.token)
    assert await code(office, ChangeMembers(group.id, ids), admin.token) == "too_large too_many_members"


async def test_the_same_member_added_at_once_is_in_once(office: Office, admin: SignedIn) -> None:
    user, _ = await person(office, admin, "Bob")
    group = await office.do(CreateGroup("Readers"), admin.token)
    who = await office.who(admin.token)
    await asyncio.gather(*(office.do(ChangeMembers(group.id, (user.id,)), who) for _ in range(3)))
    assert (await office.do(ReadGroup(group.id), who)).group.members == 1


# -- preferences and roles --------------------------------------------------------------------------------------------


async def test_preferences_change_with_their_version(office: Office, admin: SignedIn) -> None:
    assert (await office.do(ReadPreferences(), admin.token)).version == 0
    first = await office.do(ChangePreferences(sign_up="user"), admin.token)
    assert (first.version, first.sign_up) == (1, "user")
    assert await office.do(ChangePreferences(version=1, sign_up="user"), admin.token) == first
    second = await office.do(ChangePreferences(version=1, sign_up="closed"), admin.token)
    assert second.version == 2
    stale = ChangePreferences(version=1, sign_up="user")
    assert await code(office, stale, admin.token) == "conflict changed_meanwhile"


ADMINS = (
    *(ListUsers(), ReadUser(OWNER), CreateUser("x", None), ChangeUser(OWNER), EndSessions(OWNER), DeleteUser(OWNER)),
    *(ListGroups(), ReadGroup("g"), CreateGroup("x"), ChangeGroup("g"), DeleteGroup("g"), ChangeMembers("g")),
    *(ReadPreferences(), ChangePreferences(), ListAudit()),
)
OPERATORS = (ListTenants(), CreateTenant("x"), ChangeTenant("x"))


@pytest.mark.parametrize("role", ["pending", "user"])
async def test_a_role_that_is_missing_is_said_before_anything_is_looked_for(
    office: Office, admin: SignedIn, role: Role
) -> None:
    """403 for a role, never for an id: known and unknown ids are refused alike."""
    _, token = await person(office, admin, "Bob", role)
    for wish in (*ADMINS, *OPERATORS):
        assert await code(office, wish, token) == "forbidden missing_scope", wish
        assert await code(office, wish, NOBODY) == "forbidden missing_scope", wish


async def test_only_the_machines_unclaimed_owner_makes_an_account_the_first(office: Office) -> None:
    """One rule for whoever signs up, is made, or comes from a provider."""
    assert await is_first(office.room)
    await office.owner()
    assert not await is_first(office.room)
