"""Groups of users."""

from __future__ import annotations

import msgspec

from parlance.core.accounts.audit import told
from parlance.core.accounts.names import checked_name
from parlance.core.accounts.people_operations import (
    ChangeGroup,
    ChangeMembers,
    CreateGroup,
    DeleteGroup,
    GroupMembers,
    GroupPage,
    ListGroups,
    ReadGroup,
)
from parlance.core.accounts.room import AccountRoom
from parlance.core.cursors import page, place, within
from parlance.core.operation import Context, Result
from parlance.ports.stores import Statement
from parlance.values.accounts import Group, User
from parlance.values.errors import Fault, Kind
from parlance.values.texts import folded

MOST_WORDS = 2000
"""Characters of a description."""
MOST_MEMBERS = 200
"""Users in one change of members."""


async def list_groups(room: AccountRoom, context: Context, op: ListGroups) -> Result[GroupPage]:
    """Handle `ListGroups`."""
    after, limit = place("groups", op.cursor, str, str), within(op.limit)
    found = await room.of(context.principal.tenant).groups.list(after, limit + 1)
    return Result(GroupPage(*page("groups", found, limit, lambda one: (folded(one.name), one.id))))


async def read_group(room: AccountRoom, context: Context, op: ReadGroup) -> Result[GroupMembers]:
    """Handle `ReadGroup`."""
    group: Group = context.subject
    filter, limit = ("members", group.id), within(op.limit)
    after = place(filter, op.cursor, str, str)
    found = await room.of(group.tenant).groups.members(group.id, after, limit + 1)
    return Result(GroupMembers(group, *page(filter, found, limit, lambda one: (folded(one.name), one.id))))


async def create_group(room: AccountRoom, context: Context, op: CreateGroup) -> Result[Group]:
    """Handle `CreateGroup`."""
    now, tenant = room.clock.now(), context.principal.tenant
    group = Group(room.ids.new(), tenant, checked_name(op.name), now, now, _description(op.description))
    noted = told(room, context, "group_made", ("group", group.id))
    return Result(group, (room.of(tenant).groups.insert(group), noted))


async def change_group(room: AccountRoom, context: Context, op: ChangeGroup) -> Result[Group]:
    """Handle `ChangeGroup`."""
    before: Group = context.subject
    after = msgspec.structs.replace(
        before,
        name=before.name if op.name is None else checked_name(op.name),
        description=before.description if op.description is None else _description(op.description),
        updated=room.clock.now(),
    )
    noted = told(room, context, "group_changed", ("group", before.id))
    return Result(after, (room.of(before.tenant).groups.change(before, after), noted))


async def delete_group(room: AccountRoom, context: Context, op: DeleteGroup) -> Result[None]:
    """Handle `DeleteGroup`."""
    group: Group = context.subject
    noted = told(room, context, "group_deleted", ("group", group.id), name=group.name)
    return Result(None, (*room.of(group.tenant).groups.delete(group.id), noted))


async def change_members(room: AccountRoom, context: Context, op: ChangeMembers) -> Result[Group]:
    """Handle `ChangeMembers`. Who is in already is asked first: two who add the same user at once are a conflict, and
    the second one then finds them in."""
    group: Group = context.subject
    joining: dict[str, User] = {user.id: user for user in context.named["add"]}
    leaving: dict[str, User] = {user.id: user for user in context.named["remove"]}
    if len(joining) + len(leaving) > MOST_MEMBERS:
        raise Fault(Kind.too_large, f"One change may name {MOST_MEMBERS} users at most.", code="too_many_members")
    groups, now = room.of(group.tenant).groups, room.clock.now()
    there = set(await groups.among(group.id, [*joining, *leaving]))
    new = [id for id in joining if id not in there and id not in leaving]
    old = [id for id in leaving if id in there]
    changes: list[Statement] = [groups.add(group.id, id, now) for id in new]
    changes += [groups.remove(group.id, id) for id in old]
    if changes:
        changes.append(told(room, context, "group_changed", ("group", group.id), added=len(new), removed=len(old)))
    after = msgspec.structs.replace(group, members=group.members + len(new) - len(old))
    return Result(after, tuple(changes))


def _description(text: str) -> str:
    if len(text) > MOST_WORDS:
        raise Fault(Kind.too_large, f"The description is longer than {MOST_WORDS} characters.", field="description")
    return text
