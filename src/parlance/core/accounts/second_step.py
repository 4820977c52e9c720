"""The second step of a sign-in: a code of the app, or a recovery code. Each code is good once."""

from __future__ import annotations

import msgspec

from parlance.core.accounts.audit import told
from parlance.core.accounts.room import AccountRoom
from parlance.core.accounts.tokens import digest_of
from parlance.core.operation import Context
from parlance.ports.factors import Factor
from parlance.ports.stores import ChangeSet
from parlance.values.accounts import Credentials, User
from parlance.values.errors import Fault, Kind
from parlance.values.time import SECOND

DIGITS = 6
_SPACES = str.maketrans("", "", " -\t\u00a0")


class Verdict(msgspec.Struct, frozen=True):
    """What is to be committed, and why the sign-in goes no further, if so."""

    changes: ChangeSet = ()
    refusal: Fault | None = None


async def second_step(room: AccountRoom, context: Context, found: Credentials, typed: str | None) -> Verdict:
    """Whether a sign-in whose password was right goes on. What is used up is in the changes of the verdict: of two who
    type one code at once, the other meets a conflict, and finds it used."""
    user = found.user
    if not user.has_totp:
        return Verdict()
    if not typed:
        return Verdict(refusal=_needed())
    code = plain(typed)
    changes = await (_with_app(room, user, code) if is_of_app(code) else _with_recovery(room, context, user, code))
    return Verdict(refusal=wrong_code(Kind.unauthenticated)) if changes is None else Verdict(changes)


async def _with_app(room: AccountRoom, user: User, code: str) -> ChangeSet | None:
    factors = room.of(user.tenant).factors
    factor = await factors.find(user.id)
    step = None if factor is None else step_of(room, user, factor, code)
    return None if step is None else (factors.use(user.id, step),)


async def _with_recovery(room: AccountRoom, context: Context, user: User, code: str) -> ChangeSet | None:
    factors, digest = room.of(user.tenant).factors, recovery_digest(user, code)
    if not await factors.has_code(user.id, digest):
        return None
    noted = told(room, context, "recovery_code_used", ("user", user.id), tenant=user.tenant, actor=user.id)
    return factors.use_code(user.id, digest, room.clock.now()), noted


def step_of(room: AccountRoom, user: User, factor: Factor, code: str) -> int | None:
    """The step of time whose code this is, unless it was used. Raises `Fault(internal)` where the secret was sealed
    with another key."""
    secret = room.sealer.open(factor.secret, about(user))
    return room.codes.step(secret, code, room.clock.now() // SECOND, factor.step)


def about(user: User) -> str:
    """What a sealed secret belongs to: in another row it does not open."""
    return f"totp/{user.tenant}/{user.id}"


def plain(typed: str) -> str:
    """A code without what people put between its parts."""
    return typed.translate(_SPACES).lower()


def is_of_app(code: str) -> bool:
    """Whether it looks like one of the app's: a recovery code is longer."""
    return len(code) == DIGITS and code.isascii() and code.isdigit()


def recovery_digest(user: User, code: str) -> str:
    """What is kept of a recovery code (as `plain` gives it), different for everybody."""
    return digest_of(f"recovery {user.tenant}/{user.id} {code}")


def wrong_code(kind: Kind) -> Fault:
    """It is no code of theirs, or has been used."""
    return Fault(kind, "The code is wrong or has been used.", field="code", code="wrong_code")


def _needed() -> Fault:
    return Fault(
        Kind.unauthenticated,
        "A code of the second factor is missing.",
        hint="Send `code`: six digits of the app, or a recovery code.",
        field="code",
        code="second_factor_needed",
    )
