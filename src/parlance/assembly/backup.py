"""Backing up a running server, and making a server's data of a backup."""

from __future__ import annotations

import asyncio
import itertools
import os
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO

import msgspec

from parlance import __version__
from parlance.assembly.stores import FILE
from parlance.ports.stores import Database
from parlance.stores.archive import BadBackup, Input, Manifest, Output, Writer, checked, lines_of, pages_of, pieces
from parlance.stores.blobs.folder import FolderBlobs
from parlance.stores.blobs.paths import place
from parlance.stores.sql import filling
from parlance.stores.sql.migrations import MIGRATIONS
from parlance.stores.sql.snapshot import PAGE, Snapshot, snapshot, tables
from parlance.stores.sql.sqlite import Sqlite
from parlance.values.time import Clock
from parlance.vault.sealed_file import SealedReader, SealedWriter, is_sealed

PART = ".part"
SECRETS = ("secret.key",)
"""Files of the data folder that are backed up too, but only sealed."""


def create(path: Path) -> IO[bytes]:
    """A file to write and read, for the owner only; an older one of the name is emptied."""
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b")


class Kept(msgspec.Struct, frozen=True):
    """What there is to back up of a server that keeps anything on disk: the database, blobs (below `blob_root`) and
    the data folder. `create` makes the file that it goes to."""

    database: Database
    blobs: FolderBlobs
    blob_root: Path
    folder: Path
    clock: Clock
    entropy: Callable[[int], bytes] = os.urandom
    create: Callable[[Path], IO[bytes]] = create


async def back_up(kept: Kept, target: Path, passphrase: str | None = None) -> Manifest:
    """Write a backup of this moment to `target`, which appears only when it is whole. Writers go on meanwhile."""
    part = target.with_name(target.name + PART)
    await asyncio.to_thread(target.parent.mkdir, mode=0o700, parents=True, exist_ok=True)
    file = await asyncio.to_thread(kept.create, part)
    try:
        with file:
            sealed = SealedWriter(file, passphrase, kept.entropy) if passphrase is not None else None
            manifest = await _write(kept, sealed or file, with_secrets=sealed is not None)
            if sealed is not None:
                await asyncio.to_thread(sealed.close)
            await asyncio.to_thread(_settle, file)
        await asyncio.to_thread(os.replace, part, target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return manifest


def _settle(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())


async def _write(kept: Kept, output: Output, *, with_secrets: bool) -> Manifest:
    writer = Writer(output)
    try:
        return await _fill_archive(kept, writer, with_secrets=with_secrets)
    except BaseException:
        writer.abandon()
        raise


async def _fill_archive(kept: Kept, writer: Writer, *, with_secrets: bool) -> Manifest:
    lost: list[str] = []
    async with kept.blobs.undeleted(), snapshot(kept.database) as moment:
        for table in tables():
            await _add_table(writer, moment, table, kept.folder)
        async for id, blob, size, digest in _blobs(moment):
            if not await asyncio.to_thread(_add_blob, writer, place(kept.blob_root, blob), blob, size, digest):
                lost.append(id)
    for name in SECRETS if with_secrets else ():
        await asyncio.to_thread(_add_secret, writer, kept.folder / name)
    return await asyncio.to_thread(writer.finish, MIGRATIONS[-1].number, kept.clock.now(), __version__, tuple(lost))


async def _add_table(writer: Writer, moment: Snapshot, table: str, folder: Path) -> None:
    rows, first = 0, True
    with tempfile.TemporaryFile(dir=folder) as file:
        async for page in moment.pages(table):
            await asyncio.to_thread(file.write, lines_of(page, first=first))
            rows, first = rows + len(page.rows), False
        size = file.tell()
        file.seek(0)
        await asyncio.to_thread(writer.add, f"tables/{table}.jsonl", file, size, rows)


async def _blobs(moment: Snapshot) -> AsyncIterator[tuple[str, str, int, str]]:
    """The id of every file of this moment, and id, size and hash of its blob."""
    async for page in moment.pages("files"):
        at = [page.columns.index(name) for name in ("id", "blob_id", "size", "sha256")]
        for row in page.rows:
            id, blob, size, digest = (row[each] for each in at)
            yield str(id), str(blob), int(str(size)), str(digest)


def _add_blob(writer: Writer, path: Path, id: str, size: int, digest: str) -> bool:
    """Whether the content is there, as it was when it was stored. What is gone, or lies on another host, must not keep
    the rest from being backed up; what was changed on the disk is added as it is, for half a file may be of use."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return False
    with file:
        if os.fstat(file.fileno()).st_size != size:
            return False
        return writer.add(f"blobs/{id}", file, size) == digest


def _add_secret(writer: Writer, path: Path) -> None:
    if path.exists():
        with path.open("rb") as file:
            writer.add(f"secrets/{path.name}", file, path.stat().st_size)


# -- the way back -----------------------------------------------------------------------------------------------------


@asynccontextmanager
async def _opened(source: Path, passphrase: str | None) -> AsyncIterator[Input]:
    with await asyncio.to_thread(source.open, "rb") as file:
        if not await asyncio.to_thread(is_sealed, file):
            yield file
        elif passphrase is None:
            raise BadBackup("The backup is sealed: give its passphrase.")
        else:
            yield await asyncio.to_thread(SealedReader, file, passphrase)


async def verified(source: Path, passphrase: str | None = None) -> Manifest:
    """Read a backup whole and compare it with its manifest. Raises `BadBackup` and `Sealed`."""
    async with _opened(source, passphrase) as opened:
        manifest = await asyncio.to_thread(checked, opened)
    if manifest.schema > MIGRATIONS[-1].number:
        raise BadBackup(
            f"The backup is of schema {manifest.schema}, made by a newer Parlance: restore it with that one."
        )
    return manifest


async def restore(
    source: Path, passphrase: str | None, folder: Path, blob_root: Path, clock: Clock, database: Database | None = None
) -> Manifest:
    """Verify a backup, then put it in the place of what is there; until the last step nothing there is touched.

    `database` is a database server's, which must be empty; without one it is the file in `folder`, of which the old
    one is kept beside it as `parlance.db.replaced`. Nobody may serve the folder meanwhile.
    """
    manifest = await verified(source, passphrase)
    if database is not None:
        await _fill(source, passphrase, manifest, database, folder, blob_root, clock)
        return manifest
    new = folder / f"{FILE}.restoring"
    for name in _beside(new):
        name.unlink(missing_ok=True)
    try:
        made = Sqlite(new)
        try:
            await _fill(source, passphrase, manifest, made, folder, blob_root, clock)
        finally:
            await made.close()
    except BaseException:
        for name in _beside(new):  # a disk that is full has no room for what is of no use
            name.unlink(missing_ok=True)
        raise
    await Sqlite(folder / FILE).close()  # the last connection takes the write-ahead log into the file
    await asyncio.to_thread(_swap, folder / FILE, new)
    return manifest


def _swap(old: Path, new: Path) -> None:
    """Put the new file in the old one's place in one step; the old one stays beside it, and so do those before it."""
    os.link(old, _free(old.with_name(old.name + ".replaced")))
    for left in _beside(old)[1:]:
        left.unlink(missing_ok=True)
    os.replace(new, old)


def _free(wanted: Path) -> Path:
    """The name, or with the first number from 2 that nothing has yet: who tries one backup after the other must not
    lose what was there before the first."""
    numbered = (wanted.with_name(f"{wanted.name}-{number}") for number in itertools.count(2))
    return next(path for path in itertools.chain((wanted,), numbered) if not path.exists())


def _beside(path: Path) -> list[Path]:
    return [path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")]


async def _fill(
    source: Path,
    passphrase: str | None,
    manifest: Manifest,
    database: Database,
    folder: Path,
    blob_root: Path,
    clock: Clock,
) -> None:
    await filling.prepare(database, manifest.schema, clock)
    async with _opened(source, passphrase) as opened:
        for name, file in pieces(opened):
            kind, _, rest = name.partition("/")
            if kind == "tables":
                for page in pages_of(file, PAGE):
                    await filling.fill(database, rest.removesuffix(".jsonl"), page)
            elif kind == "blobs":
                await asyncio.to_thread(_keep, file, place(blob_root, rest))
            elif kind == "secrets":
                await asyncio.to_thread(_keep, file, folder / rest)
    await filling.finish(database, clock)


def _keep(file: IO[bytes], path: Path) -> None:
    """Write a file and sync it; it gets its name when it is whole."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_name(path.name + PART)
    try:
        with create(part) as made:
            while data := file.read(PAGE * 1024):
                made.write(data)
            _settle(made)
        os.replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
