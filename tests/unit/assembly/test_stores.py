"""The settings say where state is kept, and what is missing for it is said in a sentence."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from parlance.assembly.stores import open_database
from parlance.settings.database import Database
from parlance.settings.schema import Data, Settings
from parlance.settings.secret import Secret
from parlance.testing.clocks import HandClock
from parlance.values.errors import Fault, Kind


def settings(folder: Path | None, url: str | None) -> Settings:
    """With a data folder and an address of the database, where there are any."""
    return Settings(
        data=Data(dir=None if folder is None else str(folder)),
        database=Database(url=None if url is None else Secret(url)),
    )


def found(folder: Path) -> list[tuple[str, int]]:
    """The files in a folder with their modes."""
    return [(each.name, each.stat().st_mode & 0o777) for each in folder.iterdir()]


@pytest.mark.parametrize("url", [None, "sqlite"])
async def test_by_default_it_is_a_file_in_the_data_folder(tmp_path: Path, url: str | None) -> None:
    """That nobody else of the machine can read, nor what SQLite keeps beside it while it is open."""
    database = await open_database(settings(tmp_path, url), HandClock())
    assert await database.read("SELECT id FROM tenants", {}) == [("default",)]
    assert {mode for _, mode in found(tmp_path)} == {0o600} and len(found(tmp_path)) == 3
    await database.close()
    assert found(tmp_path) == [("parlance.db", 0o600)]


@pytest.mark.parametrize(("with_folder", "url"), [(False, None), (True, "sqlite::memory:")])
async def test_what_is_to_be_forgotten_touches_no_disk(tmp_path: Path, with_folder: bool, url: str | None) -> None:
    """Without a data folder, or where the address says so."""
    database = await open_database(settings(tmp_path if with_folder else None, url), HandClock())
    assert await database.read("SELECT id FROM tenants", {}) == [("default",)]
    await database.close()
    assert found(tmp_path) == []


@pytest.mark.parametrize(
    ("url", "driver", "command"),
    [
        ("postgres://u:hidden@h.test/d", "asyncpg", "pip install -r requirements/postgres.txt"),
        ("postgresql://u:hidden@h.test/d", "asyncpg", "pip install -r requirements/postgres.txt"),
        ("mysql://u:hidden@h.test/d", "asyncmy", "pip install -r requirements/mysql.txt"),
        ("mariadb://u:hidden@h.test/d", "asyncmy", "pip install -r requirements/mysql.txt"),
    ],
)
async def test_a_driver_that_is_not_installed_is_told_with_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch, url: str, driver: str, command: str
) -> None:
    """Drivers are extras: most installations need neither."""
    for name in (driver, "parlance.stores.sql.postgres", "parlance.stores.sql.mysql"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, driver, None)
    with pytest.raises(Fault) as fault:
        await open_database(settings(None, url), HandClock())
    assert (fault.value.kind, fault.value.code) == (Kind.unsupported, "driver_missing")
    assert command in fault.value.sentence() and "hidden" not in fault.value.sentence()
