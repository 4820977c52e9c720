"""How state is read and changed: single SELECTs, and lists of statements applied together or not at all.

There are no interactive transactions: a handler reads with single statements, decides, and hands over a change set; a
count that differs is a conflict that dispatch retries. SQL is written once, in the subset that SQLite, PostgreSQL and
MySQL/MariaDB share: `:name` parameters, no RETURNING, no upsert, no row values, keyset conditions spelled out.

Suite: `parlance.testing.database_contract`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

import msgspec

Value = str | int | float | bytes | None
Row = tuple[Value, ...]
DatabaseKind = Literal["sqlite", "postgres", "mysql"]
FEW = 200
"""Rows that a read may give and still be done on the event loop where the database is in the process."""


class Statement(msgspec.Struct, frozen=True):
    """One SQL statement with `:name` parameters.

    `rows` is how many rows it must touch (for an UPDATE: match, also where nothing changes); `None` means any number.
    """

    sql: str
    parameters: Mapping[str, Value]
    rows: int | None = 1


ChangeSet = tuple[Statement, ...]


class Conflict(Exception):
    """A statement touched another number of rows than it had to, or met a row with the same key: nothing of the change
    set was applied."""


class Database(Protocol):
    """One database. Unreachable or full, it raises `Fault(busy, code="database_unreachable" | "disk_full" |
    "disk_read_only")` within five seconds, and it heals by itself."""

    @property
    def kind(self) -> DatabaseKind:
        """Which database this is: for the few statements that cannot be written once (search)."""
        ...

    async def read(self, sql: str, parameters: Mapping[str, Value], *, most: int = FEW) -> Sequence[Row]:
        """The rows of one SELECT, read from committed state. `most` is how many it can give (by its LIMIT or key):
        a caller that may get more than `FEW` says so, and is then served away from the event loop."""
        ...

    async def apply(self, changes: ChangeSet) -> None:
        """Apply all statements in order, atomically and durably. Raises `Conflict`."""
        ...

    async def close(self) -> None:
        """Finish what was begun and let go of the connections."""
        ...
