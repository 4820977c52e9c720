"""The folder of a server's backups: made on demand and by the clock, the oldest of the latter removed."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from parlance.assembly import storage
from parlance.assembly.backup import Kept, back_up, restore
from parlance.assembly.stores import connect, on_sqlite
from parlance.core.rounds import Rounds
from parlance.outbound.client import Client
from parlance.ports.backups import Backup
from parlance.ports.observing import Log, OnDefect
from parlance.settings.schema import Settings
from parlance.stores.archive import BadBackup, Manifest
from parlance.stores.blobs.faults import refused
from parlance.stores.folder_lock import FolderLock
from parlance.values.errors import Fault, Kind
from parlance.values.time import SECOND, SystemClock

FOLDER = "backups"
HOUR = 3600.0
NOT_HERE = "This server keeps nothing on disk, so there is nothing to back up."
MOST_NAMED = 100
"""Files whose content was lost that an answer and the log name."""
BUSY = "A backup is being made already."


class FolderBackups:
    """`Backups` in the data folder. `kept` is missing for a server that keeps nothing on disk."""

    def __init__(self, settings: Settings, kept: Kept | None, log: Log, on_defect: OnDefect) -> None:
        self._kept = kept
        self._log = log
        self._wanted = settings.backup
        self._making = asyncio.Lock()
        self._rounds: Rounds | None = None
        if self._wanted.every_hours is not None and kept is not None:
            every = self._wanted.every_hours * HOUR
            self._rounds = Rounds(self.round, every, "backup failed", log, on_defect, at_once=False)

    async def make(self, passphrase: str | None) -> Backup:
        """Make one of this moment."""
        return await self._make("parlance", passphrase)

    async def all(self) -> tuple[Backup, ...]:
        """Those there are."""
        return () if self._kept is None else await asyncio.to_thread(_found, self._kept.folder / FOLDER)

    def start(self) -> None:
        """Make them by the clock from now on, where that is wanted."""
        if self._rounds is not None:
            self._rounds.start()

    async def stop(self) -> None:
        """Make no more; one that is being made is given up."""
        if self._rounds is not None:
            await self._rounds.stop()

    async def round(self) -> None:
        """One by the clock, and the oldest of its like removed. What fails is told, and tried again at the next."""
        try:
            made = await self._make("scheduled", None)
            self._log.info("backup made", name=made.name, bytes=made.size)
            if self._kept is not None:
                await asyncio.to_thread(_forget, self._kept.folder / FOLDER, self._wanted.keep)
        except (Fault, OSError) as error:
            self._log.warning("backup failed", error=error)

    async def _make(self, kind: str, passphrase: str | None) -> Backup:
        if self._kept is None:
            raise Fault(Kind.unsupported, NOT_HERE, code="nothing_on_disk")
        if self._making.locked():
            raise Fault(Kind.busy, BUSY, hint="Wait until it is done.", retry_after=10, code="backup_running")
        async with self._making:
            now = self._kept.clock.now()
            stamp = datetime.fromtimestamp(now / SECOND, UTC).strftime("%Y%m%d-%H%M%S-%f")
            path = self._kept.folder / FOLDER / f"{kind}-{stamp}.{'sealed' if passphrase else 'tar'}"
            try:
                manifest = await back_up(self._kept, path, passphrase)
                size = await asyncio.to_thread(lambda: path.stat().st_size)
            except BadBackup as error:
                raise Fault(Kind.internal, str(error), code="backup_failed") from error
            except OSError as error:
                raise refused(error) from error
            if manifest.lost:
                named = " ".join(manifest.lost[:MOST_NAMED])
                self._log.warning("content lost", name=path.name, files=len(manifest.lost), ids=named)
            return Backup(path.name, size, now, manifest.rows, len(manifest.lost), manifest.lost[:MOST_NAMED])


def _found(folder: Path) -> tuple[Backup, ...]:
    files = [(path, path.stat()) for path in folder.glob("*-*") if path.suffix in (".tar", ".sealed")]
    newest = sorted(files, key=lambda each: each[1].st_mtime_ns, reverse=True)
    return tuple(Backup(path.name, stat.st_size, stat.st_mtime_ns // 1000) for path, stat in newest)


def _forget(folder: Path, keep: int) -> None:
    for path in sorted(folder.glob("scheduled-*.tar"))[:-keep]:
        path.unlink(missing_ok=True)


async def restored(settings: Settings, backup: Path, passphrase: str | None) -> Manifest:
    """Restore into the configured place, which nobody may serve meanwhile. Raises what `restore` raises."""
    assert settings.data.dir is not None
    folder, clock = Path(settings.data.dir), SystemClock()
    lock = FolderLock(folder)
    lock.acquire()
    client = Client()
    blobs = storage.blobs(settings, client, clock)
    try:
        if on_sqlite(settings):
            return await restore(backup, passphrase, folder, blobs, clock)
        database = await connect(settings)
        try:
            return await restore(backup, passphrase, folder, blobs, clock, database)
        finally:
            await database.close()
    finally:
        await blobs.close()
        await client.close()
        lock.release()
