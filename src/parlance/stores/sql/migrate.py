"""Brings a database to the newest schema, or leaves it as it was.

One process migrates, others wait for it. SQLite and PostgreSQL do all of it in one transaction. MySQL commits each
statement by itself: there each step that is done is written down, every step may be run again without harm, and what a
killed process began the next one finishes. A schema newer than this program is refused before anything is touched.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, assert_never, cast

from parlance.ports.stores import Database
from parlance.stores.sql.migrations import MIGRATIONS, Migration, spelled
from parlance.stores.sql.sqlite import Sqlite
from parlance.stores.sql.sqlite_faults import fault_of
from parlance.values.errors import Fault
from parlance.values.time import Clock

if TYPE_CHECKING:
    from parlance.stores.sql.mysql import Mysql
    from parlance.stores.sql.postgres import Postgres

VERSIONS = """
CREATE TABLE IF NOT EXISTS schema_versions (
  number {int} NOT NULL PRIMARY KEY,
  name {name} NOT NULL,
  steps {int} NOT NULL,
  done {int} NOT NULL,
  applied {int} NOT NULL
)"""
"""`done` of `steps` steps have been applied; a migration is there when they are equal."""
BACKUPS = 3
"""Backups from before an upgrade that are kept."""
LOCK = 0x7061726C616E6365
"""The name of the lock in PostgreSQL: the letters of ours as a number."""
LOCK_SECONDS = 300
"""How long one process waits for another that migrates."""
OnStatement = Callable[[str], None]
"""Hears of each statement before it runs: for tests that end the process there."""


class SchemaError(Exception):
    """The schema is not what this program can serve. The text is a sentence that says what to do."""


class Refused(Exception):
    """A statement that the database does not take, in its own words."""


class Session(Protocol):
    """One connection that migrates."""

    async def run(self, sql: str) -> None:
        """Execute one statement. Raises `Refused`."""
        ...

    async def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of one SELECT."""
        ...


def _quiet(statement: str) -> None:
    return None


class Migrator:
    """What has to be done to one database. `hear` is told of each statement before it runs."""

    def __init__(self, clock: Clock, migrations: Sequence[Migration] = MIGRATIONS, hear: OnStatement = _quiet) -> None:
        self._clock = clock
        self._migrations = migrations
        self._hear = hear

    async def any(self, database: Database) -> list[int]:
        """Migrate a database of whatever kind. Gives the numbers applied."""
        match kind := database.kind:
            case "sqlite":
                return await self.sqlite(cast(Sqlite, database))
            case "postgres":
                return await self.postgres(cast("Postgres", database))
            case "mysql":
                return await self.mysql(cast("Mysql", database))
            case _:  # pragma: no cover - there is no other kind
                assert_never(kind)

    async def sqlite(self, database: Sqlite, backups: Path | None = None) -> list[int]:
        """Migrate a file, after a copy of what is in it was laid into `backups`. Gives the numbers applied."""
        session = _SqliteSession(database.connection)
        async with _transaction(session, "BEGIN EXCLUSIVE"):
            there = await self._there(session, "sqlite")
            missing = self._missing(there)
        if missing and there and backups is not None:
            _back_up(database.connection, backups, max(there), self._clock.now())
        async with _transaction(session, "BEGIN EXCLUSIVE"):
            return await self._apply_all(session, "sqlite")

    async def postgres(self, database: Postgres) -> list[int]:
        """Migrate a PostgreSQL database."""
        async with database.connection() as connection:
            session = _PostgresSession(connection)
            async with _transaction(session, "BEGIN"):
                await session.run("SET LOCAL lock_timeout = 0")
                await session.run(f"SELECT pg_advisory_xact_lock({LOCK})")
                return await self._apply_all(session, "postgres")

    async def mysql(self, database: Mysql) -> list[int]:
        """Migrate a MySQL or MariaDB database."""
        async with database.lasting() as connection:
            session = _MysqlSession(connection)
            [[name]] = await session.rows("SELECT CONCAT('parlance-', MD5(DATABASE()))")
            [[locked]] = await session.rows(f"SELECT GET_LOCK('{name}', {LOCK_SECONDS})")
            if locked != 1:
                raise SchemaError("Another process has been migrating this database for minutes: look at its log.")
            try:
                return await self._apply_all(session, "mysql")
            finally:
                await session.rows(f"SELECT RELEASE_LOCK('{name}')")

    # -- what is the same for all -----------------------------------------------------------------------------------

    async def _there(self, session: Session, kind: Any) -> dict[int, int]:
        """Of each migration that was begun, how many steps are still to do."""
        try:
            await self._say(session, spelled(VERSIONS, kind))
        except Refused as error:
            raise SchemaError(
                f"The database lets nothing be written: {error}. Grant it, or name another one."
            ) from error
        return {number: steps - done for number, steps, done in await session.rows(_BEGUN)}

    def _missing(self, there: dict[int, int]) -> list[Migration]:
        known = {each.number for each in self._migrations}
        if newer := there.keys() - known:
            raise SchemaError(
                f"The database is at schema {max(newer)}, made by a newer Parlance; this one knows {max(known)}. "
                "Start the newer one, or restore the backup that was made before the upgrade."
            )
        return [each for each in self._migrations if there.get(each.number, 1) != 0]

    async def _apply_all(self, session: Session, kind: Any) -> list[int]:
        missing = self._missing(await self._there(session, kind))
        for each in missing:
            try:
                await self._apply(session, each, kind)
            except Refused as error:
                raise SchemaError(
                    f"The database could not be brought to schema {each.number} ({each.name}): {error}. What is in it "
                    "is as it was, and the Parlance that served it before still can."
                ) from error
        return [each.number for each in missing]

    async def _apply(self, session: Session, migration: Migration, kind: Any) -> None:
        statements = migration.statements(kind)
        done = await session.rows(f"SELECT done FROM schema_versions WHERE number = {migration.number}")
        if not done:
            values = f"{migration.number}, '{migration.name}', {len(statements)}, 0, {self._clock.now()}"
            await self._say(
                session, f"INSERT INTO schema_versions (number, name, steps, done, applied) VALUES ({values})"
            )
        for count, statement in enumerate(statements[done[0][0] if done else 0 :], 1 + (done[0][0] if done else 0)):
            await self._say(session, statement)
            await self._say(session, f"UPDATE schema_versions SET done = {count} WHERE number = {migration.number}")

    async def _say(self, session: Session, statement: str) -> None:
        self._hear(statement)
        await session.run(statement)


_BEGUN = "SELECT number, steps, done FROM schema_versions"


@asynccontextmanager
async def _transaction(session: Session, begin: str) -> AsyncIterator[None]:
    await session.run(begin)
    try:
        yield
    except BaseException:
        with suppress(Refused, Fault):  # a full disk has ended it already
            await session.run("ROLLBACK")
        raise
    await session.run("COMMIT")


def _back_up(connection: sqlite3.Connection, folder: Path, version: int, now: int) -> None:
    """A copy of the file as it is, and no more than the newest few of them. One that is not whole has another name."""
    copy = folder / f"before-upgrade-{now}-schema-{version}.db"
    partial = copy.with_suffix(".partial")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for left in folder.glob("before-upgrade-*.partial"):  # by a process that was killed while it copied
            left.unlink()
        partial.touch(mode=0o600)
        connection.execute("VACUUM INTO ?", (str(partial),))
        with partial.open("rb") as whole:
            os.fsync(whole.fileno())
        partial.rename(copy)
    except (sqlite3.Error, OSError) as error:
        with suppress(OSError):
            partial.unlink()
        raise SchemaError(
            f"The database was not touched: no copy of it could be laid into {folder} before the upgrade ({error}). "
            "Make room there, or let the server write to it."
        ) from error
    for old in sorted(folder.glob("before-upgrade-*.db"))[:-BACKUPS]:
        old.unlink()


class _SqliteSession:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    async def run(self, sql: str) -> None:
        await self.rows(sql)

    async def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Raises `Fault` too: for what is wrong with the disk and not with the statement."""
        try:
            return self._connection.execute(sql).fetchall()
        except sqlite3.Error as error:
            fault = fault_of(error)
            raise (fault if isinstance(fault, Fault) else Refused(str(error))) from error


class _PostgresSession:
    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def run(self, sql: str) -> None:
        from asyncpg import PostgresError

        try:
            await self._connection.execute(sql, timeout=LOCK_SECONDS)
        except PostgresError as error:
            raise Refused(str(error)) from error

    async def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in await self._connection.fetch(sql)]


_MARIADB_ONLY = {"INDEX IF NOT EXISTS": "INDEX", "COLUMN IF NOT EXISTS": "COLUMN"}
"""What MySQL does not understand: there it is asked for without the condition, and its being there is no error."""
_IS_THERE = (1060, 1061)
"""A column, an index of that name."""
_MYSQL_COLLATIONS = {"utf8mb4_nopad_bin": "utf8mb4_0900_bin", "ascii_nopad_bin": "ascii_bin"}
"""MySQL's own names for comparing by bytes. Its ASCII pads, which no id of ours can meet: none ends in a blank."""


class _MysqlSession:
    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def run(self, sql: str) -> None:
        from asyncmy.errors import MySQLError

        for conditional, plain in _MARIADB_ONLY.items():
            sql = sql.replace(conditional, plain)
        try:
            async with self._connection.cursor() as cursor:
                await cursor.execute(self._spelled(sql))
        except MySQLError as error:
            if error.args[0] not in _IS_THERE:
                raise Refused(str(error)) from error

    def _spelled(self, sql: str) -> str:
        if "MariaDB" in self._connection.get_server_info():
            return sql
        for mariadb, mysql in _MYSQL_COLLATIONS.items():
            sql = sql.replace(mariadb, mysql)
        return sql

    async def rows(self, sql: str) -> list[tuple[Any, ...]]:
        async with self._connection.cursor() as cursor:
            await cursor.execute(sql)
            return list(await cursor.fetchall())
