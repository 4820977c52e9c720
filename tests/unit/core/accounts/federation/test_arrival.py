"""Whose account it is that somebody comes to: theirs by issuer and subject, and by nothing that others can claim."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from parlance.core.accounts.federation.people import Terms
from parlance.core.accounts.operations import ChangeAccount, ReadAccount, SignUp
from parlance.core.accounts.people_operations import (
    ChangePreferences,
    ChangeTenant,
    ChangeUser,
    CreateTenant,
    CreateUser,
    DeleteUser,
)
from parlance.stores.sql.identities import SqlIdentities
from parlance.testing.accounts import PASSWORD
from parlance.testing.providers import GRACE
from parlance.values.accounts import ALL_SCOPES, DEFAULT_TENANT, OWNER, User
from parlance.values.errors import Fault, Kind
from tests.unit.core.accounts.federation.conftest import Hall

ADMIN = {**GRACE, "groups": ["people", "chiefs"]}
UNVERIFIED = {**GRACE, "email_verified": False}


async def refused(hall: Hall, who: Any = GRACE) -> tuple[Kind, str | None]:
    """Why somebody is not let in; it is written down."""
    before = len(await hall.acts("sign_in_failed"))
    with pytest.raises(Fault) as caught:
        await hall.sign_in(who)
    entries = await hall.acts("sign_in_failed")
    assert len(entries) == before + 1 and entries[0]["why"] == caught.value.code
    return caught.value.kind, caught.value.code


async def account(hall: Hall, admin: str, **more: Any) -> User:
    """An account with a password, made by an admin."""
    user: User = await hall.office.do(CreateUser(**{"name": "Grace", "password": PASSWORD, **more}), admin)
    return user


@pytest.mark.parametrize(("unknown", "role", "scopes"), [("pending", "pending", ()), ("user", "user", ("chat",))])
async def test_what_strangers_become_is_a_setting(hall: Hall, unknown: Any, role: str, scopes: Any) -> None:
    hall.arrange(Terms(unknown=unknown))
    signed = (await hall.sign_in()).signed
    assert (signed.user.role, signed.scopes) == (role, scopes)
    assert signed.user.email == GRACE["email"]


async def test_strangers_may_be_turned_away(hall: Hall) -> None:
    """Those who have come before are none."""
    hall.arrange(Terms(unknown="user"))
    await hall.sign_in()
    hall.arrange(Terms(unknown="refuse"))
    assert (await hall.sign_in()).signed.token
    assert await refused(hall, {**GRACE, "sub": "2", "email": None}) == (Kind.forbidden, "not_admitted")


async def test_an_account_stays_whose_it_is(hall: Hall) -> None:
    """Whatever the provider calls the person today, and whatever they call themselves here."""
    first = (await hall.sign_in()).signed
    await hall.office.do(ChangeAccount(name="Amazing Grace"), first.token)
    again = (await hall.sign_in({**GRACE, "name": "Another", "email": "other@example.org"})).signed
    assert (again.user.id, again.user.name, again.user.email) == (first.user.id, "Amazing Grace", "grace@example.org")
    assert (await hall.sign_in({"sub": "grace-2", "name": "Grace Hopper"})).signed.user.id != first.user.id


async def test_an_address_alone_never_opens_an_account(hall: Hall) -> None:
    """Neither one that is not verified, whatever the settings say, nor one that is, unless they say so."""
    admin = await token(hall)
    mine = await account(hall, admin, email="grace@example.org")
    assert await refused(hall) == (Kind.conflict, "account_exists")
    hall.arrange(Terms(unknown="user", link=True))
    doubtful: tuple[Any, ...] = (False, None, "yes", 1, [])
    for verified in doubtful:
        other = (await hall.sign_in({**GRACE, "sub": f"not {verified}", "email_verified": verified})).signed.user
        assert other.id != mine.id and other.email is None
    linked = (await hall.sign_in({**GRACE, "email": " Grace@Example.org ", "email_verified": "true"})).signed.user
    assert linked.id == mine.id
    [entry] = await hall.acts("identity_linked")
    assert entry == {"by": "oidc:work"}
    hall.arrange(Terms(unknown="refuse"))
    assert (await hall.sign_in(UNVERIFIED)).signed.user.id == mine.id


async def test_an_address_that_an_admin_gave_an_account_does_not_open_it(hall: Hall) -> None:
    """An admin could else give it one of their own, come in by the provider, and read what is there unseen."""
    admin = await token(hall)
    hers = await account(hall, admin, name="Cleo", email="cleo@example.org", password=PASSWORD)
    hall.arrange(Terms(unknown="user", link=True))
    await hall.office.do(ChangeUser(hers.id, email="grace@example.org"), admin)
    assert await refused(hall) == (Kind.conflict, "account_exists")
    cleo = (await hall.office.signed_in("grace@example.org")).token
    await hall.office.do(ChangeAccount(email="cleo@example.org"), cleo)
    await hall.office.do(ChangeAccount(email="grace@example.org"), cleo)
    assert (await hall.sign_in()).signed.user.id == hers.id


async def token(hall: Hall) -> str:
    """The first account's."""
    return (await hall.office.signed_in("ada@example.org")).token


async def test_an_account_of_another_tenant_is_not_joined(hall: Hall) -> None:
    admin = await token(hall)
    other = await hall.office.do(CreateTenant("Other"), admin)
    await account(hall, admin, email="grace@example.org", tenant=other.id)
    hall.arrange(Terms(unknown="user", link=True))
    assert await refused(hall) == (Kind.conflict, "account_exists")


async def test_a_name_that_is_taken_is_told_apart(hall: Hall) -> None:
    """Names are not addresses: two people may have one, and who comes second gets a mark behind it."""
    admin = await token(hall)
    await account(hall, admin, name="Grace Hopper")
    signed = [(await hall.sign_in({**UNVERIFIED, "sub": sub})).signed.user for sub in ("1", "2")]
    assert {user.name[:13] for user in signed} == {"Grace Hopper "}
    assert len({user.name for user in signed}) == 2


async def test_whoever_is_shut_out_stays_out(hall: Hall) -> None:
    """A disabled account, one that is in a disabled tenant, and a tenant that is not there."""
    admin = await token(hall)
    user = (await hall.sign_in()).signed.user
    await hall.office.do(ChangeUser(user.id, disabled=True), admin)
    assert await refused(hall) == (Kind.forbidden, "account_disabled")
    other = await hall.office.do(CreateTenant("Other"), admin)
    hall.arrange(Terms(other.id, unknown="user"))
    there = {**GRACE, "email": "grace@other.example"}
    assert (await hall.sign_in(there)).signed.user.tenant == other.id
    await hall.office.do(ChangeTenant(other.id, disabled=True), admin)
    assert await refused(hall, there) == (Kind.forbidden, "account_disabled")
    assert await refused(hall, {**there, "sub": "new", "email": None}) == (Kind.forbidden, "not_admitted")
    hall.arrange(Terms("nowhere", unknown="user"))
    assert await refused(hall, {**there, "email": None}) == (Kind.forbidden, "not_admitted")


async def test_who_was_deleted_comes_back_as_somebody_new(hall: Hall) -> None:
    admin = await token(hall)
    user = (await hall.sign_in()).signed.user
    await hall.office.do(DeleteUser(user.id), admin)
    assert (await hall.sign_in()).signed.user.id != user.id


async def test_a_group_makes_admins_and_unmakes_them(hall: Hall) -> None:
    """At every sign-in, at once everywhere; an operator and the last admin stay what they are."""
    hall.arrange(Terms(unknown="pending", admin_group="chiefs"))
    signed = (await hall.sign_in()).signed
    assert signed.user.role == "pending"
    promoted = (await hall.sign_in(ADMIN)).signed
    assert promoted.user.role == "admin" and "admin" in promoted.scopes
    assert "admin" in (await hall.office.who(signed.token, local=False)).scopes
    assert (await hall.sign_in(ADMIN)).signed.user.role == "admin"
    assert (await hall.sign_in({**GRACE, "groups": None})).signed.user.role == "user"
    assert (await hall.office.who(promoted.token, local=False)).scopes == {"chat"}
    assert (await hall.sign_in({**ADMIN, "sub": "2", "email": None, "groups": "chiefs"})).signed.user.role == "admin"
    assert [(entry["was"], entry["role"]) for entry in await hall.acts("role_changed")] == [
        ("admin", "user"),
        ("pending", "admin"),
    ]


async def test_the_last_admin_of_a_tenant_stays_one(hall: Hall) -> None:
    admin = await token(hall)
    other = await hall.office.do(CreateTenant("Other"), admin)
    hall.arrange(Terms(other.id, unknown="user", admin_group="chiefs"))
    assert (await hall.sign_in(ADMIN)).signed.user.role == "admin"
    assert (await hall.sign_in()).signed.user.role == "admin"


async def test_an_operator_is_not_made_less_by_a_group(hall: Hall) -> None:
    """Whoever looks after the server must not be shut out of it by somebody else's list."""
    hall.arrange(Terms(link=True, admin_group="chiefs"))
    owner = {**GRACE, "email": "ada@example.org"}
    assert (await hall.sign_in(owner)).signed.user.role == "admin"
    assert set((await hall.sign_in(owner)).signed.scopes) == ALL_SCOPES


# -- the first account ------------------------------------------------------------------------------------------------


async def test_the_first_account_is_made_by_nobody_from_elsewhere(empty: Hall) -> None:
    """Else whoever has an account with the provider would own the machine."""
    assert await refused(empty) == (Kind.forbidden, "first_account_elsewhere")
    empty.arrange(Terms(unknown="user", admin_group="chiefs"))
    assert await refused(empty) == (Kind.forbidden, "first_account_elsewhere")
    empty.arrange(Terms("other", unknown="user", admin_group="chiefs"))
    assert await refused(empty, ADMIN) == (Kind.forbidden, "first_account_elsewhere")


async def test_of_many_admins_who_come_first_at_once_one_becomes_the_owner(empty: Hall) -> None:
    """The group that the settings name may: somebody who can write them said so."""
    empty.arrange(Terms(unknown="user", admin_group="chiefs"))
    backs = [empty.back(await empty.begun(), {**ADMIN, "sub": str(n), "email": f"{n}@example.org"}) for n in range(6)]
    ends = await asyncio.gather(*map(empty.do, backs))
    owners = [end.signed.user for end in ends if end.signed.user.id == OWNER]
    assert [(user.role, user.operates) for user in owners] == [("admin", True)]
    assert len({end.signed.user.id for end in ends}) == 6
    assert set((await empty.office.who(ends[0].signed.token, local=False)).scopes) >= {"admin"}


async def test_forty_who_come_for_the_first_time_at_once_are_all_let_in(hall: Hall) -> None:
    """On the morning on which a team is moved here, nobody is told to try again; who clicks twice is one person."""
    people = [{**GRACE, "sub": str(n), "email": f"{n}@example.org"} for n in range(20)]
    backs = [hall.back(await hall.begun(), who) for who in people for _ in range(2)]
    ends = await asyncio.gather(*map(hall.do, backs))
    assert len({end.signed.user.id for end in ends}) == 20
    identities = SqlIdentities(hall.office.database, DEFAULT_TENANT)
    assert [each.subject for each in await identities.of(ends[0].signed.user.id)] == ["0"]


async def test_who_signed_up_with_somebodys_address_is_not_given_their_sign_in(hall: Hall) -> None:
    """An address that was only claimed here must not wait for its owner, unless the settings take that risk."""
    admin = await token(hall)
    await hall.office.do(ChangePreferences(sign_up="user"), admin)
    await hall.office.arrive(SignUp("Mallory", PASSWORD, "grace@example.org"))
    assert await refused(hall) == (Kind.conflict, "account_exists")


async def test_an_account_without_a_password_reads_as_one(hall: Hall) -> None:
    signed = (await hall.sign_in()).signed
    read = await hall.office.do(ReadAccount(), signed.token)
    assert read.user is not None and not read.user.has_password and read.session is not None
