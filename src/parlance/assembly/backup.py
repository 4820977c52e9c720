"""Backing up a running server, and making a server's data of a backup."""

from __future__ import annotations

import asyncio
import itertools
import os
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from typing import IO, Any

import msgspec

from parlance import __version__
from parlance.assembly.stores import FILE
from parlance.ports.blobs import Blobs
from parlance.ports.stores import Database
from parlance.stores.archive import BadBackup, Input, Manifest, Output, Writer, checked, lines_of, pages_of, pieces
from parlance.stores.blobs.folder import FolderBlobs
from parlance.stores.blobs.objects import ObjectBlobs
from parlance.stores.blobs.spool import spooled
from parlance.stores.sql import filling
from parlance.stores.sql.migrations import MIGRATIONS
from parlance.stores.sql.snapshot import PAGE, Snapshot, snapshot, tables
from parlance.stores.sql.sqlite import Sqlite
from parlance.values.errors import Fault
from parlance.values.time import Clock
from parlance.vault.sealed_file import SealedReader, SealedWriter, is_sealed

PART = ".part"
SECRETS = ("secret.key",)
"""Files of the data folder that are backed up too, but only sealed."""


def create(path: Path) -> IO[bytes]:
    """A file to write and read, for the owner only; an older one of the name is emptied."""
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b")


class Kept(msgspec.Struct, frozen=True):
    """What there is to back up of a server that keeps anything on disk: the database, blobs (where a backup is to have
    them) and the data folder. `create` makes the file that it goes to."""

    database: Database
    blobs: FolderBlobs | ObjectBlobs | None
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
    blobs = kept.blobs
    async with nullcontext() if blobs is None else blobs.undeleted(), snapshot(kept.database) as moment:
        for table in tables():
            await _add_table(writer, moment, table, kept.folder)
        if blobs is not None:
            async for id, blob, size, digest in _blobs(moment):
                if not await _add_blob(writer, blobs, blob, size, digest):
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
    """The id of every file and document of this moment, and id, size and hash of its blob; a document that was read has
    others with what was read in it, whose hashes nobody wrote down."""
    async for page in moment.pages("files"):
        at = [page.columns.index(name) for name in ("id", "blob_id", "size", "sha256")]
        for row in page.rows:
            id, blob, size, digest = (row[each] for each in at)
            yield str(id), str(blob), int(str(size)), str(digest)
    async for page in moment.pages("documents"):
        for row in page.rows:
            document: dict[str, Any] = dict(zip(page.columns, row, strict=True))
            if document["blob_id"]:
                yield document["id"], document["blob_id"], document["size"], document["sha256"]
            for part in ("text", "layout") if document["state"] in ("embedding", "ready") else ():
                if document[f"{part}_blob"] and (document[f"{part}_size"] or part == "text"):
                    yield document["id"], document[f"{part}_blob"], document[f"{part}_size"], ""


async def _add_blob(writer: Writer, blobs: Blobs, id: str, size: int, digest: str) -> bool:
    """Whether the content is there, as it was when it was stored. What is gone, or lies on another host, must not keep
    the rest from being backed up; what was changed on the disk is added as it is, for half a file may be of use."""
    try:
        async with spooled(blobs, id, size) as path:
            return await asyncio.to_thread(_add_file, writer, path, id, size, digest)
    except Fault as fault:
        if fault.code != "content_lost":
            raise
        return False


def _add_file(writer: Writer, path: Path, id: str, size: int, digest: str) -> bool:
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return False
    with file:
        if os.fstat(file.fileno()).st_size != size:
            return False
        return writer.add(f"blobs/{id}", file, size) == digest or not digest


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
    source: Path, passphrase: str | None, folder: Path, blobs: Blobs, clock: Clock, database: Database | None = None
) -> Manifest:
    """Verify a backup, then put it in the place of what is there; until the last step nothing there is touched.

    `database` is a database server's, which must be empty; without one it is the file in `folder`, of which the old
    one is kept beside it as `parlance.db.replaced`. Nobody may serve the folder meanwhile.
    """
    manifest = await verified(source, passphrase)
    if database is not None:
        await _fill(source, passphrase, manifest, database, folder, blobs, clock)
        return manifest
    new = folder / f"{FILE}.restoring"
    for name in _beside(new):
        name.unlink(missing_ok=True)
    try:
        made = Sqlite(new)
        try:
            await _fill(source, passphrase, manifest, made, folder, blobs, clock)
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
    blobs: Blobs,
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
                await _keep_blob(file, blobs, rest)
            elif kind == "secrets":
                await asyncio.to_thread(_keep, file, folder / rest)
    await filling.finish(database, clock)


async def _keep_blob(file: IO[bytes], blobs: Blobs, id: str) -> None:
    """Write a blob; one that is in a bucket already stays as it is."""
    if isinstance(blobs, FolderBlobs):  # what a broken attempt left there is written over
        return await asyncio.to_thread(_keep, file, blobs.path(id))
    writing = await blobs.write(id)
    try:
        while data := await asyncio.to_thread(file.read, PAGE * 1024):
            await writing.add(data)
        await writing.finish()
    except BaseException:
        writing.abandon()
        raise


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
