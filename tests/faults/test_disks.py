"""A disk that is full or cannot be written: typed answers, what was acknowledged stays readable, and it heals by
itself. Of the database and of backups here; of files in `tests/unit/core/files/test_faults.py`."""

from __future__ import annotations

import asyncio
import errno
import io
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import IO, Any

import msgspec
import pytest

from parlance.assembly.backup import Kept, create, verified
from parlance.assembly.backups import FOLDER, FolderBackups
from parlance.cli.exits import Exit
from parlance.ports.observing import NullLog
from parlance.ports.stores import Statement
from parlance.settings.backup import Backup as Wanted
from parlance.settings.schema import Settings
from parlance.stores.blobs.folder import FolderBlobs
from parlance.stores.blobs.paths import place
from parlance.stores.sql.sqlite import Sqlite
from parlance.testing.clocks import HandClock
from parlance.testing.databases import migrated
from parlance.testing.servers import Server, environment, loaded, running
from parlance.testing.upstreams import MockOpenAI
from parlance.testing.upstreams import in_thread as upstream_in_thread
from parlance.values.errors import Fault, Kind
from tests.flows.callers import Answer, Caller, connection_toml, key_toml

KEY = "sk-ada-00000000000000000"
BLOB = "01932c07-209c-7a4e-9b6d-5f0e8c1d2a3b"
CONTENT = bytes(range(256)) * 12_000
HEALS_WITHIN = 5.0 * 4
"""Seconds, four times what is promised."""


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    with upstream_in_thread(MockOpenAI()) as upstream:
        toml = key_toml(KEY, "k", "ada") + connection_toml(upstream.base_url, "mock", "mock-p5-n40", "mock-p5-n400")
        async with running(loaded(tmp_path, toml=toml)) as made:
            yield made


async def pragma(server: Server, text: str) -> None:
    """Tell the writer's connection something."""
    assert server.house is not None
    await server.house.database.apply((Statement(f"PRAGMA {text}", {}, None),))


async def full(server: Server) -> None:
    """Not a page more: what fits into those that there are still goes in."""
    assert server.house is not None
    [[pages]] = await server.house.database.read("PRAGMA page_count", {})
    await pragma(server, f"max_page_count = {int(str(pages))}")


async def roomy(server: Server) -> None:
    await pragma(server, "max_page_count = 1000000")


async def read_only(server: Server) -> None:
    await pragma(server, "query_only = ON")


async def writable(server: Server) -> None:
    """From beside: a connection that may not write cannot be asked to begin."""
    assert server.house is not None and isinstance(server.house.database, Sqlite)
    server.house.database.connection.execute("PRAGMA query_only = OFF")


async def send(caller: Caller, number: int, **more: Any) -> Answer:
    text = f"{number}: " + "tea " * 2000
    body = {"text": text, "client_id": f"id-{number}", "models": ["mock-p5-n40"], **more}
    return await caller.ask("POST /parlance/v1/chats.send", body)


TROUBLES = {
    "full": (full, roomy, 507, "disk_full"),
    "read-only": (read_only, writable, 503, "disk_read_only"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", TROUBLES)
async def test_a_database_without_room_or_rights_is_told_and_heals(name: str, server: Server) -> None:
    trouble, heal, status, code = TROUBLES[name]
    ada = Caller(server.port, KEY)
    long = await send(ada, 0, models=["mock-p5-n400"])
    assert long.status == 200
    await trouble(server)
    kept, number = [long.json], 0
    while (answer := await send(ada, number := number + 1)).status == 200:
        kept.append(answer.json)
    assert (answer.status, answer.json["code"]) == (status, code) and answer.json["retry_after"] > 0
    uploaded = await ada.ask("POST /parlance/v1/files.upload?name=x", bytes(1000))
    assert uploaded.status in (201, status)
    listed = await ada.ask("GET /parlance/v1/chats.list")
    assert {chat["id"] for chat in listed.json["chats"]} == {sent["chat"] for sent in kept}
    await _said(ada, long.json["run"])
    await heal(server)
    began = time.monotonic()
    while (answer := await send(ada, number)).status != 200:
        assert time.monotonic() - began < HEALS_WITHIN
        await asyncio.sleep(0.05)
    await _whole(server, ada, [*kept, answer.json])


async def _said(ada: Caller, run: str) -> None:
    """Read an answer to its end."""
    read = await ada.ask(f"GET /parlance/v1/runs.read?run={run}", accept="text/event-stream")
    assert b'"complete"' in read.body


async def _whole(server: Server, ada: Caller, kept: list[Any]) -> None:
    """All answers are written to their ends, those too that ended while nothing could be written; once each."""
    assert server.house is not None
    for sent in kept:
        await _said(ada, sent["run"])
        await server.house.chats.room.saver.settle(sent["chat"])
        turns = (await ada.ask(f"GET /parlance/v1/chats.read?chat={sent['chat']}")).json["turns"]
        assert [turn["state"] for turn in turns] == ["complete", "complete"]
        assert turns[1]["items"][0]["item"]["content"]
    assert len({sent["chat"] for sent in kept}) == len(kept)
    database = server.house.database
    assert await database.read("PRAGMA integrity_check", {}) == [("ok",)]
    assert await database.read("PRAGMA foreign_key_check", {}) == []


# -- backups ----------------------------------------------------------------------------------------------------------


class Failing(io.FileIO):
    """A file whose Nth write or sync fails."""

    def __init__(self, path: Path, nth: int, error: int) -> None:
        super().__init__(path, "w+")
        self.left, self._error = nth, error

    def write(self, data: Any) -> int:
        self.left -= 1
        if not self.left:
            raise OSError(self._error, os.strerror(self._error))
        return super().write(data)


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[Kept]:
    database = Sqlite(tmp_path / "parlance.db")
    await migrated(database)
    blobs = FolderBlobs(tmp_path / "blobs")
    yield Kept(database, blobs, tmp_path, HandClock())
    await blobs.close()
    await database.close()


def unexpected(defect: Exception) -> None:
    """Nobody here has a defect."""
    raise defect


def backups(kept: Kept, made: Callable[[Path], IO[bytes]] = create) -> FolderBackups:
    """The folder of backups, whose files are made in this way."""
    settings = msgspec.structs.replace(Settings(), backup=Wanted(keep=2))
    return FolderBackups(settings, msgspec.structs.replace(kept, create=made), NullLog(), unexpected)


@pytest.mark.parametrize(("error", "code"), [(errno.ENOSPC, "disk_full"), (errno.EROFS, "disk_read_only")])
@pytest.mark.parametrize("passphrase", [None, "four green bottles"])
async def test_whichever_write_of_a_backup_fails_the_older_one_stays_and_nothing_else(
    kept: Kept, error: int, code: str, passphrase: str | None
) -> None:
    first = await backups(kept).make(passphrase)
    nth, failed = 0, True
    while failed:
        nth += 1
        kept.clock.move(60)  # type: ignore[attr-defined]
        try:
            await backups(kept, lambda path: Failing(path, nth, error)).make(passphrase)  # noqa: B023
            failed = False
        except Fault as fault:
            assert (fault.kind, fault.code) == (Kind.busy, code) and fault.retry_after
            assert [one.name for one in await backups(kept).all()] == [first.name]
            assert [path.name for path in _files(kept)] == [first.name]
    assert nth > 1
    for path in _files(kept):
        await verified(path, passphrase)


async def test_a_folder_of_backups_that_cannot_be_opened_is_told_and_does_not_end_the_rounds(kept: Kept) -> None:
    def refused(path: Path) -> IO[bytes]:
        raise OSError(errno.EROFS, "Read-only file system")

    rounds = backups(kept, refused)
    await rounds.round()
    with pytest.raises(Fault) as caught:
        await rounds.make(None)
    assert caught.value.code == "disk_read_only"
    assert not list(_files(kept))
    await backups(kept).round()
    assert len(list(_files(kept))) == 1


async def with_a_file(kept: Kept) -> None:
    """A file of somebody's, larger than the database."""
    assert kept.blobs is not None
    writing = await kept.blobs.write(BLOB)
    await writing.add(CONTENT)
    sql = (
        "INSERT INTO files (tenant, id, user_id, name, kind, media_type, declared, size, sha256, blob_id, created)"
        " VALUES ('default', 'f-1', 'owner', 'x', 'other', 'a/b', '', :size, :digest, :blob, 1)"
    )
    row: dict[str, Any] = {"size": len(CONTENT), "digest": await writing.finish(), "blob": BLOB}
    await kept.database.apply((Statement(sql, row),))


def verb(folder: Path, most: int, *words: str) -> subprocess.CompletedProcess[str]:
    """A verb, on a system that lets no file be larger."""
    limit = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({most}, {most}))"
    run = f"{limit}; import sys; sys.argv[1:] = {list(words)!r}; from parlance.cli.main import main; main()"
    command = [sys.executable, "-c", run]
    # Coverage keeps what it counts in a file, too, which would find no room either.
    env = {name: value for name, value in environment(folder).items() if not name.startswith("COVERAGE")}
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, env=env, timeout=60)


@pytest.mark.slow
async def test_a_restore_without_room_leaves_what_was_there_and_nothing_else(kept: Kept, tmp_path: Path) -> None:
    await with_a_file(kept)
    backup = tmp_path / FOLDER / (await backups(kept).make(None)).name
    data = tmp_path / "elsewhere" / "data"
    data.mkdir(parents=True)
    older = Sqlite(data / "parlance.db")
    await migrated(older)
    await older.close()
    before = (data / "parlance.db").read_bytes()
    for most in (64 * 1024, 1024 * 1024):  # too small for the database, and for the file
        refused = await asyncio.to_thread(verb, data.parent, most, "restore", str(backup))
        assert refused.returncode and "Traceback" not in refused.stderr, refused.stderr
        assert refused.stderr.startswith("Error: The ")
        assert (data / "parlance.db").read_bytes() == before
        left = {path.name for path in data.rglob("*") if path.is_file()} - {"parlance.db", "server.lock"}
        assert not [name for name in left if name.endswith((".part", ".restoring", "-wal", "-shm"))], left
    done = await asyncio.to_thread(verb, data.parent, 1024 * len(CONTENT), "restore", str(backup))
    assert done.returncode == 0, done.stderr
    assert place(data / "blobs", BLOB).read_bytes() == CONTENT


@pytest.mark.slow
def test_a_server_that_finds_no_room_for_its_database_says_so(tmp_path: Path) -> None:
    refused = verb(tmp_path, 64 * 1024, "serve", "--port", "0")
    assert refused.returncode == Exit.UNREACHABLE and "Traceback" not in refused.stderr, refused.stderr
    assert "Cannot start: The database" in refused.stderr


def _files(kept: Kept) -> list[Path]:
    return sorted((kept.folder / FOLDER).iterdir())
