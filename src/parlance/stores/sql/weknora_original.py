"""The PostgreSQL database of a WeKnora installation, read and never written: the `Originals` of an import.

All is read in one transaction, as it was at one moment, whatever is written there meanwhile. A row comes as an object
of its columns by their names, so that a column which one of its versions lacks is only not in it. Source of the names:
the migrations of WeKnora 0.1.x.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any

from parlance.ports import weknora_original as port
from parlance.ports.weknora_original import NotWeknora, Unreadable
from parlance.stores.sql import weknora_rows as rows
from parlance.values.extras import advice

TOGETHER = 50
"""Rows fetched at a time: of messages with their references some megabytes."""
CONNECT_SECONDS, ANSWER_SECONDS = 10.0, 300.0
NEEDED = ("tenants", "models", "knowledge_bases", "knowledges", "chunks", "sessions", "messages")
"""What every version has; `users` came with 0.1.3."""
MARKED = {"tenants": "tenants", "users": "users", "models": "models", "knowledge_bases": "bases"}
MARKED |= {"knowledges": "documents", "sessions": "sessions", "messages": "messages"}
"""Tables whose rows are only marked as deleted, and what they are called here."""
TENANT_HERE = "(SELECT 1 FROM tenants n WHERE n.id = t.tenant_id AND n.deleted_at IS NULL)"
BASE_HERE = "(SELECT 1 FROM knowledge_bases b WHERE b.id = t.knowledge_base_id AND b.deleted_at IS NULL)"
COMPLETED_FIRST = "(t.parse_status = 'completed') DESC, created_at, id"

UNKNOWN_HOST = (
    ". The name of its host is not known on this machine: that of a container is so only among containers. Publish the "
    "port of the database and say DB_HOST=127.0.0.1, or name it with --database."
)


class SqlOriginals:
    """An open database; a context, which raises Unreadable."""

    def __init__(self, place: str | Mapping[str, Any]) -> None:
        """`place` is a URL, or what its parts are called by the driver."""
        self._place = {"dsn": place} if isinstance(place, str) else dict(place)
        self._runner = asyncio.Runner()

    def __enter__(self) -> SqlOriginals:
        try:
            import asyncpg
        except ImportError:
            raise Unreadable(f"What reads PostgreSQL is not installed: {advice('postgres')}") from None
        self._errors = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.ClientConfigurationError)
        try:
            self._connection = self._run(self._opened(asyncpg))
            self._judge()
        except BaseException:
            self._runner.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.terminate()
        self._runner.close()

    def tenants(self) -> Iterator[port.OriginalTenant]:
        """By their numbers."""
        return map(rows.tenant, self._rows("tenants", "TRUE", order="id"))

    def people(self, tenant: int) -> Iterator[port.OriginalPerson]:
        """Those of a tenant."""
        return map(rows.person, self._rows("users", "t.tenant_id = $1", tenant) if self._has("users") else ())

    def models(self, tenant: int) -> Iterator[port.OriginalModel]:
        """Those of a tenant, and those of tenant 0, which are everybody's."""
        return map(rows.model, self._rows("models", "t.tenant_id IN ($1, 0)", tenant))

    def bases(self, tenant: int) -> Iterator[port.OriginalBase]:
        """Those of a tenant."""
        return map(rows.base, self._rows("knowledge_bases", "t.tenant_id = $1", tenant))

    def documents(self, base: str) -> Iterator[port.OriginalDocument]:
        """Those of a base, what was read first."""
        return map(rows.document, self._rows("knowledges", "t.knowledge_base_id = $1", base, order=COMPLETED_FIRST))

    def chunks(self, document: str) -> Iterator[port.OriginalChunk]:
        """Those of a document."""
        return map(rows.chunk, self._rows("chunks", "t.knowledge_id = $1", document))

    def sessions(self, tenant: int) -> Iterator[port.OriginalSession]:
        """Those of a tenant."""
        return map(rows.session, self._rows("sessions", "t.tenant_id = $1", tenant))

    def messages(self, session: str) -> Iterator[port.OriginalMessage]:
        """Those of a session."""
        return map(rows.message, self._rows("messages", "t.session_id = $1", session))

    def orphans(self) -> Iterator[port.Orphan]:
        """What nothing above leads to any more."""
        without = f"NOT EXISTS {TENANT_HERE}"
        for each in map(rows.person, self._rows("users", without) if self._has("users") else ()):
            yield port.Orphan("user", each.id, each.email, "tenant")
        for base in map(rows.base, self._rows("knowledge_bases", without)):
            yield port.Orphan("base", base.id, base.name, "tenant")
        for session in map(rows.session, self._rows("sessions", without)):
            yield port.Orphan("session", session.id, session.title, "tenant")
        for document in map(rows.document, self._rows("knowledges", f"NOT EXISTS {BASE_HERE}")):
            yield port.Orphan("document", document.id, document.file or document.title, "base")

    def deleted(self) -> Mapping[str, int]:
        """How many rows of each kind are only marked as gone."""
        return {name: self._marked(table) for table, name in MARKED.items() if table in NEEDED or self._has(table)}

    # -- one question after the other ---------------------------------------------------------------------------------

    def _has(self, table: str) -> bool:
        return self._run(self._connection.fetchval("SELECT to_regclass($1)", table)) is not None

    def _rows(self, table: str, where: str, *values: Any, order: str = "created_at, id") -> Iterator[rows.Row]:
        """Rows that are not deleted, as they come. `where` and `order` are SQL of ours, `$1` and so on the values."""
        sql = f"SELECT to_jsonb(t)::text FROM {table} t WHERE t.deleted_at IS NULL AND {where} ORDER BY {order}"
        cursor = self._run(self._cursor(sql, values))
        while found := self._run(cursor.fetch(TOGETHER, timeout=ANSWER_SECONDS)):
            yield from (json.loads(row[0]) for row in found)

    def _marked(self, table: str) -> int:
        return int(
            self._run(self._connection.fetchval(f"SELECT count(*) FROM {table} t WHERE t.deleted_at IS NOT NULL"))
        )

    def _judge(self) -> None:
        missing = [table for table in NEEDED if not self._has(table)]
        if missing:
            raise NotWeknora(f"This is no database of WeKnora: it has no table {' and no table '.join(missing)}.")

    async def _opened(self, asyncpg: Any) -> Any:
        """A connection in its transaction."""
        connection = await asyncpg.connect(**self._place, timeout=CONNECT_SECONDS, command_timeout=ANSWER_SECONDS)
        await connection.execute("SET idle_in_transaction_session_timeout = 0")  # a large file takes its time
        await connection.execute("SET TIME ZONE 'UTC'")
        await connection.transaction(isolation="repeatable_read", readonly=True).start()
        return connection

    async def _cursor(self, sql: str, values: tuple[Any, ...]) -> Any:
        return await self._connection.cursor(sql, *values)

    def _run(self, work: Any) -> Any:
        async def done() -> Any:
            return await work

        try:
            return self._runner.run(done())
        except (*self._errors, OSError, ValueError) as error:  # ValueError: a URL that is none
            told = " ".join(str(error).split()) or type(error).__name__
            hint = UNKNOWN_HOST if isinstance(error, socket.gaierror) else ""
            raise Unreadable(f"WeKnora's database cannot be read: {told[:300]}{hint}") from None
