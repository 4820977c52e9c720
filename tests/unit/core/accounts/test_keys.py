"""Keys, sessions and the audit log, by those whose they are and by those who are not."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from parlance.core.accounts import keeper as keeper_module
from parlance.core.accounts.audit import overseen
from parlance.core.accounts.keeper import AccountKeeper
from parlance.core.accounts.operations import (
    Account,
    ChangePassword,
    CreateKey,
    ListAudit,
    ListKeys,
    ListSessions,
    ReadAccount,
    RevokeKey,
    RevokeSession,
    SignedIn,
    SignIn,
    SignOut,
    SignOutEverywhere,
)
from parlance.core.accounts.people_operations import (
    ChangePreferences,
    ChangeUser,
    CreateTenant,
    CreateUser,
    DeleteUser,
    FileUser,
    Settle,
)
from parlance.core.operation import Context, Operation
from parlance.ports.observing import NullLog
from parlance.ports.stores import Database
from parlance.testing.accounts import CONSOLE, PASSWORD, Office
from parlance.values.accounts import (
    ALL_SCOPES,
    DEFAULT_TENANT,
    OWNER,
    AuditEntry,
    Circumstances,
    Principal,
)
from parlance.values.errors import Fault, Kind
from parlance.values.time import SECOND
from parlance.vault.aes_gcm import AesGcmSealer


def unexpected(defect: Exception) -> None:
    """Nobody here has a defect."""
    raise defect


@pytest.fixture
async def admin(office: Office) -> SignedIn:
    return await office.owner()


@pytest.fixture
async def bob(office: Office, admin: SignedIn) -> SignedIn:
    await office.do(CreateUser("Bob", PASSWORD), admin.token)
    return await office.signed_in("Bob")


@pytest.fixture
async def eve(office: Office, admin: SignedIn) -> SignedIn:
    """An admin of another tenant."""
    tenant = await office.do(CreateTenant("Others"), admin.token)
    await office.do(CreateUser("Eve", PASSWORD, role="admin", tenant=tenant.id), admin.token)
    return await office.signed_in("Eve")


async def code(office: Office, operation: Operation[Any], who: str | Principal | None) -> str | None:
    try:
        await office.do(operation, who)
    except Fault as fault:
        return f"{fault.kind.value} {fault.code}"
    return None


# -- keys -------------------------------------------------------------------------------------------------------------


async def test_a_key_is_shown_once_and_kept_as_a_hash(office: Office, rows: Database, bob: SignedIn) -> None:
    made = await office.do(CreateKey("laptop"), bob.token)
    assert made.key.startswith("pk_") and made.key.startswith(made.about.prefix)
    assert len(made.about.prefix) == 11 < len(made.key) - 20
    listed = (await office.do(ListKeys(), bob.token)).keys
    assert listed == (made.about,)
    assert made.key not in msgspec.json.encode(listed).decode()
    for table in ("api_keys", "credentials", "audit_log"):
        kept = repr(await rows.read(f"SELECT * FROM {table}", {}))
        assert made.key not in kept and made.key.removeprefix("pk_") not in kept


async def test_a_key_works_until_it_is_revoked(office: Office, bob: SignedIn) -> None:
    made = await office.do(CreateKey("laptop", share_answers=True, keep_chats=True, requests_per_minute=7), bob.token)
    who = await office.who(made.key)
    assert (who.user, who.share_answers, who.keep_chats, who.requests_per_minute) == (bob.user.id, True, True, 7)
    await office.do(RevokeKey(made.about.id), bob.token)
    with pytest.raises(Fault):
        await office.who(made.key)
    assert await code(office, RevokeKey(made.about.id), bob.token) == "missing key_not_found"


async def test_a_key_never_may_more_than_whoever_makes_it(office: Office, admin: SignedIn, bob: SignedIn) -> None:
    for scopes in (("admin",), ("chat", "observe"), ("operate",), ("models:write",)):
        wish = CreateKey("k", scopes=scopes)
        assert await code(office, wish, bob.token) == "forbidden beyond_your_scopes"
    whole = await office.do(CreateKey("k", scopes=("admin", "chat"), models=("llama*", "quote")), admin.token)
    narrow = CreateKey("k", models=("llama*",))
    assert (await office.do(narrow, whole.key)).about.models == ("llama*",)
    for models in (("*",), ("llama*", "gpt*"), ("llama3",)):
        assert await code(office, CreateKey("k", models=models), whole.key) == "forbidden beyond_your_models"


async def test_a_key_that_would_say_nothing_is_refused(office: Office, bob: SignedIn) -> None:
    now = office.clock.now()
    for wish, field in (
        (CreateKey(""), "name"),
        (CreateKey("k", scopes=()), "scopes"),
        (CreateKey("k", models=()), "models"),
        (CreateKey("k", models=("a",) * 101), "models"),
        (CreateKey("k", expires=now), "expires"),
        (CreateKey("k", expires=-1), "expires"),
        (CreateKey("k", requests_per_minute=0), "requests_per_minute"),
        (CreateKey("k", tokens_per_minute=-1), "tokens_per_minute"),
    ):
        with pytest.raises(Fault) as refused:
            await office.do(wish, bob.token)
        assert (refused.value.kind, refused.value.field) == (Kind.invalid, field)


async def test_a_key_has_nothing_to_do_with_the_account_it_belongs_to(office: Office, bob: SignedIn) -> None:
    """Whoever finds one cannot make another that outlives it, nor read where its owner signs in."""
    made = await office.do(CreateKey("k"), bob.token)
    for wish in (
        CreateKey("k"),
        ListKeys(),
        RevokeKey(made.about.id),
        ListSessions(),
        RevokeSession("s"),
        SignOutEverywhere(),
        ChangePassword(PASSWORD, "four green bottles"),
    ):
        assert await code(office, wish, made.key) == "forbidden needs_sign_in"
    assert (await office.do(ReadAccount(), made.key)).key == made.about.id
    await office.do(SignOut(), made.key)
    assert (await office.who(made.key)).key == made.about.id
    assert (await office.who(bob.token)).user == bob.user.id


async def test_keys_of_others_are_for_admins_of_their_tenant_only(
    office: Office, admin: SignedIn, bob: SignedIn, eve: SignedIn
) -> None:
    bobs = await office.do(CreateKey("bobs"), bob.token)
    admins = await office.do(CreateKey("admins"), admin.token)
    console = await office.who(console=CONSOLE)
    for_bob = await office.do(CreateKey("for bob", user=bob.user.id), console)
    assert for_bob.about.user == bob.user.id
    assert {key.name for key in (await office.do(ListKeys(), bob.token)).keys} == {"bobs", "for bob"}
    for asked in (OWNER, "*", "unknown"):
        assert (await office.do(ListKeys(user=asked), bob.token)).keys == ()
        assert (await office.do(ListKeys(user=asked), eve.token)).keys == ()
    assert len((await office.do(ListKeys(user="*"), admin.token)).keys) == 3
    assert len((await office.do(ListKeys(user=bob.user.id), admin.token)).keys) == 2
    for who in (bob.token, eve.token):
        assert await code(office, RevokeKey(admins.about.id), who) == "missing key_not_found"
        assert await code(office, CreateKey("k", user=OWNER), who) == "missing user_not_found"
        assert await code(office, CreateKey("k", user="unknown"), who) == "missing user_not_found"
    assert await code(office, RevokeKey(bobs.about.id), eve.token) == "missing key_not_found"
    await office.do(RevokeKey(bobs.about.id), admin.token)


async def test_no_role_makes_a_key_that_acts_as_somebody_else(
    office: Office, rows: Database, admin: SignedIn, bob: SignedIn
) -> None:
    """With such a key one would read their chats and files, which roles do not open."""
    await office.do(CreateUser("Cleo", PASSWORD, role="admin"), admin.token)
    cleo = (await office.signed_in("Cleo")).token
    keys = [(await office.do(CreateKey("k", scopes=("chat", "admin")), who)).key for who in (cleo, admin.token)]
    for who in (cleo, admin.token, *keys):
        for whose in (bob.user.id, OWNER):
            if (await office.who(who)).user != whose:
                assert await code(office, CreateKey("k", user=whose), who) == "forbidden not_your_account"
    overseer = Office(rows, office.clock, operators_read=True)
    assert await code(overseer, CreateKey("k", user=bob.user.id), admin.token) == "forbidden not_your_account"
    overseer.close()
    assert (await office.do(CreateKey("k", user=bob.user.id), bob.token)).about.user == bob.user.id


async def test_with_the_console_token_a_key_is_made_for_anybody_and_told_of(
    office: Office, admin: SignedIn, bob: SignedIn
) -> None:
    made = await office.do(CreateKey("svc", user=bob.user.id), await office.who(console=CONSOLE))
    assert (await office.who(made.key)).user == bob.user.id
    [entry] = (await office.do(ListAudit(act="key_made"), admin.token)).entries
    assert (entry.via, entry.details["whose"]) == (None, bob.user.id)


async def test_keys_are_listed_a_page_at_a_time(office: Office, bob: SignedIn) -> None:
    for n in range(5):
        office.clock.move(1)
        await office.do(CreateKey(f"key {n}"), bob.token)
    names, cursor = [], ""
    while True:
        page = await office.do(ListKeys(limit=2, cursor=cursor), bob.token)
        names += [key.name for key in page.keys]
        if not (cursor := page.cursor or ""):
            break
    assert names == [f"key {n}" for n in (4, 3, 2, 1, 0)]
    first = await office.do(ListKeys(limit=2), bob.token)
    assert await code(office, ListKeys(user="else", cursor=first.cursor or ""), bob.token) == "invalid bad_cursor"


# -- sessions ---------------------------------------------------------------------------------------------------------


async def test_sessions_are_seen_and_ended_by_whose_they_are_and_by_admins(
    office: Office, admin: SignedIn, bob: SignedIn, eve: SignedIn
) -> None:
    phone = await office.arrive(SignIn("Bob", PASSWORD), Circumstances("192.0.2.5", "a phone"))
    listed = (await office.do(ListSessions(), bob.token)).sessions
    assert sorted((one.agent, one.address) for one in listed) == [("a phone", "192.0.2.5"), ("a test", "127.0.0.1")]
    [phones] = [one for one in listed if one.agent == "a phone"]
    for who in (eve.token,):
        assert (await office.do(ListSessions(user=bob.user.id), who)).sessions == ()
        assert await code(office, RevokeSession(phones.id), who) == "missing session_not_found"
    admins = (await office.do(ListSessions(), admin.token)).sessions[0]
    assert (await office.do(ListSessions(user=OWNER), bob.token)).sessions == ()
    assert await code(office, RevokeSession(admins.id), bob.token) == "missing session_not_found"
    await office.do(RevokeSession(phones.id), bob.token)
    with pytest.raises(Fault):
        await office.who(phone.token)
    assert await code(office, RevokeSession(phones.id), bob.token) == "missing session_not_found"
    [own] = (await office.do(ListSessions(user=bob.user.id), admin.token)).sessions
    await office.do(RevokeSession(own.id), admin.token)
    with pytest.raises(Fault):
        await office.who(bob.token)


async def test_sessions_are_listed_a_page_at_a_time(office: Office, bob: SignedIn) -> None:
    for _ in range(3):
        office.clock.move(1)
        await office.signed_in("Bob")
    first = await office.do(ListSessions(limit=3), bob.token)
    rest = await office.do(ListSessions(limit=3, cursor=first.cursor or ""), bob.token)
    assert (len(first.sessions), len(rest.sessions), rest.cursor) == (3, 1, None)
    assert len({one.id for one in (*first.sessions, *rest.sessions)}) == 4


async def test_everybody_reads_who_they_are(office: Office, bob: SignedIn) -> None:
    account = await office.do(ReadAccount(), bob.token)
    assert account.user is not None and account.user.name == "Bob"
    assert (account.scopes, account.session is not None, account.key) == (("chat",), True, None)
    guest = await office.do(ReadAccount(), Principal(DEFAULT_TENANT, OWNER, guest=True))
    assert guest == Account(DEFAULT_TENANT, ("chat",), guest=True)
    console = await office.do(ReadAccount(), CONSOLE)
    assert console.user is not None and console.user.id == OWNER and {*console.scopes} == {*ALL_SCOPES}


# -- the audit log ----------------------------------------------------------------------------------------------------


async def test_what_happens_is_written_down_with_who_and_from_where(
    office: Office, admin: SignedIn, bob: SignedIn
) -> None:
    with pytest.raises(Fault):
        await office.arrive(SignIn("Bob", "a password typed wrong"), Circumstances("192.0.2.5"))
    with pytest.raises(Fault):
        await office.arrive(SignIn("my own password, typed into the wrong field", "x"))
    made = await office.do(CreateKey("laptop"), bob.token)
    await office.do(RevokeKey(made.about.id), bob.token)
    await office.do(ChangePassword(PASSWORD, "four green bottles"), bob.token)
    await office.do(SignOut(), bob.token)
    await office.do(ChangePreferences(sign_up="user"), admin.token)
    await office.do(ChangeUser(bob.user.id, role="admin", disabled=True, name="Robert"), admin.token)
    await office.do(ChangeUser(bob.user.id, disabled=False), admin.token)
    await office.do(DeleteUser(bob.user.id), admin.token)
    entries = (await office.do(ListAudit(limit=100), admin.token)).entries
    acts = [entry.act for entry in reversed(entries)]
    expected = (
        "signed_up user_made signed_in sign_in_failed sign_in_failed key_made key_revoked password_changed signed_out "
        "preferences_changed user_changed handle_changed role_changed user_disabled user_enabled user_deleted"
    )
    assert sorted(acts) == sorted(expected.split())
    found = {entry.act: entry for entry in entries}
    assert found["signed_up"].actor == OWNER and found["signed_up"].details["first"] is True
    assert (found["role_changed"].actor, found["role_changed"].subject) == (OWNER, bob.user.id)
    assert found["role_changed"].details == {"was": "user", "role": "admin", "operates": False}
    assert found["password_changed"].via is not None and found["password_changed"].via.startswith("session ")
    assert {entry.address for entry in entries if entry.act == "sign_in_failed"} == {"192.0.2.5", "127.0.0.1"}
    assert {entry.subject for entry in entries if entry.act == "sign_in_failed"} == {bob.user.id, None}
    assert all(entry.request == "request-1" for entry in entries)
    text = msgspec.json.encode(entries).decode()
    for secret in (PASSWORD, "typed wrong", "wrong field", "four green", made.key, bob.token, "$argon2"):
        assert secret not in text
    failed = await office.do(ListAudit(act="sign_in_failed"), admin.token)
    assert len(failed.entries) == 2
    about = await office.do(ListAudit(subject=bob.user.id, actor=OWNER), admin.token)
    assert {entry.act for entry in about.entries} >= {"user_made", "role_changed", "user_deleted"}


async def test_the_audit_log_is_read_a_page_at_a_time(office: Office, admin: SignedIn) -> None:
    for _ in range(4):
        office.clock.move(1)
        await office.signed_in("ada@example.org")
    since = office.clock.now() - 2 * SECOND
    whole = (await office.do(ListAudit(), admin.token)).entries
    seen: list[AuditEntry] = []
    cursor = ""
    while True:
        page = await office.do(ListAudit(limit=2, cursor=cursor), admin.token)
        seen += page.entries
        if not (cursor := page.cursor or ""):
            break
    assert tuple(seen) == whole and len(whole) == 5
    assert len((await office.do(ListAudit(since=since), admin.token)).entries) == 3
    first = await office.do(ListAudit(limit=2), admin.token)
    other = ListAudit(act="signed_in", cursor=first.cursor or "")
    assert await code(office, other, admin.token) == "invalid bad_cursor"


async def test_no_operation_takes_away_from_the_audit_log_but_age_does(
    office: Office, rows: Database, admin: SignedIn
) -> None:
    keeper = AccountKeeper(
        rows,
        office.directory,
        office.room.of,
        office.registered,
        office.clock,
        NullLog(),
        unexpected,
        audit_seconds=3600.0,
    )
    await office.do(CreateTenant("Others"), admin.token)
    office.clock.move(1800)
    signed = await office.signed_in("ada@example.org")
    await keeper.forget()
    assert len((await office.do(ListAudit(), signed.token)).entries) == 3
    office.clock.move(1801)
    await keeper.forget()
    assert [entry.act for entry in (await office.do(ListAudit(), signed.token)).entries] == ["signed_in"]


# -- what looks after accounts ----------------------------------------------------------------------------------------


async def test_who_was_there_is_written_down_now_and_then(office: Office, rows: Database, bob: SignedIn) -> None:
    keeper = AccountKeeper(
        rows,
        office.directory,
        office.room.of,
        office.registered,
        office.clock,
        NullLog(),
        unexpected,
        audit_seconds=3600.0,
    )
    made = await office.do(CreateKey("laptop"), bob.token)
    before = await office.do(ReadAccount(), bob.token)
    assert before.user is not None and before.user.last_seen == office.clock.now(), "whoever signs in is here"
    office.clock.move(90)
    await office.who(made.key)
    keeper.start()
    await keeper.stop()
    now = office.clock.now()
    after = await office.do(ReadAccount(), bob.token)
    assert after.user is not None and (after.user.last_seen, after.user.updated) == (now, before.user.updated)
    assert (await office.do(ListKeys(), bob.token)).keys[0].last_used == now
    assert (await office.do(ListSessions(), bob.token)).sessions[0].last_seen == now


async def test_who_was_there_is_written_down_when_somebody_asks(office: Office, rows: Database, bob: SignedIn) -> None:
    """Lists that tell of it do not lag behind."""
    held = [office.room.of, office.registered, office.clock, NullLog(), unexpected]
    keeper = AccountKeeper(rows, office.directory, *held, audit_seconds=3600.0)  # type: ignore[arg-type]
    office.room.keepers.append(keeper.noted)
    made = await office.do(CreateKey("laptop"), bob.token)
    office.clock.move(90)
    await office.who(made.key)
    now = office.clock.now()
    assert (await office.do(ListKeys(), bob.token)).keys[0].last_used == now
    assert (await office.do(ListSessions(), bob.token)).sessions[0].last_seen == now


async def test_what_cannot_be_written_down_now_is_kept_for_the_next_time(office: Office, bob: SignedIn) -> None:
    class Broken:
        async def apply(self, changes: Any) -> None:
            raise Fault(Kind.busy, "The database cannot be reached.")

    keeper = AccountKeeper(
        Broken(),  # type: ignore[arg-type]
        office.directory,
        office.room.of,
        office.registered,
        office.clock,
        NullLog(),
        unexpected,
        audit_seconds=3600.0,
    )
    await office.who(bob.token)
    assert office.registered.visits
    await keeper.stop()
    assert office.registered.visits


async def test_the_keeper_goes_round(
    office: Office, rows: Database, bob: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every minute it notes who was there, every hour it forgets."""
    monkeypatch.setattr(keeper_module, "SEEN_SECONDS", 0.001)
    monkeypatch.setattr(keeper_module, "FORGET_SECONDS", 0.002)
    rounds: list[str] = []

    class Counting(AccountKeeper):
        async def note(self) -> None:
            rounds.append("note")
            await super().note()

        async def forget(self) -> None:
            rounds.append("forget")
            await super().forget()

    keeper = Counting(
        rows,
        office.directory,
        office.room.of,
        office.registered,
        office.clock,
        NullLog(),
        unexpected,
        audit_seconds=1e9,
    )
    keeper.start()
    async with asyncio.timeout(20):
        while rounds.count("forget") < 3 or rounds.count("note") < 3:
            await asyncio.sleep(0.001)
    await keeper.stop()
    assert rounds[0] == "forget" and rounds[-1] == "note"


async def test_what_an_operator_reads_of_others_is_told_in_the_log(office: Office, admin: SignedIn) -> None:
    class Chat(msgspec.Struct, frozen=True):
        id: str
        tenant: str
        user: str

    who = await office.who(admin.token)
    changes = overseen(office.room, Context(who, "r"), "chat", Chat("c", DEFAULT_TENANT, "bob"))
    await office.database.apply(changes)
    [entry] = (await office.do(ListAudit(act="chats_overseen"), admin.token)).entries
    assert (entry.actor, entry.subject_kind, entry.subject, entry.details) == (OWNER, "chat", "c", {"whose": "bob"})


async def test_operators_oversee_only_where_the_settings_say_so(rows: Database, office: Office) -> None:
    admin = await office.owner()
    assert not (await office.who(admin.token)).oversees
    allowed = Office(rows, office.clock, operators_read=True)
    assert (await allowed.who(admin.token)).oversees
    await office.do(CreateUser("Bob", PASSWORD, role="admin"), admin.token)
    assert not (await allowed.who((await office.signed_in("Bob")).token)).oversees
    made = await office.do(CreateKey("k", scopes=("operate",)), admin.token)
    assert not (await allowed.who(made.key)).oversees
    allowed.close()


async def test_what_is_over_is_forgotten_in_time(office: Office, rows: Database, bob: SignedIn) -> None:
    keeper = AccountKeeper(
        rows,
        office.directory,
        office.room.of,
        office.registered,
        office.clock,
        NullLog(),
        unexpected,
        audit_seconds=1e9,
    )
    await office.do(CreateKey("k", expires=office.clock.now() + SECOND), bob.token)
    await keeper.forget()
    assert len(await rows.read("SELECT digest FROM credentials", {})) == 3
    office.clock.move(31 * 86_400)
    await keeper.forget()
    assert await rows.read("SELECT digest FROM credentials", {}) == []
    assert await rows.read("SELECT id FROM sessions", {}) == []
    assert len(await rows.read("SELECT id FROM api_keys", {})) == 1  # its owner sees that it is over


# -- the start --------------------------------------------------------------------------------------------------------


HOUSE = Principal(DEFAULT_TENANT, OWNER, scopes=ALL_SCOPES)


async def test_users_of_the_settings_file_have_rows_that_it_owns(office: Office) -> None:
    named = (FileUser("default", "ada", "ada", "user"), FileUser("team", "bob", "bob", "admin", True))
    await office.do(Settle(named), HOUSE)
    ada = await office.room.of("default").people.user("ada")
    bob = await office.room.of("team").people.user("bob")
    assert ada is not None and (ada.owned_by, ada.role, ada.has_password) == ("file", "user", False)
    assert bob is not None and (bob.owned_by, bob.role, bob.operates) == ("file", "admin", True)
    team = await office.directory.tenant("team")
    assert team is not None and team.number == 10001
    assert (await office.who()).scopes != frozenset()  # a file's users do not end local mode: its keys do
    applied = office.database.applied
    await office.do(Settle(named), HOUSE)
    assert office.database.applied == applied
    await office.do(Settle((FileUser("default", "ada", "ada", "admin"),)), HOUSE)
    changed = await office.room.of("default").people.user("ada")
    assert changed is not None and changed.role == "admin"
    await office.do(Settle((FileUser("default", OWNER, "owner", "user"),)), HOUSE)
    owner = await office.room.of("default").people.user(OWNER)
    assert owner is not None and (owner.owned_by, owner.role) == ("machine", "admin")


@pytest.mark.slow
async def test_a_database_begun_with_another_secret_is_not_served(rows: Database) -> None:
    """Else every host would sign its own tokens, and nobody could read what another sealed."""
    first = Office(rows)
    for _ in range(2):
        await first.do(Settle(), HOUSE)
    stranger = AesGcmSealer([b"another secret, just as long"], first.entropy)
    second = Office(rows, sealer=stranger)
    with pytest.raises(Fault) as refused:
        await second.do(Settle(), HOUSE)
    assert refused.value.code == "other_secret" and "secret" in str(refused.value.hint)
    rotated = AesGcmSealer([b"another secret, just as long", b"the secret of these tests only"], first.entropy)
    await Office(rows, sealer=rotated).do(Settle(), HOUSE)
    await second.do(Settle(), HOUSE)
    with pytest.raises(Fault):
        await first.do(Settle(), HOUSE)
    await Office(rows, accept_new_secret=True).do(Settle(), HOUSE)
    await first.do(Settle(), HOUSE)
    for office in (first, second):
        office.close()
