"""What the operations on connections do. The key comes in here, is sealed, and goes nowhere but into its engine."""

from __future__ import annotations

import contextlib
from typing import Any

import msgspec
from msgspec import UNSET

from parlance.core.accounts.audit import told
from parlance.core.accounts.room import AccountRoom
from parlance.core.models.connecting_operations import (
    CreateConnection,
    DeleteConnection,
    Described,
    ListConnections,
    TryConnection,
    UpdateConnection,
)
from parlance.core.models.connection_facts import facts_of_added, facts_of_fixed, trouble_of
from parlance.core.models.connection_trial import TRIAL_SECONDS, tried
from parlance.core.models.connections import Connection
from parlance.core.models.roster import Added, Fixed, Roster, about
from parlance.core.operation import Context, Handles, Result
from parlance.ports.connections import MOST_CONNECTIONS, StoredConnection
from parlance.ports.secrets import Sealed
from parlance.ports.signals import Signals
from parlance.ports.stores import Statement
from parlance.values import json_door
from parlance.values.accounts import AuditAct, Principal
from parlance.values.connections import (
    ConnectionFacts,
    ConnectionList,
    ConnectionPlan,
    ConnectionTested,
    KeptConnection,
)
from parlance.values.errors import Fault, Kind, shown

CHANGED = "connections.changed"
ENDING, LONG_KEY = 4, 16
"""Characters of a key that are told, and how long it must be so that they give nothing away."""
UNNAMED = "new"
"""What a connection is called that is tried before it has a name."""


class ConnectionRoom(msgspec.Struct, frozen=True):
    """All that the operations on connections need."""

    roster: Roster
    accounts: AccountRoom
    signals: Signals | None = None
    trial_seconds: float = TRIAL_SECONDS

    async def find(self, principal: Principal, id: str) -> Fixed | StoredConnection | None:
        """Dispatch's way to a connection; whether it may be seen is judged there."""
        return self.roster.named(id) or await self.roster.rows.find(id)

    async def heard(self) -> None:
        """One has changed: all processes act on it at once; where the database went away after the commit, with the
        next round."""
        await self.hear(b"")
        if self.signals is not None:
            await self.signals.tell(CHANGED, b"")

    async def hear(self, said: bytes) -> bytes | None:
        """One has changed, here or in another process."""
        with contextlib.suppress(Fault):
            await self.roster.refresh()
        return None


async def list_connections(room: ConnectionRoom, context: Context, op: ListConnections) -> Result[ConnectionList]:
    """Handle `ListConnections`."""
    roster = room.roster
    await roster.refresh()
    fixed = [facts_of_fixed(one) for one in roster.fixed]
    own = [one for one in fixed if one.owner == "file"]
    rest = [one for one in fixed if one.owner != "file"]
    added = [facts_of_added(one, room.accounts.clock.now()) for one in roster.added.values()]
    return Result(ConnectionList((*own, *added, *rest), roster.workshop.kinds()))


async def create_connection(room: ConnectionRoom, context: Context, op: CreateConnection) -> Result[ConnectionFacts]:
    """Handle `CreateConnection`."""
    plan = planned(op, None)
    rows = await room.roster.rows.all()
    if len(rows) >= MOST_CONNECTIONS:
        raise Fault(Kind.conflict, f"There are {MOST_CONNECTIONS} connections already.", code="too_many_connections")
    _free(room, plan.name, [row.kept.plan.name for row in rows])
    key = op.api_key if isinstance(op.api_key, str) else None
    await _checked(room, plan, key)
    now, id = room.accounts.clock.now(), room.accounts.ids.new()
    kept = KeptConnection(id, plan, now, now, key_ending=None if key is None else ending(key))
    stored = StoredConnection(kept, _sealed(room, id, key))
    noted = _noted(room, context, "connection_made", stored, key_changed=key is not None)
    return Result(_fresh(stored), (*room.roster.rows.insert(stored), noted), (room.heard,))


async def update_connection(room: ConnectionRoom, context: Context, op: UpdateConnection) -> Result[ConnectionFacts]:
    """Handle `UpdateConnection`."""
    before = _changeable(context.subject)
    plan = planned(op, before.kept.plan)
    if plan.name != before.kept.plan.name:
        rows = await room.roster.rows.all()
        _free(room, plan.name, [row.kept.plan.name for row in rows if row.kept.id != before.kept.id])
    after = _with_key(room, op, before, plan)
    await _checked(room, plan, _key(room, op, before, lenient=True))
    changed = op.api_key is not UNSET
    noted = _noted(room, context, "connection_changed", after, key_changed=changed)
    return Result(_fresh(after), (*room.roster.rows.change(before, after), noted), (room.heard,))


async def delete_connection(room: ConnectionRoom, context: Context, op: DeleteConnection) -> Result[None]:
    """Handle `DeleteConnection`."""
    before = _changeable(context.subject)
    noted = _noted(room, context, "connection_deleted", before, key_changed=before.key is not None)
    return Result(None, (*room.roster.rows.delete(before.kept), noted), (room.heard,))


async def try_connection(room: ConnectionRoom, context: Context, op: TryConnection) -> Result[ConnectionTested]:
    """Handle `TryConnection`. That somebody had the server call an address is written down, whatever came of it."""
    subject = context.subject
    stored = subject if isinstance(subject, StoredConnection) else None
    if isinstance(subject, Fixed) and _says(op):
        raise _not_changeable(subject)
    try:
        trial = subject.trial() if isinstance(subject, Fixed) else await _trial(room, op, stored)
    except Fault as fault:
        if fault.code != "cannot_unseal":
            raise
        return Result(ConnectionTested(False, 0, error=trouble_of(room.accounts.clock.now(), fault)))
    result = await tried(room.roster.workshop, trial, room.accounts.clock, room.trial_seconds)
    plan = subject.plan if isinstance(subject, Fixed) else planned(op, None if stored is None else stored.kept.plan)
    place = room.roster.workshop.place(plan)
    about = ("connection", _row_id(op.connection))
    noted = told(
        room.accounts, context, "connection_tested", about, name=plan.name, kind=plan.kind, server=place, ok=result.ok
    )
    return Result(result, (noted,))


# -- what is wanted ---------------------------------------------------------------------------------------------------


def planned(op: Described[Any], before: ConnectionPlan | None) -> ConnectionPlan:
    """The plan that an operation asks for: what it leaves out is as before, or as is usual. Raises `Fault(invalid)`."""
    said = {name: value for name in ConnectionPlan.__struct_fields__ if (value := getattr(op, name)) is not UNSET}
    base = {"name": UNNAMED} if before is None else msgspec.structs.asdict(before)
    return json_door.convert({**base, **said}, ConnectionPlan)


def ending(key: str) -> str:
    """The last characters of a key, as far as they give nothing away."""
    return key[-ENDING:] if len(key) >= LONG_KEY else ""


def _says(op: Described[Any]) -> bool:
    return any(getattr(op, name) is not UNSET for name in Described.__struct_fields__)


def _key(
    room: ConnectionRoom, op: Described[Any], before: StoredConnection | None, *, lenient: bool = False
) -> str | None:
    """The key that is to be used: the one that is given, else the one that is kept. `lenient`: where that one cannot be
    opened, none."""
    if op.api_key is not UNSET or before is None:
        return op.api_key if isinstance(op.api_key, str) else None
    try:
        return room.roster.opened(before)
    except Fault:
        if lenient:
            return None
        raise


def _with_key(
    room: ConnectionRoom, op: Described[Any], before: StoredConnection, plan: ConnectionPlan
) -> StoredConnection:
    kept = msgspec.structs.replace(
        before.kept, plan=plan, updated=room.accounts.clock.now(), version=before.kept.version + 1
    )
    if op.api_key is UNSET:
        _same_place(room, before, plan)
        return StoredConnection(kept, before.key)
    key = op.api_key if isinstance(op.api_key, str) else None
    kept = msgspec.structs.replace(kept, key_ending=None if key is None else ending(key))
    return StoredConnection(kept, _sealed(room, kept.id, key))


def _same_place(room: ConnectionRoom, before: StoredConnection, plan: ConnectionPlan) -> None:
    """A key that nobody can read must not be sent to whatever address somebody thinks of. Raises `Fault(invalid)`."""
    place = room.roster.workshop.place
    if before.key is not None and place(before.kept.plan) != place(plan):
        raise Fault(
            Kind.invalid,
            "The key that is kept belongs to another server than this address leads to.",
            hint="Give the key again, or null for none.",
            field="api_key",
            code="key_needed",
        )


def _sealed(room: ConnectionRoom, id: str, key: str | None) -> Sealed | None:
    return None if key is None else room.accounts.sealer.seal(key.encode(), about(id))


async def _checked(room: ConnectionRoom, plan: ConnectionPlan, key: str | None) -> None:
    """Make the connection for once, so that nothing is kept of which no engine can be made."""
    await room.roster.workshop.discard(_made(room, plan, key))


def _made(room: ConnectionRoom, plan: ConnectionPlan, key: str | None) -> Connection:
    kinds = [kind.name for kind in room.roster.workshop.kinds()]
    if plan.kind not in kinds:
        hint = f"There are: {', '.join(kinds)}."
        sentence = "No engine of the kind that is named can be added."
        raise Fault(Kind.invalid, sentence, hint=hint, field="kind", code="unknown_kind")
    return room.roster.workshop.make(plan, key)


async def _trial(room: ConnectionRoom, op: TryConnection, before: StoredConnection | None) -> Connection:
    """A connection to be asked once. Models that are fixed would be offered without asking, so here none are."""
    plan = planned(op, None if before is None else before.kept.plan)
    if before is not None and op.api_key is UNSET:
        _same_place(room, before, plan)
    key = _key(room, op, before)
    if key is not None:
        room.roster.workshop.learn([key])
    return _made(room, msgspec.structs.replace(plan, models=(), retries=0), key)


def _free(room: ConnectionRoom, name: str, others: list[str]) -> None:
    owned = room.roster.owned(name)
    if owned is None and name not in others:
        return
    hint = "Choose another name."
    if owned is not None:
        hint = f"The settings have one of this name. {hint}" if owned.owner == "file" else hint
    sentence = f"There is a connection called '{shown(name)}' already."
    raise Fault(Kind.conflict, sentence, hint=hint, field="name", code="name_taken")


def _changeable(subject: Any) -> StoredConnection:
    if isinstance(subject, StoredConnection):
        return subject
    raise _not_changeable(subject)


def _not_changeable(subject: Fixed) -> Fault:
    if subject.owner == "file":
        return Fault(
            Kind.conflict,
            "This connection belongs to the settings, which alone can change it.",
            hint=f"It stands at {subject.origin}. Change it there, and restart." if subject.origin else None,
            code="owned_by_file",
        )
    return Fault(
        Kind.conflict,
        "Nobody added this connection: it was found at the start, or is always there.",
        hint="The settings `discovery` and `embed` say which there are.",
        code="not_added",
    )


# -- what is told -----------------------------------------------------------------------------------------------------


def _fresh(stored: StoredConnection) -> ConnectionFacts:
    """A connection that has just been written: how it fares is not known yet."""
    return facts_of_added(Added(stored, "used" if stored.kept.plan.enabled else "off"), stored.kept.updated)


def _row_id(id: str | None) -> str | None:
    """What the audit log has as the subject: the ids of others than those of the database are longer than it takes."""
    return None if id is None or "/" in id else id


def _noted(
    room: ConnectionRoom, context: Context, act: AuditAct, stored: StoredConnection, *, key_changed: bool
) -> Statement:
    """An entry of the audit log, without anything of the key."""
    plan, about = stored.kept.plan, ("connection", stored.kept.id)
    place = room.roster.workshop.place(plan)
    return told(
        room.accounts, context, act, about, name=plan.name, kind=plan.kind, server=place, key_changed=key_changed
    )


AREA: Handles = {
    ListConnections: list_connections,
    CreateConnection: create_connection,
    UpdateConnection: update_connection,
    DeleteConnection: delete_connection,
    TryConnection: try_connection,
}
"""What can be wanted of connections."""
