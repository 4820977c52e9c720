"""Where backups are made and kept."""

from __future__ import annotations

from typing import Protocol

import msgspec


class Backup(msgspec.Struct, frozen=True):
    """One backup. `name` is a file's, in the server's folder for backups; `made` is in microseconds since 1970."""

    name: str
    size: int
    made: int
    rows: int | None = None
    """Rows in all its tables; unknown of one that was made earlier."""
    lost: int = 0
    """Files whose content was not there, or not what was stored: the backup has all about them but that."""
    lost_files: tuple[str, ...] = ()
    """Ids of the first hundred of those."""


class Backups(Protocol):
    """The backups of one server."""

    async def make(self, passphrase: str | None) -> Backup:
        """Make one of this moment, with the server's secrets if it is sealed. Raises `Fault`."""
        ...

    async def all(self) -> tuple[Backup, ...]:
        """Those there are, newest first."""
        ...
