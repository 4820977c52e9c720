"""Databases for tests, one of its own for each."""

from __future__ import annotations

import contextlib
import itertools
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

from parlance.ports.stores import Database, Statement
from parlance.stores.sql.filling import fill
from parlance.stores.sql.migrate import Migrator
from parlance.stores.sql.snapshot import Page, snapshot, tables
from parlance.stores.sql.sqlite import Sqlite
from parlance.testing.services import Service
from parlance.values.errors import Fault
from parlance.values.time import SystemClock

KINDS = ("sqlite", "memory", "postgres", "mysql")
"""All that a test of stores runs on; `memory` is SQLite without a file."""
_numbers = itertools.count()


class Template:
    """A SQLite at the newest schema, once there is one: its `pages`."""

    pages = b""


_template = Template()


async def migrated(database: Database) -> None:
    """Bring it to the newest schema. An empty SQLite gets the pages of one that this process has migrated before, which
    takes a tenth of the time."""
    if isinstance(database, Sqlite) and _is_empty(database):
        await _copied(database)
        return
    await Migrator(SystemClock()).any(database)


def _is_empty(database: Sqlite) -> bool:
    [things] = database.connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return bool(things == 0)


async def _copied(database: Sqlite) -> None:
    if not _template.pages:
        made = Sqlite(None)
        await Migrator(SystemClock()).any(made)
        _template.pages = made.connection.serialize()
        await made.close()
    with contextlib.closing(sqlite3.connect(":memory:")) as pages:
        pages.deserialize(_template.pages)
        pages.backup(database.connection)


@contextlib.asynccontextmanager
async def fresh(kind: str, folder: Path, server: Service | None = None) -> AsyncIterator[Database]:
    """An empty database with the newest schema. `server` is needed for those that are servers: there, one that an
    earlier test had is cleaned, which takes a twentieth of the time of making one. A test that changes the schema, or
    ends the server, takes `emptied` or a server of its own."""
    if kind in ("sqlite", "memory"):
        database: Database = Sqlite(None if kind == "memory" else folder / "parlance.db")
        try:
            await migrated(database)
            yield database
        finally:
            await database.close()
        return
    assert server is not None
    ready = server.ready.pop() if server.ready else await _made(server)
    database = await opened(ready.url)
    try:
        yield database
    finally:
        await database.close()
        with contextlib.suppress(Fault):
            await _cleaned(ready)
            server.ready.append(ready)


class Ready(NamedTuple):
    """A database at the newest schema, and what a new one holds."""

    url: str
    seeds: tuple[tuple[str, Page], ...]


async def _made(server: Service) -> Ready:
    url = await _created(server)
    database = await opened(url)
    await migrated(database)
    async with snapshot(database) as moment:
        seeds = [(table, page) for table in tables() async for page in moment.pages(table) if page.rows]
    await database.close()
    return Ready(url, tuple(seeds))


async def _cleaned(ready: Ready) -> None:
    """Take out what a test left, and put in what a new database has."""
    database = await opened(ready.url)
    try:
        await database.apply(tuple(Statement(f"DELETE FROM {table}", {}, rows=None) for table in reversed(tables())))
        for table, page in ready.seeds:
            await fill(database, table, page)
    finally:
        await database.close()


async def opened(url: str) -> Database:
    """A connection to a database server by its URL."""
    if url.startswith("postgresql:"):
        from parlance.stores.sql.postgres import Postgres

        return await Postgres.open(url)
    from parlance.stores.sql.mysql import Mysql

    return await Mysql.open(url)


@contextlib.asynccontextmanager
async def emptied(kind: str, server: Service) -> AsyncIterator[str]:
    """The URL of a new, empty database on a server; it is dropped afterwards."""
    url = await _created(server)
    try:
        yield url
    finally:
        forced = " WITH (FORCE)" if kind == "postgres" else ""
        await _say(server.url, f"DROP DATABASE IF EXISTS {url.rpartition('/')[2]}{forced}")


async def _created(server: Service) -> str:
    name = f"parlance_test_{next(_numbers)}"
    await _say(server.url, f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name}")
    return server.url.rpartition("/")[0] + "/" + name


async def _say(url: str, *statements: str) -> None:
    if url.startswith("postgresql:"):
        import asyncpg

        connection = await asyncpg.connect(url)
        for statement in statements:
            await connection.execute(statement)
        await connection.close()
        return
    database = await opened(url)
    for statement in statements:
        await database.apply((Statement(statement, {}, rows=None),))
    await database.close()
