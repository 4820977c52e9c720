"""A tenant on its way in, with its people and the key that its programs have: all of it in one commit.

Its id is made of what never changes of it there, its number and when it was made, so that it is the same one each time
it comes. Its people become admins of it, since there everybody in a tenant may do everything in it.
"""

from __future__ import annotations

import hashlib
import re

import msgspec

from parlance.core.accounts.audit import told
from parlance.core.accounts.names import MOST_NAME, checked_email
from parlance.core.accounts.tokens import digest_of
from parlance.core.chat.titles import clean
from parlance.core.operation import Context, Result
from parlance.core.weknora.moving.operations import (
    ImportWeknoraTenant,
    MovedTenant,
    MovedUser,
    NotTaken,
    TenantArrived,
)
from parlance.core.weknora.moving.room import MovingRoom, kept_id, moments
from parlance.core.weknora.room import WeknoraRoom
from parlance.core.weknora.workspaces import (
    KEY_NAME,
    KEY_SCOPES,
    KEY_SHOWN,
    MOST_ENGINES,
    MOST_QUOTA,
    MOST_TEXT,
    about,
    bounded,
)
from parlance.ports.stores import ChangeSet, Statement
from parlance.ports.weknora import StoredNote
from parlance.values.accounts import DEFAULT_TENANT, ApiKey, Tenant, User
from parlance.values.errors import Fault, Kind
from parlance.values.weknora import TenantNote
from parlance.values.weknora_ids import id_here

MOST_USERS = 10_000
MOST_NUMBER = 2**53
_BCRYPT = re.compile(r"\$2[abxy]\$[0-9]{2}\$[./A-Za-z0-9]{53}")
_KEY = re.compile(r"sk-[A-Za-z0-9_-]{48}")


class _Arriving(msgspec.Struct):
    """What has been decided so far."""

    tenant: Tenant
    new: bool
    changes: list[Statement]
    remarks: list[str] = []
    refused: list[NotTaken] = []
    people: list[User] = []


async def import_tenant(room: MovingRoom, context: Context, op: ImportWeknoraTenant) -> Result[TenantArrived]:
    """Handle `ImportWeknoraTenant`."""
    weknora, moved = room.weknora, op.moved
    if not 0 < moved.number < MOST_NUMBER or len(moved.users) > MOST_USERS:
        raise Fault(Kind.invalid, "This is no tenant that WeKnora can have.", field="moved", code="bad_tenant")
    arriving = await _tenant(weknora, context, moved)
    for user in moved.users:
        await _person(weknora, context, arriving, user)
    owner = await _owner(weknora, context, arriving)
    keyed = await _key(weknora, context, arriving, op, owner) if arriving.new else False
    if arriving.new:
        arriving.changes += await bounded(weknora, arriving.tenant.id, min(max(0, moved.quota), MOST_QUOTA))
    tenant, users = (
        arriving.tenant,
        sum(user.id in {id_here(each.id) for each in moved.users} for user in arriving.people),
    )
    said = (tuple(arriving.refused), tuple(arriving.remarks))
    arrived = TenantArrived(tenant.id, tenant.number, arriving.new, users, keyed, *said)
    if not arriving.changes:
        return Result(arrived)
    accounts = weknora.accounts
    return Result(arrived, (*arriving.changes, accounts.moved()), (accounts.access.changed,))


def id_of(moved: MovedTenant) -> str:
    """The id that a tenant has here, in the form of all others."""
    digest = hashlib.sha256(f"weknora tenant {moved.number} {moved.created}".encode()).hexdigest()
    stamp = f"{max(0, moved.created) // 1000:012x}"[-12:]
    return f"{stamp[:8]}-{stamp[8:]}-7{digest[:3]}-{'89ab'[int(digest[3], 16) % 4]}{digest[4:7]}-{digest[7:19]}"


# -- the tenant -------------------------------------------------------------------------------------------------------


async def _tenant(room: WeknoraRoom, context: Context, moved: MovedTenant) -> _Arriving:
    """The tenant that is there, or a new one with the number that it has there, where that can be."""
    id, accounts = id_of(moved), room.accounts
    there = await accounts.directory.tenant(id)
    if there is not None:
        return _Arriving(there, False, [], [], [], [])
    number, changes, remarks = await _number(room, moved.number)
    name = clean(moved.name)[:MOST_NAME].strip() or f"Tenant {moved.number}"
    made = Tenant(id, name, number, *moments(accounts.clock, moved.created, moved.updated), not moved.active)
    noted = told(accounts, context, "tenant_made", ("tenant", id))
    return _Arriving(made, True, [*changes, accounts.directory.insert_tenant(made), noted], remarks, [], [])


async def _number(room: WeknoraRoom, wanted: int) -> tuple[int, ChangeSet, list[str]]:
    """The number that it has there. The first tenant here gives way, as long as no client of WeKnora's knows it by its
    number: both systems begin to count at the same one."""
    holder = await room.store.numbered(wanted)
    if holder is None:
        return wanted, (), []
    if holder.id == DEFAULT_TENANT and await room.store.note(DEFAULT_TENANT) is None:
        free = wanted - 1
        while free < 1 or await room.store.numbered(free) is not None:
            free = await room.accounts.directory.last_number() + 1 if free <= 1 else free - 1
        return wanted, (room.store.renumber(holder, free),), []
    other = await room.accounts.directory.last_number() + 1
    return other, (), [f"Another tenant has the number {wanted} here, so this one has the number {other}."]


# -- its people -------------------------------------------------------------------------------------------------------


async def _person(room: WeknoraRoom, context: Context, arriving: _Arriving, moved: MovedUser) -> None:
    """Take somebody in who is not there yet, or say why not."""
    accounts, tenant = room.accounts, arriving.tenant
    people = accounts.of(tenant.id).people
    try:
        user = _user(room, tenant, moved)
        if await people.user(user.id) is not None:
            return
        if await accounts.directory.by_handle(user.handle) is not None:
            raise Fault(Kind.conflict, "There is an account with this email already.", code="account_exists")
        if user.handle in {each.handle for each in arriving.people}:
            raise Fault(Kind.conflict, "Somebody else of this tenant has this email.", code="account_exists")
    except Fault as fault:
        arriving.refused.append(NotTaken(moved.id, fault.message))
        return
    if user.id != moved.id:
        arriving.remarks.append(f"The id of {user.email} is {user.id} here.")
    if not user.has_password:
        arriving.remarks.append(f"The password of {user.email} is not bcrypt's: they need a new one.")
    arriving.people.append(user)
    noted = told(accounts, context, "user_made", ("user", user.id), tenant=tenant.id, role=user.role)
    arriving.changes += [*people.insert(user, moved.password_hash if user.has_password else None), noted]


def _user(room: WeknoraRoom, tenant: Tenant, moved: MovedUser) -> User:
    email = checked_email(moved.email)
    name = clean(moved.name)[:MOST_NAME].strip() or email
    created, updated = moments(room.accounts.clock, moved.created, moved.updated)
    known = _BCRYPT.fullmatch(moved.password_hash) is not None
    more = {"disabled": not moved.active, "has_password": known}
    return User(kept_id(moved.id), tenant.id, name, "admin", created, updated, email, **more)  # type: ignore[arg-type]


async def _owner(room: WeknoraRoom, context: Context, arriving: _Arriving) -> str:
    """As whom the tenant's key acts: its first admin, else somebody that nobody can sign in as."""
    tenant, accounts = arriving.tenant, room.accounts
    there = None if arriving.new else await room.store.owner(tenant.id)
    let_in = sorted((user.created, user.id) for user in arriving.people if not user.disabled)
    if there is not None or let_in:
        return there or let_in[0][1]
    now, id = accounts.clock.now(), accounts.ids.new()
    name = f"{tenant.name[:60]} {tenant.number} {id[-8:]}"
    owner = User(id, tenant.id, name, "admin", now, now)
    arriving.people.append(owner)
    noted = told(accounts, context, "user_made", ("user", id), tenant=tenant.id, role=owner.role)
    arriving.changes += [*accounts.of(tenant.id).people.insert(owner, None), noted]
    return id


# -- its key ----------------------------------------------------------------------------------------------------------


async def _key(room: WeknoraRoom, context: Context, arriving: _Arriving, op: ImportWeknoraTenant, owner: str) -> bool:
    """Note what is known of the tenant, with its key where that is one; whether it is."""
    accounts, moved, tenant = room.accounts, op.moved, arriving.tenant
    reason = await _reason_against(room, op)
    note = TenantNote(
        tenant.id,
        moved.description[:MOST_TEXT],
        moved.business[:MOST_TEXT],
        moved.engines[:MOST_ENGINES] or TenantNote(tenant.id).engines,
        version=1,
    )
    if reason:
        again = f"An admin's first login makes another one, and so does PUT /api/v1/tenants/{tenant.number}."
        arriving.remarks.append(f"{reason} {again}")
        arriving.changes.append(room.store.put_note(None, StoredNote(note)))
        return False
    key = ApiKey(accounts.ids.new(), tenant.id, owner, KEY_NAME, moved.key[:KEY_SHOWN], tenant.created)
    key = msgspec.structs.replace(key, scopes=KEY_SCOPES)
    sealed = accounts.sealer.seal(moved.key.encode(), about(tenant.id))
    put = room.store.put_note(None, StoredNote(msgspec.structs.replace(note, key=key.id), sealed))
    noted = told(accounts, context, "key_made", ("key", key.id), tenant=tenant.id, whose=owner, form="weknora")
    arriving.changes += [put, *accounts.of(tenant.id).keys.insert(key, digest_of(moved.key)), noted]
    return True


async def _reason_against(room: WeknoraRoom, op: ImportWeknoraTenant) -> str:
    """Why the key cannot come along; empty where it can. It is known by being kept, whatever it was made with."""
    key, number = op.moved.key, op.moved.number
    if _KEY.fullmatch(key) is None:
        return "Its API key has not the form that WeKnora gives keys."
    if op.aes_key and room.keys.number_in(key, op.aes_key) != number:
        return "Its API key was not made with this TENANT_AES_KEY, so it is no good in WeKnora either."
    if await room.accounts.directory.by_digest(digest_of(key)) is not None:
        return "Its API key is somebody's already."
    return ""
