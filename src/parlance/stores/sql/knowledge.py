"""All stores of knowledge, over any of the databases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from parlance.ports.files import WHOLE_TENANT
from parlance.ports.stores import ChangeSet, Database, Statement
from parlance.stores.sql.bases import SqlBases
from parlance.stores.sql.chunks import SqlChunks
from parlance.stores.sql.documents import SqlDocuments
from parlance.stores.sql.evaluations import SqlEvaluations
from parlance.stores.sql.graph import SqlGraphs
from parlance.stores.sql.knowledge_remains import SqlRemains
from parlance.stores.sql.knowledge_source import SqlSource
from parlance.stores.sql.rooms import DOCUMENTS, SqlRooms, overdue_holds, tenants_of
from parlance.values.files import Hold


class SqlKnowledgeRooms(SqlRooms):
    """`KnowledgeRooms` of one tenant."""

    def __init__(self, database: Database, tenant: str) -> None:
        super().__init__(database, tenant, DOCUMENTS)

    async def quota(self) -> int | None:
        """The tenant's own bound."""
        sql = "SELECT quota FROM knowledge_rooms WHERE tenant = :tenant AND base = :whole"
        found = await self._read(sql, {"whole": WHOLE_TENANT}, 1)
        return cast(Any, found[0][0]) if found else None

    def bound(self, quota: int | None) -> Statement:
        """The tenant's own bound."""
        sql = "UPDATE knowledge_rooms SET quota = :quota WHERE tenant = :tenant AND base = :whole"
        return self._statement(sql, {"quota": quota, "whole": WHOLE_TENANT})

    def settle(self, hold: Hold, used: int, documents: int) -> ChangeSet:
        """From reserved to used."""
        changes = {"used": used, "reserved": -hold.bytes, "documents": documents}
        return (*self._counted(hold.user, changes), self._unhold(hold.id, hold.bytes))

    def add_document(self, base: str) -> ChangeSet:
        """One more, without bytes yet."""
        return self._counted(base, {"documents": 1})


class SqlKnowledgeStores:
    """`KnowledgeStores` of every tenant."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.source = SqlSource(database)

    async def tenants(self) -> Sequence[str]:
        """The ids of all tenants."""
        return await tenants_of(self._database)

    def bases(self, tenant: str) -> SqlBases:
        """A tenant's bases."""
        return SqlBases(self._database, tenant)

    def documents(self, tenant: str) -> SqlDocuments:
        """A tenant's documents."""
        return SqlDocuments(self._database, tenant)

    def chunks(self, tenant: str) -> SqlChunks:
        """A tenant's chunks."""
        return SqlChunks(self._database, tenant)

    def graphs(self, tenant: str) -> SqlGraphs:
        """The graphs of a tenant's bases."""
        return SqlGraphs(self._database, tenant)

    def evaluations(self, tenant: str) -> SqlEvaluations:
        """A tenant's evaluations."""
        return SqlEvaluations(self._database, tenant)

    def remains(self, tenant: str) -> SqlRemains:
        """What is left of what a tenant had."""
        return SqlRemains(self._database, tenant)

    def rooms(self, tenant: str) -> SqlKnowledgeRooms:
        """The room of a tenant's documents."""
        return SqlKnowledgeRooms(self._database, tenant)

    async def overdue(self, now: int) -> Sequence[Hold]:
        """Reservations whose time is over, of every tenant."""
        return await overdue_holds(self._database, DOCUMENTS, now)
