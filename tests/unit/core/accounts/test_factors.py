"""Second factors: what a sign-in asks for, what is good once, and who may take one away."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

import pytest
from pyotp.totp import TOTP

from parlance.core.accounts.factor_operations import (
    BeginFactor,
    ConfirmFactor,
    RemoveFactor,
    RemoveUsersFactor,
    RenewCodes,
)
from parlance.core.accounts.operations import CreateKey, ListAudit, ReadAccount, SignedIn
from parlance.core.accounts.people_operations import CreateUser, DeleteUser
from parlance.core.operation import Operation
from parlance.ports.stores import Database, Statement
from parlance.testing.accounts import PASSWORD, Office
from parlance.values.accounts import OWNER
from parlance.values.errors import Fault, Kind
from parlance.values.time import SECOND

ADA, BOB = "ada@example.org", "bob@example.org"


class App:
    """A phone with the secret on it."""

    def __init__(self, office: Office, secret: str) -> None:
        self._office = office
        self.secret = secret
        self._totp = TOTP(secret)

    def code(self, steps: int = 0) -> str:
        """What it shows now, or so many steps from now."""
        return self._totp.generate_otp(self._office.clock.now() // SECOND // 30 + steps)

    def wrong(self) -> str:
        """A code that it does not show around now."""
        near = {self.code(steps) for steps in range(-2, 3)}
        return next(code for code in map("{:06}".format, range(9)) if code not in near)


class Secured(NamedTuple):
    """Bob with a second factor, a session from before, and the admin."""

    admin: SignedIn
    bob: SignedIn
    app: App
    codes: tuple[str, ...]


async def bobs(office: Office) -> tuple[SignedIn, SignedIn]:
    admin = await office.owner()
    await office.do(CreateUser("Bob", PASSWORD, BOB), admin.token)
    return admin, await office.signed_in(BOB)


@pytest.fixture
async def secured(office: Office) -> Secured:
    admin, bob = await bobs(office)
    app = App(office, (await office.do(BeginFactor(PASSWORD), bob.token)).secret)
    codes = (await office.do(ConfirmFactor(app.code()), bob.token)).codes
    office.clock.move(60)
    return Secured(admin, bob, app, codes)


async def refused(office: Office, operation: Operation[object], token: str) -> str | None:
    """Why somebody may not."""
    with pytest.raises(Fault) as fault:
        await office.do(operation, token)
    return fault.value.code


async def kept_out(office: Office, code: str | None, password: str = PASSWORD) -> Fault:
    """Why Bob is not signed in."""
    with pytest.raises(Fault) as fault:
        await office.signed_in(BOB, password, code=code)
    return fault.value


async def test_a_sign_in_asks_for_a_code_once_the_password_was_right(office: Office, secured: Secured) -> None:
    """Without one nothing is guessed; whoever does not know the password hears nothing of a second factor."""
    for code in (None, ""):
        needed = await kept_out(office, code)
        assert (needed.kind, needed.code, needed.field) == (Kind.unauthenticated, "second_factor_needed", "code")
    assert (await kept_out(office, secured.app.code(), "wrong")).code == "wrong_password"
    signed = await office.signed_in(BOB, code=secured.app.code())
    assert signed.user.has_totp
    account = await office.do(ReadAccount(), signed.token)
    assert account.recovery_codes == 10
    assert (await office.do(ReadAccount(), secured.admin.token)).recovery_codes == 0


async def test_a_code_is_good_once_and_only_around_its_time(office: Office, secured: Secured) -> None:
    """One step late or early is time to type; what is older than a code that was used is over as well."""
    app = secured.app
    for steps in (-2, 2):
        assert (await kept_out(office, app.code(steps))).code == "wrong_code"
    await office.signed_in(BOB, code=app.code(-1))
    await office.signed_in(BOB, code=f" {app.code()[:3]} {app.code()[3:]} ")
    for steps in (-1, 0):
        assert (await kept_out(office, app.code(steps))).code == "wrong_code"
    await office.signed_in(BOB, code=app.code(1))


async def test_of_two_with_one_code_at_once_one_gets_in(office: Office, secured: Secured) -> None:
    for code in (secured.app.code(), secured.codes[0]):
        tries = [office.signed_in(BOB, code=code) for _ in range(4)]
        ends = await asyncio.gather(*tries, return_exceptions=True)
        codes = sorted(str(getattr(end, "code", "in")) for end in ends)
        assert codes == ["in", "wrong_code", "wrong_code", "wrong_code"]
        office.clock.move(3600)


async def test_the_code_that_was_shown_to_confirm_does_not_sign_in(office: Office) -> None:
    _, bob = await bobs(office)
    app = App(office, (await office.do(BeginFactor(PASSWORD), bob.token)).secret)
    await office.signed_in(BOB)  # begun is not confirmed
    await office.do(ConfirmFactor(app.code()), bob.token)
    assert (await kept_out(office, app.code())).code == "wrong_code"


async def test_codes_are_guessed_as_slowly_as_passwords(office: Office, secured: Secured) -> None:
    codes = [(await kept_out(office, secured.app.wrong())).code for _ in range(8)]
    assert codes == ["wrong_code"] * 6 + ["too_many_guesses"] * 2
    assert (await kept_out(office, secured.app.code())).code == "too_many_guesses"
    office.clock.move(3600)
    await office.signed_in(BOB, code=secured.app.code())
    for _ in range(6):
        assert (await kept_out(office, "abcd-efgh-ijkl-mnop")).code == "wrong_code"
    assert (await kept_out(office, secured.codes[0])).code == "too_many_guesses"


async def test_a_recovery_code_gets_in_once_however_it_is_written(office: Office, secured: Secured) -> None:
    first, second, third, *_ = secured.codes
    signed = await office.signed_in(BOB, code=first.upper().replace("-", " "))
    assert (await office.do(ReadAccount(), signed.token)).recovery_codes == 9
    assert (await kept_out(office, first)).code == "wrong_code"
    assert await refused(office, RenewCodes("wrong"), signed.token) == "wrong_password"
    renewed = await office.do(RenewCodes(PASSWORD), signed.token)
    assert len(set(renewed.codes)) == 10 and not set(renewed.codes) & set(secured.codes)
    assert (await kept_out(office, second)).code == "wrong_code"
    await office.signed_in(BOB, code=renewed.codes[0])
    acts = [entry.act for entry in (await office.do(ListAudit(subject=signed.user.id), secured.admin.token)).entries]
    for act, times in (("second_factor_set", 1), ("recovery_codes_made", 1), ("recovery_code_used", 2)):
        assert acts.count(act) == times
    assert third not in str(acts)


async def test_a_recovery_code_of_somebody_else_is_none(office: Office, secured: Secured) -> None:
    app = App(office, (await office.do(BeginFactor(PASSWORD), secured.admin.token)).secret)
    theirs = await office.do(ConfirmFactor(app.code()), secured.admin.token)
    assert (await kept_out(office, theirs.codes[0])).code == "wrong_code"
    await office.signed_in(ADA, code=theirs.codes[0])


async def test_nothing_that_gets_in_is_kept_in_plain(office: Office, secured: Secured, rows: Database) -> None:
    kept = repr([await rows.read(f"SELECT * FROM {table}", {}) for table in ("users", "recovery_codes", "audit_log")])
    assert not [code for code in secured.codes if code in kept or code.replace("-", "") in kept]
    assert secured.app.secret not in kept and repr(TOTP(secured.app.secret).byte_secret())[2:-1] not in kept
    bob = await office.room.of("default").factors.find(secured.bob.user.id)
    assert bob is not None
    with pytest.raises(Fault) as moved:
        office.room.sealer.open(bob.secret, f"totp/default/{OWNER}")
    assert moved.value.code == "cannot_unseal"


async def test_a_factor_is_begun_confirmed_and_removed_in_this_order(office: Office) -> None:
    """With the password, and by nobody who only found a key or a browser."""
    _, bob = await bobs(office)
    assert await refused(office, ConfirmFactor("123456"), bob.token) == "no_second_factor"
    assert await refused(office, RemoveFactor(PASSWORD), bob.token) == "no_second_factor"
    assert await refused(office, RenewCodes(PASSWORD), bob.token) == "no_second_factor"
    assert await refused(office, BeginFactor("wrong"), bob.token) == "wrong_password"
    key = (await office.do(CreateKey("k"), bob.token)).key
    assert await refused(office, BeginFactor(PASSWORD), key) == "needs_sign_in"
    begun = await office.do(BeginFactor(PASSWORD), bob.token)
    assert begun.uri.startswith("otpauth://totp/Parlance:bob%40example.org?secret=" + begun.secret)
    app = App(office, (await office.do(BeginFactor(PASSWORD), bob.token)).secret)
    for wrong in (App(office, begun.secret).code(), "abcdefgh"):
        assert await refused(office, ConfirmFactor(wrong), bob.token) == "wrong_code"
    await office.do(ConfirmFactor(app.code()), bob.token)
    assert await refused(office, BeginFactor(PASSWORD), bob.token) == "second_factor_set"
    assert await refused(office, ConfirmFactor(app.code(1)), bob.token) == "second_factor_set"
    assert await refused(office, RemoveFactor("wrong"), bob.token) == "wrong_password"
    await office.do(RemoveFactor(PASSWORD), bob.token)
    await office.signed_in(BOB)


async def test_confirming_is_guessed_slowly(office: Office) -> None:
    _, bob = await bobs(office)
    app = App(office, (await office.do(BeginFactor(PASSWORD), bob.token)).secret)
    codes = [await refused(office, ConfirmFactor(app.wrong()), bob.token) for _ in range(7)]
    assert codes == ["wrong_code"] * 6 + ["too_many_guesses"]


async def test_an_admin_takes_away_the_factor_of_who_lost_the_app(office: Office, secured: Secured) -> None:
    """But not an operator's, without being one; and it is written down."""
    admin, bob = secured.admin, secured.bob
    await office.do(CreateUser("Cleo", PASSWORD, "cleo@example.org", "admin"), admin.token)
    cleo = await office.signed_in("cleo@example.org")
    assert await refused(office, RemoveUsersFactor(OWNER), cleo.token) == "needs_operator"
    assert await refused(office, RemoveUsersFactor(cleo.user.id), bob.token) == "missing_scope"
    assert await refused(office, RemoveUsersFactor(cleo.user.id), cleo.token) == "no_second_factor"
    await office.do(RemoveUsersFactor(bob.user.id), cleo.token)
    await office.signed_in(BOB)
    removed = await office.do(ListAudit("second_factor_removed"), admin.token)
    assert [(entry.actor, entry.subject) for entry in removed.entries] == [(cleo.user.id, bob.user.id)]


async def test_a_secret_that_cannot_be_opened_leaves_the_recovery_codes(office: Office, rows: Database) -> None:
    """After the server's secret was lost: `accounts.accept_new_secret`."""
    _, bob = await bobs(office)
    app = App(office, (await office.do(BeginFactor(PASSWORD), bob.token)).secret)
    codes = (await office.do(ConfirmFactor(app.code()), bob.token)).codes
    elsewhere = office.room.sealer.seal(b"x", "elsewhere").content
    moved = "UPDATE users SET totp = :totp WHERE tenant = 'default' AND id = :id"
    await rows.apply((Statement(moved, {"totp": elsewhere, "id": bob.user.id}),))
    assert (await kept_out(office, app.code(1))).code == "cannot_unseal"
    signed = await office.signed_in(BOB, code=codes[0])
    await office.do(RemoveFactor(PASSWORD), signed.token)
    await office.signed_in(BOB)


async def test_a_deleted_user_leaves_no_codes(office: Office, secured: Secured, rows: Database) -> None:
    await office.do(DeleteUser(secured.bob.user.id), secured.admin.token)
    assert await rows.read("SELECT digest FROM recovery_codes", {}) == []
