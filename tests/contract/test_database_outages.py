"""A database that is away, hangs, is full or cannot be written is told as such, in time, and heals by itself."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from parlance.ports.stores import Database
from parlance.stores.sql.migrate import Migrator
from parlance.stores.sql.sqlite import Sqlite
from parlance.testing.clocks import HandClock
from parlance.testing.database_contract import counted, put
from parlance.testing.databases import emptied, fresh, opened
from parlance.testing.services import Missing, Service, service
from parlance.values.errors import Fault, Kind

PROMISED_SECONDS = 5.0
SLACK = 4
"""How much slower than promised a shared machine may be."""
HEALS_WITHIN = 15.0


@pytest.fixture(scope="module", params=["postgres", "mysql"])
def server(request: pytest.FixtureRequest) -> Iterator[Service]:
    """A database server that no other test uses."""
    try:
        with service(request.param, {}) as made:
            yield made
    except Missing as missing:
        pytest.skip(str(missing))


def kind_of(server: Service) -> str:
    """Which database it serves."""
    return "postgres" if server.url.startswith("postgres") else "mysql"


@pytest.fixture
async def away(server: Service, tmp_path: Path) -> AsyncIterator[Database]:
    """A database on that server, with a row `kept`."""
    async with fresh(kind_of(server), tmp_path, server) as made:
        await made.apply((put("kept"),))
        yield made


async def refused(database: Database) -> None:
    """Both reads and writes are refused in time, with what to tell the caller."""
    for attempt in (counted(database, "kept"), database.apply((put("lost"),))):
        began = time.monotonic()
        with pytest.raises(Fault) as fault:
            await attempt
        assert (fault.value.kind, fault.value.code) == (Kind.busy, "database_unreachable")
        assert fault.value.retry_after
        assert time.monotonic() - began < PROMISED_SECONDS * SLACK


async def healed(database: Database) -> None:
    """It serves again, with what was there."""
    async with asyncio.timeout(HEALS_WITHIN * SLACK):
        while True:
            try:
                assert await counted(database, "kept") == 0
                await database.apply((put("new"),))
                return
            except Fault as fault:
                assert fault.code == "database_unreachable"
                await asyncio.sleep(0.1)


async def test_a_killed_server_is_told_and_comes_back(server: Service, away: Database) -> None:
    """Also for many who ask at once: none of them hangs."""
    server.kill()
    try:
        await refused(away)
        found = await asyncio.gather(*(counted(away, "kept") for _ in range(50)), return_exceptions=True)
        assert all(isinstance(each, Fault) and each.code == "database_unreachable" for each in found)
    finally:
        server.start()
    await healed(away)


async def test_a_server_that_hangs_is_told_and_comes_back(server: Service, away: Database) -> None:
    """Its connections stay open, and nothing comes over them."""
    server.pause()
    try:
        await refused(away)
    finally:
        server.go_on()
    await healed(away)


async def test_a_connection_to_a_server_that_hangs_can_be_closed(server: Service, tmp_path: Path) -> None:
    """A stop of ours does not wait for it, nor for who is still waiting."""
    async with emptied(kind_of(server), server) as url:
        database = await opened(url)
        server.pause()
        try:
            waiting = asyncio.ensure_future(database.read("SELECT 1", {}))
            await asyncio.sleep(0)
            async with asyncio.timeout(2 * PROMISED_SECONDS * SLACK):
                await database.close()
                with pytest.raises(Fault):
                    await waiting
        finally:
            server.go_on()


async def test_a_server_that_refuses_us_says_why(server: Service) -> None:
    """A wrong name stays wrong: it is no outage."""
    for wrong in (
        server.url.rpartition("/")[0] + "/no_such_database",
        server.url.replace("//", "//stranger:hidden@", 1),
    ):
        url = wrong.replace("stranger:hidden@parlance@", "stranger:hidden@").replace("hidden@root@", "hidden@")
        with pytest.raises(Fault) as fault:
            await opened(url)
        assert (fault.value.kind, fault.value.code) == (Kind.invalid, "database_refused")
        assert "no_such_database" in fault.value.sentence() or "stranger" in fault.value.sentence()
        assert "hidden" not in fault.value.sentence()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of four mebibytes."""
    if os.getuid() != 0:
        pytest.skip("only root can lay a small disk")
    place = tmp_path / "disk"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)], check=True)
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


async def filled(place: Path) -> AsyncIterator[Sqlite]:
    """A migrated file on it."""
    database = Sqlite(place / "parlance.db")
    await Migrator(HandClock()).sqlite(database)
    yield database
    await database.close()


async def test_a_full_disk_is_told_and_nothing_is_broken(small_disk: Path) -> None:
    """What was acknowledged stays, what was not is not there, and writing goes on when there is room."""
    async for database in filled(small_disk):
        ballast = small_disk / "ballast"
        ballast.write_bytes(bytes(2_500_000))
        kept = []
        with pytest.raises(Fault) as full:
            for number in range(1000):
                await database.apply((put(f"row-{number:04}", "x" * 8000),))
                kept.append(f"row-{number:04}")
        assert (full.value.kind, full.value.code) == (Kind.busy, "disk_full")
        assert kept and await counted(database, kept[-1]) == 0
        ballast.unlink()
        await database.apply((put("after"),))
        names = await database.read(
            "SELECT name FROM preferences WHERE tenant = 'default' ORDER BY name", {}, most=2000
        )
        assert [row[0] for row in names] == ["after", *kept]
        assert await database.read("PRAGMA integrity_check", {}) == [("ok",)]
        assert await database.read("PRAGMA foreign_key_check", {}) == []
