"""What moving in needs: the rooms of all that is moved."""

from __future__ import annotations

import msgspec

from parlance.core.knowledge.room import KnowledgeRoom
from parlance.core.library.room import LibraryRoom
from parlance.core.weknora.moving.operations import PieceArrived
from parlance.core.weknora.room import WeknoraRoom
from parlance.values.accounts import Principal, Tenant
from parlance.values.errors import Fault, Kind
from parlance.values.time import Clock
from parlance.values.weknora_ids import id_here

MOST_ID = 255


class MovingRoom(msgspec.Struct, frozen=True):
    """All of them."""

    weknora: WeknoraRoom
    knowledge: KnowledgeRoom
    library: LibraryRoom

    async def owner(self, tenant: Tenant) -> Principal:
        """Whose all is that a tenant had: its first admin, as whom its key acts. Raises `Fault(conflict)`."""
        found = await self.weknora.store.owner(tenant.id)
        if found is None:
            said = "Nobody administers this tenant, so nothing in it can be anybody's."
            raise Fault(Kind.conflict, said, hint="Take the tenant in first.", field="tenant", code="no_owner")
        return Principal(tenant.id, found)


def kept_id(id: str) -> str:
    """The id that something has here. Raises `Fault(invalid)`."""
    if not 1 <= len(id) <= MOST_ID:
        raise Fault(Kind.invalid, f"An id has 1 to {MOST_ID} characters.", field="id", code="bad_id")
    return id_here(id)


def arrived(was: str, id: str, remarks: tuple[str, ...] = ()) -> PieceArrived:
    """A piece that is new. One that could not keep its id says which it has."""
    other = () if was == id else (f"Its id is {id} here, since {was!r} cannot stand in paths. What names it follows.",)
    return PieceArrived(id, True, (*other, *remarks))


def moments(clock: Clock, created: int, updated: int) -> tuple[int, int]:
    """When something was made and last changed: as is said, unless that is nothing or lies ahead."""
    now = clock.now()
    made = created if 0 < created <= now else now
    return made, updated if made <= updated <= now else made
