"""What the house does with accounts before it serves: rows for those whom the settings file names, and its secret."""

from __future__ import annotations

import msgspec

from parlance.core.accounts.people_operations import FileUser, Settle
from parlance.core.accounts.room import AccountRoom
from parlance.core.operation import Context, Result
from parlance.ports.secrets import Sealed
from parlance.ports.stores import Statement
from parlance.values.accounts import Tenant, User
from parlance.values.errors import Fault, Kind

SECRET = "secret"
"""The fact that says with which secret the database was begun, by the id of the key that is made from it."""


async def settle(room: AccountRoom, context: Context, op: Settle) -> Result[None]:
    """Handle `Settle`."""
    changes = [*await _secret(room), *await _tenants(room, op.users)]
    for user in op.users:
        changes += await _user(room, user)
    if not changes:
        return Result(None)
    return Result(None, (*changes, room.moved()), (room.access.changed,))


async def _secret(room: AccountRoom) -> list[Statement]:
    """Several hosts on one database must have one secret: else each would refuse the tokens of the others."""
    fact, sealer = await room.directory.fact(SECRET), room.sealer
    if fact is not None and fact.key_id == sealer.key_id:
        return []
    if fact is not None and not sealer.knows(fact.key_id) and not room.accept_new_secret:
        raise Fault(
            Kind.conflict,
            "This database was begun with another secret key.",
            hint="Bring the file secret.key of the data folder that it was begun with, or set accounts.secret_key to "
            "the same text on every host. If that secret is lost, accounts.accept_new_secret takes this one: stored "
            "keys and second factors cannot be read any more then.",
            code="other_secret",
        )
    return [room.directory.put_fact(SECRET, Sealed("none", sealer.key_id, b""), room.clock.now(), fact)]


async def _tenants(room: AccountRoom, users: tuple[FileUser, ...]) -> list[Statement]:
    missing = [id for id in dict.fromkeys(user.tenant for user in users) if await room.directory.tenant(id) is None]
    now, last = room.clock.now(), await room.directory.last_number()
    tenants = (Tenant(id, id, last + at, now, now) for at, id in enumerate(missing, 1))
    return [room.directory.insert_tenant(tenant) for tenant in tenants]


async def _user(room: AccountRoom, wanted: FileUser) -> list[Statement]:
    people, now = room.of(wanted.tenant).people, room.clock.now()
    before = await people.user(wanted.id)
    if before is None:
        user = User(
            id=wanted.id,
            tenant=wanted.tenant,
            name=wanted.name,
            role=wanted.role,
            created=now,
            updated=now,
            operates=wanted.operates,
            owned_by="file",
        )
        return list(people.insert(user, None))
    same = (before.name, before.role, before.operates) == (wanted.name, wanted.role, wanted.operates)
    if before.owned_by != "file" or same:
        return []
    after = msgspec.structs.replace(before, name=wanted.name, role=wanted.role, operates=wanted.operates, updated=now)
    return list(people.change(before, after))
