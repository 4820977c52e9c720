"""Connections on a database in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from parlance.testing.accounts import Office
from parlance.testing.databases import fresh
from tests.unit.core.models.workbench import Works


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """Where nobody is known yet."""
    async with fresh("memory", tmp_path) as rows:
        made = Office(rows)
        yield made
        made.close()


@pytest.fixture
async def works(office: Office) -> Works:
    """Without any connection."""
    return Works(office)
