"""Accounts, sessions, keys, groups, tenants, preferences; and a start of the server."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from pyotp.totp import TOTP

from parlance.core.accounts.departure_operations import DeleteAccount
from parlance.core.accounts.factor_operations import BeginFactor, ConfirmFactor, RecoveryCodes, RemoveFactor, RenewCodes
from parlance.core.accounts.keeper import AccountKeeper
from parlance.core.accounts.link_operations import MakePasswordLink, SetPassword
from parlance.core.accounts.operations import (
    ChangeAccount,
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
    SignUp,
)
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
)
from parlance.core.chat.turn_operations import SendTurn
from parlance.ports.observing import NullLog
from parlance.ports.stores import Conflict
from parlance.testing.accounts import PASSWORD
from parlance.values.accounts import Principal
from parlance.values.errors import Fault, Kind
from parlance.values.time import SECOND
from tests.faults.chat_scenarios import nothing, sent
from tests.faults.invariants import rows, sound
from tests.faults.library_scenarios import by_admin, uploaded
from tests.faults.runner import NOON, Scenario
from tests.faults.stage import ADMIN, MACHINE, Stage

OTHER = "four green bottles"


async def people(stage: Stage) -> Any:
    """An owner, and Cleo with a session and a key; a group; a tenant."""
    owner = await stage.do(SignUp("Owner", PASSWORD), MACHINE)
    cleo = await stage.do(CreateUser("Cleo", PASSWORD), ADMIN)
    session = await stage.arrive(SignIn("Cleo", PASSWORD))
    key = await stage.do(CreateKey("laptop"), await stage.who(session.token))
    group = await stage.do(CreateGroup("Readers"), ADMIN)
    await stage.do(ChangeMembers(group.id, ("ada",)), ADMIN)
    tenant = await stage.do(CreateTenant("Team"), ADMIN)
    return SimpleNamespace(owner=owner, cleo=cleo, session=session, key=key, group=group, tenant=tenant)


async def open_to_all(stage: Stage) -> Any:
    """People, and anybody may sign up."""
    given = await people(stage)
    await stage.do(ChangePreferences(sign_up="user"), ADMIN)
    return given


async def leaving(stage: Stage) -> Any:
    """Ada with chats, files and ledgers."""
    given = await people(stage)
    await sent(stage)
    await uploaded(stage)
    return given


async def crashed(stage: Stage) -> Any:
    """An answer that a crash broke off: its row says that it is running."""
    stage.upstream.gate.clear()
    await stage.do(SendTurn("A long story"))
    return SimpleNamespace(left=stage.keep())


async def sign_up_first(stage: Stage, given: Any) -> SignedIn:
    return await stage.do(SignUp("Owner", PASSWORD), MACHINE)


async def sign_up(stage: Stage, given: Any) -> SignedIn:
    return await stage.arrive(SignUp("Dora", PASSWORD))


def sign_in(kind: Any) -> Any:
    """A session of this kind."""

    async def act(stage: Stage, given: Any) -> SignedIn:
        return await stage.arrive(SignIn("Cleo", PASSWORD, kind=kind))

    return act


def by_cleo(make: Any) -> Any:
    """One operation in Cleo's session."""

    async def act(stage: Stage, given: Any) -> Any:
        return await stage.do(make(given), await stage.who(given.session.token))

    return act


async def known(stage: Stage, given: Any) -> Principal:
    """A session and a key are known, and what is no key is not."""
    assert (await stage.who(given.session.token)).user == given.cleo.id
    principal = await stage.who(given.key.key)
    assert principal.key == given.key.about.id
    return principal


async def looked_after(stage: Stage, given: Any) -> None:
    """Who was there is noted, and what is over is forgotten."""
    await stage.who(given.session.token)
    room, known = stage.staff.room, stage.identity._registered
    assert known is not None
    keeper = AccountKeeper(
        *(stage.database, room.directory, room.of, known, stage.clock, NullLog(), stage.observer.defect),
        audit_seconds=86_400.0,
    )
    await keeper._noting.tried(keeper.note)
    await keeper._forgetting.tried(keeper.forget)


async def start_again(stage: Stage, given: Any) -> None:
    """Another process begins on what a crash left: it serves, or it says why not and has changed nothing."""
    after = Stage(stage.world, given.left, NOON, stage.faults)
    try:
        await after.open()
    except (Fault, Conflict) as error:
        await after.sqlite.close()
        raise Fault(Kind.busy, "It did not start.") from error
    await after.calm()
    sound(after)
    [[state]] = rows(after, "SELECT state FROM turns WHERE role = 'assistant'")
    assert state == "interrupted"
    await after.shut()


PEOPLE: tuple[tuple[str, Any], ...] = (
    ("users are listed", lambda g: ListUsers()),
    ("a name is changed by an admin", lambda g: ChangeUser(g.cleo.id, name="Chloe")),
    ("somebody becomes an admin", lambda g: ChangeUser(g.cleo.id, role="admin")),
    ("somebody is shut out", lambda g: ChangeUser(g.cleo.id, disabled=True)),
    ("somebody is signed out", lambda g: EndSessions(g.cleo.id)),
    ("somebody is deleted", lambda g: DeleteUser(g.cleo.id)),
    ("groups are listed", lambda g: ListGroups()),
    ("a group is read", lambda g: ReadGroup(g.group.id)),
    ("a group is renamed", lambda g: ChangeGroup(g.group.id, name="Writers")),
    ("a group gets and loses members", lambda g: ChangeMembers(g.group.id, (g.cleo.id,), ("ada",))),
    ("a group is deleted", lambda g: DeleteGroup(g.group.id)),
    ("tenants are listed", lambda g: ListTenants()),
    ("a tenant is shut out", lambda g: ChangeTenant(g.tenant.id, disabled=True)),
    ("preferences are read", lambda g: ReadPreferences()),
    ("preferences are changed", lambda g: ChangePreferences(sign_up="pending")),
    ("the audit log is read", lambda g: ListAudit()),
)
OWN: tuple[tuple[str, Any], ...] = (
    ("an account is read", lambda g: ReadAccount()),
    ("an account gets an address", lambda g: ChangeAccount(email="cleo@example.org")),
    ("a password is changed", lambda g: ChangePassword(PASSWORD, OTHER)),
    ("sessions are listed", lambda g: ListSessions()),
    ("a session is ended", lambda g: SignOut()),
    ("a session is revoked", lambda g: RevokeSession(g.session_id)),
    ("all sessions are ended", lambda g: SignOutEverywhere()),
    ("keys are listed", lambda g: ListKeys()),
    ("a key is revoked", lambda g: RevokeKey(g.key.about.id)),
)


async def with_session(stage: Stage) -> Any:
    """People, and a second session of Cleo's."""
    given = await people(stage)
    other = await stage.arrive(SignIn("Cleo", PASSWORD, kind="jwt"))
    given.session_id = (await stage.who(other.token)).session
    return given


async def with_link(stage: Stage) -> Any:
    """People, and a link with which Cleo sets her password."""
    given = await people(stage)
    given.link = await stage.do(MakePasswordLink(given.cleo.id), ADMIN)
    return given


async def with_secret(stage: Stage) -> Any:
    """People, and a second factor of Cleo's that is begun."""
    given = await people(stage)
    begun = await stage.do(BeginFactor(PASSWORD), await stage.who(given.session.token))
    given.app = TOTP(begun.secret)
    return given


async def confirmed(stage: Stage, given: Any) -> RecoveryCodes:
    code = given.app.generate_otp(stage.clock.now() // SECOND // 30)
    return await stage.do(ConfirmFactor(code), await stage.who(given.session.token))


async def with_factor(stage: Stage) -> Any:
    """People, and a second factor of Cleo's."""
    given = await with_secret(stage)
    given.recovery = (await confirmed(stage, given)).codes[0]
    return given


async def recovered(stage: Stage, given: Any) -> SignedIn:
    return await stage.arrive(SignIn("Cleo", PASSWORD, given.recovery))


async def set_with_link(stage: Stage, given: Any) -> None:
    await stage.arrive(SetPassword(given.link.token, OTHER))


SCENARIOS = (
    Scenario("a link to set a password is made", people, by_admin(lambda g: MakePasswordLink(g.cleo.id)), once=False),
    Scenario("a password is set with a link", with_link, set_with_link),
    Scenario("a second factor is begun", people, by_cleo(lambda g: BeginFactor(PASSWORD)), once=False),
    Scenario("a second factor is confirmed", with_secret, confirmed),
    Scenario("a second factor is removed", with_factor, by_cleo(lambda g: RemoveFactor(PASSWORD))),
    Scenario("recovery codes are made anew", with_factor, by_cleo(lambda g: RenewCodes(PASSWORD)), once=False),
    Scenario("somebody signs in with a recovery code", with_factor, recovered),
    Scenario("the first account is made", nothing, sign_up_first),
    Scenario("somebody signs up", open_to_all, sign_up),
    Scenario("somebody signs in", people, sign_in("cookie"), once=False),
    Scenario("somebody signs in with a signed token", people, sign_in("jwt"), once=False),
    Scenario("an account is made", people, by_admin(lambda g: CreateUser("Dora", PASSWORD))),
    Scenario("a key is made", people, by_cleo(lambda g: CreateKey("phone")), once=False),
    Scenario("a group is made", people, by_admin(lambda g: CreateGroup("Writers")), once=False),
    Scenario("a tenant is made", people, by_admin(lambda g: CreateTenant("Others")), once=False),
    Scenario("somebody is known", people, known),
    Scenario("accounts are looked after", people, looked_after),
    Scenario("the server starts after a crash", crashed, start_again),
    Scenario("somebody is deleted with all that is theirs", leaving, by_admin(lambda g: DeleteUser("ada"))),
    Scenario("somebody deletes the own account", people, by_cleo(lambda g: DeleteAccount(PASSWORD))),
    *(Scenario(name, people, by_admin(make)) for name, make in PEOPLE),
    *(Scenario(name, with_session, by_cleo(make)) for name, make in OWN),
)
