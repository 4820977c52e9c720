"""Second factors: begun with a secret, confirmed by a code of it, removed with the password or by an admin."""

from __future__ import annotations

from parlance.core.accounts.audit import told
from parlance.core.accounts.factor_operations import (
    BeginFactor,
    ConfirmFactor,
    FactorBegun,
    RecoveryCodes,
    RemoveFactor,
    RemoveUsersFactor,
    RenewCodes,
)
from parlance.core.accounts.proof import guessed, proved
from parlance.core.accounts.rights import must_outrank
from parlance.core.accounts.room import AccountRoom
from parlance.core.accounts.second_step import about, is_of_app, plain, recovery_digest, step_of, wrong_code
from parlance.core.authorize import absent
from parlance.core.operation import Context, Result
from parlance.ports.stores import ChangeSet
from parlance.values.accounts import User
from parlance.values.errors import Fault, Kind

CODES = 10
"""Recovery codes: enough for a bad year, few enough for a slip of paper."""


async def begin_factor(room: AccountRoom, context: Context, op: BeginFactor) -> Result[FactorBegun]:
    """Handle `BeginFactor`. Whoever found a browser open must not lock its owner out with a secret of their own."""
    user = (await proved(room, context, op.password)).user
    if user.has_totp:
        raise _set_already()
    secret = room.codes.secret()
    begun = FactorBegun(room.codes.text(secret), room.codes.uri(secret, user.email or user.name))
    kept = room.of(user.tenant).factors.begin(user.id, room.sealer.seal(secret, about(user)))
    return Result(begun, (kept,))


async def confirm_factor(room: AccountRoom, context: Context, op: ConfirmFactor) -> Result[RecoveryCodes]:
    """Handle `ConfirmFactor`. The code that is shown is used with that: it does not sign in as well."""
    accounts = room.of(context.principal.tenant)
    user = await accounts.people.user(context.principal.user)
    if user is None:
        raise absent("user")
    if user.has_totp:
        raise _set_already()
    factor, code = await accounts.factors.find(user.id), plain(op.code)
    if factor is None:
        raise Fault(Kind.conflict, "No second factor has been begun.", code="no_second_factor")
    guess = await guessed(room, context, user)
    step = step_of(room, user, factor, code) if is_of_app(code) else None
    if step is None:
        raise wrong_code(Kind.invalid)
    await guess.right()
    codes, kept = _new_codes(room, user)
    counts = accounts.factors.confirm(user.id, factor.secret, step, room.clock.now())
    noted = told(room, context, "second_factor_set", ("user", user.id))
    return Result(codes, (counts, *kept, noted))


async def remove_factor(room: AccountRoom, context: Context, op: RemoveFactor) -> Result[None]:
    """Handle `RemoveFactor`."""
    user = (await proved(room, context, op.password)).user
    return Result(None, _removed(room, context, user))


async def remove_users_factor(room: AccountRoom, context: Context, op: RemoveUsersFactor) -> Result[None]:
    """Handle `RemoveUsersFactor`."""
    must_outrank(context.principal, context.subject)
    return Result(None, _removed(room, context, context.subject))


async def renew_codes(room: AccountRoom, context: Context, op: RenewCodes) -> Result[RecoveryCodes]:
    """Handle `RenewCodes`."""
    user = (await proved(room, context, op.password)).user
    _must_have(user)
    codes, kept = _new_codes(room, user)
    return Result(codes, (*kept, told(room, context, "recovery_codes_made", ("user", user.id))))


def _removed(room: AccountRoom, context: Context, user: User) -> ChangeSet:
    _must_have(user)
    noted = told(room, context, "second_factor_removed", ("user", user.id))
    return *room.of(user.tenant).factors.remove(user.id), noted


def _new_codes(room: AccountRoom, user: User) -> tuple[RecoveryCodes, ChangeSet]:
    codes = tuple(room.codes.recovery() for _ in range(CODES))
    digests = [recovery_digest(user, plain(code)) for code in codes]
    return RecoveryCodes(codes), room.of(user.tenant).factors.put_codes(user.id, digests, room.clock.now())


def _must_have(user: User) -> None:
    if not user.has_totp:
        raise Fault(Kind.conflict, "This account has no second factor.", code="no_second_factor")


def _set_already() -> Fault:
    return Fault(
        Kind.conflict,
        "This account has a second factor already.",
        hint="Remove that one first.",
        code="second_factor_set",
    )
