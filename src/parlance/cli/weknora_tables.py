"""The PostgreSQL database of a WeKnora installation, read and never written.

All is read in one transaction, as it was at one moment, whatever is written there meanwhile. A row is an object of its
columns by their names, so that a column which one of its versions lacks is only not in it. Source of the names: the
migrations of WeKnora 0.1.x.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any

from parlance.cli.exits import Exit, Failure

TOGETHER = 50
"""Rows fetched at a time: of messages with their references some megabytes."""
CONNECT_SECONDS, ANSWER_SECONDS = 10.0, 300.0
NEEDED = ("tenants", "models", "knowledge_bases", "knowledges", "chunks", "sessions", "messages")
"""What every version has; `users` came with 0.1.3."""
Row = dict[str, Any]


class Tables:
    """An open database; a context. Raises Failure."""

    def __init__(self, place: str | Mapping[str, Any]) -> None:
        """`place` is a URL, or what its parts are called by the driver."""
        self._place = {"dsn": place} if isinstance(place, str) else dict(place)
        self._runner = asyncio.Runner()

    def __enter__(self) -> Tables:
        try:
            import asyncpg
        except ImportError:
            raise Failure("Reading PostgreSQL needs the extra: install parlance[postgres].") from None
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

    def has(self, table: str) -> bool:
        """Whether there is such a table."""
        return self._run(self._connection.fetchval("SELECT to_regclass($1)", table)) is not None

    def rows(self, table: str, where: str, *values: Any, order: str = "created_at, id") -> Iterator[Row]:
        """Rows that are not deleted, as they come. `where` and `order` are SQL of ours, `$1` and so on the values."""
        sql = f"SELECT to_jsonb(t)::text FROM {table} t WHERE t.deleted_at IS NULL AND {where} ORDER BY {order}"
        cursor = self._run(self._cursor(sql, values))
        while found := self._run(cursor.fetch(TOGETHER, timeout=ANSWER_SECONDS)):
            yield from (json.loads(row[0]) for row in found)

    def deleted(self, table: str) -> int:
        """How many rows are deleted, and only not gone."""
        sql = f"SELECT count(*) FROM {table} t WHERE t.deleted_at IS NOT NULL"
        return int(self._run(self._connection.fetchval(sql)))

    def _judge(self) -> None:
        missing = [table for table in NEEDED if not self.has(table)]
        if missing:
            said = f"This is no database of WeKnora: it has no table {' and no table '.join(missing)}."
            raise Failure(said, Exit.USAGE)

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
            raise Failure(f"WeKnora's database cannot be read: {told[:300]}") from None
