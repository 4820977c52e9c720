"""The stores of every tenant's chats over one database, and the table of the processes that fly their runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from parlance.ports.stores import Database, Statement
from parlance.stores.sql.arrivals import SqlArrivals
from parlance.stores.sql.chats import SqlChats
from parlance.stores.sql.turns import SqlTurns

MOST_TENANTS = 100_000


class SqlChatStores:
    """`ChatStores` over any of the databases."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def tenants(self) -> Sequence[str]:
        """The ids of all tenants."""
        rows = await self._database.read("SELECT id FROM tenants ORDER BY id", {}, most=MOST_TENANTS)
        return [cast(str, row[0]) for row in rows]

    async def living(self, since: int) -> frozenset[str]:
        """Processes that were there since a time."""
        rows = await self._database.read("SELECT id FROM processes WHERE seen >= :since", {"since": since})
        return frozenset(cast(str, row[0]) for row in rows)

    def arrived(self, process: str, now: int) -> Statement:
        """A process that was not there before."""
        return Statement("INSERT INTO processes (id, seen) VALUES (:id, :now)", {"id": process, "now": now})

    def seen(self, process: str, now: int) -> Statement:
        """It is still there."""
        return Statement("UPDATE processes SET seen = :now WHERE id = :id", {"id": process, "now": now})

    def gone(self, before: int, besides: str) -> Statement:
        """Forget processes that were not there since a time, but one."""
        return Statement(
            "DELETE FROM processes WHERE seen < :before AND id <> :besides",
            {"before": before, "besides": besides},
            None,
        )

    def chats(self, tenant: str) -> SqlChats:
        """The chats of a tenant."""
        return SqlChats(self._database, tenant)

    def arrivals(self, tenant: str) -> SqlArrivals:
        """What is on its way in for its users."""
        return SqlArrivals(self._database, tenant)

    def turns(self, tenant: str) -> SqlTurns:
        """The turns of its chats."""
        return SqlTurns(self._database, tenant)
