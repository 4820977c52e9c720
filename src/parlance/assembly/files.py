"""From settings to files: where their bytes are, how much room there is, and the keeper that looks after both."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from parlance.assembly.backup import Kept
from parlance.core.dispatch import Loader
from parlance.core.files.cabinet import Cabinet, FileLimits
from parlance.core.files.handlers import find_file
from parlance.core.files.keeper import Keeper
from parlance.core.files.parts import attach, judge, own
from parlance.ports.blobs import Blobs
from parlance.ports.stores import Database
from parlance.settings.schema import Settings
from parlance.stores.blobs.folder import FolderBlobs
from parlance.stores.blobs.objects import ObjectBlobs
from parlance.stores.sql.files import SqlFileKeeping
from parlance.values.ids import Ids
from parlance.values.time import Clock
from parlance.watch import Observer

KIBIBYTE = 1024
MEBIBYTE = 1024 * KIBIBYTE


class FileKeeping:
    """Everything about files in one process."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        clock: Clock,
        ids: Ids,
        observer: Observer,
        blobs: Blobs,
    ) -> None:
        """`blobs` is where the bytes are."""
        self._settings = settings
        self._blobs = blobs
        rows = SqlFileKeeping(database)
        log = observer.log("parlance.core.files")
        self._keeper = Keeper(rows, self._blobs, database, clock, log, observer.defect, rows.unknown)
        self.room = Cabinet(rows.files, self._blobs, self._keeper, clock, ids, limits(settings))
        self.attach = partial(attach, self.room)
        """How saved chats turn uploaded files into parts of a message."""
        self.judge = partial(judge, self.room)
        """How they refuse those that no model can be given."""
        self.own = partial(own, self.room)
        """How any ask finds what its user stored, by the id."""
        observer.metrics.watch("blobs_free_bytes", "Room for files that is left.", self._free)

    @property
    def loaders(self) -> Mapping[str, Loader]:
        """How dispatch finds files."""
        return {"file": partial(find_file, self.room)}

    def kept(self, database: Database, clock: Clock) -> Kept | None:
        """What there is to back up, on a server that keeps anything on disk."""
        folder, blobs = self._settings.data.dir, self._blobs
        if folder is None or not isinstance(blobs, FolderBlobs | ObjectBlobs):
            return None
        wanted = isinstance(blobs, FolderBlobs) or self._settings.storage.in_backups
        return Kept(database, blobs if wanted else None, Path(folder), clock)

    def _free(self) -> float:
        free = self._blobs.free()
        return math.inf if free is None and isinstance(self._blobs, ObjectBlobs) else free or 0

    def start(self) -> None:
        """Sweep, and look after files from now on."""
        self._keeper.start()

    async def stop(self) -> None:
        """Give back what broken uploads had reserved, and no more."""
        await self._keeper.stop()
        await self._blobs.close()


def limits(settings: Settings) -> FileLimits:
    """The bounds in bytes."""
    chosen = settings.files
    return FileLimits(
        upload=int(chosen.max_size_mb * MEBIBYTE),
        user=None if chosen.user_quota_mb is None else int(chosen.user_quota_mb * MEBIBYTE),
        tenant=None if chosen.tenant_quota_mb is None else int(chosen.tenant_quota_mb * MEBIBYTE),
        image=int(chosen.max_image_mb * MEBIBYTE),
        text=int(chosen.max_text_kb * KIBIBYTE),
    )
