"""Every database keeps the contract: a file, memory, PostgreSQL, and MySQL or MariaDB."""

from __future__ import annotations

from pathlib import Path

import pytest

from parlance.stores.sql.snapshot import snapshot, tables
from parlance.testing.database_contract import DatabaseContract, put
from parlance.testing.databases import KINDS, fresh
from tests.conftest import Services


class TestDatabases(DatabaseContract):
    """With the fixture `database`, of every kind in turn."""


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "memory"])
async def test_nothing_of_one_test_reaches_the_next(kind: str, services: Services, tmp_path: Path) -> None:
    """A database that was used before is like one that never was."""
    seen = []
    for number in range(2):
        folder = tmp_path / str(number)
        folder.mkdir()
        async with fresh(kind, folder, services.get(kind)) as database:
            async with snapshot(database) as moment:
                seen.append({table: [page.rows async for page in moment.pages(table)] for table in tables()})
            await database.apply((put("left behind"),))
    assert seen[0] == seen[1]
    assert any(any(pages) for pages in seen[0].values())
