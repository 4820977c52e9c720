"""Settings say whether large bases are searched by HNSW."""

from __future__ import annotations

from pathlib import Path

import pytest

from parlance.assembly.knowledge import index
from parlance.ports.observing import NullLog
from parlance.settings.knowledge import Knowledge
from parlance.settings.schema import Data, Settings
from parlance.stores.sql.knowledge import SqlKnowledgeStores
from parlance.stores.sql.sqlite import Sqlite
from parlance.testing.clocks import HandClock


@pytest.mark.parametrize(("above", "kept", "expected"), [(200_000, True, True), (0, True, False), (5, False, False)])
async def test_a_server_makes_nets_where_it_is_to(tmp_path: Path, above: int, kept: bool, expected: bool) -> None:
    """Not with 0, and not where nothing is kept."""
    database = Sqlite(tmp_path / "k.db")
    settings = Settings(data=Data(dir=str(tmp_path) if kept else None), knowledge=Knowledge(hnsw_above=above))
    found = index(SqlKnowledgeStores(database), settings, HandClock(), NullLog())
    assert (found.nets is not None) is expected
    await found.close()
    await database.close()
