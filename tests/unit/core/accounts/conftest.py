"""An office of accounts on a database in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from parlance.ports.stores import Database
from parlance.testing.accounts import Office
from parlance.testing.databases import fresh


@pytest.fixture
async def rows(tmp_path: Path) -> AsyncIterator[Database]:
    """An empty database with the newest schema."""
    async with fresh("memory", tmp_path) as made:
        yield made


@pytest.fixture
async def office(rows: Database) -> AsyncIterator[Office]:
    """Nobody is known here yet."""
    made = Office(rows)
    yield made
    made.close()
