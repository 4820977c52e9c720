"""The two blob stores, held to one contract; and what only a disk can do: fill up, refuse, and keep what is old."""

from __future__ import annotations

import asyncio
import errno
import os
import stat
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import BinaryIO

import pytest

from parlance.stores.blobs.disk import Disk
from parlance.stores.blobs.folder import FolderBlobs
from parlance.stores.blobs.paths import is_id, place
from parlance.stores.volatile.blobs import MemoryBlobs
from parlance.testing.blobs import ID, OTHER, BlobsContract, fetched, stored
from parlance.testing.clocks import HandClock
from parlance.values.errors import Fault, Kind
from parlance.values.time import SECOND


class FailingDisk(Disk):
    """A disk whose calls of one kind fail with one error, while that is set."""

    def __init__(self) -> None:
        self.fails: dict[str, int] = {}
        self.called: list[str] = []

    def _call(self, what: str) -> None:
        self.called.append(what)
        if what in self.fails:
            raise OSError(self.fails[what], os.strerror(self.fails[what]), "/secret/path")

    def make_folder(self, path: Path) -> bool:
        self._call("make_folder")
        return super().make_folder(path)

    def create(self, path: Path) -> BinaryIO:
        self._call("create")
        return super().create(path)

    def write(self, file: BinaryIO, data: bytes) -> None:
        self._call("write")
        super().write(file, data)

    def settle(self, file: BinaryIO) -> None:
        self._call("settle")
        super().settle(file)

    def settle_folder(self, path: Path) -> None:
        self._call(f"settle_folder {path.name}")
        super().settle_folder(path)

    def rename(self, old: Path, new: Path) -> None:
        self._call("rename")
        super().rename(old, new)

    def open(self, path: Path) -> BinaryIO:
        self._call("open")
        return super().open(path)

    def read(self, file: BinaryIO, start: int, size: int) -> bytes:
        self._call("read")
        return super().read(file, start, size)

    def remove(self, path: Path) -> None:
        self._call("remove")
        super().remove(path)

    def free(self, path: Path) -> int:
        self._call("free")
        return super().free(path)


class TestFolder(BlobsContract):
    """Files on disk."""

    @pytest.fixture
    async def blobs(self, tmp_path: Path) -> AsyncIterator[FolderBlobs]:
        blobs = FolderBlobs(tmp_path / "blobs")
        yield blobs
        await blobs.close()


class TestMemory(BlobsContract):
    """Bytes in memory."""

    @pytest.fixture
    def blobs(self) -> MemoryBlobs:
        return MemoryBlobs(HandClock())


@pytest.fixture
def disk() -> FailingDisk:
    return FailingDisk()


@pytest.fixture
async def blobs(tmp_path: Path, disk: FailingDisk) -> AsyncIterator[FolderBlobs]:
    blobs = FolderBlobs(tmp_path / "blobs", disk)
    yield blobs
    await blobs.close()


def files(root: Path) -> list[str]:
    """Every file below a folder."""
    return sorted(path.name for path in root.rglob("*") if path.is_file())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errno.ENOSPC, "disk_full"),
        (errno.EDQUOT, "disk_full"),
        (errno.EFBIG, "disk_full"),
        (errno.EROFS, "disk_read_only"),
        (errno.EACCES, "disk_read_only"),
        (errno.EMFILE, "too_many_open_files"),
        (errno.EIO, "disk_failed"),
    ],
)
@pytest.mark.parametrize("call", ["make_folder", "create", "write", "settle", "rename"])
async def test_a_disk_that_refuses_is_told_as_busy_and_heals(
    blobs: FolderBlobs, disk: FailingDisk, tmp_path: Path, call: str, error: int, code: str
) -> None:
    """At every step of a write; no path is told, nothing stays behind, and the next attempt works."""
    disk.fails = {call: error}
    with pytest.raises(Fault) as caught:
        writing = await blobs.write(ID)
        try:
            await writing.add(bytes(300_000))
            await writing.finish()
        except Fault:
            writing.abandon()
            raise
    assert (caught.value.kind, caught.value.code) == (Kind.busy, code)
    assert caught.value.retry_after and "secret" not in caught.value.sentence()
    disk.fails = {}
    assert await stored(blobs, b"healed", OTHER) and await fetched(blobs, 0, 6, OTHER) == b"healed"
    await blobs.close()
    assert files(tmp_path) == [OTHER]


async def test_a_disk_that_cannot_remove_says_so(blobs: FolderBlobs, disk: FailingDisk) -> None:
    """The row is gone by then; the sweep at the next start tries again."""
    await stored(blobs, b"x")
    disk.fails = {"remove": errno.EROFS}
    with pytest.raises(Fault) as caught:
        await blobs.delete(ID)
    assert caught.value.code == "disk_read_only"


async def test_free_room_is_unknown_where_the_system_does_not_say(blobs: FolderBlobs, disk: FailingDisk) -> None:
    """It is a figure for people, never a reason to fail."""
    disk.fails = {"free": errno.EIO}
    assert blobs.free() is None


async def test_bytes_and_names_are_on_the_disk_before_the_blob_counts(blobs: FolderBlobs, disk: FailingDisk) -> None:
    """Folders when they are made, the file before its name, the name before the end."""
    await stored(blobs, bytes(300_000))
    parent = place(Path("x"), ID).parent.name
    order = [call for call in disk.called if call.startswith(("settle", "rename", "write"))]
    assert order[2:] == ["write", "write", "settle", "rename", f"settle_folder {parent}"]
    assert order[1] == "settle_folder blobs"


async def test_only_the_owner_of_the_server_can_read_the_files(blobs: FolderBlobs, tmp_path: Path) -> None:
    """Others on the machine see neither files nor their names."""
    await stored(blobs, b"private")
    path = place(tmp_path / "blobs", ID)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


async def test_what_was_begun_long_ago_is_removed_and_what_is_under_way_is_not(
    blobs: FolderBlobs, tmp_path: Path
) -> None:
    """Half a blob of a server that crashed; and files that are not ours are left alone."""
    await stored(blobs, b"whole")
    folder = place(tmp_path / "blobs", ID).parent
    for name, age in (("0aaa3b.part", 100), ("0bbb3b.part", 0), ("README.txt", 100), ("..part", 100)):
        path = folder / name
        path.write_bytes(b"half")
        os.utime(path, (1_000_000 - age, 1_000_000 - age))
    os.utime(place(tmp_path / "blobs", ID), (0, 0))
    found = [id async for some in blobs.aged(999_950 * SECOND) for id in some]
    assert found == [ID]
    assert files(tmp_path) == ["..part", ID, "0bbb3b.part", "README.txt"]


async def test_many_aged_blobs_come_some_at_a_time(blobs: FolderBlobs, tmp_path: Path) -> None:
    """So that each batch is one question to the database."""
    folder = tmp_path / "blobs" / "ab"
    folder.mkdir(parents=True)
    for number in range(450):
        (folder / f"{number:06x}ab").write_bytes(b"")
    sizes = [len(some) async for some in blobs.aged(2**62)]
    assert sizes == [200, 200, 50]


async def test_a_writer_who_is_cancelled_in_the_middle_leaves_nothing(blobs: FolderBlobs, tmp_path: Path) -> None:
    """A client that hangs up while a thread writes: the thread ends, then the file goes."""
    writing = await blobs.write(ID)

    async def pour() -> None:
        while True:
            await writing.add(bytes(256 * 1024))

    pouring = asyncio.create_task(pour())
    while writing.size < 4 * 2**20:
        await asyncio.sleep(0)
    pouring.cancel()
    await asyncio.wait([pouring])
    writing.abandon()
    with pytest.raises(ValueError, match="abandoned"):
        await writing.finish()
    await blobs.close()
    assert files(tmp_path) == []


async def test_memory_that_is_full_refuses_and_takes_again_what_fits() -> None:
    """A server without a disk is not brought down by uploads."""
    blobs = MemoryBlobs(HandClock(), most=10)
    await stored(blobs, b"12345678")
    with pytest.raises(Fault) as caught:
        await stored(blobs, b"12345678", "aa")
    assert caught.value.code == "disk_full"
    await blobs.delete(ID)
    assert blobs.free() == 10 or blobs.free() == 8


@pytest.mark.parametrize(
    "id",
    [
        "",
        "a",
        "..",
        "../aa",
        "/etc/passwd",
        "aa/bb",
        "aa\\bb",
        "AA",
        "aa\x00",
        "aa\n",
        "a" * 65,
        ".part",
        "ab.",
        "é" * 4,
    ],
)
@pytest.mark.parametrize("make", [lambda root, id: place(root, id), lambda root, id: place(root, id, ".part")])
def test_only_our_own_ids_become_paths(tmp_path: Path, id: str, make: Callable[[Path, str], Path]) -> None:
    """Whatever else comes this way is a mistake, and loud."""
    assert not is_id(id)
    with pytest.raises(ValueError, match="not the id"):
        make(tmp_path, id)


def test_a_path_never_leads_out_of_the_folder_even_by_a_link_in_it(tmp_path: Path) -> None:
    """Somebody who can write into the folder cannot make the server read elsewhere."""
    outside, root = tmp_path / "outside", tmp_path / "root"
    outside.mkdir()
    root.mkdir()
    (root / ID[-2:]).symlink_to(outside)
    with pytest.raises(ValueError, match="leads out"):
        place(root, ID)
    assert place(root, ID[:-1] + "0") == root / (ID[-2] + "0") / (ID[:-1] + "0")
