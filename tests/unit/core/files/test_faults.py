"""Every call of the disk and of the database that an upload or a deletion makes is made to fail, one after the other.

Whatever fails: afterwards no room is reserved, what is counted is what is there, every file that is listed can be read
whole, nothing else is on the disk, and the next upload works.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from parlance.core.files.cabinet import FileLimits
from parlance.core.files.keeper import ORPHAN_SECONDS
from parlance.core.files.operations import DeleteFile, ListFiles, ReadContent
from parlance.core.files.taking import HOLD_SECONDS
from parlance.ports.stores import ChangeSet, Conflict
from parlance.stores.blobs.disk import Disk
from parlance.values.errors import Fault, Kind
from tests.unit.core.files.desk import Desk

pytestmark = pytest.mark.slow

DATA = os.urandom(700_000)
ERRORS: dict[str, Callable[[], Exception]] = {
    "disk full": lambda: OSError(errno.ENOSPC, "No space left on device"),
    "disk read-only": lambda: OSError(errno.EROFS, "Read-only file system"),
    "disk failed": lambda: OSError(errno.EIO, "Input/output error"),
    "database away": lambda: Fault(Kind.busy, "The database cannot be reached.", code="database_unreachable"),
    "conflict": Conflict,
}
DISK = ("make_folder", "create", "write", "settle", "settle_folder", "rename", "open", "read", "remove")


class Nth:
    """Counts calls, and fails one of them."""

    def __init__(self, fails: int = 0, error: Callable[[], Exception] | None = None) -> None:
        self.count = 0
        self.fails = fails
        self.error = error
        self.hit = False

    def call(self) -> None:
        self.count += 1
        if self.error is not None and self.count == self.fails:
            self.hit = True
            raise self.error()


class NthDisk(Disk):
    """A disk whose Nth call of any kind fails."""

    def __init__(self, nth: Nth) -> None:
        self.nth = nth

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        if name not in DISK:
            return found

        def counted(*args: Any) -> Any:
            self.nth.call()
            return found(*args)

        return counted


class NthDatabase:
    """A database whose Nth read or change fails."""

    def __init__(self, database: Any, nth: Nth) -> None:
        self._database, self.nth = database, nth
        self.kind = database.kind

    async def read(self, *args: Any, **more: Any) -> Any:
        if self.nth.error is not Conflict:
            self.nth.call()
        return await self._database.read(*args, **more)

    async def apply(self, changes: ChangeSet) -> None:
        self.nth.call()
        await self._database.apply(changes)

    async def close(self) -> None:
        await self._database.close()


async def upload(desk: Desk) -> None:
    """A file of a known length."""
    await desk.upload(DATA)


async def upload_in_steps(desk: Desk) -> None:
    """One whose length nobody knows."""
    await desk.upload(DATA, size=None)


async def replace(desk: Desk) -> None:
    """One comes, and goes again."""
    view = await desk.upload(DATA)
    await desk.do(DeleteFile(view.id))


async def whole(desk: Desk) -> None:
    """What must hold after whatever happened, once the keeper has been round."""
    desk.clock.move(HOLD_SECONDS * 2)
    await desk.keeper.tidy()
    files = (await desk.do(ListFiles())).files
    assert await desk.room() == (sum(file.size for file in files), 0, len(files)) == await desk.room("")
    for file in files:
        content = await desk.do(ReadContent(file.id))
        assert b"".join([piece async for piece in content.read(0, file.size)]) == DATA
    age(desk)
    await desk.keeper.sweep()
    assert len(desk.on_disk()) == len(files)
    await desk.upload(DATA, "afterwards.bin")


def age(desk: Desk) -> None:
    """Let a day go by for all that is on the disk."""
    old = desk.clock.now() / 10**6 - ORPHAN_SECONDS - 60
    for path in [path for path in desk.folder.rglob("*") if path.is_file()]:
        os.utime(path, (old, old))


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("scenario", [upload, upload_in_steps, replace])
async def test_whichever_call_fails_nothing_is_lost_or_left_behind(
    tmp_path: Path, scenario: Callable[[Desk], Awaitable[None]], error: str
) -> None:
    """For every N: the Nth call fails, then all is well again."""
    number, hit = 0, True
    while hit:
        number += 1
        hit = await _with_the(number, error, scenario, tmp_path / f"{number}")
    assert number > 2, "nothing was made to fail"


async def _with_the(number: int, error: str, scenario: Callable[[Desk], Awaitable[None]], folder: Path) -> bool:
    """Do it with this call failing; gives whether there was such a call."""
    nth, on_disk = Nth(number, Conflict if error == "conflict" else ERRORS[error]), error.startswith("disk")
    desk = Desk(folder, FileLimits(user=10**7), NthDisk(nth if on_disk else Nth()))
    await desk.open()
    database: Any = NthDatabase(desk.database, Nth() if on_disk else nth)
    desk.dispatch._database = desk.keeper._database = desk.rows._database = database
    try:
        await scenario(desk)
    except Fault as fault:
        assert fault.kind in (Kind.busy, Kind.conflict, Kind.missing), (number, fault)
    nth.error = None
    await whole(desk)
    await desk.close()
    return nth.hit
