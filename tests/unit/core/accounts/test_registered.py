"""Whom tokens stand for: at once where it is certain, by the database where it is not, and never after a change."""

from __future__ import annotations

import asyncio
from inspect import isawaitable
from typing import Any

import pytest

from parlance.core.accounts import registered
from parlance.core.accounts.access import FRESH_SECONDS
from parlance.core.accounts.identity import LOCAL, Approach
from parlance.core.accounts.operations import CreateKey, RevokeKey, SignIn, SignOut
from parlance.core.accounts.people_operations import ChangeTenant, ChangeUser, CreateTenant, CreateUser, DeleteUser
from parlance.core.accounts.tokens import LEEWAY
from parlance.ports.stores import Database, Row
from parlance.testing.accounts import CONSOLE, PASSWORD, SECRET, Office
from parlance.values.accounts import ALL_SCOPES, OWNER, Principal
from parlance.values.errors import Fault, Kind
from parlance.values.time import SECOND
from tests.unit.core.accounts.forgeries import forged


def at_once(office: Office, token: str | None, **more: Any) -> Principal | None:
    """The principal where no database was asked, else none."""
    found = office.identity.identify(Approach(token, more.pop("console", None), more.pop("local", False), **more))
    if isawaitable(found):
        found.close()  # type: ignore[attr-defined]
        return None
    return found


async def test_a_known_caller_costs_no_round_trip(office: Office) -> None:
    """DESIGN §6: the hot path. Only whoever watches over access asks, four times a second."""
    signed = await office.owner()
    who = await office.who(signed.token)
    office.database.reads = 0
    for _ in range(100):
        assert at_once(office, signed.token) == who
    assert office.database.reads == 0


async def test_what_has_not_been_confirmed_for_a_second_is_asked_again(office: Office) -> None:
    signed = await office.owner()
    await office.who(signed.token)
    office.clock.move(FRESH_SECONDS)
    assert at_once(office, signed.token) is not None
    office.clock.move(0.01)
    assert at_once(office, signed.token) is None
    await office.access.confirm()
    office.database.reads = 0
    assert at_once(office, signed.token) is not None
    assert office.database.reads == 0


async def test_a_change_elsewhere_is_believed_after_the_next_confirmation(rows: Database, office: Office) -> None:
    """P20: two processes; each asks for the version, and what it knew before is void."""
    signed = await office.owner()
    elsewhere = Office(rows, office.clock)
    assert (await elsewhere.who(signed.token)).user == OWNER
    await office.do(SignOut(), signed.token)
    assert at_once(elsewhere, signed.token) is not None  # not heard of yet, and not a second old
    await elsewhere.access.confirm()
    assert at_once(elsewhere, signed.token) is None
    with pytest.raises(Fault):
        await elsewhere.who(signed.token)
    elsewhere.close()


async def test_the_process_that_made_a_change_believes_nothing_from_before(office: Office) -> None:
    signed = await office.owner()
    await office.who(signed.token)
    office.access.changed()
    assert at_once(office, signed.token) is None


async def test_what_was_found_out_before_a_change_is_not_kept(rows: Database, office: Office) -> None:
    """The row is read, the session ends, and only then the look-up goes on: it must not be remembered."""
    signed = await office.owner()
    slow = Office(rows, office.clock)
    await slow.access.confirm()
    gate, reading = asyncio.Event(), asyncio.Event()
    by_digest = slow.directory.by_digest

    class Slow:
        def __getattr__(self, name: str) -> Any:
            return getattr(slow.directory, name)

        async def by_digest(self, digest: str) -> Any:
            found = await by_digest(digest)
            reading.set()
            await gate.wait()
            return found

    slow.registered._directory = Slow()
    finding = asyncio.ensure_future(slow.who(signed.token))
    await reading.wait()
    await office.do(SignOut(), signed.token)
    await slow.access.confirm()
    gate.set()
    assert (await finding).user == OWNER  # it had asked before the end
    slow.registered._directory = slow.directory
    with pytest.raises(Fault):
        await slow.who(signed.token)
    slow.close()


async def test_those_who_ask_at_once_share_one_confirmation(office: Office) -> None:
    await office.owner()
    await office.access.confirm()
    office.database.reads = 0
    await asyncio.gather(*(office.access.confirm() for _ in range(20)))
    assert office.database.reads == 1


async def test_a_change_during_a_confirmation_makes_it_begin_anew(office: Office) -> None:
    """Else an answer from before the change would hold for a second after it."""
    await office.owner()
    confirming = asyncio.ensure_future(office.access.confirm())
    await asyncio.sleep(0)
    office.database.reads = 0
    office.access.changed()
    await confirming
    assert office.access.fresh and office.database.reads >= 2


async def test_a_database_that_cannot_be_reached_is_said_and_not_guessed_around(rows: Database) -> None:
    """Cached callers go on for a second; then everybody hears that it is busy, but for configured keys and console."""

    class Broken:
        kind = "sqlite"
        down = False

        async def read(self, *arguments: Any, **more: Any) -> list[Row]:
            if self.down:
                raise Fault(Kind.busy, "The database cannot be reached.", code="database_unreachable")
            return list(await rows.read(*arguments, **more))

        async def apply(self, changes: Any) -> None:
            await rows.apply(changes)

        async def close(self) -> None: ...

    database = Broken()
    office = Office(database)  # type: ignore[arg-type]
    signed = await office.owner()
    await office.who(signed.token)
    database.down = True
    assert (await office.who(signed.token)).user == OWNER
    office.clock.move(FRESH_SECONDS + 0.1)
    for token in (signed.token, None):
        with pytest.raises(Fault) as busy:
            await office.who(token)
        assert (busy.value.kind, busy.value.code) == (Kind.busy, "database_unreachable")
    assert (await office.who(CONSOLE)).scopes == ALL_SCOPES
    assert (await office.who(console=CONSOLE)).scopes == ALL_SCOPES
    database.down = False
    assert (await office.who(signed.token)).user == OWNER
    office.close()


async def test_many_tokens_do_not_fill_the_memory(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registered, "MOST_KEPT", 3)
    await office.owner()
    for _ in range(8):
        await office.who((await office.signed_in("ada@example.org")).token)
    assert 1 <= len(office.registered._kept) <= 3


# -- local mode and the console ---------------------------------------------------------------------------------------


async def test_local_mode_is_over_with_the_first_account_but_for_the_console(office: Office) -> None:
    for token in (None, "ollama"):
        assert (await office.who(token)).scopes == LOCAL
    assert at_once(office, "ollama", local=True) is not None
    await office.owner()
    for token, code in ((None, "missing_api_key"), ("ollama", "invalid_api_key")):
        with pytest.raises(Fault) as refused:
            await office.who(token)
        assert (refused.value.kind, refused.value.code) == (Kind.unauthenticated, code)
    assert (await office.who(CONSOLE)).scopes == ALL_SCOPES


async def test_whoever_signs_up_elsewhere_is_known_here_at_once(rows: Database, office: Office) -> None:
    """Local mode ends here a moment later; a token that was made there is asked for all the same."""
    elsewhere = Office(rows, office.clock)
    assert (await elsewhere.who()).scopes == LOCAL
    signed = await office.owner()
    assert at_once(elsewhere, "ollama", local=True) is not None
    assert (await elsewhere.who(signed.token)).scopes == ALL_SCOPES
    assert (await elsewhere.who("ps_nobody")).scopes == LOCAL
    elsewhere.close()


async def test_local_mode_is_over_with_the_first_stored_key(office: Office) -> None:
    made = await office.do(CreateKey("laptop"), await office.who(console=CONSOLE))
    with pytest.raises(Fault):
        await office.who()
    assert (await office.who(made.key)).user == OWNER
    await office.do(RevokeKey(made.about.id), CONSOLE)
    assert (await office.who()).scopes == LOCAL


async def test_a_session_counts_before_the_console_and_an_old_one_does_not_hide_it(office: Office) -> None:
    """Both are cookies of one browser."""
    signed = await office.owner()
    both: dict[str, Any] = {"session": signed.token, "console": CONSOLE}
    assert (await office.who(**both)).session is not None
    await office.do(SignOut(), signed.token)
    for _ in range(2):
        who = await office.who(**both)
        assert (who.session, who.scopes) == (None, ALL_SCOPES)
    with pytest.raises(Fault):
        await office.who("wrong", **both)  # a key that is shown is what counts


async def test_a_guest_is_who_shows_nothing_that_counts(office: Office) -> None:
    await office.owner()
    assert (await office.who(guest="visitor")).guest
    assert (await office.who(guest="visitor", session="ps_old")).guest
    with pytest.raises(Fault):
        await office.who("wrong", guest="visitor")


async def test_the_doors_words_reach_stored_callers(office: Office) -> None:
    signed = await office.owner()
    for _ in range(2):
        who = await office.who(signed.token, share=True, keep=True)
        assert (who.share_answers, who.keep_chats) == (True, True)
    made = await office.do(CreateKey("k", share_answers=False, keep_chats=True), signed.token)
    who = await office.who(made.key, share=True, keep=True)
    assert (who.share_answers, who.keep_chats) == (False, True)


async def test_a_confirmation_that_is_given_up_harms_nobody(office: Office) -> None:
    """A caller who leaves, or a loop that ends, takes nothing away from the others."""
    await office.owner()
    leaving = asyncio.ensure_future(office.access.confirm())
    staying = asyncio.ensure_future(office.access.confirm())
    await asyncio.sleep(0)
    leaving.cancel()
    await staying
    assert office.access.fresh
    with pytest.raises(asyncio.CancelledError):
        await leaving
    office.access.changed()
    task = asyncio.ensure_future(office.access.confirm())
    await asyncio.sleep(0)
    confirming = office.access._confirming
    assert confirming is not None
    confirming.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await office.access.ready()
    assert office.access.fresh


# -- keys -------------------------------------------------------------------------------------------------------------


async def test_a_key_may_what_it_was_made_for_as_far_as_its_user_still_may(office: Office) -> None:
    admin = await office.owner()
    bob = await office.do(CreateUser("Bob", PASSWORD, role="admin"), admin.token)
    bobs = await office.signed_in("Bob")
    made = await office.do(CreateKey("k", scopes=("chat", "admin"), models=("llama*",)), bobs.token)
    who = await office.who(made.key)
    assert who.scopes == {"chat", "admin"}
    assert (who.models, who.key, who.session) == (("llama*",), made.about.id, None)
    await office.do(ChangeUser(bob.id, role="user"), admin.token)
    assert (await office.who(made.key)).scopes == {"chat"}
    await office.do(ChangeUser(bob.id, role="pending"), admin.token)
    assert (await office.who(made.key)).scopes == frozenset()
    await office.do(ChangeUser(bob.id, disabled=True), admin.token)
    with pytest.raises(Fault):
        await office.who(made.key)


async def test_a_key_is_over_when_its_time_is(office: Office) -> None:
    admin = await office.owner()
    made = await office.do(CreateKey("k", expires=office.clock.now() + SECOND), admin.token)
    assert (await office.who(made.key)).key == made.about.id
    office.clock.move(0.9)
    assert at_once(office, made.key) is not None
    office.clock.move(0.2)
    with pytest.raises(Fault):
        await office.who(made.key)


async def test_access_ends_with_the_user_and_with_the_tenant(office: Office) -> None:
    admin = await office.owner()
    tenant = await office.do(CreateTenant("Others"), admin.token)
    eve = await office.do(CreateUser("Eve", PASSWORD, tenant=tenant.id), admin.token)
    signed = await office.signed_in("Eve")
    assert (await office.who(signed.token)).tenant == tenant.id
    await office.do(ChangeTenant(tenant.id, disabled=True), admin.token)
    with pytest.raises(Fault):
        await office.who(signed.token)
    with pytest.raises(Fault) as shut:
        await office.signed_in("Eve")
    assert (shut.value.kind, shut.value.code) == (Kind.forbidden, "account_disabled")
    await office.do(ChangeTenant(tenant.id, disabled=False), admin.token)
    assert (await office.who(signed.token)).user == eve.id
    bob = await office.do(CreateUser("Bob", PASSWORD), admin.token)
    bobs = await office.signed_in("Bob")
    await office.do(DeleteUser(bob.id), admin.token)
    with pytest.raises(Fault):
        await office.who(bobs.token)


# -- forged tokens ----------------------------------------------------------------------------------------------------


async def test_forged_tokens_are_refused(office: Office) -> None:
    """P22: far more than 130 tokens that are nearly right, while the right one is accepted."""
    admin = await office.owner()
    tenant = await office.do(CreateTenant("Others"), admin.token)
    signed = await office.arrive(SignIn("ada@example.org", PASSWORD, kind="jwt"))
    who = await office.who(signed.token)
    assert (who.user, who.stored, signed.kind) == (OWNER, True, "jwt")
    assert who.session is not None
    tokens = forged(SECRET, office.clock.now() // SECOND, signed.token, OWNER, "default", who.session, tenant.id)
    assert len(set(tokens.values()) - {signed.token}) >= 180
    accepted = [name for name, token in tokens.items() if not await is_refused(office, token)]
    assert accepted == []
    assert (await office.who(signed.token)).user == OWNER


async def is_refused(office: Office, token: str) -> bool:
    """Whether nobody stands behind it, on this machine and elsewhere."""
    for local in (True, False):
        try:
            await office.who(token, local=local)
        except Fault as fault:
            assert fault.kind is Kind.unauthenticated
            continue
        return False
    return True


async def test_opaque_tokens_are_no_less_exact(office: Office) -> None:
    signed = await office.owner()
    for token in (
        signed.token[:-1],
        signed.token + "0",
        signed.token.upper(),
        signed.token.removeprefix("ps_"),
        "pk_" + signed.token.removeprefix("ps_"),
        f" {signed.token}",
        "ps_",
        "%",
        "",
        "\ud800",
    ):
        with pytest.raises(Fault):
            await office.who(token)


async def test_a_signed_token_ends_with_its_session(office: Office) -> None:
    await office.owner()
    signed = await office.arrive(SignIn("ada@example.org", PASSWORD, kind="jwt"))
    await office.who(signed.token)
    await office.do(SignOut(), signed.token)
    with pytest.raises(Fault):
        await office.who(signed.token)


async def test_the_clocks_of_two_machines_may_be_half_a_minute_apart(rows: Database, office: Office) -> None:
    """A token from a machine whose clock is ahead is no token from the future; what is over is over soon after."""
    await office.owner()
    office.clock.move(LEEWAY)
    signed = await office.arrive(SignIn("ada@example.org", PASSWORD, kind="jwt"))
    behind = Office(rows)
    assert (await behind.who(signed.token)).user == OWNER
    behind.close()
    token = office.room.tokens.signed(
        "session", "default", OWNER, str((await office.who(signed.token)).session), office.clock.now() + 10 * SECOND
    )
    for seconds, holds in ((10, True), (29, True), (2, False)):
        office.clock.move(seconds)
        if holds:
            assert (await office.who(token)).user == OWNER
        else:
            with pytest.raises(Fault):
                await office.who(token)
