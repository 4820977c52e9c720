"""What moving in needs: the rooms of all that is moved."""

from __future__ import annotations

import re

import msgspec

from parlance.core.knowledge.room import KnowledgeRoom
from parlance.core.library.room import LibraryRoom
from parlance.core.weknora.room import WeknoraRoom
from parlance.values.accounts import Principal, Tenant
from parlance.values.errors import Fault, Kind
from parlance.values.time import Clock

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{7,35}")
"""An id that stays: such as may stand in a path and in a file's name, alike on all systems (decision 0020)."""


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
    """An id that can stay. Raises `Fault(invalid)`."""
    if _ID.fullmatch(id) is None:
        said = "An id that stays has 8 to 36 small letters, digits, - and _, and begins with one of the first two."
        raise Fault(Kind.invalid, said, field="id", code="bad_id")
    return id


def moments(clock: Clock, created: int, updated: int) -> tuple[int, int]:
    """When something was made and last changed: as is said, unless that is nothing or lies ahead."""
    now = clock.now()
    made = created if 0 < created <= now else now
    return made, updated if made <= updated <= now else made
