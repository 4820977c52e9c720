"""What the blob folder asks of the operating system, in one place: tests hand in one that fails at a chosen call."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO


class Disk:
    """The machine's own. Every method may raise OSError."""

    def make_folder(self, path: Path) -> bool:
        """Make a folder and those above it, for the owner only; gives whether there was none."""
        try:
            path.mkdir(mode=0o700, parents=True)
        except FileExistsError:
            return False
        return True

    def create(self, path: Path) -> BinaryIO:
        """A new file to write to, for the owner only."""
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        return os.fdopen(descriptor, "wb", buffering=0)

    def write(self, file: BinaryIO, data: bytes) -> None:
        """All of the bytes."""
        rest = memoryview(data)
        while rest:
            rest = rest[file.write(rest) :]

    def settle(self, file: BinaryIO) -> None:
        """Have the file's bytes on the disk."""
        os.fsync(file.fileno())

    def settle_folder(self, path: Path) -> None:
        """Have a folder's names on the disk, where the system can say so."""
        if not hasattr(os, "O_DIRECTORY"):
            return
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def rename(self, old: Path, new: Path) -> None:
        """Give the file its name, at once."""
        os.replace(old, new)

    def open(self, path: Path) -> BinaryIO:
        """A file to read from."""
        return open(path, "rb", buffering=0)

    def read(self, file: BinaryIO, start: int, size: int) -> bytes:
        """At most `size` bytes from `start`."""
        file.seek(start)
        return file.read(size)

    def remove(self, path: Path) -> None:
        """Remove a file, if it is there."""
        path.unlink(missing_ok=True)

    def scan(self, path: Path) -> Iterator[tuple[str, float]]:
        """The files of a folder: name, and when each was changed last (seconds); nothing where there is no folder."""
        try:
            entries = os.scandir(path)
        except FileNotFoundError:
            return
        with entries:
            for entry in entries:
                try:
                    yield entry.name, entry.stat(follow_symlinks=False).st_mtime
                except FileNotFoundError:
                    continue

    def free(self, path: Path) -> int:
        """Bytes that may still be written."""
        return shutil.disk_usage(path).free
