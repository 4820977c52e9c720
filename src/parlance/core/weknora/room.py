"""What the handlers for WeKnora's clients need, in one value."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec

from parlance.core.accounts.room import AccountRoom
from parlance.core.models.connections import Models
from parlance.core.weknora.pulls import Pulls
from parlance.core.weknora.shelf import TenantShelf
from parlance.ports.knowledge import KnowledgeRooms
from parlance.ports.weknora import TenantKeys, WeknoraStore
from parlance.values.accounts import Principal, Tenant

OllamaLook = Callable[[], Awaitable[tuple[str, str]]]
"""Where the operator's Ollama is, and which version it says that it is. Raises `Fault` where it says nothing."""
MOST_NUMBER = 18
"""Digits of a tenant's number, so that every database takes it."""


class WeknoraRoom(msgspec.Struct, frozen=True):
    """`rooms` are those of a tenant's documents, `quota` the bound of one for which nobody noted another (none:
    unbounded)."""

    accounts: AccountRoom
    store: WeknoraStore
    keys: TenantKeys
    rooms: Callable[[str], KnowledgeRooms]
    models: Models
    shelf: TenantShelf
    pulls: Pulls
    ollama: OllamaLook
    quota: int | None = None

    async def workspace(self, principal: Principal, number: str) -> Tenant | None:
        """Dispatch's way to a tenant by its number; whether it may be seen is judged there."""
        if not number.isascii() or not number.isdigit() or len(number) > MOST_NUMBER:
            return None
        found = await self.store.numbered(int(number))
        return None if found is None or found.disabled else found
