"""Asking for the password again before something that whoever found a browser open must not do."""

from __future__ import annotations

from parlance.core.accounts.guesses import Guess
from parlance.core.accounts.room import AccountRoom
from parlance.core.operation import Context
from parlance.values.accounts import Credentials, User
from parlance.values.errors import Fault, Kind


async def proved(room: AccountRoom, context: Context, password: str, field: str = "password") -> Credentials:
    """The caller's own credentials, once the password was right. Raises `Fault`: conflict where the account has none,
    invalid for the field, over_budget after too many."""
    found = await room.of(context.principal.tenant).people.credentials(context.principal.user)
    if found is None or found.password_hash is None:
        raise Fault(Kind.conflict, "This account has no password.", code="no_password")
    guess = await guessed(room, context, found.user)
    if not (await room.passwords.check(found.password_hash, password)).right:
        raise Fault(Kind.invalid, "The current password is wrong.", field=field, code="wrong_password")
    await guess.right()
    return found


async def guessed(room: AccountRoom, context: Context, user: User) -> Guess:
    """An attempt of somebody who is signed in: not faster than at the door, and not locked out by strangers there."""

    async def known() -> bool:
        return True

    return await room.guesses.begin(user.handle, context.came.address, known)
