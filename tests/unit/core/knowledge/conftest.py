"""A desk for every test of knowledge; a file that wants another one, such as one that draws graphs, has its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from parlance.stores.sql.sqlite import Sqlite
from parlance.testing.databases import migrated
from tests.unit.core.knowledge.desk import Desk, opened


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """At its end nothing has gone wrong that a test has not taken note of."""
    database = Sqlite(None)
    await migrated(database)
    made = await opened(database, tmp_path / "blobs")
    yield made
    await made.close()
    assert made.defects == []
    await database.close()
