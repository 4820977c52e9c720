"""Links with which a password is set once: who makes them, what they end, and when they are over."""

from __future__ import annotations

import asyncio

import pytest

from parlance.core.accounts.link_operations import MakePasswordLink, SetPassword
from parlance.core.accounts.operations import ChangePassword, ListAudit, SignedIn
from parlance.core.accounts.people_operations import ChangeUser, CreateUser, FileUser, Settle
from parlance.ports.stores import Database
from parlance.testing.accounts import PASSWORD, Office
from parlance.values.accounts import ALL_SCOPES, DEFAULT_TENANT, NOBODY, OWNER, Circumstances, Principal
from parlance.values.errors import Fault, Kind
from parlance.values.time import SECOND

OTHER = "four green bottles"
ELSEWHERE = Circumstances("192.0.2.7", "a stranger")
HOUSE = Principal(DEFAULT_TENANT, OWNER, scopes=ALL_SCOPES)


async def bob(office: Office, admin: SignedIn, **more: object) -> str:
    """The id of a new account."""
    made = await office.do(CreateUser("Bob", PASSWORD, "bob@example.org", **more), admin.token)  # type: ignore[arg-type]
    return made.id


async def refused(office: Office, token: str, password: str = OTHER) -> Fault:
    """Why a link sets no password."""
    with pytest.raises(Fault) as fault:
        await office.arrive(SetPassword(token, password), ELSEWHERE)
    return fault.value


async def test_a_link_sets_a_password_once_and_ends_all_sessions(office: Office) -> None:
    admin = await office.owner()
    id = await bob(office, admin)
    before = await office.signed_in("bob@example.org")
    link = await office.do(MakePasswordLink(id), admin.token)
    assert (link.user, link.path, link.url) == (id, f"/parlance/password/{link.token}", None)
    await office.arrive(SetPassword(link.token, OTHER), ELSEWHERE)
    with pytest.raises(Fault):
        await office.who(before.token, local=False)
    assert (await office.signed_in("bob@example.org", OTHER)).user.id == id
    with pytest.raises(Fault) as wrong:
        await office.signed_in("bob@example.org", PASSWORD)
    assert wrong.value.code == "wrong_password"
    again = await refused(office, link.token, "five blue bottles")
    assert (again.kind, again.code) == (Kind.unauthenticated, "link_over")
    told = {(entry.act, entry.actor, entry.subject) for entry in (await office.do(ListAudit(), admin.token)).entries}
    assert {("password_link_made", OWNER, id), ("password_reset", id, id)} <= told


async def test_nothing_of_a_link_is_kept_but_a_hash(office: Office, rows: Database) -> None:
    admin = await office.owner()
    link = await office.do(MakePasswordLink(await bob(office, admin)), admin.token)
    kept = await rows.read("SELECT * FROM one_time", {})
    audited = await rows.read("SELECT details FROM audit_log", {})
    assert len(kept) == 1 and link.token not in repr((kept, audited))


async def test_of_two_who_use_a_link_at_once_one_does(office: Office) -> None:
    admin = await office.owner()
    link = await office.do(MakePasswordLink(await bob(office, admin)), admin.token)
    uses = [office.arrive(SetPassword(link.token, f"{n} green bottles"), ELSEWHERE) for n in ("four", "five", "nine")]
    ends = await asyncio.gather(*uses, return_exceptions=True)
    codes = sorted(str(getattr(end, "code", "set")) for end in ends)
    assert codes == ["link_over", "link_over", "set"]


async def test_a_link_is_over_with_its_time_with_the_next_one_and_with_a_changed_password(office: Office) -> None:
    admin = await office.owner()
    id = await bob(office, admin)
    first = await office.do(MakePasswordLink(id, hours=1), admin.token)
    second = await office.do(MakePasswordLink(id, hours=1), admin.token)
    assert (await refused(office, first.token)).code == "link_over"
    session = await office.signed_in("bob@example.org")
    await office.do(ChangePassword(PASSWORD, OTHER), session.token)
    assert (await refused(office, second.token)).code == "link_over"
    third = await office.do(MakePasswordLink(id, hours=1), admin.token)
    office.clock.move(3600)
    assert third.expires == office.clock.now()
    assert (await refused(office, third.token)).code == "link_over"
    for guessed in ("", "pl_", first.token[:-1]):
        assert (await refused(office, guessed)).code == "link_over"


async def test_a_password_that_does_not_do_leaves_the_link_as_it_was(office: Office) -> None:
    admin = await office.owner()
    link = await office.do(MakePasswordLink(await bob(office, admin)), admin.token)
    assert (await refused(office, link.token, "short")).code == "password_too_short"
    assert (await refused(office, link.token, "bob@example")).code == "password_common"
    await office.arrive(SetPassword(link.token, OTHER), ELSEWHERE)


async def test_an_account_without_a_password_is_entered_with_a_link(office: Office) -> None:
    """An invitation is an account that nobody has a password of, and a link."""
    admin = await office.owner()
    made = await office.do(CreateUser("Cleo", None, "cleo@example.org"), admin.token)
    link = await office.do(MakePasswordLink(made.id, hours=168), admin.token)
    await office.arrive(SetPassword(link.token, OTHER), ELSEWHERE)
    assert (await office.signed_in("cleo@example.org", OTHER)).user.id == made.id


async def test_who_was_shut_out_since_does_not_come_in_with_a_link(office: Office) -> None:
    admin = await office.owner()
    id = await bob(office, admin)
    link = await office.do(MakePasswordLink(id), admin.token)
    await office.do(ChangeUser(id, disabled=True), admin.token)
    assert (await refused(office, link.token)).code == "link_over"


async def test_links_are_for_those_whom_one_may_change_and_who_have_passwords(office: Office) -> None:
    """An admin who could make one for an operator would be one."""
    owner = await office.owner()
    id = await bob(office, owner, role="admin")
    admin = await office.signed_in("bob@example.org")
    await office.do(Settle((FileUser(DEFAULT_TENANT, "filed", "Filed", "user"),)), HOUSE)
    for user, code in ((OWNER, "needs_operator"), ("filed", "not_of_the_database"), ("nobody", "user_not_found")):
        with pytest.raises(Fault) as fault:
            await office.do(MakePasswordLink(user), admin.token)
        assert fault.value.code == code
    for hours in (0, 169):
        with pytest.raises(Fault) as fault:
            await office.do(MakePasswordLink(id, hours=hours), owner.token)
        assert (fault.value.field, fault.value.code) == ("hours", "out_of_range")
    with pytest.raises(Fault) as fault:
        await office.do(MakePasswordLink(id), NOBODY)
    assert fault.value.kind is Kind.forbidden


async def test_the_whole_address_is_said_where_it_is_known(rows: Database) -> None:
    office = Office(rows, public_url="https://chat.example.org")
    link = await office.do(MakePasswordLink(OWNER), (await office.owner()).token)
    assert link.url == f"https://chat.example.org/parlance/password/{link.token}"
    assert link.expires == office.clock.now() + 24 * 3600 * SECOND
    office.close()
