"""Signing in by a proxy's word: one session for all that it says of somebody, and a new one where that is over."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from parlance.core.accounts.federation import vouched as subject
from parlance.core.accounts.federation.people import Terms, Vouched
from parlance.core.accounts.operations import SignedIn, SignOut
from parlance.core.accounts.people_operations import ChangeUser
from parlance.values.accounts import Circumstances
from parlance.values.errors import Fault, Kind
from tests.unit.core.accounts.federation.conftest import ELSEWHERE, Hall

GRACE = Vouched("grace@example.org", "Grace Hopper")


async def sessions(hall: Hall) -> int:
    """How many were ever begun by a proxy's word."""
    [row] = await hall.office.database.read("SELECT COUNT(*) FROM sessions WHERE via = 'header'", {})
    return int(str(row[0]))


async def test_one_session_stands_behind_many_requests(hall: Hall) -> None:
    """Also where they come at once; the database is asked for the first alone."""
    first = await asyncio.gather(*(hall.vouchers.principal(GRACE, ELSEWHERE) for _ in range(9)))
    assert len(set(first)) == 1 and first[0].session is not None and first[0].scopes == {"chat"}
    await hall.vouchers.principal(GRACE, ELSEWHERE)  # the new account is a change that everything is asked anew after
    reads = hall.office.database.reads
    assert await hall.vouchers.principal(GRACE, ELSEWHERE) == first[0]
    assert (hall.office.database.reads, await sessions(hall)) == (reads, 1)
    user = await hall.office.room.of("default").people.user(first[0].user)
    assert user is not None and (user.name, user.email) == ("Grace Hopper", "grace@example.org")


async def test_what_the_proxy_says_differently_is_another_session_of_the_same_account(hall: Hall) -> None:
    """With what the groups say now."""
    hall.arrange(Terms(unknown="user", admin_group="chiefs"))
    one = await hall.vouchers.principal(GRACE, ELSEWHERE)
    two = await hall.vouchers.principal(Vouched("GRACE@example.org", groups="people, chiefs"), ELSEWHERE)
    assert one.user == two.user and one.session != two.session
    assert "admin" in two.scopes and "admin" in (await hall.vouchers.principal(GRACE, ELSEWHERE)).scopes


async def test_a_session_that_is_over_is_followed_by_another(hall: Hall) -> None:
    """Signed out, or a day later: the proxy still says who it is."""
    one = await hall.vouchers.principal(GRACE, ELSEWHERE)
    await hall.office.do(SignOut(), one)
    two = await hall.vouchers.principal(GRACE, ELSEWHERE)
    hall.office.clock.move(86_401)
    three = await hall.vouchers.principal(GRACE, ELSEWHERE)
    assert len({one.session, two.session, three.session}) == 3 and one.user == two.user == three.user


async def test_a_disabled_account_is_shut_out_whatever_the_proxy_says(hall: Hall) -> None:
    one = await hall.vouchers.principal(GRACE, ELSEWHERE)
    admin = (await hall.office.signed_in("ada@example.org")).token
    await hall.office.do(ChangeUser(one.user, disabled=True), admin)
    with pytest.raises(Fault) as caught:
        await hall.vouchers.principal(GRACE, ELSEWHERE)
    assert (caught.value.kind, caught.value.code) == (Kind.forbidden, "account_disabled")


@pytest.mark.parametrize(
    "words",
    [
        Vouched("grace, ada"),
        Vouched("grace", email="grace@example.org, ada@example.org"),
        Vouched("gr\x7face"),
        Vouched("grace", email="not one"),
        Vouched("a@b@c"),
        Vouched("x" * 1001),
        Vouched("  "),
        Vouched("\u2003"),
    ],
)
async def test_words_that_name_nobody_let_nobody_in(hall: Hall, words: Vouched) -> None:
    """A header that came twice names two people: the client's own, perhaps, and the proxy's."""
    with pytest.raises(Fault) as caught:
        await hall.vouchers.principal(words, ELSEWHERE)
    assert caught.value.kind is Kind.invalid


async def test_an_account_of_the_same_name_is_joined_only_if_the_settings_say_so(hall: Hall) -> None:
    with pytest.raises(Fault) as caught:
        await hall.vouchers.principal(Vouched("ada@example.org"), ELSEWHERE)
    assert (caught.value.kind, caught.value.code) == (Kind.conflict, "account_exists")
    hall.arrange(Terms(link=True))
    assert (await hall.vouchers.principal(Vouched("ada@example.org"), ELSEWHERE)).user == "owner"


async def test_a_name_without_an_address_is_who_somebody_is(hall: Hall) -> None:
    """Then the name to show is the one that they sign in with."""
    found = await hall.vouchers.principal(Vouched("grace", "Grace Hopper"), ELSEWHERE)
    user = await hall.office.room.of("default").people.user(found.user)
    assert user is not None and (user.name, user.email) == ("grace", None)


async def test_sessions_are_forgotten_before_they_fill_the_memory(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "MOST_KEPT", 2)
    for name in ("a", "b", "c", "a"):
        await hall.vouchers.principal(Vouched(name), ELSEWHERE)
    assert await sessions(hall) == 4


async def test_a_session_that_ends_as_it_begins_is_said_to_be_over(hall: Hall) -> None:
    async def begin(vouched: Vouched, came: Circumstances) -> SignedIn:
        signed: Any = await hall.vouched(vouched, came)
        await hall.office.do(SignOut(), signed.token)
        return signed  # type: ignore[no-any-return]

    vouchers = subject.Vouchers(hall.office.registered, begin)
    with pytest.raises(Fault) as caught:
        await vouchers.principal(GRACE, ELSEWHERE)
    assert caught.value.code == "session_over"
