"""Servers and workers are killed in the middle of reading documents: every document ends ready or failed with a reason,
no chunk is there twice, and no file or vector is left of nothing."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from parlance.core.files.keeper import Keeper
from parlance.ports.observing import NullLog
from parlance.ports.stores import Database
from parlance.stores.blobs.folder import FolderBlobs
from parlance.stores.sql.files import SqlFileKeeping
from parlance.stores.sql.knowledge import SqlKnowledgeStores
from parlance.stores.sql.sqlite import Sqlite
from parlance.testing.clocks import HandClock
from parlance.testing.databases import emptied, opened
from parlance.testing.servers import Server, as_process, environment
from parlance.testing.upstreams import MockOpenAI, in_thread
from parlance.values.time import SECOND, SystemClock
from tests.conftest import Services
from tests.flows.callers import Caller, connection_toml, measured
from tests.unit.transports.small import Raw

BROKEN = 10
"""One document in so many is none."""
SPARED = 0.98
"""The share of sound documents that is ready: one that was being read at six kills in turn has failed, and says so."""
PATIENCE = 180.0
"""Seconds in which all are read after the last kill: a lease of a killed worker lasts one of them."""
GONE = (OSError, EOFError, TimeoutError)


def text(number: int) -> bytes:
    """A few pages about something else each; one in ten is zeros under the name of a text."""
    if number % BROKEN == BROKEN - 1:
        return number.to_bytes(4, "big") * 200
    lines = (f"Garden {number} has {row} rows of tea, and {row * number} of coffee.\n\n" for row in range(120))
    return "".join(lines).encode()


class Place:
    """A server that is killed and comes back, and workers beside it. `up` is clear while nobody answers."""

    def __init__(self, folder: Path, toml: str, workers: int) -> None:
        self.folder, self._toml, self._count = folder, toml, workers
        self._life = contextlib.ExitStack()
        self.server: Server | None = None
        self.workers: list[subprocess.Popen[bytes]] = []
        self.up = asyncio.Event()
        self.kills = 0

    async def start(self) -> None:
        self.server = await asyncio.to_thread(self._life.enter_context, as_process(self.folder, toml=self._toml))
        self.up.set()
        while len(self.workers) < self._count:
            self.workers.append(self._worker())

    def _worker(self) -> subprocess.Popen[bytes]:
        with (self.folder / "worker.log").open("ab") as log:
            call = [sys.executable, "-m", "parlance", "worker", "--at-once", "2", "--data", str(self.folder / "data")]
            return subprocess.Popen(call, stdout=log, stderr=log, cwd=self.folder, env=environment(self.folder, {}))

    async def kill(self, chance: random.Random) -> None:
        """The server, or one of its workers."""
        self.kills += 1
        if self.workers and chance.random() < 0.5:
            victim = self.workers.pop(chance.randrange(len(self.workers)))
            victim.kill()
            await asyncio.to_thread(victim.wait)
            self.workers.append(self._worker())
            return
        assert self.server is not None and self.server.process is not None
        self.up.clear()
        self.server.process.kill()
        await asyncio.to_thread(self.server.process.wait)
        await self.start()

    async def stop(self) -> None:
        for worker in self.workers:
            worker.terminate()
        for worker in self.workers:
            await asyncio.to_thread(worker.wait, 30)
        await asyncio.to_thread(self._life.close)

    @property
    def caller(self) -> Caller:
        assert self.server is not None
        return Caller(self.server.port)

    async def ask(self, head: str, body: Any = None) -> Any:
        """The answer, from whichever server is there at last."""
        while True:
            await self.up.wait()
            try:
                answer = await self.caller.ask(head, body)
                if answer.status != 503:
                    assert answer.status == 200, answer.body
                    return answer.json
                await asyncio.sleep(0.5)
            except GONE:
                await asyncio.sleep(0.02)

    async def upload(self, base: str, number: int) -> str:
        """Until it is acknowledged; sent twice it is one document."""
        while True:
            await self.up.wait()
            with contextlib.suppress(*GONE):
                client = await Raw.to(self.caller.port)
                try:
                    head = f"POST /parlance/v1/documents.upload?base={base}&name={number}.txt"
                    status, _, body = await client.ask(head, text(number), **self.caller.headers)
                    assert status in (201, 503), body
                    if status == 503:  # five hundred at once, and a database that is busy with them: told, not lost
                        await asyncio.sleep(0.5)
                        continue
                    return str(json.loads(body)["id"])
                finally:
                    client.fin()
            await asyncio.sleep(0.02)


@asynccontextmanager
async def place(folder: Path, database: str | None, workers: int) -> AsyncIterator[Place]:
    with in_thread(MockOpenAI(models=("mock", "mock-embed"))) as upstream:
        toml = connection_toml(upstream.base_url, "mock", "mock", "mock-embed")
        if database is not None:
            toml = f'[database]\nurl = "{database}"\n' + toml
        made = Place(folder, toml, workers)
        try:
            await made.start()
            yield made
        finally:
            await made.stop()


async def ended(there: Place, base: str, count: int) -> dict[str, int]:
    """Wait until no document is on its way; gives how many there are in each state."""
    async with asyncio.timeout(PATIENCE):
        while True:
            states: dict[str, int] = (await there.ask(f"GET /parlance/v1/bases.usage?base={base}"))["states"]
            if states.get("ready", 0) + states.get("failed", 0) == count:
                return states
            await asyncio.sleep(0.2)


async def gone(there: Place, base: str, document: str, left: int) -> None:
    """Delete one, and wait until all of it is gone."""
    await there.caller.ask("POST /parlance/v1/documents.delete", {"document": document})
    async with asyncio.timeout(PATIENCE):
        while (await there.ask(f"GET /parlance/v1/bases.usage?base={base}"))["own"]["files"] != left:
            await asyncio.sleep(0.05)


async def crashes(folder: Path, database: str | None, count: int, kills: int, workers: int, seed: int) -> None:
    """Upload, kill at random until enough were killed, wait, delete some, and look."""
    chance = random.Random(seed)
    async with place(folder, database, workers) as there:
        base = (await there.ask("POST /parlance/v1/bases.create", {"name": "Gardens"}))["id"]
        uploading = asyncio.gather(*(there.upload(base, number) for number in range(count)))
        for _ in range(kills):
            await asyncio.sleep(chance.uniform(0.2, 1.5))
            await there.kill(chance)
        documents = await uploading
        assert len(set(documents)) == count
        states = await ended(there, base, count)
        broken = count // BROKEN
        assert states["failed"] >= broken, "zeros are no text"
        assert states["ready"] >= (count - broken) * SPARED
        measured("documents_under_kills", documents=count, kills=there.kills, **states)
        await gone(there, base, documents[0], count - 1)
    await sound(folder, database, base)


async def sound(folder: Path, url: str | None, base: str) -> None:
    """What is in the database and on the disk belongs together."""
    database: Database = Sqlite(folder / "data" / "parlance.db") if url is None else await opened(url)
    blobs = FolderBlobs(folder / "data" / "blobs")
    try:
        await _tidied(database, blobs)
        documents = await _rows(
            database, "SELECT id, state, chunks, size, blob_id, text_blob, layout_blob, words FROM documents"
        )
        assert all(words for _, state, *_, words in documents if state == "failed")
        cut = "SELECT document, COUNT(*), COUNT(DISTINCT place) FROM chunks GROUP BY document"
        there = {id: (many, places) for id, many, places in await _rows(database, cut)}
        embedded = dict(await _rows(database, "SELECT document, COUNT(*) FROM chunk_vectors GROUP BY document"))
        for id, state, chunks, *_ in documents:
            if state == "ready":
                assert there[id] == (chunks, chunks) and embedded[id] == chunks
        assert set(there) | set(embedded) <= {row[0] for row in documents}
        rooms = await _rows(database, "SELECT base, used, reserved, documents FROM knowledge_rooms ORDER BY base")
        total = (sum(row[3] for row in documents), 0, len(documents))
        assert rooms == [("", *total), (base, *total)]
        named = {blob for row in documents for blob in row[4:7] if blob}
        assert {path.name for path in (folder / "data" / "blobs").rglob("*") if path.is_file()} <= named
        assert {row[4] for row in documents} <= named
        assert await _rows(database, "SELECT 1 FROM jobs WHERE kind = 'ingest'") == []
        assert await _rows(database, "SELECT 1 FROM knowledge_holds") == []
    finally:
        await blobs.close()
        await database.close()


async def _tidied(database: Database, blobs: FolderBlobs) -> None:
    """What a server does within a day: reservations of the killed are given back, blobs of nobody go."""
    clock = HandClock()
    clock.move((SystemClock().now() - clock.now()) / SECOND + 3 * 24 * 3600)
    defects: list[Exception] = []
    unknown = SqlFileKeeping(database).unknown
    stores = SqlKnowledgeStores(database)
    keeper = Keeper(stores, blobs, database, clock, NullLog(), defects.append, unknown)
    while await stores.overdue(clock.now()):
        await keeper.tidy()
    await keeper.sweep()
    assert defects == []


async def _rows(database: Database, sql: str) -> list[Any]:
    return [tuple(row) for row in await database.read(sql, {}, most=100_000)]


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_documents_are_read_whoever_is_killed(tmp_path: Path) -> None:
    """One server on SQLite."""
    await crashes(tmp_path, None, count=20, kills=5, workers=0, seed=5)


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_documents_are_read_whichever_worker_is_killed(services: Services, tmp_path: Path) -> None:
    """A server and two workers on PostgreSQL."""
    postgres = services.get("postgres")
    assert postgres is not None
    async with emptied("postgres", postgres) as url:
        await crashes(tmp_path, url, count=20, kills=6, workers=2, seed=6)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kind", ["sqlite", "postgres", "mysql"])
async def test_five_hundred_documents_are_read_whoever_is_killed(services: Services, tmp_path: Path, kind: str) -> None:
    """The long form, on each database."""
    server = services.get(kind)
    if server is None:
        await crashes(tmp_path, None, count=500, kills=60, workers=0, seed=7)
        return
    async with emptied(kind, server) as url:
        await crashes(tmp_path, url, count=500, kills=60, workers=3, seed=8)
