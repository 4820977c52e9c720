"""Signing up, in and out: who gets in, as what, and until when."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections import Counter

import pytest

from parlance.core.accounts.operations import (
    ChangePassword,
    ReadAccount,
    SignedIn,
    SignIn,
    SignOut,
    SignOutEverywhere,
    SignUp,
)
from parlance.core.accounts.people_operations import ChangePreferences, ListUsers
from parlance.ports.stores import Database, Statement
from parlance.testing.accounts import CONSOLE, HERE, PASSWORD, Office
from parlance.values.accounts import ALL_SCOPES, NOBODY, OWNER, Circumstances, SignUpRule
from parlance.values.errors import Fault, Kind

ELSEWHERE = Circumstances("192.0.2.7", "a stranger")


async def test_the_first_account_is_the_owner_of_the_machine_and_may_do_everything(office: Office) -> None:
    signed = await office.owner()
    assert (signed.user.id, signed.user.role, signed.user.operates) == (OWNER, "admin", True)
    assert set(signed.scopes) == ALL_SCOPES
    who = await office.who(signed.token, local=False)
    assert (who.user, who.scopes, who.stored) == (OWNER, ALL_SCOPES, True)
    assert who.session is not None


async def test_of_many_first_sign_ups_at_once_exactly_one_becomes_admin(office: Office) -> None:
    """P22: 24 in parallel; the others find that somebody was first."""
    local = await office.who()
    attempts = [office.do(SignUp(f"person {n}", PASSWORD), local) for n in range(24)]
    ends = await asyncio.gather(*attempts, return_exceptions=True)
    signed = [end for end in ends if isinstance(end, SignedIn)]
    refused = [end.code for end in ends if isinstance(end, Fault)]
    assert [one.user.id for one in signed] == [OWNER]
    assert Counter(refused) == {"sign_up_closed": 23}
    users = (await office.do(ListUsers(), signed[0].token)).users
    assert [(user.id, user.role) for user in users] == [(OWNER, "admin")]


@pytest.mark.parametrize(("rule", "role"), [("pending", "pending"), ("user", "user")])
async def test_what_later_ones_become_is_a_preference(office: Office, rule: SignUpRule, role: str) -> None:
    admin = await office.owner()
    with pytest.raises(Fault) as closed:
        await office.arrive(SignUp("Bob", PASSWORD))
    assert (closed.value.kind, closed.value.code) == (Kind.forbidden, "sign_up_closed")
    await office.do(ChangePreferences(sign_up=rule), admin.token)
    signed = await office.arrive(SignUp("Bob", PASSWORD))
    assert (signed.user.role, signed.user.operates, signed.user.id != OWNER) == (role, False, True)
    assert signed.scopes == (() if role == "pending" else ("chat",))


async def test_the_first_account_is_not_made_from_elsewhere(office: Office) -> None:
    """A stranger who finds the door first must not own the house; the console token says that it is no stranger."""
    with pytest.raises(Fault) as refused:
        await office.do(SignUp("Eve", PASSWORD), NOBODY, ELSEWHERE)
    assert (refused.value.kind, refused.value.code) == (Kind.forbidden, "first_account_elsewhere")
    for token in (None, "guessed"):
        with pytest.raises(Fault) as refused:
            await office.who(token, local=False, anyone=True)
        assert (refused.value.kind, refused.value.code) == (Kind.unauthenticated, "no_keys")
    claimant = await office.who(CONSOLE, local=False, anyone=True)
    assert claimant.scopes == frozenset()
    with pytest.raises(Fault):
        await office.who(CONSOLE, local=False)
    assert (await office.do(SignUp("Ada", PASSWORD), claimant, ELSEWHERE)).user.id == OWNER


async def test_an_address_or_a_name_is_taken_once_in_any_spelling(office: Office) -> None:
    admin = await office.owner()
    await office.do(ChangePreferences(sign_up="user"), admin.token)
    await office.arrive(SignUp("Zoë", PASSWORD))
    for name, email in (("Else", "ADA@example.org"), ("Else", "ada@EXAMPLE.org "), ("zoe\u0308", None), ("ZOË", None)):
        with pytest.raises(Fault) as taken:
            await office.arrive(SignUp(name, PASSWORD, email))
        assert (taken.value.kind, taken.value.code) == (Kind.conflict, "account_exists")
        assert taken.value.field == ("email" if email else "name")


async def test_many_who_want_the_same_name_at_once_get_it_once(office: Office) -> None:
    admin = await office.owner()
    await office.do(ChangePreferences(sign_up="user"), admin.token)
    ends = await asyncio.gather(*(office.arrive(SignUp("Bob", PASSWORD)) for _ in range(8)), return_exceptions=True)
    assert Counter(end.code if isinstance(end, Fault) else "in" for end in ends) == {"in": 1, "account_exists": 7}


async def test_people_sign_in_with_an_address_in_any_case_or_with_a_name_where_they_have_none(office: Office) -> None:
    admin = await office.owner()
    await office.do(ChangePreferences(sign_up="user"), admin.token)
    await office.arrive(SignUp("Bob", PASSWORD))
    for account, user in (("ada@example.org", OWNER), (" ADA@Example.Org", OWNER)):
        signed = await office.signed_in(account)
        assert signed.user.id == user and signed.token != admin.token
        assert (await office.who(signed.token)).user == user
    assert (await office.signed_in("BOB")).user.name == "Bob"
    with pytest.raises(Fault):
        await office.signed_in("Ada Lovelace")  # the name of somebody with an address is no name to sign in with


async def test_whatever_was_wrong_the_answer_is_the_same(office: Office) -> None:
    """Nobody learns from it who has an account."""
    await office.owner()
    said = set()
    for account, password in (("ada@example.org", "wrong"), ("nobody@example.org", PASSWORD), ("", "")):
        with pytest.raises(Fault) as wrong:
            await office.signed_in(account, password)
        said.add((wrong.value.kind, wrong.value.sentence(), wrong.value.code, wrong.value.retry_after))
    assert said == {(Kind.unauthenticated, "The name or the password is wrong.", "wrong_password", None)}


async def test_a_session_ends_with_signing_out_and_no_other_does(office: Office) -> None:
    first, second = await office.owner(), await office.signed_in("ada@example.org")
    await office.do(SignOut(), first.token)
    with pytest.raises(Fault) as over:
        await office.who(first.token)
    assert (over.value.kind, over.value.code) == (Kind.unauthenticated, "invalid_api_key")
    assert (await office.who(second.token)).user == OWNER
    with pytest.raises(Fault) as over:
        await office.who(session=first.token)
    assert over.value.code == "session_over"


async def test_signing_out_everywhere_ends_all_sessions(office: Office) -> None:
    tokens = [(await office.owner()).token, (await office.signed_in("ada@example.org")).token]
    await office.do(SignOutEverywhere(), tokens[1])
    for token in tokens:
        with pytest.raises(Fault):
            await office.who(token)


async def test_another_password_ends_all_sessions_but_this_one(office: Office) -> None:
    first, second = await office.owner(), await office.signed_in("ada@example.org")
    await office.do(ChangePassword(PASSWORD, "four green bottles"), second.token)
    with pytest.raises(Fault):
        await office.who(first.token)
    assert (await office.who(second.token)).user == OWNER
    with pytest.raises(Fault):
        await office.signed_in("ada@example.org", PASSWORD)
    await office.signed_in("ada@example.org", "four green bottles")


async def test_another_password_needs_the_one_before_and_must_be_a_good_one(office: Office) -> None:
    signed = await office.owner()
    for current, password, field, code in (
        ("wrong", "four green bottles", "current", "wrong_password"),
        (PASSWORD, "short", "password", "password_too_short"),
        (PASSWORD, "lovelace1", "password", "password_common"),
    ):
        with pytest.raises(Fault) as refused:
            await office.do(ChangePassword(current, password), signed.token)
        assert (refused.value.kind, refused.value.field, refused.value.code) == (Kind.invalid, field, code)
    assert (await office.signed_in("ada@example.org")).user.id == OWNER


async def test_a_session_is_over_when_its_time_is(office: Office) -> None:
    signed = await office.owner()
    assert signed.seconds == 30 * 86_400
    office.clock.move(signed.seconds - 1)
    assert (await office.who(signed.token)).user == OWNER
    office.clock.move(2)
    with pytest.raises(Fault):
        await office.who(signed.token)


async def test_an_older_hash_is_made_anew_when_its_password_is_shown(office: Office, rows: Database) -> None:
    """As imported accounts bring it; the next sign-in finds one of ours."""
    await office.owner()
    tag = hashlib.pbkdf2_hmac("sha256", PASSWORD.encode(), b"salty", 1000)
    imported = "pbkdf2_sha256$1000$salty$" + base64.b64encode(tag).decode()
    put = "UPDATE users SET password_hash = :hash WHERE tenant = 'default' AND id = 'owner'"
    await rows.apply((Statement(put, {"hash": imported}),))
    with pytest.raises(Fault):
        await office.signed_in("ada@example.org", "wrong")
    assert await hash_of(rows) == imported
    ends = await asyncio.gather(*(office.signed_in("ada@example.org") for _ in range(3)))
    assert len({end.token for end in ends}) == 3
    assert (await hash_of(rows)).startswith("$argon2id$")
    await office.signed_in("ada@example.org")


async def hash_of(rows: Database) -> str:
    [[found]] = await rows.read("SELECT password_hash FROM users WHERE tenant = 'default' AND id = 'owner'", {})
    assert isinstance(found, str)
    return found


async def test_a_pending_user_reads_the_own_account_and_signs_out_and_nothing_else(office: Office) -> None:
    admin = await office.owner()
    await office.do(ChangePreferences(sign_up="pending"), admin.token)
    signed = await office.arrive(SignUp("Bob", PASSWORD))
    account = await office.do(ReadAccount(), signed.token)
    assert account.user is not None and (account.user.role, account.scopes) == ("pending", ())
    for operation in (SignOutEverywhere(), ChangePassword(PASSWORD, "four green bottles"), ListUsers()):
        with pytest.raises(Fault) as refused:
            await office.do(operation, signed.token)
        assert refused.value.kind is Kind.forbidden
    await office.do(SignOut(), signed.token)
    with pytest.raises(Fault):
        await office.who(signed.token)


async def test_signing_out_without_a_session_ends_nothing(office: Office) -> None:
    signed = await office.owner()
    await office.do(SignOut(), await office.who(console=CONSOLE))
    assert (await office.who(signed.token)).user == OWNER


async def test_an_account_without_a_password_cannot_be_entered_with_one(office: Office) -> None:
    """The machine's owner before anybody signed up, for one."""
    console = await office.who(console=CONSOLE)
    with pytest.raises(Fault) as refused:
        await office.do(ChangePassword("", "four green bottles"), console)
    assert (refused.value.kind, refused.value.code) == (Kind.conflict, "no_password")
    with pytest.raises(Fault):
        await office.arrive(SignIn("Owner", ""), HERE)
