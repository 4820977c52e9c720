"""What the stores of accounts must do, on every database."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from parlance.ports.accounts import AuditFilter
from parlance.ports.directory import ACCESS, AccessState, OneTime
from parlance.ports.secrets import Sealed
from parlance.ports.stores import ChangeSet, Conflict, Database, Statement, Value
from parlance.stores.sql.accounts import SqlAccounts
from parlance.stores.sql.directory import SqlDirectory
from parlance.values.accounts import (
    DEFAULT_TENANT,
    OWNER,
    ApiKey,
    AuditEntry,
    Group,
    Preferences,
    Session,
    Tenant,
    User,
)

OTHER = "other-tenant"


def user(id: str, name: str = "", tenant: str = DEFAULT_TENANT, **more: Any) -> User:
    return msgspec.structs.replace(User(id, tenant, name or id, "user", 10, 10), **more)


def key(id: str, user: str = "ada", **more: Any) -> ApiKey:
    return msgspec.structs.replace(ApiKey(id, DEFAULT_TENANT, user, "a key", "pk_abcdefgh", 10), **more)


def session(id: str, user: str = "ada", expires: int = 1000, **more: Any) -> Session:
    made = Session(id, DEFAULT_TENANT, user, "cookie", 10, expires, 10, "agent", "192.0.2.1")
    return msgspec.structs.replace(made, **more)


@pytest.fixture
def directory(database: Database) -> SqlDirectory:
    return SqlDirectory(database)


@pytest.fixture
def accounts(database: Database) -> SqlAccounts:
    return SqlAccounts(database, DEFAULT_TENANT)


async def refused(database: Database, changes: ChangeSet | Statement) -> None:
    """The changes are a conflict."""
    with pytest.raises(Conflict):
        await database.apply(changes if isinstance(changes, tuple) else (changes,))


async def add(database: Database, *users: User, password_hash: str | None = None) -> None:
    for each in users:
        await database.apply(SqlAccounts(database, each.tenant).people.insert(each, password_hash))


async def with_other_tenant(database: Database) -> SqlAccounts:
    await database.apply((SqlDirectory(database).insert_tenant(Tenant(OTHER, "Other", 10001, 5, 5)),))
    return SqlAccounts(database, OTHER)


# -- users ------------------------------------------------------------------------------------------------------------


async def test_a_user_reads_back_as_it_was_written(database: Database, accounts: SqlAccounts) -> None:
    whole = user("ada", "Ada Ünïcode 你好", email="Ada@Example.ORG", role="admin", operates=True, has_password=True)
    await add(database, whole, password_hash="a hash")
    assert await accounts.people.user("ada") == whole
    assert await accounts.people.user("nobody") is None
    assert await SqlAccounts(database, OTHER).people.user("ada") is None
    found = await accounts.people.credentials("ada")
    assert found is not None and (found.user, found.password_hash, found.tenant_disabled) == (whole, "a hash", False)
    assert await accounts.people.credentials("nobody") is None
    assert await accounts.people.these(["ada", "nobody", OWNER]) == {
        "ada": whole,
        OWNER: await accounts.people.user(OWNER),
    }


async def test_a_name_to_sign_in_with_stands_for_one_user_of_the_whole_server(
    database: Database, directory: SqlDirectory
) -> None:
    await with_other_tenant(database)
    await add(database, user("ada", email="ada@example.org"), user("bob", "Bob"), password_hash="h")
    found = await directory.by_handle("ada@example.org")
    assert found is not None and (found.user.id, found.password_hash) == ("ada", "h")
    assert await directory.by_handle("ada") is None
    for taken in (user("eve", email="ADA@example.org", tenant=OTHER), user("eve", "BOB", OTHER)):
        await refused(database, SqlAccounts(database, taken.tenant).people.insert(taken, None))
    await add(database, user("by-file", "bob", owned_by="file"))
    again = await directory.by_handle("bob")
    assert again is not None and again.user.id == "bob"


async def test_the_owner_is_claimed_once(database: Database, accounts: SqlAccounts, directory: SqlDirectory) -> None:
    assert await directory.access() == AccessState(1, False)
    first, second = user(OWNER, "Ada", created=77), user(OWNER, "Eve")
    ends = await asyncio.gather(
        *(database.apply(accounts.people.claim(one, "hash")) for one in (first, second, first)), return_exceptions=True
    )
    assert sorted(type(end).__name__ for end in ends) == ["Conflict", "Conflict", "NoneType"]
    owner = await accounts.people.user(OWNER)
    assert owner is not None and owner.owned_by == "database" and owner.has_password
    assert (await directory.access()).inhabited
    found = await directory.by_handle(owner.handle)
    assert found is not None and found.user.id == OWNER


async def test_a_change_of_what_has_changed_meanwhile_is_a_conflict(database: Database, accounts: SqlAccounts) -> None:
    before = user("ada")
    await add(database, before, user("bob"))
    after = msgspec.structs.replace(before, name="Ada L.", email="ada@example.org", role="admin", updated=20)
    await database.apply(accounts.people.change(before, after))
    assert await accounts.people.user("ada") == after
    await refused(database, accounts.people.change(before, msgspec.structs.replace(before, name="x", updated=30)))
    taken = msgspec.structs.replace(after, name="BOB", email=None, updated=30)
    await refused(database, accounts.people.change(after, taken))
    assert await accounts.people.user("ada") == after
    await database.apply(accounts.people.change(after, msgspec.structs.replace(after, disabled=True, updated=40)))
    directory = SqlDirectory(database)
    assert await directory.by_handle("ada") is None
    found = await directory.by_handle("ada@example.org")
    assert found is not None and found.user.disabled


async def test_a_password_replaces_the_one_that_was_read(database: Database, accounts: SqlAccounts) -> None:
    await add(database, user("ada"))
    people = accounts.people
    await refused(database, people.set_password("ada", "new", "old", 20))
    await database.apply((people.set_password("ada", "first", None, 20),))
    await refused(database, people.set_password("ada", "second", None, 30))
    await database.apply((people.set_password("ada", "second", "first", 30),))
    found = await people.credentials("ada")
    assert found is not None and (found.password_hash, found.user.updated) == ("second", 30)


async def test_users_are_listed_by_folded_name_a_page_at_a_time(database: Database, accounts: SqlAccounts) -> None:
    names = ("zoë", "Ängström", "bob", "Bob B.", "ÉMILE", "émile 2", "100%_sure")
    made = [user(f"u{at}", name, email=f"u{at}@example.org") for at, name in enumerate(names)]
    await add(database, *made)
    await with_other_tenant(database)
    await add(database, user("foreign", "bob foreign", OTHER))
    people, seen, after = accounts.people, [], None
    while page := await people.list("", None, after, 3):
        seen += [one.name for one in page]
        after = (page[-1].handle if page[-1].email is None else _folded(page[-1].name), page[-1].id)
    assert seen == ["100%_sure", "bob", "Bob B.", "Owner", "zoë", "Ängström", "ÉMILE", "émile 2"]
    assert [one.name for one in await people.list("ÉMI", None, None, 9)] == ["ÉMILE", "émile 2"]
    assert [one.name for one in await people.list("%_", None, None, 9)] == ["100%_sure"]
    assert [one.id for one in await people.list("U3@", None, None, 9)] == ["u3"]
    assert [one.id for one in await people.list("", "admin", None, 9)] == [OWNER]


def _folded(name: str) -> str:
    from parlance.values.texts import folded

    return folded(name)


async def test_admins_are_counted_without_the_disabled_and_without_other_tenants(
    database: Database, accounts: SqlAccounts
) -> None:
    other = await with_other_tenant(database)
    await add(database, user("a", role="admin"), user("b", role="admin", disabled=True), user("c"))
    await add(database, user("d", role="admin", tenant=OTHER))
    assert (await accounts.people.admins(), await other.people.admins()) == (2, 1)


async def test_with_a_user_goes_all_that_was_only_theirs(
    database: Database, accounts: SqlAccounts, directory: SqlDirectory
) -> None:
    await add(database, user("ada"), user("bob"))
    await database.apply(accounts.keys.insert(key("k"), "d1"))
    await database.apply(accounts.sessions.insert(session("s"), "d2"))
    await database.apply(accounts.sessions.insert(session("t", "bob"), "d3"))
    await database.apply((accounts.groups.insert(Group("g", DEFAULT_TENANT, "G", 1, 1)),))
    await database.apply((accounts.groups.add("g", "ada", 1), accounts.groups.add("g", "bob", 1)))
    await database.apply((directory.insert_one_time("o", OneTime("reset", DEFAULT_TENANT, 1, 99, "ada")),))
    code: dict[str, Value] = {"tenant": DEFAULT_TENANT, "user": "ada", "digest": "c", "at": 1}
    values = "INSERT INTO recovery_codes (tenant, user_id, digest, created) VALUES (:tenant, :user, :digest, :at)"
    await database.apply((Statement(values, code),))
    await database.apply(accounts.people.delete("ada"))
    await refused(database, accounts.people.delete("ada"))
    assert await accounts.people.user("ada") is None
    assert [await directory.by_digest(digest) for digest in ("d1", "d2")] == [None, None]
    assert await directory.by_digest("d3") is not None
    assert await directory.by_handle("ada") is None and await directory.by_handle("bob") is not None
    assert [one.id for one in await accounts.groups.members("g", None, 9)] == ["bob"]
    for table in ("api_keys", "one_time", "recovery_codes"):
        assert await database.read(f"SELECT tenant FROM {table} WHERE user_id = 'ada'", {}) == []
    await add(database, user("ada"))


async def test_when_somebody_was_seen_is_no_change_of_the_user(database: Database, accounts: SqlAccounts) -> None:
    await add(database, user("ada"))
    await database.apply((accounts.people.seen("ada", 55), accounts.people.seen("gone", 55)))
    found = await accounts.people.user("ada")
    assert found is not None and (found.last_seen, found.updated) == (55, 10)


# -- groups -----------------------------------------------------------------------------------------------------------


async def test_a_group_has_members_of_its_tenant(database: Database, accounts: SqlAccounts) -> None:
    await add(database, user("ada"), user("bob"), user("zoe"))
    group = Group("g", DEFAULT_TENANT, "Readers", 5, 5, "of books")
    groups = accounts.groups
    await database.apply((groups.insert(group), groups.insert(Group("h", DEFAULT_TENANT, "Another", 5, 5))))
    await database.apply((groups.add("g", "zoe", 6), groups.add("g", "ada", 6)))
    await refused(database, groups.add("g", "ada", 7))
    await refused(database, groups.add("g", "nobody", 7))
    assert await groups.group("g") == msgspec.structs.replace(group, members=2)
    assert await SqlAccounts(database, OTHER).groups.group("g") is None
    assert [one.id for one in await groups.members("g", None, 9)] == ["ada", "zoe"]
    assert [one.id for one in await groups.members("g", ("ada", "ada"), 9)] == ["zoe"]
    assert sorted(await groups.among("g", ["ada", "bob", "zoe"])) == ["ada", "zoe"]
    assert await groups.among("g", []) == []
    assert [one.id for one in await groups.of("ada")] == ["g"] and await groups.of("bob") == []
    assert [one.id for one in await groups.list(None, 9)] == ["h", "g"]
    assert [one.id for one in await groups.list(("another", "h"), 9)] == ["g"]
    await database.apply((groups.remove("g", "ada"), groups.remove("g", "bob")))
    changed = msgspec.structs.replace(group, name="Writers", updated=8)
    await database.apply((groups.change(group, changed),))
    await refused(database, groups.change(group, changed))
    assert await groups.group("g") == msgspec.structs.replace(changed, members=1)
    await database.apply(groups.delete("g"))
    await refused(database, groups.delete("g"))
    assert await groups.group("g") is None and await accounts.people.user("zoe") is not None


# -- keys and sessions ------------------------------------------------------------------------------------------------


async def test_a_key_is_found_by_its_digest_with_its_user_until_it_is_revoked(
    database: Database, accounts: SqlAccounts, directory: SqlDirectory
) -> None:
    ada = user("ada", role="admin")
    await add(database, ada)
    made = key(
        "k",
        scopes=("chat", "observe"),
        models=("llama*", "quote"),
        expires=999,
        share_answers=False,
        keep_chats=True,
        requests_per_minute=5,
        tokens_per_minute=6,
    )
    await database.apply(accounts.keys.insert(made, "digest"))
    await refused(database, accounts.keys.insert(key("other"), "digest"))
    found = await directory.by_digest("digest")
    assert found is not None and (found.user, found.key, found.session, found.expires) == (ada, made, None, 999)
    assert await directory.by_things(DEFAULT_TENANT, ["k", "gone"]) == {"k": found}
    assert await directory.by_things(OTHER, ["k"]) == {}
    await database.apply((accounts.keys.used("k", 66),))
    assert await accounts.keys.key("k") == msgspec.structs.replace(made, last_used=66)
    await database.apply(accounts.keys.revoke("k"))
    await refused(database, accounts.keys.revoke("k"))
    assert await directory.by_digest("digest") is None and await accounts.keys.key("k") is None


async def test_keys_are_listed_newest_first(database: Database, accounts: SqlAccounts) -> None:
    await add(database, user("ada"), user("bob"))
    for at in range(4):
        await database.apply(accounts.keys.insert(key(f"k{at}", ("ada", "bob")[at % 2]), f"d{at}"))
    keys = accounts.keys
    assert [one.id for one in await keys.list("ada", None, 9)] == ["k2", "k0"]
    assert [one.id for one in await keys.list(None, None, 9)] == ["k3", "k2", "k1", "k0"]
    assert [one.id for one in await keys.list(None, "k2", 1)] == ["k1"]
    assert await SqlAccounts(database, OTHER).keys.list(None, None, 9) == []


async def test_a_session_that_is_over_is_found_by_nobody_but_its_address_is_remembered(
    database: Database, accounts: SqlAccounts, directory: SqlDirectory
) -> None:
    await add(database, user("ada"), user("bob"))
    sessions = accounts.sessions
    await database.apply(sessions.insert(session("s", agent="x" * 999), "d"))
    found = await directory.by_digest("d")
    assert found is not None and (found.user.id, found.session, found.key, found.expires) == ("ada", "s", None, 1000)
    kept = await sessions.session("s")
    assert kept == session("s", agent="x" * 255)
    assert await sessions.knows("ada", "192.0.2.1")
    assert not await sessions.knows("ada", "192.0.2.2") and not await sessions.knows("bob", "192.0.2.1")
    await database.apply((*sessions.end("s", 50), *sessions.end("gone", 50)))
    await database.apply(sessions.end("s", 60))
    assert await directory.by_digest("d") is None and await sessions.session("s") is None
    assert await sessions.knows("ada", "192.0.2.1")
    await database.apply(sessions.forget(1001))
    assert not await sessions.knows("ada", "192.0.2.1")


async def test_all_sessions_of_a_user_end_but_the_one_that_is_kept(
    database: Database, accounts: SqlAccounts, directory: SqlDirectory
) -> None:
    await add(database, user("ada"), user("bob"))
    sessions = accounts.sessions
    for id, whose in (("a", "ada"), ("b", "ada"), ("c", "ada"), ("d", "bob")):
        await database.apply(sessions.insert(session(id, whose), f"digest-{id}"))
    await database.apply(accounts.keys.insert(key("k"), "digest-k"))
    await database.apply(sessions.end_all("ada", 50, "b"))
    assert [one.id for one in await sessions.list("ada", 60, None, 9)] == ["b"]
    assert await alive(directory, "abcdk") == "bdk"
    await database.apply(sessions.end_all("ada", 50))
    assert await alive(directory, "abcdk") == "dk"


async def alive(directory: SqlDirectory, digests: str) -> str:
    """Those of the digests that stand for somebody."""
    return "".join([one for one in digests if await directory.by_digest(f"digest-{one}") is not None])


async def test_sessions_are_listed_newest_first_while_they_hold(database: Database, accounts: SqlAccounts) -> None:
    await add(database, user("ada"))
    for at in range(4):
        await database.apply(accounts.sessions.insert(session(f"s{at}", expires=100 + at), f"d{at}"))
    ids = [one.id for one in await accounts.sessions.list("ada", 100, None, 9)]
    assert ids == ["s3", "s2", "s1"]
    assert [one.id for one in await accounts.sessions.list("ada", 0, "s2", 1)] == ["s1"]
    await database.apply((accounts.sessions.seen("s1", 70), accounts.sessions.seen("gone", 70)))
    kept = await accounts.sessions.session("s1")
    assert kept is not None and kept.last_seen == 70


async def test_who_is_disabled_and_whose_tenant_is_stands_behind_no_token(
    database: Database, directory: SqlDirectory
) -> None:
    other = await with_other_tenant(database)
    away = user("eve", tenant=OTHER)
    await add(database, away, password_hash="h")
    await database.apply(other.sessions.insert(session("s", "eve", tenant=OTHER), "d"))
    assert await directory.by_digest("d") is not None
    tenant = await directory.tenant(OTHER)
    assert tenant is not None
    shut = msgspec.structs.replace(tenant, disabled=True, updated=6)
    await database.apply((directory.change_tenant(tenant, shut),))
    assert await directory.by_digest("d") is None and await directory.by_things(OTHER, ["s"]) == {}
    found = await directory.by_handle("eve")
    assert found is not None and found.tenant_disabled
    await database.apply((directory.change_tenant(shut, msgspec.structs.replace(shut, disabled=False, updated=7)),))
    await database.apply(other.people.change(away, msgspec.structs.replace(away, disabled=True, updated=20)))
    assert await directory.by_digest("d") is None


async def test_many_things_are_looked_up_at_once(database: Database, directory: SqlDirectory) -> None:
    await add(database, user("ada"))
    accounts = SqlAccounts(database, DEFAULT_TENANT)
    names = [f"thing-{at:03}" for at in range(230)]
    for name in names:
        await database.apply(accounts.sessions.insert(session(name), name))
    assert sorted(await directory.by_things(DEFAULT_TENANT, names)) == names
    assert len(await accounts.people.these([*names, "ada"])) == 1


# -- the directory ----------------------------------------------------------------------------------------------------


async def test_a_version_grows_and_can_be_held_to_what_was_seen(database: Database, directory: SqlDirectory) -> None:
    assert (await directory.version(ACCESS), await directory.version("nothing")) == (1, 0)
    await database.apply((directory.bump(ACCESS),))
    await database.apply((directory.bump(ACCESS, 2),))
    await refused(database, directory.bump(ACCESS, 2))
    assert await directory.version(ACCESS) == 3


async def test_a_stored_key_alone_makes_the_server_inhabited(database: Database, directory: SqlDirectory) -> None:
    accounts = SqlAccounts(database, DEFAULT_TENANT)
    await add(database, user("by-file", owned_by="file"))
    assert not (await directory.access()).inhabited
    await database.apply(accounts.keys.insert(key("k", OWNER), "d"))
    assert (await directory.access()).inhabited


async def test_tenants_have_numbers_of_their_own(database: Database, directory: SqlDirectory) -> None:
    assert await directory.last_number() == 10000
    made = Tenant(OTHER, "Élan", 10001, 5, 5)
    await database.apply((directory.insert_tenant(made),))
    assert await directory.tenant(OTHER) == made and await directory.tenant("gone") is None
    await refused(database, directory.insert_tenant(Tenant("third", "Third", 10001, 5, 5)))
    assert [one.id for one in await directory.tenants(None, 9)] == [DEFAULT_TENANT, OTHER]
    assert [one.id for one in await directory.tenants(("default", DEFAULT_TENANT), 9)] == [OTHER]
    await refused(database, directory.change_tenant(msgspec.structs.replace(made, updated=4), made))


async def test_a_fact_is_replaced_only_as_it_was_read(database: Database, directory: SqlDirectory) -> None:
    first, second = Sealed("none", "k1", b"\x00\xff"), Sealed("none", "k2", b"")
    assert await directory.fact("secret") is None
    await database.apply((directory.put_fact("secret", first, 5, None),))
    await refused(database, directory.put_fact("secret", second, 5, None))
    assert await directory.fact("secret") == first
    await database.apply((directory.put_fact("secret", second, 6, first),))
    await refused(database, directory.put_fact("secret", second, 6, first))
    assert await directory.fact("secret") == second


async def test_what_is_used_once_is_used_once(database: Database, directory: SqlDirectory) -> None:
    one = OneTime("reset", DEFAULT_TENANT, 10, 100, OWNER, {"why": "forgotten"})
    await database.apply((directory.insert_one_time("d", one),))
    assert await directory.one_time("d", "reset", 99) == one
    assert await directory.one_time("d", "reset", 100) is None
    assert await directory.one_time("d", "other", 50) is None
    uses = [database.apply((directory.use_one_time("d", 50),)) for _ in range(5)]
    ends = await asyncio.gather(*uses, return_exceptions=True)
    assert sum(end is None for end in ends) == 1
    assert await directory.one_time("d", "reset", 50) is None
    await database.apply((directory.insert_one_time("e", OneTime("state", DEFAULT_TENANT, 10, 100)),))
    await refused(database, directory.use_one_time("e", 100))
    await database.apply((directory.forget_one_time(101),))
    assert await database.read("SELECT tenant FROM one_time WHERE digest = 'd' OR digest = 'e'", {}) == []


# -- the audit log and preferences ------------------------------------------------------------------------------------


async def test_the_audit_log_is_read_newest_first_by_what_is_asked(database: Database, accounts: SqlAccounts) -> None:
    acts = ("signed_in", "signed_out", "signed_in", "key_made", "signed_in")
    for at, act in enumerate(acts):
        entry = AuditEntry(f"id-{at}", at * 10, act, "ada" if at % 2 else "bob", "key k", "user", "zoe", "::1", "r", {})
        await database.apply((accounts.audit.append(msgspec.structs.replace(entry, details={"at": at, "é": None})),))
    nobody = AuditEntry("id-9", 90, "sign_in_failed")
    await database.apply((accounts.audit.append(nobody),))

    async def ids(before: str | None = None, limit: int = 9, **asked: Any) -> str:
        found: Sequence[AuditEntry] = await accounts.audit.list(AuditFilter(**asked), before, limit)
        return "".join(one.id[-1] for one in found)

    assert await ids() == "943210"
    assert (await ids(act="signed_in"), await ids(actor="ada"), await ids(subject="zoe")) == ("420", "31", "43210")
    assert (await ids(since=10, until=40), await ids(before="id-3", limit=2)) == ("321", "21")
    assert await ids(act="signed_in", actor="bob", subject="zoe", since=1, before="id-4") == "2"
    [last, first, *_] = await accounts.audit.list(AuditFilter(), None, 2)
    assert last == nobody
    assert (first.actor, first.via, first.details, first.address) == ("bob", "key k", {"at": 4, "é": None}, "::1")
    assert await SqlAccounts(database, OTHER).audit.list(AuditFilter(), None, 9) == []
    await database.apply((accounts.audit.forget(30),))
    assert await ids() == "943"


async def test_preferences_change_one_after_the_other(database: Database, accounts: SqlAccounts) -> None:
    choices, first = accounts.choices, Preferences()
    assert await choices.read() == first
    opened, pending = Preferences(1, "user"), Preferences(2, "pending")
    ends = await asyncio.gather(
        *(database.apply(choices.write(first, opened, 5, "ada")) for _ in range(3)), return_exceptions=True
    )
    assert sum(end is None for end in ends) == 1
    assert await choices.read() == opened
    await database.apply(choices.write(opened, pending, 6, "ada"))
    await refused(database, choices.write(opened, pending, 7, "ada"))
    assert await choices.read() == pending
    later = "INSERT INTO preferences (tenant, name, content, version, updated) VALUES (:t, 'unheard of', '[1]', 1, 1)"
    await database.apply((Statement(later, {"t": DEFAULT_TENANT}),))
    assert await choices.read() == pending
    assert await SqlAccounts(database, OTHER).choices.read() == first
