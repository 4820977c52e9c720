"""What an error of SQLite means to a caller."""

from __future__ import annotations

import sqlite3

from parlance.ports.stores import Conflict
from parlance.stores.sql.faults import damaged, disk_full, disk_read_only, file_closed, unreachable

_CONFLICTS = frozenset(
    f"SQLITE_CONSTRAINT_{name}" for name in ("UNIQUE", "PRIMARYKEY", "FOREIGNKEY", "ROWID", "TRIGGER")
)


def is_conflict(error: Exception) -> bool:
    """Whether somebody else was first: another row count, or a row with the same key."""
    return isinstance(error, Conflict) or getattr(error, "sqlite_errorname", "") in _CONFLICTS


def is_busy(error: sqlite3.Error) -> bool:
    """Whether the file is locked for now."""
    return getattr(error, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))


def fault_of(error: sqlite3.Error) -> Exception:
    """The fault for what an operator can mend; our own defects stay what they are."""
    name = getattr(error, "sqlite_errorname", "")
    if name == "SQLITE_FULL":
        return disk_full()
    if name.startswith("SQLITE_READONLY"):
        return disk_read_only()
    if name.startswith("SQLITE_CANTOPEN"):
        return file_closed()
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return damaged()
    if name.startswith(("SQLITE_IOERR", "SQLITE_BUSY", "SQLITE_LOCKED")):
        return unreachable()
    return error
