"""Blobs as files of one folder: `<two last digits of the id>/<id>`, with `.part` behind it until it is whole.

The bytes are hashed on their way; file and folder are synced before the name is given, so that a row that is committed
after it never names bytes that a power cut took. All waiting for the disk happens in a few threads of our own: the
event loop's are for looking up names.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from threading import Lock
from typing import BinaryIO, ParamSpec, TypeVar

from parlance.stores.blobs.disk import Disk
from parlance.stores.blobs.faults import lost, told
from parlance.stores.blobs.paths import is_id, place
from parlance.stores.blobs.sparing import Sparing
from parlance.values.time import SECOND

PART = ".part"
PIECE = 256 * 1024
"""Bytes of one trip to the disk: a tenth of a millisecond, and the most that a reader or writer holds in memory."""
THREADS = 4
"""More do not make one disk faster."""
BATCH = 200
"""Ids that are asked about together."""
P = ParamSpec("P")
T = TypeVar("T")


class FolderBlobs:
    """`Blobs` below `root`, which is made with the first of them."""

    def __init__(self, root: Path, disk: Disk | None = None) -> None:
        self._root = root
        self._disk = disk or Disk()
        self._threads = ThreadPoolExecutor(THREADS, "blobs")
        self._sparing = Sparing(lambda id: self._away(self._delete, id))

    def undeleted(self) -> AbstractAsyncContextManager[None]:
        """While somebody copies the folder, what is deleted stays; it goes when the last of them is done."""
        return self._sparing.undeleted()

    async def write(self, id: str) -> FolderWriting:
        """Begin a blob."""
        writing = FolderWriting(self._disk, self._root, id, self._threads)
        await writing.begin()
        return writing

    async def read(self, id: str, start: int, stop: int) -> AsyncIterator[bytes]:
        """The bytes of a range."""
        reading = _Reading(self._disk, place(self._root, id))
        try:
            while start < stop:
                piece = await self._away(reading.piece, start, min(PIECE, stop - start))
                if not piece:
                    raise lost()
                start += len(piece)
                yield piece
        finally:
            self._threads.submit(reading.close)

    def path(self, id: str) -> Path:
        """Where a blob is, to be read by a process of this host."""
        return place(self._root, id)

    async def delete(self, id: str) -> None:
        """Remove it, if it is there; while the folder is copied, after that."""
        await self._sparing.delete(id)

    async def aged(self, before: int) -> AsyncIterator[Sequence[str]]:
        """Old blobs, folder by folder."""
        for number in range(256):
            found = await self._away(self._old, f"{number:02x}", before / SECOND)
            for begin in range(0, len(found), BATCH):
                yield found[begin : begin + BATCH]

    def free(self) -> int | None:
        """What the disk has left; unknown until there is a folder."""
        try:
            return self._disk.free(self._root)
        except OSError:
            return None

    async def close(self) -> None:
        """Let the threads finish."""
        await asyncio.to_thread(self._threads.shutdown)

    async def _away(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await _away(self._threads, function, *args, **kwargs)

    def _delete(self, id: str) -> None:
        path = place(self._root, id)
        with told():
            self._disk.remove(path)

    def _old(self, folder: str, before: float) -> list[str]:
        """Ids of old blobs in one folder; what was begun as long ago and never finished is removed."""
        found = []
        with told():
            for name, changed in list(self._disk.scan(self._root / folder)):
                if changed >= before or not is_id(name.removesuffix(PART)):
                    continue
                if name.endswith(PART):
                    self._disk.remove(place(self._root, name.removesuffix(PART), PART))
                else:
                    found.append(name)
        return found


class FolderWriting:
    """One blob on its way. What runs in a thread takes the lock: a caller who leaves does not stop a thread."""

    def __init__(self, disk: Disk, root: Path, id: str, threads: ThreadPoolExecutor) -> None:
        self._disk = disk
        self._root = root
        self._path = place(root, id)
        self._part = place(root, id, PART)
        self._threads = threads
        self._lock = Lock()
        self._file: BinaryIO | None = None
        self._waiting = bytearray()
        self._hash = hashlib.sha256()
        self._abandoned = False
        self._whole = False
        self.size = 0

    async def begin(self) -> None:
        """Make the file."""
        try:
            await _away(self._threads, self._create)
        except BaseException:
            self.abandon()
            raise

    async def add(self, piece: bytes) -> None:
        """Take the next bytes; they go to the disk some at a time."""
        self.size += len(piece)
        self._waiting += piece
        if len(self._waiting) >= PIECE:
            data, self._waiting = bytes(self._waiting), bytearray()
            await _away(self._threads, self._write, data)

    async def finish(self) -> str:
        """Write the rest, sync, give the name, sync the folder."""
        await _away(self._threads, self._finish, bytes(self._waiting))
        return self._hash.hexdigest()

    def abandon(self) -> None:
        """Close and remove the file, in a thread."""
        self._abandoned = True
        self._waiting.clear()
        self._threads.submit(self._discard)

    def _create(self) -> None:
        with self._lock, told():
            if self._abandoned:
                return
            for folder in (self._root, self._part.parent):
                if self._disk.make_folder(folder):
                    self._disk.settle_folder(folder.parent)
            self._file = self._disk.create(self._part)

    def _write(self, data: bytes) -> None:
        with self._lock, told():
            if self._file is not None:
                self._disk.write(self._file, data)
                self._hash.update(data)

    def _finish(self, data: bytes) -> None:
        self._write(data)
        with self._lock, told():
            if self._abandoned or self._file is None:
                raise ValueError("A blob that was abandoned cannot be finished.")
            self._disk.settle(self._file)
            file, self._file = self._file, None
            file.close()
            self._disk.rename(self._part, self._path)
            self._whole = True
            self._disk.settle_folder(self._path.parent)

    def _discard(self) -> None:
        with self._lock, told():
            if self._file is not None:
                file, self._file = self._file, None
                file.close()
            if not self._whole:
                self._disk.remove(self._part)


class _Reading:
    """One reader's open file."""

    def __init__(self, disk: Disk, path: Path) -> None:
        self._disk = disk
        self._path = path
        self._lock = Lock()
        self._file: BinaryIO | None = None
        self._over = False

    def piece(self, start: int, size: int) -> bytes:
        """At most `size` bytes from `start`."""
        with self._lock, told():
            if self._over:
                return b""
            if self._file is None:
                self._file = self._disk.open(self._path)
            return self._disk.read(self._file, start, size)

    def close(self) -> None:
        """No more pieces."""
        with self._lock:
            self._over = True
            if self._file is not None:
                self._file.close()


async def _away(threads: ThreadPoolExecutor, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    return await asyncio.get_running_loop().run_in_executor(threads, lambda: function(*args, **kwargs))
