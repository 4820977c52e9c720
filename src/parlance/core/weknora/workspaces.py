"""Tenants as WeKnora's clients know them: what is noted of them, and the key that each has.

A tenant's key is a key of its first admin, found by its digest like any other, so that it is counted, bounded, listed
and revoked like any other. Besides it lies sealed beside the note, since those clients show it again; whoever does not
administer the tenant is not shown it.
"""

from __future__ import annotations

import msgspec

from parlance.core.accounts.audit import told
from parlance.core.accounts.names import checked_name
from parlance.core.accounts.signing import free
from parlance.core.accounts.tokens import digest_of
from parlance.core.authorize import administers, must_operate, operates
from parlance.core.operation import Context, Result
from parlance.core.weknora.operations import (
    ChangeWorkspace,
    CreateWorkspace,
    DeleteWorkspace,
    ListWorkspaces,
    ReadWorkspace,
    Wanted,
)
from parlance.core.weknora.room import WeknoraRoom
from parlance.ports.directory import NamePlace
from parlance.ports.files import UNBOUND, WHOLE_TENANT
from parlance.ports.stores import ChangeSet
from parlance.ports.weknora import StoredNote
from parlance.values.accounts import DEFAULT_TENANT, ApiKey, Principal, Scope, Tenant, User
from parlance.values.errors import Fault, Kind, out_of_range
from parlance.values.texts import folded
from parlance.values.weknora import TenantNote, Workspace

KEY_NAME = "WeKnora"
KEY_SHOWN = 11
"""Characters of a key that lists show."""
KEY_SCOPES: tuple[Scope, ...] = ("chat", "models:write", "admin")
"""What a key of the whole tenant may do, as far as its owner may."""
USUAL_QUOTA = 10 * 1024**3
MOST_TEXT, MOST_ENGINES, MOST_QUOTA = 2000, 10, UNBOUND - 1
MOST_TENANTS = 1000
"""Of one list."""


async def workspace(room: WeknoraRoom, principal: Principal, tenant: Tenant, shows: bool | None = None) -> Workspace:
    """A tenant as somebody may see it. `shows` says whether the key is theirs to see, where that is known."""
    stored = await room.store.note(tenant.id)
    note = TenantNote(tenant.id) if stored is None else stored.note
    may_see = principal.tenant == tenant.id and administers(principal) if shows is None else shows
    rooms = room.rooms(tenant.id)
    whole, own = await rooms.room(WHOLE_TENANT), await rooms.quota()
    quota = room.quota if own is None else own
    return Workspace(
        tenant,
        note,
        await _key(room, stored) if stored is not None and may_see else "",
        0 if quota is None or quota >= UNBOUND else quota,
        0 if whole is None else whole.used,
    )


async def _key(room: WeknoraRoom, stored: StoredNote) -> str:
    """The key, as long as it is one: who took it away did not mean it to be shown on."""
    if stored.key is None or stored.note.key is None:
        return ""
    there = await room.accounts.of(stored.note.tenant).keys.key(stored.note.key)
    return "" if there is None else room.accounts.sealer.open(stored.key, about(stored.note.tenant)).decode()


def about(tenant: str) -> str:
    """What a tenant's key is sealed for."""
    return f"weknora/tenant/{tenant}"


class Keyed(msgspec.Struct, frozen=True):
    """A note with a new key, the key itself, and what makes it one."""

    stored: StoredNote
    key: str
    changes: ChangeSet


async def keyed(
    room: WeknoraRoom, context: Context, tenant: Tenant, owner: str, before: StoredNote | None, note: TenantNote
) -> Keyed:
    """A new key for a tenant in the place of the one that it has. `before` is what was noted when this was decided,
    `note` what is to be noted now."""
    accounts, now = room.accounts, room.accounts.clock.now()
    key, keys = room.keys.make(tenant.number), accounts.of(tenant.id).keys
    made = ApiKey(accounts.ids.new(), tenant.id, owner, KEY_NAME, key[:KEY_SHOWN], now, scopes=KEY_SCOPES)
    old = None if before is None or before.note.key is None else await keys.key(before.note.key)
    revoked = () if old is None else keys.revoke(old.id)
    note = msgspec.structs.replace(note, key=made.id, version=1 if before is None else before.note.version + 1)
    stored = StoredNote(note, accounts.sealer.seal(key.encode(), about(tenant.id)))
    noted = told(accounts, context, "key_made", ("key", made.id), tenant=tenant.id, whose=owner, form="weknora")
    put = room.store.put_note(before, stored)
    return Keyed(stored, key, (put, *revoked, *keys.insert(made, digest_of(key)), noted, accounts.moved()))


async def bounded(room: WeknoraRoom, tenant: str, quota: int | None) -> ChangeSet:
    """What gives a tenant another quota; `None` leaves it."""
    if quota is None:
        return ()
    if not 0 <= quota <= MOST_QUOTA:
        raise out_of_range("storage_quota", "a number of bytes, or 0 for no bound")
    rooms = room.rooms(tenant)
    made = rooms.make_room(WHOLE_TENANT) if await rooms.room(WHOLE_TENANT) is None else ()
    return (*made, rooms.bound(quota or UNBOUND))


def usual_quota(room: WeknoraRoom) -> int | None:
    """The quota of a new tenant of its own (`None`: the one that the settings give to all)."""
    return USUAL_QUOTA if room.quota is None else None


def _quota(principal: Principal, shown: Workspace, wanted: int | None) -> int | None:
    """The quota that a change gives a tenant (`None`: it stays). That system's clients send whole tenants back, so what
    says nothing new is no wish. Raises `Fault(forbidden)`: the room is the operator's, who must not be charged for it
    by whom it bounds."""
    if wanted is None or wanted == shown.quota or (wanted == 0 and not operates(principal)):
        return None
    must_operate(principal, "give a tenant another quota", "storage_quota")
    return wanted


def noted_as(note: TenantNote, wanted: Wanted) -> TenantNote:
    """A note with what somebody wants of it. Raises `Fault(invalid)`."""
    for name in ("description", "business"):
        if len(getattr(wanted, name) or "") > MOST_TEXT:
            raise out_of_range(name, f"at most {MOST_TEXT} characters")
    if len(wanted.engines or ()) > MOST_ENGINES:
        raise out_of_range("retriever_engines", f"at most {MOST_ENGINES}")
    return msgspec.structs.replace(
        note,
        description=note.description if wanted.description is None else wanted.description,
        business=note.business if wanted.business is None else wanted.business,
        engines=wanted.engines or note.engines,
    )


# -- the operations ---------------------------------------------------------------------------------------------------


async def list_workspaces(room: WeknoraRoom, context: Context, op: ListWorkspaces) -> Result[tuple[Workspace, ...]]:
    """Handle `ListWorkspaces`."""
    who, directory = context.principal, room.accounts.directory
    found: list[Tenant] = []
    if operates(who):
        after: NamePlace | None = None
        while len(found) < MOST_TENANTS and (some := await directory.tenants(after, 100)):
            found += some
            after = folded(some[-1].name), some[-1].id
    elif (own := await directory.tenant(who.tenant)) is not None:
        found = [own]
    there = [tenant for tenant in found if not tenant.disabled]
    return Result(tuple([await workspace(room, who, tenant) for tenant in there]))


async def read_workspace(room: WeknoraRoom, context: Context, op: ReadWorkspace) -> Result[Workspace]:
    """Handle `ReadWorkspace`."""
    return Result(await workspace(room, context.principal, context.subject))


async def create_workspace(room: WeknoraRoom, context: Context, op: CreateWorkspace) -> Result[Workspace]:
    """Handle `CreateWorkspace`."""
    accounts, wanted = room.accounts, op.wanted
    tenant, made = await new_tenant(room, context, wanted.name or "")
    now = tenant.created
    owner = User(accounts.ids.new(), tenant.id, f"{tenant.name[:80]} {tenant.number}", "admin", now, now)
    await free(accounts, owner)
    note = noted_as(TenantNote(tenant.id), wanted)
    key = await keyed(room, context, tenant, owner.id, None, note)
    quota = usual_quota(room) if wanted.quota is None else wanted.quota
    changes = (
        *made,
        *accounts.of(tenant.id).people.insert(owner, None),
        *key.changes,
        *await bounded(room, tenant.id, quota),
    )
    bound = room.quota if quota is None else quota
    return Result(Workspace(tenant, key.stored.note, key.key, bound or 0), changes, (accounts.access.changed,))


async def new_tenant(room: WeknoraRoom, context: Context, name: str) -> tuple[Tenant, ChangeSet]:
    """A tenant with the next number. Two at once want the same one, and the second is decided anew."""
    directory, now = room.accounts.directory, room.accounts.clock.now()
    number = await directory.last_number() + 1
    tenant = Tenant(room.accounts.ids.new(), checked_name(name), number, now, now)
    noted = told(room.accounts, context, "tenant_made", ("tenant", tenant.id))
    return tenant, (directory.insert_tenant(tenant), noted)


async def change_workspace(room: WeknoraRoom, context: Context, op: ChangeWorkspace) -> Result[Workspace]:
    """Handle `ChangeWorkspace`."""
    accounts, before, wanted = room.accounts, context.subject, op.wanted
    name = before.name if not wanted.name else checked_name(wanted.name)
    after = msgspec.structs.replace(before, name=name, updated=max(accounts.clock.now(), before.updated + 1))
    stored = await room.store.note(before.id)
    note = noted_as(TenantNote(before.id) if stored is None else stored.note, wanted)
    shown = await workspace(room, context.principal, after)
    quota = _quota(context.principal, shown, wanted.quota)
    changes: ChangeSet = (
        accounts.directory.change_tenant(before, after),
        told(accounts, context, "tenant_changed", ("tenant", before.id), disabled=after.disabled),
        *await bounded(room, before.id, quota),
    )
    owner = await room.store.owner(before.id)
    if op.keeps_key or owner is None:
        version = 1 if stored is None else stored.note.version + 1
        new = StoredNote(msgspec.structs.replace(note, version=version), None if stored is None else stored.key)
        changes = (*changes, room.store.put_note(stored, new))
        key = ""
    else:
        made = await keyed(room, context, before, owner, stored, note)
        changes, new, key = (*changes, *made.changes), made.stored, made.key
    bound = shown.quota if quota is None else quota
    seen = msgspec.structs.replace(shown, note=new.note, key=key or shown.key, quota=bound)
    return Result(seen, changes, (accounts.access.changed,))


async def delete_workspace(room: WeknoraRoom, context: Context, op: DeleteWorkspace) -> Result[None]:
    """Handle `DeleteWorkspace`."""
    accounts, before = room.accounts, context.subject
    if before.id == DEFAULT_TENANT:
        raise Fault(Kind.conflict, "The first tenant cannot be shut out.", code="first_tenant_stays")
    after = msgspec.structs.replace(before, disabled=True, updated=max(accounts.clock.now(), before.updated + 1))
    changes = (
        accounts.directory.change_tenant(before, after),
        told(accounts, context, "tenant_changed", ("tenant", before.id), disabled=True),
        accounts.moved(),
    )
    return Result(None, changes, (accounts.access.changed,))
