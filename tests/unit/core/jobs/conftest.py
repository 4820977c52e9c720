"""A bench for every test of workers."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from parlance.testing.databases import migrated
from tests.unit.core.jobs.bench import Bench, Moody


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    """At its end nothing has gone wrong that a test has not taken note of."""
    database = Moody()
    await migrated(database)
    made = Bench(database)
    yield made
    for lane in made.lanes:
        await lane.stop()
    assert made.defects == []
    await database.close()
