"""A backup taken under load holds all that was acknowledged before it began, and becomes any kind of database again."""

from __future__ import annotations

import asyncio
import hashlib
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from parlance.assembly.backup import Kept, back_up, restore, verified
from parlance.ports.stores import Database, Statement
from parlance.stores.archive import BadBackup
from parlance.stores.blobs.folder import FolderBlobs
from parlance.stores.blobs.paths import place
from parlance.stores.sql.filling import NotEmpty
from parlance.stores.sql.knowledge import SqlKnowledgeStores
from parlance.stores.sql.snapshot import snapshot, tables
from parlance.stores.sql.sqlite import Sqlite
from parlance.testing.clocks import HandClock
from parlance.testing.databases import emptied, fresh, opened
from parlance.testing.knowledge import base, document
from parlance.testing.knowledge import kept as known
from parlance.vault.sealed_file import Sealed
from tests.conftest import Services
from tests.contract.test_migrations import KILLED, ended, in_child
from tools.schema_fixture import SAMPLES, _with_bytes

KINDS = ("sqlite", "postgres", "mysql")
BLOB = "01932c07-209c-7a4e-9b6d-5f0e8c1d2a3b"
CONTENT = bytes(range(256)) * 3000
HELD_SECONDS = 1.0
SLACK = 4


def row(name: str) -> Statement:
    """Something acknowledged."""
    sql = "INSERT INTO preferences (tenant, name, content, version, updated) VALUES ('default', :name, :text, 1, 0)"
    return Statement(sql, {"name": name, "text": f"知识 {name} 'x'\\ \n" * 20})


@pytest.fixture(params=KINDS)
async def kept(request: pytest.FixtureRequest, services: Services, tmp_path: Path) -> AsyncIterator[Kept]:
    """A database of one kind with a little of everything in it, and a blob."""
    folder = tmp_path / "data"
    folder.mkdir()
    async with fresh(request.param, folder, services.get(request.param)) as database:
        blobs = FolderBlobs(folder / "blobs")
        writing = await blobs.write(BLOB)
        await writing.add(CONTENT)
        digest = await writing.finish()
        for number in sorted(SAMPLES):
            samples = (_with_bytes(sample, database.kind) for sample in SAMPLES[number])
            await database.apply(tuple(Statement(sample, {}) for sample in samples))
        sql = (
            "INSERT INTO files (tenant, id, user_id, name, kind, media_type, declared, size, sha256, blob_id, created) "
            "VALUES ('acme', 'f-1', 'u-1', 'x', 'other', 'a/b', '', :size, :digest, :blob, 1)"
        )
        await database.apply((Statement(sql, {"size": len(CONTENT), "digest": digest, "blob": BLOB}),))
        (folder / "secret.key").write_text("a secret of this server\n")
        yield Kept(database, blobs, folder, HandClock())
        await blobs.close()


async def everything(database: Database) -> dict[str, list[object]]:
    """All rows of all tables, in an order of their own."""
    found: dict[str, list[object]] = {}
    async with snapshot(database) as moment:
        for table in tables():
            found[table] = sorted(
                [(page.columns, each) async for page in moment.pages(table) for each in page.rows], key=repr
            )
    return found


async def test_a_backup_taken_under_load_restores_all_that_was_acknowledged(kept: Kept, tmp_path: Path) -> None:
    """Four writers go on meanwhile, none of them is held for a second, and nothing is torn."""
    acknowledged: list[str] = []
    longest, going = 0.0, True

    async def write(writer: int) -> None:
        nonlocal longest
        number = 0
        while going:
            name, began = f"w{writer}-{number}", time.monotonic()
            await kept.database.apply((row(name), row(name + "-twin")))
            longest = max(longest, time.monotonic() - began)
            acknowledged.append(name)
            number += 1
            await asyncio.sleep(0.001)

    writers = [asyncio.ensure_future(write(number)) for number in range(4)]
    while len(acknowledged) < 100:
        await asyncio.sleep(0.01)
    before = list(acknowledged)
    await back_up(kept, tmp_path / "backup.tar")
    going = False
    await asyncio.gather(*writers)
    assert longest < HELD_SECONDS * SLACK
    target = tmp_path / "target"
    target.mkdir()
    await restore(tmp_path / "backup.tar", None, target, FolderBlobs(target / "blobs"), HandClock())
    database = Sqlite(target / "parlance.db")
    names = {str(each[0]) for each in await database.read("SELECT name FROM preferences", {}, most=100_000)}
    await database.close()
    assert set(before) <= names
    assert {name.removesuffix("-twin") for name in names} == {name for name in names if not name.endswith("-twin")}


@pytest.mark.parametrize("to", KINDS)
async def test_a_backup_becomes_any_kind_of_database(kept: Kept, to: str, services: Services, tmp_path: Path) -> None:
    """Row for row, byte for byte, sealed or not; and back again it is the same."""
    target = tmp_path / "target"
    target.mkdir()
    passphrase = None if to == "sqlite" else "correct horse"
    manifest = await back_up(kept, tmp_path / "backup.tar", passphrase)
    assert await verified(tmp_path / "backup.tar", passphrase) == manifest
    source, clock = tmp_path / "backup.tar", HandClock()
    if to == "sqlite":
        await restore(source, passphrase, target, FolderBlobs(target / "blobs"), clock)
        database: Database = Sqlite(target / "parlance.db")
        assert await everything(database) == await everything(kept.database)
        await database.close()
    else:
        server = services.get(to)
        assert server is not None
        async with emptied(to, server) as url:
            database = await opened(url)
            await restore(source, passphrase, target, FolderBlobs(target / "blobs"), clock, database)
            assert await everything(database) == await everything(kept.database)
            await database.close()
    assert place(target / "blobs", BLOB).read_bytes() == CONTENT
    assert (target / "secret.key").exists() == (passphrase is not None)


async def test_documents_are_backed_up_with_their_text(kept: Kept, tmp_path: Path) -> None:
    """And with what was found out besides; one that is still being read without: its text will be read anew."""
    texts = {"0d01": b"A document.", "0d02": b"Its text.", "0d03": b"Another.", "0d05": b"{}"}
    for blob, data in texts.items():
        assert kept.blobs is not None
        writing = await kept.blobs.write(blob)
        await writing.add(data)
        await writing.finish()
    stores = SqlKnowledgeStores(kept.database)
    await known(kept.database, stores, base())
    documents = stores.documents("default")
    digests = [hashlib.sha256(data).hexdigest() for data in texts.values()]
    parts: dict[str, Any] = {"text": "0d02", "text_size": 9, "structure": "0d05", "structure_size": 2}
    whole = document(blob="0d01", size=11, sha256=digests[0], state="ready", **parts)
    begun = document("d2", blob="0d03", size=8, sha256=digests[2], text="0d04", state="parsing")
    for each in (whole, begun):
        await kept.database.apply(documents.insert(each, each.sha256))
    manifest = await back_up(kept, tmp_path / "backup.tar")
    assert manifest.lost == ()
    target = tmp_path / "target"
    target.mkdir()
    await restore(tmp_path / "backup.tar", None, target, FolderBlobs(target / "blobs"), HandClock())
    assert {blob: place(target / "blobs", blob).read_bytes() for blob in texts} == texts


@pytest.mark.parametrize("harm", ["gone", "short", "changed"])
async def test_a_lost_content_is_named_and_all_else_is_backed_up(kept: Kept, harm: str, tmp_path: Path) -> None:
    """It may lie on another host: one of a million files must not stand between an operator and a backup."""
    path = place(kept.folder / "blobs", BLOB)
    if harm == "gone":
        path.unlink()
    else:
        path.write_bytes(CONTENT[:100] if harm == "short" else CONTENT[::-1])
    manifest = await back_up(kept, tmp_path / "backup.tar")
    assert manifest.lost == ("f-1",)
    assert await verified(tmp_path / "backup.tar") == manifest
    target = tmp_path / "target"
    target.mkdir()
    await restore(tmp_path / "backup.tar", None, target, FolderBlobs(target / "blobs"), HandClock())
    database = Sqlite(target / "parlance.db")
    assert await everything(database) == await everything(kept.database)
    await database.close()
    assert place(target / "blobs", BLOB).exists() == (harm == "changed")


async def test_a_damaged_backup_is_refused_and_touches_nothing(kept: Kept, tmp_path: Path) -> None:
    """Cut, changed, sealed with another passphrase, or not a backup at all."""
    target = tmp_path / "target"
    target.mkdir()
    whole, sealed = tmp_path / "whole.tar", tmp_path / "sealed.tar"
    await back_up(kept, whole)
    await back_up(kept, sealed, "right")
    raw, hidden = whole.read_bytes(), sealed.read_bytes()
    middle = raw.index(CONTENT[:64])
    bad = {
        "cut": raw[: len(raw) // 2],
        "endless": raw[:1024],
        "changed": raw[:middle] + b"!" + raw[middle + 1 :],
        "empty": b"",
        "nonsense": b"x" * 4096,
        "sealed cut": hidden[: len(hidden) // 2],
        "sealed changed": hidden[:-20] + bytes(20),
    }
    for name, data in bad.items():
        path = tmp_path / f"{name}.tar"
        path.write_bytes(data)
        with pytest.raises((BadBackup, Sealed)):
            await restore(path, "right", target, FolderBlobs(target / "blobs"), HandClock())
    with pytest.raises(Sealed, match="passphrase"):
        await restore(sealed, "wrong", target, FolderBlobs(target / "blobs"), HandClock())
    with pytest.raises(BadBackup, match="give its passphrase"):
        await restore(sealed, None, target, FolderBlobs(target / "blobs"), HandClock())
    assert list(target.iterdir()) == []
    assert b"correct" not in hidden and b"a secret of this server" not in hidden


async def test_a_database_that_is_used_is_not_overwritten(kept: Kept, tmp_path: Path) -> None:
    """On a server, where there is no file to keep beside the new one."""
    await back_up(kept, tmp_path / "backup.tar")
    with pytest.raises(NotEmpty):
        await restore(
            tmp_path / "backup.tar", None, tmp_path, FolderBlobs(tmp_path / "blobs"), HandClock(), kept.database
        )
    assert await kept.database.read("SELECT id FROM chats WHERE tenant = 'acme' ORDER BY id", {}) == [
        ("c-1",),
        ("c-2",),
    ]


async def test_what_was_there_before_a_restore_stays_beside_it(tmp_path: Path) -> None:
    """Whoever restored the wrong backup has lost nothing."""
    async with fresh("sqlite", tmp_path) as database:
        await database.apply((row("old"),))
        blobs = FolderBlobs(tmp_path / "blobs")
        await back_up(Kept(database, blobs, tmp_path, HandClock()), tmp_path / "backup.tar")
        await database.apply((row("newer"),))
        await blobs.close()
    for _ in range(2):  # the second restore must not take the place of what the first one put aside
        await restore(tmp_path / "backup.tar", None, tmp_path, FolderBlobs(tmp_path / "blobs"), HandClock())
    kept = {"parlance.db": ["old"], "parlance.db.replaced": ["newer", "old"], "parlance.db.replaced-2": ["old"]}
    for file, expected in kept.items():
        found = Sqlite(tmp_path / file)
        names = await found.read("SELECT name FROM preferences ORDER BY name", {})
        await found.close()
        assert [each[0] for each in names] == expected


async def test_a_file_deleted_during_a_backup_is_in_it(kept: Kept, tmp_path: Path) -> None:
    """Its row is of the moment of the backup, so its bytes must be too; afterwards they go."""
    assert kept.blobs is not None
    async with kept.blobs.undeleted():
        await kept.blobs.delete(BLOB)
        await back_up(kept, tmp_path / "backup.tar")
        assert place(kept.folder / "blobs", BLOB).exists()
    assert not place(kept.folder / "blobs", BLOB).exists()
    assert (await back_up(kept, tmp_path / "second.tar")).lost == ("f-1",)


async def test_a_backup_that_is_killed_leaves_none_that_looks_whole(tmp_path: Path) -> None:
    """What it wrote so far has another name, and the database is as it was."""

    async def killed() -> None:
        database = Sqlite(tmp_path / "parlance.db")
        blobs = FolderBlobs(tmp_path / "blobs")
        blobs.undeleted = lambda: os._exit(9)  # type: ignore[method-assign]
        await back_up(Kept(database, blobs, tmp_path, HandClock()), tmp_path / "backup.tar")

    async with fresh("sqlite", tmp_path) as database:
        await database.apply((row("kept"),))
    assert ended(in_child(killed)) == KILLED
    assert not (tmp_path / "backup.tar").exists()
    database = Sqlite(tmp_path / "parlance.db")
    assert await database.read("PRAGMA integrity_check", {}) == [("ok",)]
    await database.close()
