"""One library for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from parlance.testing.chats import chat_bench
from parlance.testing.databases import fresh
from tests.unit.core.library.shelves import Shelf


@pytest.fixture
async def shelf(tmp_path: Path) -> AsyncIterator[Shelf]:
    """On SQLite: what other databases do differently, the contract suites see."""
    async with fresh("sqlite", tmp_path, None) as database:
        yield Shelf(await chat_bench(database))
