"""What the operations on backups do."""

from __future__ import annotations

from parlance.core.backups.operations import ListBackups, MakeBackup
from parlance.core.operation import Context, Handles, Result
from parlance.ports.backups import Backup, Backups


async def make_backup(backups: Backups, context: Context, op: MakeBackup) -> Result[Backup]:
    """Handle `MakeBackup`."""
    return Result(await backups.make(op.passphrase))


async def list_backups(backups: Backups, context: Context, op: ListBackups) -> Result[tuple[Backup, ...]]:
    """Handle `ListBackups`."""
    return Result(await backups.all())


AREA: Handles = {MakeBackup: make_backup, ListBackups: list_backups}
