"""One's own account, and the sessions that go on."""

from __future__ import annotations

import msgspec

from parlance.core.accounts.audit import told
from parlance.core.accounts.names import checked_email, checked_name
from parlance.core.accounts.operations import (
    Account,
    ChangeAccount,
    ListSessions,
    ReadAccount,
    RevokeSession,
    SessionPage,
)
from parlance.core.accounts.room import AccountRoom
from parlance.core.accounts.signing import free
from parlance.core.authorize import absent, visible
from parlance.core.cursors import page, place, within
from parlance.core.operation import Context, Result
from parlance.values.accounts import Session, User
from parlance.values.errors import Fault, Kind


async def read_account(room: AccountRoom, context: Context, op: ReadAccount) -> Result[Account]:
    """Handle `ReadAccount`."""
    who, scopes = context.principal, tuple(sorted(context.principal.scopes))
    if who.guest:
        return Result(Account(who.tenant, scopes, guest=True))
    accounts = room.of(who.tenant)
    user = await accounts.people.user(who.user)
    groups = tuple(await accounts.groups.of(who.user))
    codes = await accounts.factors.codes(who.user) if user is not None and user.has_totp else 0
    return Result(Account(who.tenant, scopes, user, groups, who.session, who.key, recovery_codes=codes))


async def change_account(room: AccountRoom, context: Context, op: ChangeAccount) -> Result[User]:
    """Handle `ChangeAccount`."""
    people = room.of(context.principal.tenant).people
    before = await people.user(context.principal.user)
    if before is None:
        raise absent("user")
    after = await renamed(room, before, op.name, op.email)
    subject = ("user", before.id)
    noted = [told(room, context, "user_changed", subject)]
    if after.handle != before.handle:
        noted.append(told(room, context, "handle_changed", subject))
    return Result(after, (*people.change(before, after), *noted))


async def renamed(room: AccountRoom, before: User, name: str | None, email: str | None) -> User:
    """The user with another name or address. Raises `Fault`: invalid; conflict when it is somebody else's already, or
    when the row belongs to the settings file or to nobody yet."""
    if before.owned_by != "database":
        whose = "the settings file" if before.owned_by == "file" else "nobody yet: sign up first"
        raise Fault(Kind.conflict, f"This account belongs to {whose}.", code="not_of_the_database")
    address = before.email if email is None else checked_email(email) if email else None
    called = checked_name(before.name if name is None else name, signs_in=address is None)
    after = msgspec.structs.replace(before, name=called, email=address, updated=room.clock.now())
    if after.handle != before.handle:
        await free(room, after)
    return after


async def list_sessions(room: AccountRoom, context: Context, op: ListSessions) -> Result[SessionPage]:
    """Handle `ListSessions`."""
    who, user = context.principal, op.user or context.principal.user
    after, limit = place(("sessions", user), op.cursor, str), within(op.limit)
    await room.noted()
    sessions = room.of(who.tenant).sessions
    found = await sessions.list(user, room.clock.now(), after[0] if after else None, limit + 1)
    mine = visible(who, "session")
    some, more = page(("sessions", user), found, limit, lambda one: (one.id,))
    own = tuple(one for one in some if mine(one))
    return Result(SessionPage(own, more if own else None))


async def revoke_session(room: AccountRoom, context: Context, op: RevokeSession) -> Result[None]:
    """Handle `RevokeSession`."""
    session: Session = context.subject
    ended = room.of(session.tenant).sessions.end(session.id, room.clock.now())
    noted = told(room, context, "session_revoked", ("session", session.id), whose=session.user)
    return Result(None, (*ended, noted, room.moved()), (room.access.changed,))
