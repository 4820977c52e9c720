"""The faults that a database server raises when an operator has something to mend."""

from __future__ import annotations

from parlance.values.errors import Fault, Kind

RETRY_SECONDS = 5.0
"""When to try again: about as long as a database takes to come back after a restart."""
PATIENCE_SECONDS = 4.0
"""For one call of the database, connecting included: callers are promised an answer within five."""


def unreachable() -> Fault:
    """It is down, or does not answer."""
    return _fault("The database cannot be reached.", "database_unreachable")


def file_closed() -> Fault:
    """The file cannot be opened or read."""
    return _fault("The database file cannot be opened.", "database_unreachable")


def damaged() -> Fault:
    """What is in the file is no database, or no longer."""
    hint = "Restore a backup with `parlance restore`."
    return Fault(Kind.internal, "The database file is damaged.", hint=hint, code="database_damaged")


def refused(reason: str) -> Fault:
    """The server is there, and does not let us in: only another address or a grant helps."""
    hint = "Correct database.url, or what the server grants."
    return Fault(Kind.invalid, f"The database server refused: {reason}", hint=hint, code="database_refused")


def disk_full() -> Fault:
    """There is no room."""
    return _fault("The disk is full: nothing can be kept until there is room.", "disk_full")


def disk_read_only() -> Fault:
    """Nothing can be written."""
    return _fault("The data folder cannot be written.", "disk_read_only")


def _fault(message: str, code: str) -> Fault:
    return Fault(
        Kind.busy, message, hint="Nothing that was acknowledged is lost.", retry_after=RETRY_SECONDS, code=code
    )
