"""A database comes to the newest schema or stays as it was, whoever starts, and wherever it is killed."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from asyncmy import errors

from parlance.ports.stores import Database, Statement
from parlance.stores.sql.migrate import BACKUPS, Migrator, SchemaError
from parlance.stores.sql.migrations import MIGRATIONS, Migration
from parlance.stores.sql.sqlite import Sqlite
from parlance.testing.clocks import HandClock
from parlance.testing.databases import emptied, opened
from tests.conftest import Services
from tools.schema_fixture import KINDS, SAMPLES, kept, statements

PROCESSES = 8
KILLED = 9
APART = 19
"""Statements between those at which a migration is killed: the three starts together meet every sixth or so."""
Opener = Callable[[], Any]
NEWEST = tuple(each.number for each in MIGRATIONS)
SAMPLED = {
    1: "SELECT id, name, updated FROM users WHERE tenant = 'acme'",
    2: "SELECT id, content FROM turns WHERE tenant = 'acme'",
    3: "SELECT run, content FROM ledgers WHERE tenant = 'acme'",
    5: "SELECT digest, user_id, subject FROM identities WHERE tenant = 'acme'",
    6: "SELECT user_name, name, memory, version FROM chatbot_sets WHERE tenant = 'acme'",
    7: "SELECT id, arriving FROM chats WHERE tenant = 'acme' ORDER BY id",
    8: "SELECT id, name, details, key_sealed, version FROM connections WHERE name = 'lab'",
    9: "SELECT chunks.content, vector FROM chunks JOIN chunk_vectors ON chunk_vectors.chunk = chunks.id "
    "AND chunk_vectors.tenant = chunks.tenant WHERE chunks.tenant = 'acme'",
    10: "SELECT description, key_sealed FROM weknora_tenants WHERE tenant = 'acme'",
    11: "SELECT name, questions, measured FROM evaluations JOIN evaluation_pieces ON evaluation = id "
    "WHERE evaluations.tenant = 'acme'",
    12: "SELECT name, source_key, target_key, strength, graph_relations.kind FROM graph_entities JOIN graph_relations "
    "ON graph_relations.tenant = graph_entities.tenant AND source_key = name_key WHERE graph_entities.tenant = 'acme'",
    13: "SELECT documents.cut, layout_blob, layout_size, chunks.place FROM documents JOIN chunks "
    "ON chunks.document = documents.id AND chunks.tenant = documents.tenant WHERE documents.tenant = 'acme' "
    "ORDER BY documents.id",
}
"""What is looked at to see that nothing of an earlier schema's content changed."""


class Place:
    """An empty database that any process can open."""

    def __init__(self, kind: str, where: str) -> None:
        self.kind = kind
        self.where = where

    async def open(self) -> Database:
        """A connection."""
        return Sqlite(Path(self.where)) if self.kind == "sqlite" else await opened(self.where)

    async def migrate(self, migrator: Migrator) -> list[int]:
        """What a server does at its start."""
        database = await self.open()
        try:
            return await migrator.any(database)
        finally:
            await database.close()

    async def fill(self, number: int) -> None:
        """As migration `number` left it, by the fixture of its own time."""
        if number:
            await self.run(kept(number, self.kind))

    async def run(self, said: list[str]) -> None:
        """Statements, each by itself."""
        database = await self.open()
        for statement in said:
            await database.apply((Statement(statement, {}, rows=None),))
        await database.close()

    async def rows(self, sql: str) -> list[Any]:
        """What is there."""
        database = await self.open()
        try:
            return [tuple(row) for row in await database.read(sql, {})]
        finally:
            await database.close()

    async def versions(self) -> tuple[int, ...]:
        """The migrations that are there whole; none where nothing ever was."""
        try:
            found = await self.rows("SELECT number FROM schema_versions WHERE done = steps ORDER BY number")
        except Exception as error:
            assert "schema_versions" in str(error)
            return ()
        return tuple(row[0] for row in found)


@pytest.fixture(params=KINDS)
async def places(request: pytest.FixtureRequest, services: Services, tmp_path: Path) -> Any:
    """Makes empty databases of one kind, one after the other."""
    kind: str = request.param
    if kind == "sqlite":
        numbers = iter(range(1_000_000))
        yield _files(tmp_path, numbers)
        return
    server = services.get(kind)
    assert server is not None
    life: list[Any] = []

    async def make() -> Place:
        while life:
            await life.pop().__aexit__(None, None, None)
        life.append(emptied(kind, server))
        return Place(kind, await life[-1].__aenter__())

    yield make
    while life:
        await life.pop().__aexit__(None, None, None)


def _files(folder: Path, numbers: Iterator[int]) -> Callable[[], Any]:
    async def make() -> Place:
        return Place("sqlite", str(folder / f"{next(numbers)}.db"))

    return make


def in_child(work: Callable[[], Any]) -> int:
    """Start a process that does this on a loop of its own and ends with 0; gives its number."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            asyncio.run(work())
            code = 0
        finally:
            os._exit(code)
    return pid


def ended(pid: int) -> int:
    """How a child ended."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


class Deadly:
    """Ends the process before its `at`-th statement, as `kill -9` would."""

    def __init__(self, at: int) -> None:
        self.left = at

    def __call__(self, statement: str) -> None:
        if self.left == 0:
            os._exit(KILLED)
        self.left -= 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("number", NEWEST)
def test_a_released_migration_never_changes(kind: Any, number: int) -> None:
    """What it makes today is what it made when it was released: a later migration mends it, not an edit."""
    assert kept(number, kind) == statements(number, kind)


async def test_every_earlier_schema_comes_to_the_newest_with_all_that_is_in_it(places: Opener) -> None:
    """And a second start finds nothing to do."""
    for number in (0, *NEWEST):
        place: Place = await places()
        await place.fill(number)
        sampled = [SAMPLED[n] for n in SAMPLED if n <= number]
        before = [await place.rows(sql) for sql in sampled]
        assert await place.migrate(Migrator(HandClock())) == [n for n in NEWEST if n > number]
        assert await place.migrate(Migrator(HandClock())) == []
        assert await place.versions() == NEWEST
        assert [await place.rows(sql) for sql in sampled] == before
        assert all(before) and len(before) == len([n for n in SAMPLES if n <= number])


async def test_eight_processes_that_start_at_once_migrate_once(places: Opener) -> None:
    """One does it, the others wait and find it done."""
    for number in (0, 1):
        place: Place = await places()
        await place.fill(number)
        children = [in_child(partial(place.migrate, Migrator(HandClock()))) for _ in range(PROCESSES)]
        assert [ended(child) for child in children] == [0] * PROCESSES
        assert await place.versions() == NEWEST


async def killed_at(places: Opener, number: int, at: int) -> bool:
    """Kill a migration before its `at`-th statement, look, and start again; gives whether it was still running."""
    place: Place = await places()
    await place.fill(number)
    code = ended(in_child(lambda: place.migrate(Migrator(HandClock(), hear=Deadly(at)))))
    if code == 0:
        return False
    assert code == KILLED
    before = tuple(n for n in NEWEST if n <= number)
    if place.kind == "mysql":  # each statement is committed by itself: whole migrations are there or not
        assert (await place.versions())[: len(before)] == before
    else:
        assert await place.versions() == before
    await place.migrate(Migrator(HandClock()))
    assert await place.versions() == NEWEST
    assert all([await place.rows(SAMPLED[n]) for n in before if n in SAMPLED])
    return True


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("number", [0, 1, 2])
async def test_a_migration_killed_anywhere_is_undone_or_finished(places: Opener, number: int) -> None:
    """Each start at statements of its own, and in the long form at all; the next start brings it to its end."""
    at = number * APART // 3
    while await killed_at(places, number, at):
        at += APART
    assert at > 2 * APART


@pytest.mark.soak
@pytest.mark.parametrize("number", [0, 1, 2])
async def test_a_migration_killed_at_each_statement_is_undone_or_finished(places: Opener, number: int) -> None:
    """The long form."""
    at = 0
    while await killed_at(places, number, at):
        at += 1
    assert at > 10


BROKEN = Migration(
    NEWEST[-1] + 1, "broken", ("CREATE TABLE half_done (id {id} NOT NULL PRIMARY KEY)", "CREATE NONSENSE")
)


async def test_a_migration_that_fails_leaves_the_old_schema_in_use(places: Opener) -> None:
    """The server says so and does not start; the earlier one still works on what is there."""
    place: Place = await places()
    await place.fill(NEWEST[-1])
    with pytest.raises(SchemaError, match=r"schema \d+ \(broken\).*NONSENSE.*as it was"):
        await place.migrate(Migrator(HandClock(), (*MIGRATIONS, BROKEN)))
    assert await place.versions() == NEWEST
    assert await place.rows(SAMPLED[1])
    database = await place.open()
    await database.apply((Statement("UPDATE users SET updated = 5 WHERE tenant = 'acme' AND id = 'u-1'", {}),))
    await database.close()


async def test_a_newer_schema_is_refused_in_a_sentence(places: Opener) -> None:
    """Before anything is touched."""
    place: Place = await places()
    await place.fill(NEWEST[-1])
    await place.run(["INSERT INTO schema_versions (number, name, steps, done, applied) VALUES (99, 'later', 1, 1, 1)"])
    with pytest.raises(SchemaError, match=r"schema 99, made by a newer Parlance; this one knows \d"):
        await place.migrate(Migrator(HandClock()))


async def test_a_file_is_copied_before_it_is_changed_and_three_copies_are_kept(tmp_path: Path) -> None:
    """An empty one has nothing to lose."""
    copies = tmp_path / "backups"
    for number in range(BACKUPS + 2):
        place = Place("sqlite", str(tmp_path / f"{number}.db"))
        await place.fill(1 if number else 0)
        database = Sqlite(Path(place.where))
        clock = HandClock()
        clock.move(number)
        await Migrator(clock).sqlite(database, copies)
        await database.close()
        assert len(list(copies.glob("*.db"))) == min(number, BACKUPS)
    newest = max(copies.glob("*.db"))
    with sqlite3.connect(newest) as copy:
        assert copy.execute(SAMPLED[1]).fetchall()
        assert copy.execute("SELECT MAX(number) FROM schema_versions").fetchone() == (1,)
    assert copies.stat().st_mode & 0o777 == 0o700


async def old_file(folder: Path) -> Sqlite:
    """A file at the first schema."""
    place = Place("sqlite", str(folder / "parlance.db"))
    await place.fill(1)
    return Sqlite(Path(place.where))


async def test_without_a_copy_a_file_is_not_changed(tmp_path: Path) -> None:
    """A disk that is full, or a folder that is none, stops the upgrade before it begins."""
    copies = tmp_path / "backups"
    copies.write_text("a file stands here")
    database = await old_file(tmp_path)
    with pytest.raises(SchemaError, match="The database was not touched: no copy of it"):
        await Migrator(HandClock()).sqlite(database, copies)
    assert await database.read("SELECT MAX(number) FROM schema_versions", {}) == [(1,)]
    await database.close()


async def test_half_a_copy_is_never_taken_for_one(tmp_path: Path) -> None:
    """What a killed process left of one goes away with the next."""
    copies = tmp_path / "backups"
    copies.mkdir()
    (copies / "before-upgrade-1-schema-1.partial").write_bytes(b"half")
    database = await old_file(tmp_path)
    await Migrator(HandClock()).sqlite(database, copies)
    await database.close()
    [copy] = copies.iterdir()
    assert copy.suffix == ".db"
    assert copy.stat().st_mode & 0o777 == 0o600


class AsMysql:
    """A MySQL server as far as a migration sees one: it remembers what it was told, and has every index already."""

    def __init__(self, version: str) -> None:
        self.version = version
        self.heard: list[str] = []
        self.rows: list[tuple[Any, ...]] = []

    @asynccontextmanager
    async def lasting(self) -> AsyncIterator[AsMysql]:
        """The connection."""
        yield self

    @asynccontextmanager
    async def cursor(self) -> AsyncIterator[AsMysql]:
        """Its cursor."""
        yield self

    def get_server_info(self) -> str:
        """As it greets."""
        return self.version

    async def execute(self, sql: str) -> None:
        """Takes everything but an index."""
        self.heard.append(sql)
        self.rows = [(1,)] if "LOCK(" in sql or "CONCAT(" in sql else []
        if sql.startswith("CREATE INDEX"):
            raise errors.OperationalError(1061, "Duplicate key name")

    async def fetchall(self) -> list[tuple[Any, ...]]:
        """The rows of a SELECT."""
        return self.rows


@pytest.mark.parametrize(("version", "collation"), [("8.0.36", "utf8mb4_0900_bin"), ("11.4-MariaDB", "utf8mb4_nopad")])
async def test_mysql_is_spoken_to_in_its_own_words(version: str, collation: str) -> None:
    """It knows neither MariaDB's collations nor an index that is made only where there is none."""
    server: Any = AsMysql(version)
    assert await Migrator(HandClock()).mysql(server) == list(NEWEST)
    said = "\n".join(server.heard)
    assert collation in said and "INDEX IF NOT EXISTS" not in said and "CREATE INDEX" in said
    assert ("nopad" in said) == ("MariaDB" in version)


async def test_mysql_says_why_a_step_was_refused() -> None:
    """Whatever is not an index that is there."""

    class Refusing(AsMysql):
        async def execute(self, sql: str) -> None:
            if sql.startswith("CREATE INDEX"):
                raise errors.OperationalError(1142, "INDEX command denied to user")
            await super().execute(sql)

    server: Any = Refusing("8.0.36")
    with pytest.raises(SchemaError, match="INDEX command denied"):
        await Migrator(HandClock()).mysql(server)


async def test_who_waited_minutes_for_another_migration_says_so() -> None:
    """It hangs, or is at work: only its log knows."""

    class Taken(AsMysql):
        async def fetchall(self) -> list[tuple[Any, ...]]:
            return [(0,)]

    server: Any = Taken("8.0.36")
    with pytest.raises(SchemaError, match="Another process has been migrating"):
        await Migrator(HandClock()).mysql(server)
