"""What can be wanted of backups. They hold everybody's data: only the operator may."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from parlance.core.operation import Operation
from parlance.ports.backups import Backup
from parlance.values.accounts import Scope

SHORTEST = 12
"""Characters of a passphrase: with fewer, sealing promises what it does not hold."""


class MakeBackup(Operation[Backup], frozen=True):
    """Back the whole server up, while it serves. With a passphrase the backup is sealed and holds the secrets too."""

    scope: ClassVar[Scope | None] = "operate"
    wire_name: ClassVar[str] = "backups.make"

    passphrase: Annotated[str, Meta(min_length=SHORTEST, max_length=1024)] | None = None


class ListBackups(Operation[tuple[Backup, ...]], frozen=True):
    """List the backups that the server's folder holds, newest first."""

    scope: ClassVar[Scope | None] = "operate"
    wire_name: ClassVar[str] = "backups.list"
