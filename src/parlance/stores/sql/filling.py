"""Fills an empty database with what a backup holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from parlance.ports.stores import ChangeSet, Database, Statement
from parlance.stores.sql.migrate import Migrator
from parlance.stores.sql.migrations import MIGRATIONS
from parlance.stores.sql.snapshot import Page, tables
from parlance.values.time import Clock

TOGETHER = 200
"""Rows in one change set."""
EMPTY = ("chats", "files", "api_keys", "sessions", "usage_records")
"""A database with a row in one of these has been used."""


class NotEmpty(Exception):
    """The database holds something already: what is in it is not overwritten."""


async def prepare(database: Database, schema: int, clock: Clock) -> None:
    """Bring an empty database to the schema of a backup, and take out the rows that every new one has."""
    await _migrate(database, schema, clock)
    for table in EMPTY:
        if table in tables() and await database.read(f"SELECT 1 FROM {table} LIMIT 1", {}):
            raise NotEmpty
    await database.apply(tuple(Statement(f"DELETE FROM {table}", {}, rows=None) for table in reversed(_tables(schema))))


async def fill(database: Database, table: str, page: Page) -> None:
    """Put the rows of one page in."""
    if table not in tables():
        raise ValueError("a table that this version does not know")
    names, marks = ", ".join(page.columns), ", ".join(f":c{at}" for at in range(len(page.columns)))
    sql = f"INSERT INTO {table} ({names}) VALUES ({marks})"
    for start in range(0, len(page.rows), TOGETHER):
        await database.apply(_inserts(sql, page.rows[start : start + TOGETHER]))


async def finish(database: Database, clock: Clock) -> None:
    """Bring it to the schema of this version."""
    await _migrate(database, MIGRATIONS[-1].number, clock)


def _inserts(sql: str, rows: Iterable[Sequence[object]]) -> ChangeSet:
    return tuple(Statement(sql, {f"c{at}": value for at, value in enumerate(row)}) for row in rows)  # type: ignore[misc]


def _tables(schema: int) -> tuple[str, ...]:
    return tables([each for each in MIGRATIONS if each.number <= schema])


async def _migrate(database: Database, schema: int, clock: Clock) -> None:
    await Migrator(clock, [each for each in MIGRATIONS if each.number <= schema]).any(database)
