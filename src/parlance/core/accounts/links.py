"""Links with which somebody sets a password, once. Whoever has one needs nothing else, so of it only a hash is kept."""

from __future__ import annotations

from parlance.core.accounts.audit import told
from parlance.core.accounts.link_operations import (
    LINK_PATH,
    MOST_HOURS,
    MakePasswordLink,
    PasswordLink,
    SetPassword,
)
from parlance.core.accounts.password_rules import check_password
from parlance.core.accounts.rights import must_outrank
from parlance.core.accounts.room import AccountRoom
from parlance.core.accounts.tokens import LINK_PREFIX, digest_of
from parlance.core.operation import Context, Result
from parlance.ports.directory import PASSWORD_LINK, OneTime
from parlance.values.accounts import Credentials, User
from parlance.values.errors import Fault, Kind
from parlance.values.time import SECOND

HOUR = 3600 * SECOND


async def make_password_link(room: AccountRoom, context: Context, op: MakePasswordLink) -> Result[PasswordLink]:
    """Handle `MakePasswordLink`."""
    user: User = context.subject
    must_outrank(context.principal, user)
    if user.owned_by != "database":
        raise Fault(Kind.conflict, "Nobody signs in with a password to this account.", code="not_of_the_database")
    if not 1 <= op.hours <= MOST_HOURS:
        words = f"The field hours does not fit: expected 1 to {MOST_HOURS}."
        raise Fault(Kind.invalid, words, field="hours", code="out_of_range")
    token, now = room.tokens.opaque(LINK_PREFIX), room.clock.now()
    path, expires = f"{LINK_PATH}/{token}", now + op.hours * HOUR
    link = PasswordLink(token, path, user.id, expires, f"{room.public_url}{path}" if room.public_url else None)
    changes = (
        room.directory.drop_one_time(PASSWORD_LINK, user.tenant, user.id),
        room.directory.insert_one_time(digest_of(token), OneTime(PASSWORD_LINK, user.tenant, now, expires, user.id)),
        told(room, context, "password_link_made", ("user", user.id), hours=op.hours),
    )
    return Result(link, changes)


async def set_password(room: AccountRoom, context: Context, op: SetPassword) -> Result[None]:
    """Handle `SetPassword`. Of two who use one link at once, one does: the other meets a conflict, and finds none."""
    digest, now = digest_of(op.token), room.clock.now()
    one = await room.directory.one_time(digest, PASSWORD_LINK, now)
    if one is None or one.user is None:
        raise _over()
    accounts = room.of(one.tenant)
    found = await accounts.people.credentials(one.user)
    user = _let_in(found)
    check_password(op.password, (user.name, user.email or ""))
    hashed = await room.passwords.hash(op.password)
    assert found is not None
    changes = (
        room.directory.use_one_time(digest, now),
        accounts.people.set_password(user.id, hashed, found.password_hash, now),
        *accounts.sessions.end_all(user.id, now),
        told(room, context, "password_reset", ("user", user.id), tenant=user.tenant, actor=user.id),
        room.moved(),
    )
    return Result(None, changes, (room.access.changed,))


def _let_in(found: Credentials | None) -> User:
    """Whose link it is. Who was shut out since, or has gone, hears no more than of a link that never was."""
    if found is None or found.user.disabled or found.tenant_disabled:
        raise _over()
    return found.user


def _over() -> Fault:
    return Fault(
        Kind.unauthenticated,
        "This link has been used, is over, or never was one.",
        hint="Ask an admin for another one.",
        code="link_over",
    )
