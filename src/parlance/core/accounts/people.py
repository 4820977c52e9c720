"""What an admin does with the users of a tenant."""

from __future__ import annotations

from typing import get_args

import msgspec

from parlance.core.accounts.audit import told
from parlance.core.accounts.names import checked_email, checked_name
from parlance.core.accounts.own_account import renamed
from parlance.core.accounts.password_rules import check_password
from parlance.core.accounts.people_operations import (
    ChangeUser,
    CreateUser,
    DeleteUser,
    EndSessions,
    ListUsers,
    ReadUser,
    UserPage,
)
from parlance.core.accounts.rights import must_make_operators, must_outrank
from parlance.core.accounts.room import AccountRoom, is_first
from parlance.core.accounts.signing import free
from parlance.core.authorize import absent
from parlance.core.cursors import page, place, within
from parlance.core.operation import Context, Result
from parlance.ports.directory import ACCESS
from parlance.ports.stores import Statement
from parlance.values.accounts import DEFAULT_TENANT, OWNER, AuditAct, Role, User
from parlance.values.errors import Fault, Kind, out_of_range
from parlance.values.texts import folded


async def list_users(room: AccountRoom, context: Context, op: ListUsers) -> Result[UserPage]:
    """Handle `ListUsers`."""
    role = next((one for one in get_args(Role) if one == op.role), None)
    if op.role and role is None:
        raise out_of_range("role", "a role")
    filter, limit = ("users", op.sought, op.role), within(op.limit)
    after = place(filter, op.cursor, str, str)
    await room.noted()
    found = await room.of(context.principal.tenant).people.list(op.sought, role, after, limit + 1)
    return Result(UserPage(*page(filter, found, limit, lambda one: (folded(one.name), one.id))))


async def read_user(room: AccountRoom, context: Context, op: ReadUser) -> Result[User]:
    """Handle `ReadUser`."""
    user: User = context.subject
    return Result(user)


async def create_user(room: AccountRoom, context: Context, op: CreateUser) -> Result[User]:
    """Handle `CreateUser`."""
    tenant = op.tenant or context.principal.tenant
    email = checked_email(op.email) if op.email else None
    name = checked_name(op.name, signs_in=email is None)
    if op.password is not None:
        check_password(op.password, (name, email or ""))
    if op.operates:
        must_make_operators(context.principal)
    first = tenant == DEFAULT_TENANT and await is_first(room)
    now = room.clock.now()
    user = User(
        id=OWNER if first else room.ids.new(),
        tenant=tenant,
        name=name,
        role="admin" if first else op.role,
        created=now,
        updated=now,
        email=email,
        operates=first or op.operates,
        has_password=op.password is not None,
    )
    await free(room, user)
    people = room.of(tenant).people
    hashed = None if op.password is None else await room.passwords.hash(op.password)
    made = people.claim(user, hashed) if first else people.insert(user, hashed)
    noted = told(room, context, "user_made", ("user", user.id), tenant=tenant, role=user.role, first=first)
    return Result(user, (*made, noted, room.moved()), (room.access.changed,))


async def change_user(room: AccountRoom, context: Context, op: ChangeUser) -> Result[User]:
    """Handle `ChangeUser`."""
    seen, before = await _current(room, context)
    must_outrank(context.principal, before)
    after = await renamed(room, before, op.name, op.email)
    wanted = {"role": op.role, "operates": op.operates, "disabled": op.disabled}
    after = msgspec.structs.replace(after, **{name: value for name, value in wanted.items() if value is not None})
    if after.operates != before.operates:
        must_make_operators(context.principal)
    await _keep_an_admin(room, before, after)
    accounts, now = room.of(before.tenant), room.clock.now()
    changes = [*accounts.people.change(before, after), *_acts(room, context, before, after)]
    if after.disabled and not before.disabled:
        changes += accounts.sessions.end_all(before.id, now)
    return Result(after, (*changes, room.moved(seen)), (room.access.changed,))


def _acts(room: AccountRoom, context: Context, before: User, after: User) -> list[Statement]:
    """An entry of the log for each kind of change."""
    subject, entries = ("user", before.id), []
    if (before.name, before.email) != (after.name, after.email):
        entries.append(told(room, context, "user_changed", subject))
    if before.handle != after.handle:
        entries.append(told(room, context, "handle_changed", subject))
    if (before.role, before.operates) != (after.role, after.operates):
        roles = {"was": before.role, "role": after.role}
        entries.append(told(room, context, "role_changed", subject, operates=after.operates, **roles))
    if before.disabled != after.disabled:
        act: AuditAct = "user_disabled" if after.disabled else "user_enabled"
        entries.append(told(room, context, act, subject))
    return entries


async def end_sessions(room: AccountRoom, context: Context, op: EndSessions) -> Result[None]:
    """Handle `EndSessions`."""
    user: User = context.subject
    must_outrank(context.principal, user)
    ended = room.of(user.tenant).sessions.end_all(user.id, room.clock.now())
    noted = told(room, context, "signed_out_everywhere", ("user", user.id))
    return Result(None, (*ended, noted, room.moved()), (room.access.changed,))


async def delete_user(room: AccountRoom, context: Context, op: DeleteUser) -> Result[None]:
    """Handle `DeleteUser`."""
    seen, user = await _current(room, context)
    must_outrank(context.principal, user)
    return await gone(room, context, user, seen)


async def gone(room: AccountRoom, context: Context, user: User, seen: int) -> Result[None]:
    """A user goes with all that is theirs; `seen` is the version of access from before the user was read. Raises
    `Fault(conflict)` for the machine's owner and the last admin."""
    if user.id == OWNER:
        raise Fault(
            Kind.conflict,
            "The machine's owner stays.",
            hint="The account can be renamed or disabled.",
            code="owner_stays",
        )
    await _keep_an_admin(room, user, None)
    leaving = [await farewell(user.tenant, user.id) for farewell in room.farewells]
    lost = [change for each in leaving for change in each.changes]
    noted = told(room, context, "user_deleted", ("user", user.id), role=user.role)
    changes = (*lost, *room.of(user.tenant).people.delete(user.id), noted, room.moved(seen))
    return Result(None, changes, (room.access.changed, *(done for each in leaving for done in each.effects)))


async def _current(room: AccountRoom, context: Context) -> tuple[int, User]:
    """The version, and after it the user as they are now: what is decided by it is not older than the version."""
    seen = await room.directory.version(ACCESS)
    user = await room.of(context.subject.tenant).people.user(context.subject.id)
    if user is None:
        raise absent("user")
    return seen, user


async def _keep_an_admin(room: AccountRoom, before: User, after: User | None) -> None:
    """Raise `Fault(conflict)` when the tenant would be left without an admin. What is counted here holds when it is
    committed, for the change set is one conflict with any other change of who may do what."""
    was = before.role == "admin" and not before.disabled
    is_one = after is not None and after.role == "admin" and not after.disabled
    if was and not is_one and await room.of(before.tenant).people.admins() <= 1:
        raise Fault(
            Kind.conflict,
            "This is the last admin of the tenant.",
            hint="Make somebody else an admin first.",
            code="last_admin",
        )
