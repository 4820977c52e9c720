"""The audit log: what happened to accounts, written in the change set of the act itself."""

from __future__ import annotations

from typing import Any

from parlance.core.accounts.operations import AuditPage, ListAudit
from parlance.core.accounts.room import AccountRoom
from parlance.core.cursors import page, place, within
from parlance.core.operation import Context, Result
from parlance.ports.accounts import AuditFilter
from parlance.ports.stores import ChangeSet, Statement
from parlance.values.accounts import AuditAct, AuditEntry, Principal

Detail = str | int | bool | None


def told(
    room: AccountRoom,
    context: Context,
    act: AuditAct,
    subject: tuple[str, str | None] = ("", None),
    *,
    tenant: str | None = None,
    actor: str | None = None,
    **details: Detail,
) -> Statement:
    """One entry. `subject` is a kind and an id; `actor` is for those who are not known to the request yet."""
    principal, now = context.principal, room.clock.now()
    entry = AuditEntry(
        id=room.ids.new(),
        happened=now,
        act=act,
        actor=actor or principal.user or None,
        via=_via(principal),
        subject_kind=subject[0],
        subject=subject[1],
        address=context.came.address,
        request=context.request_id,
        details=details,
    )
    return room.of(tenant or principal.tenant).audit.append(entry)


def _via(principal: Principal) -> str | None:
    if principal.key is not None:
        return f"key {principal.key}"[:64]
    return None if principal.session is None else f"session {principal.session}"


def overseen(room: AccountRoom, context: Context, kind: str, thing: Any) -> ChangeSet:
    """What is written down when an operator reads what somebody else has."""
    return (told(room, context, "chats_overseen", (kind, getattr(thing, "id", None)), whose=thing.user),)


async def list_audit(room: AccountRoom, context: Context, op: ListAudit) -> Result[AuditPage]:
    """Handle `ListAudit`."""
    which = AuditFilter(op.act, op.actor, op.subject, op.since, op.until)
    before = place(("audit", which), op.cursor, str)
    limit = within(op.limit)
    entries = await room.of(context.principal.tenant).audit.list(which, before[0] if before else None, limit + 1)
    return Result(AuditPage(*page(("audit", which), entries, limit, lambda one: (one.id,))))
