"""One owner per data folder: a lock that the operating system takes back when its holder ends, however it ends.

The lock is on the file `owner.lock` in the folder, by `flock` (by `msvcrt.locking` on Windows). The file holds the
owner's process number and, once known, its address, for the sentence that a second one gets. It is never removed: to
unlink a locked file would let two processes lock two files of one name.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

FILE = "owner.lock"
_FAR = 1 << 30
"""On Windows a locked byte cannot be read by others: the one we lock is far behind what the file says."""
_MOST = 4096


class FolderError(Exception):
    """The folder cannot be had. The text is a sentence that says why and what to do."""


class FolderTaken(FolderError):
    """A running process owns the folder; `pid` and `address` are what it wrote down, if anything."""

    def __init__(self, folder: Path, pid: str, address: str) -> None:
        known = ", ".join(part for part in (pid and f"process {pid}", address) if part)
        super().__init__(
            f"Another Parlance{f' ({known})' if known else ''} uses the data folder {folder}: stop it, or give this "
            "one another folder with --data, or none with --ephemeral."
        )
        self.pid = pid
        self.address = address


class FolderLock:
    """The right to write into a folder, for one process at a time. Use it as a context, or `acquire` and `release`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the folder, which is made if need be, for its owner only. Does not wait.

        Raises FolderTaken where another holder lives, FolderError where the folder cannot be made or locked.
        """
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self._folder / FILE, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise self._unusable(error) from None
        try:
            _lock(descriptor)
        except (BlockingIOError, PermissionError):
            pid, _, address = os.read(descriptor, _MOST).decode("utf-8", "replace").strip().partition("\n")
            os.close(descriptor)
            raise FolderTaken(self._folder, pid, address) from None
        except OSError as error:
            os.close(descriptor)
            raise self._unusable(error) from None
        self._descriptor = descriptor
        self.note("")

    def note(self, address: str) -> None:
        """Write down where the owner can be reached, for the sentence that a second one gets."""
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            os.lseek(self._descriptor, 0, os.SEEK_SET)
            os.write(self._descriptor, f"{os.getpid()}\n{address}\n".encode())

    def release(self) -> None:
        """Give the folder back. Does nothing where it is not held."""
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def _unusable(self, error: OSError) -> FolderError:
        return FolderError(
            f"The data folder {self._folder} cannot be used ({error.strerror or error}): name another one on this "
            "machine's own disk with --data, or start with --ephemeral."
        )


def _lock(descriptor: int) -> None:
    """Lock without waiting. Raises BlockingIOError or (Windows) PermissionError where somebody else holds it."""
    if sys.platform == "win32":
        os.lseek(descriptor, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        finally:
            os.lseek(descriptor, 0, os.SEEK_SET)
    else:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def waiting_lock(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on a file, which is made if need be and never removed. Waits as long as it takes: not for
    the event loop. Raises OSError."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _wait_for(descriptor)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def trying_lock(path: Path) -> Iterator[bool]:
    """Hold an exclusive lock on a file, which is made if need be and never removed; false where another process or
    holder has it. Raises OSError."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield _is_locked(descriptor)
    finally:
        os.close(descriptor)


def _wait_for(descriptor: int) -> None:
    if sys.platform == "win32":
        while not _is_locked(descriptor):
            time.sleep(0.05)
    else:
        fcntl.flock(descriptor, fcntl.LOCK_EX)


def _is_locked(descriptor: int) -> bool:
    """Try once; Windows itself waits ten seconds at most."""
    try:
        _lock(descriptor)
    except (BlockingIOError, PermissionError):
        return False
    return True
