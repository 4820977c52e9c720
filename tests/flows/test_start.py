"""A server that cannot have its database says so in a sentence, and ends with a code that a service manager knows."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from parlance.cli.exits import Exit
from parlance.testing.databases import emptied
from parlance.testing.servers import as_process
from parlance.testing.services import free_port
from tests.conftest import Services
from tests.flows.callers import Caller


def refused(folder: Path, **env: str) -> str:
    """What a start that failed said."""
    with pytest.raises(ChildProcessError) as failed:
        with as_process(folder, env=env):
            raise AssertionError("it started")
    return str(failed.value)


def test_a_newer_database_is_left_alone(tmp_path: Path) -> None:
    """With what to do."""
    with as_process(tmp_path):
        pass
    with sqlite3.connect(tmp_path / "data" / "parlance.db") as file:
        file.execute("INSERT INTO schema_versions (number, name, steps, done, applied) VALUES (99, 'later', 1, 1, 1)")
    said = refused(tmp_path)
    assert "Cannot start: The database is at schema 99" in said and "Traceback" not in said


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    """And left as it is."""
    file = tmp_path / "data" / "parlance.db"
    file.parent.mkdir()
    file.write_bytes(b"no database at all" * 500)
    said = refused(tmp_path)
    assert "Cannot start: The database file is damaged." in said and "Traceback" not in said
    assert file.read_bytes() == b"no database at all" * 500


def test_a_database_that_is_away_is_told(tmp_path: Path) -> None:
    """Without the password of its address."""
    url = f"postgresql://parlance:hidden-word@127.0.0.1:{free_port()}/parlance"
    said = refused(tmp_path, PARLANCE_DATABASE_URL=url)
    assert "Cannot start: The database cannot be reached." in said
    assert "hidden-word" not in said and "Traceback" not in said


@pytest.mark.parametrize("kind", ["postgres", "mysql"])
async def test_a_server_starts_on_a_database_server(kind: str, services: Services, tmp_path: Path) -> None:
    """And again, with what it kept."""
    server = services.get(kind)
    assert server is not None
    async with emptied(kind, server) as url:
        for _ in range(2):
            with as_process(tmp_path, env={"PARLANCE_DATABASE_URL": url}) as started:
                assert (await Caller(started.port).ask("GET /ready")).status == 200


def test_the_codes_are_those_of_service_managers() -> None:
    """75 to 78 are sysexits.h's; the unit in deploy/ does not start again on 78."""
    assert (Exit.UNREACHABLE, Exit.FOLDER_TAKEN, Exit.CONFIG) == (69, 75, 78)
