"""Everything in a database as it was at one moment, read beside writers who do not wait for it."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any, Protocol

import msgspec

from parlance.ports.stores import Database, Row
from parlance.stores.sql.migrations import MIGRATIONS, Migration
from parlance.stores.sql.sqlite import Sqlite, connect

PAGE = 500
"""Rows read at once."""
OWN = {"turn_texts": frozenset({"number"})}
"""Columns that only one kind of database has, and makes by itself."""
_MADE = re.compile(r"CREATE TABLE IF NOT EXISTS (\w+)")


class Page(msgspec.Struct, frozen=True):
    """Some rows of a table. `columns` is the same for all pages of one table."""

    columns: tuple[str, ...]
    rows: Sequence[Row]


class Snapshot(Protocol):
    """One moment."""

    def pages(self, table: str) -> AsyncIterator[Page]:
        """A table, page by page; at least one page, so that an empty table has its columns too."""
        ...


def tables(migrations: Sequence[Migration] = MIGRATIONS) -> tuple[str, ...]:
    """All tables in the order in which they were made: none hangs on a later one."""
    found: dict[str, None] = {}
    for migration in migrations:
        for step in migration.statements("postgres"):
            if made := _MADE.search(step):
                found[made[1]] = None
    return tuple(found)


@asynccontextmanager
async def snapshot(database: Database) -> AsyncIterator[Snapshot]:
    """Open one; writers go on."""
    if isinstance(database, Sqlite):
        async with _of_sqlite(database) as found:
            yield found
    elif database.kind == "postgres":
        async with _of_postgres(database) as found:
            yield found
    else:
        async with _of_mysql(database) as found:
            yield found


def trimmed(table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Page:
    """Without the columns that only one kind of database has."""
    kept = [at for at, name in enumerate(columns) if name not in OWN.get(table, ())]
    return Page(tuple(columns[at] for at in kept), [tuple(row[at] for at in kept) for row in rows])


@asynccontextmanager
async def _of_sqlite(database: Sqlite) -> AsyncIterator[Snapshot]:
    if database.path is None:
        raise ValueError("A database in memory cannot be backed up.")
    with ThreadPoolExecutor(1, "sqlite-snapshot") as thread:
        loop = asyncio.get_running_loop()
        connection = await loop.run_in_executor(thread, connect, str(database.path))
        try:
            # The first read fixes the moment; `schema_versions` is there in every file of ours.
            await loop.run_in_executor(thread, connection.execute, "BEGIN")
            await loop.run_in_executor(thread, lambda: connection.execute("SELECT 1 FROM schema_versions").fetchall())
            yield _SqliteSnapshot(connection, thread)
        finally:
            await loop.run_in_executor(thread, connection.close)


class _SqliteSnapshot:
    def __init__(self, connection: sqlite3.Connection, thread: ThreadPoolExecutor) -> None:
        self._connection = connection
        self._thread = thread

    async def pages(self, table: str) -> AsyncIterator[Page]:
        loop = asyncio.get_running_loop()
        cursor = await loop.run_in_executor(self._thread, self._connection.execute, f"SELECT * FROM {table}")
        columns = [each[0] for each in cursor.description]
        while True:
            rows = await loop.run_in_executor(self._thread, cursor.fetchmany, PAGE)
            yield trimmed(table, columns, rows)
            if len(rows) < PAGE:
                return


@asynccontextmanager
async def _of_postgres(database: Any) -> AsyncIterator[Snapshot]:
    async with database.lasting() as connection:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            await connection.fetch("SELECT 1 FROM schema_versions")
            yield _PostgresSnapshot(connection)


class _PostgresSnapshot:
    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def pages(self, table: str) -> AsyncIterator[Page]:
        statement = await self._connection.prepare(f"SELECT * FROM {table}")
        columns = [each.name for each in statement.get_attributes()]
        cursor = await statement.cursor()
        while True:
            rows = await cursor.fetch(PAGE)
            yield trimmed(table, columns, [tuple(row) for row in rows])
            if len(rows) < PAGE:
                return


@asynccontextmanager
async def _of_mysql(database: Any) -> AsyncIterator[Snapshot]:
    async with database.lasting() as connection:
        async with connection.cursor() as cursor:
            await cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            await cursor.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
        yield _MysqlSnapshot(connection)


class _MysqlSnapshot:
    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def pages(self, table: str) -> AsyncIterator[Page]:
        from asyncmy.cursors import SSCursor

        async with self._connection.cursor(SSCursor) as cursor:
            await cursor.execute(f"SELECT * FROM {table}")
            columns = [each[0] for each in cursor.description]
            while True:
                rows = await cursor.fetchmany(PAGE)
                yield trimmed(table, columns, rows)
                if len(rows) < PAGE:
                    return
