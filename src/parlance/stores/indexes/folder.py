"""The segments of one base on the disk: `DATA/indexes/<base>/<generation>/`, named by their bytes.

The `list` names the segments that belong together, which of their documents have gone, and up to which mark of the
source they reach. A file is written beside its place, synced and then named; the list comes last, so that whatever a
crash leaves behind is an older whole. Processes that share a folder take turns at writing by a lock of the operating
system; a reader needs none: a list is replaced at once, and a file it names goes only after the next list.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from parlance.ports.indexes import Mark
from parlance.stores.blobs.disk import Disk
from parlance.stores.folder_lock import waiting_lock
from parlance.stores.indexes.parts import Part
from parlance.stores.indexes.segment import Buffer, Damaged, Segment

LIST, LOCK, ENDING, NET = "list", "lock", ".segment", ".net"
"""A few lock files serve all bases: they are never removed, since two could then be locked under one name."""
HALF = ".half"
"""The ending of a net that is being made: that takes minutes, in which lists are written."""
STAMP = 16
"""Bytes of the list's hash, with which it begins."""
ATTEMPTS = 3
"""To read a list and its files, which another process may replace in between."""


class Listed(msgspec.Struct, frozen=True):
    """A segment's file, and the places of its documents that have gone."""

    name: str
    gone: tuple[int, ...] = ()


class Kept(msgspec.Struct, frozen=True):
    """What the list says."""

    mark: Mark
    segments: tuple[Listed, ...] = ()


class IndexFolder:
    """The files of one generation of one base below `root`."""

    def __init__(self, root: Path, tenant: str, base: str, generation: int) -> None:
        self._base = base_folder(root, tenant, base)
        self._folder = self._base / str(generation)
        self._lock = root / f"{LOCK}-{self._base.name[0]}"

    @contextmanager
    def writing(self) -> Iterator[None]:
        """The right to write, among the processes that share the folder. Waits for it."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with waiting_lock(self._lock):
            yield

    def read(self) -> tuple[bytes, Mark, list[Part]]:
        """The list's stamp and what is kept; the very beginning where nothing is, or something is lost or damaged."""
        stamp = b""
        for _ in range(ATTEMPTS):
            stamp = self.stamp()
            try:
                kept = self._list()
                with suppress(OSError):
                    os.utime(self._folder / LIST)  # it was wanted: see `remove_idle`
                return stamp, kept.mark, [self._part(each) for each in kept.segments]
            except (Damaged, OSError):
                continue
        return stamp, Mark(), []

    def stamp(self) -> bytes:
        """What changes with every list; nothing where there is none."""
        try:
            with open(self._folder / LIST, "rb") as file:
                return file.read(STAMP)
        except OSError:
            return b""

    def add(self, pieces: Sequence[Buffer]) -> Segment:
        """Write a segment. It is not kept before a list names it."""
        digest = hashlib.sha256()
        with self._written() as file:
            for piece in pieces:
                digest.update(piece)
                file.write(piece)
            name = digest.hexdigest()[:32] + ENDING
            file.name_it(self._folder / name)
        return self._segment(name)

    def keep(self, mark: Mark, parts: Sequence[Part]) -> bytes:
        """Replace the list, and remove the files that it does not name, and older generations. Gives the stamp."""
        segments = tuple(Listed(part.segment.name, tuple(sorted(part.gone))) for part in parts)
        body = msgspec.json.encode(Kept(mark, segments))
        stamp = hashlib.sha256(body).digest()[:STAMP]
        with self._written() as file:
            file.write(stamp + body)
            file.name_it(self._folder / LIST)
        Disk().settle_folder(self._folder)
        self._tidy({LIST, *(each.name for each in segments)})
        return stamp

    def has(self, name: str) -> bool:
        """Whether a segment is there still."""
        return (self._folder / name).exists()

    def net(self, name: str) -> memoryview | None:
        """The file of a segment's net, none where there is none. Raises `Damaged` for one without a byte, OSError."""
        try:
            return self._mapped(_net_of(name))
        except FileNotFoundError:
            return None

    def add_net(self, name: str, write: Callable[[Path], None]) -> None:
        """Have `write` make a segment's net, under a name that nobody reads; it is named once it is on the disk. One
        process at a time. Raises OSError, also where the base was dropped meanwhile."""
        place = self._folder / _net_of(name)
        half = place.with_name(place.name + HALF)
        try:
            os.close(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
            write(half)
            with open(half, "r+b") as file:
                os.fsync(file.fileno())
            os.replace(half, place)
        finally:
            half.unlink(missing_ok=True)
        Disk().settle_folder(self._folder)

    def _tidy(self, wanted: set[str]) -> None:
        nets = {_net_of(name) for name in wanted}
        for each in self._folder.iterdir():
            if each.name not in wanted and each.name.removesuffix(HALF) not in nets:
                with suppress(OSError):  # Windows keeps what somebody reads: the next list removes it
                    each.unlink()
        for other in self._base.iterdir():
            if other.name.isdecimal() and int(other.name) < int(self._folder.name):
                shutil.rmtree(other, ignore_errors=True)

    def _list(self) -> Kept:
        try:
            data = (self._folder / LIST).read_bytes()
        except FileNotFoundError:
            return Kept(Mark())
        if hashlib.sha256(data[STAMP:]).digest()[:STAMP] != data[:STAMP]:
            raise Damaged("the list is not what was written")
        try:
            return msgspec.json.decode(data[STAMP:], type=Kept)
        except msgspec.DecodeError:
            raise Damaged("the list cannot be read") from None

    def _part(self, listed: Listed) -> Part:
        return Part(self._segment(listed.name), frozenset(listed.gone))

    def _segment(self, name: str) -> Segment:
        return Segment(self._mapped(name), name)

    def _mapped(self, name: str) -> memoryview:
        with open(self._folder / name, "rb") as file:
            try:
                return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
            except ValueError:
                raise Damaged("it is empty") from None

    @contextmanager
    def _written(self) -> Iterator[_File]:
        descriptor, path = tempfile.mkstemp(dir=self._folder, suffix=".part")
        file = _File(descriptor, Path(path))
        try:
            yield file
        finally:
            file.close()


class _File:
    """A file that has no name yet."""

    def __init__(self, descriptor: int, path: Path) -> None:
        self._file = os.fdopen(descriptor, "wb")
        self._path: Path | None = path

    def write(self, piece: Buffer) -> None:
        """The next bytes."""
        self._file.write(piece)

    def name_it(self, place: Path) -> None:
        """Have it on the disk, under its name."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        if self._path is not None:
            os.replace(self._path, place)
        self._path = None

    def close(self) -> None:
        """Remove what was given no name."""
        self._file.close()
        if self._path is not None:
            self._path.unlink(missing_ok=True)


def _net_of(segment: str) -> str:
    return segment.removesuffix(ENDING) + NET


def base_folder(root: Path, tenant: str, base: str) -> Path:
    """Where a base's files are: nothing that anybody said becomes a path."""
    return root / hashlib.sha256(f"{tenant}\0{base}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def remove_idle(root: Path, before: int, wanted: Collection[Path]) -> None:
    """Remove the folders of bases whose lists were neither written nor read since `before` (microseconds), but for the
    wanted ones."""
    for folder in root.iterdir() if root.is_dir() else ():
        if folder.is_dir() and folder not in wanted and _last_wanted(folder) < before:
            shutil.rmtree(folder, ignore_errors=True)


def _last_wanted(folder: Path) -> int:
    times = [each.stat().st_mtime_ns // 1000 for each in folder.glob(f"*/{LIST}")]
    return max(times, default=folder.stat().st_mtime_ns // 1000)
