"""What the operations on a tenant's room for documents do."""

from __future__ import annotations

from parlance.core.authorize import looked_after
from parlance.core.knowledge.room import KnowledgeRoom
from parlance.core.knowledge.storage_operations import ReadStorage, SetStorage, Storage
from parlance.core.operation import Context, Result
from parlance.ports.files import UNBOUND, WHOLE_TENANT
from parlance.ports.stores import ChangeSet
from parlance.values.accounts import Tenant
from parlance.values.errors import out_of_range
from parlance.values.files import Room


async def read_storage(room: KnowledgeRoom, context: Context, op: ReadStorage) -> Result[Storage]:
    """Handle `ReadStorage`."""
    return Result(await _standing(room, _meant(context)))


async def set_storage(room: KnowledgeRoom, context: Context, op: SetStorage) -> Result[Storage]:
    """Handle `SetStorage`."""
    tenant = _meant(context)
    if op.quota is not None and not 0 <= op.quota < UNBOUND:
        raise out_of_range("quota", f"a number of bytes from 0 to {UNBOUND - 1}")
    rooms, quota = room.stores.rooms(tenant), UNBOUND if op.unlimited else op.quota
    first: ChangeSet = () if await rooms.room(WHOLE_TENANT) is not None else rooms.make_room(WHOLE_TENANT)
    before = await _standing(room, tenant)
    after = Storage(before.used, before.reserved, before.documents, _bound(room, quota), quota is not None)
    return Result(after, (*first, rooms.bound(quota)))


def _meant(context: Context) -> str:
    """The tenant that is named, else the caller's own. Raises `Fault`."""
    named: Tenant | None = context.subject
    return looked_after(context.principal) if named is None else named.id


async def _standing(room: KnowledgeRoom, tenant: str) -> Storage:
    rooms = room.stores.rooms(tenant)
    own, taken = await rooms.quota(), await rooms.room(WHOLE_TENANT) or Room(0, 0, 0)
    return Storage(taken.used, taken.reserved, taken.files, _bound(room, own), own is not None)


def _bound(room: KnowledgeRoom, own: int | None) -> int | None:
    bound = room.limits.tenant if own is None else own
    return None if bound is None or bound >= UNBOUND else bound
