"""The contract of `Connections` in `ports/connections.py`, on every database."""

from __future__ import annotations

import msgspec
import pytest

from parlance.ports.connections import StoredConnection
from parlance.ports.secrets import Sealed
from parlance.ports.stores import Conflict, Database
from parlance.stores.sql.connections import SqlConnections
from parlance.values.connections import ConnectionPlan, KeptConnection

PLAN = ConnectionPlan(
    name="lab",
    kind="ollama",
    base_url="http://lab.test:11434",
    prefix="labor/Ö ",
    models=("llama3:8b", "知识"),
    enabled=False,
    max_concurrent=2,
    max_queue_size=0,
    connect_seconds=1.5,
    total_seconds=90.0,
    retries=0,
)
LAB = StoredConnection(
    KeptConnection("0-lab", PLAN, 5, 9_007_199_254_740_993, 3, "wxyz"), Sealed("aes256gcm", "0123", bytes(range(256)))
)
BARE = StoredConnection(KeptConnection("1-bare", ConnectionPlan(name="bare"), 6, 6))


@pytest.fixture
async def connections(database: Database) -> SqlConnections:
    made = SqlConnections(database)
    await database.apply((*made.insert(BARE), *made.insert(LAB)))
    return made


async def test_connections_are_read_back_as_they_were_written(connections: SqlConnections) -> None:
    """Oldest first, with their sealed keys byte by byte; one without a key has none."""
    assert list(await connections.all()) == [LAB, BARE]
    assert await connections.find("0-lab") == LAB
    assert await connections.find("lab") is None


async def test_a_name_is_given_once(database: Database, connections: SqlConnections) -> None:
    """A second one, and a change to the name of another, are conflicts, and nothing of them is kept."""
    twin = msgspec.structs.replace(BARE, kept=msgspec.structs.replace(BARE.kept, id="2-twin"))
    renamed = msgspec.structs.replace(BARE, kept=msgspec.structs.replace(BARE.kept, plan=PLAN))
    for changes in (connections.insert(twin), connections.change(BARE, renamed)):
        with pytest.raises(Conflict):
            await database.apply(changes)
    assert list(await connections.all()) == [LAB, BARE]


async def test_every_change_is_seen_by_its_version(database: Database, connections: SqlConnections) -> None:
    """So that other processes read them again; a key goes with the change that takes it, and with its connection."""
    seen = [await connections.version()]
    plan = msgspec.structs.replace(PLAN, name="cellar", enabled=True)
    after = StoredConnection(msgspec.structs.replace(LAB.kept, plan=plan, version=4, updated=7, key_ending=None))
    await database.apply(connections.change(LAB, after))
    seen.append(await connections.version())
    assert await connections.find("0-lab") == after
    await database.apply(connections.delete(after.kept))
    seen.append(await connections.version())
    assert seen == sorted(set(seen))
    assert list(await connections.all()) == [BARE]


async def test_what_changed_meanwhile_is_not_changed_over_it(database: Database, connections: SqlConnections) -> None:
    """Two who change one connection: the second hears of it. What is gone cannot be deleted again."""
    plan = msgspec.structs.replace(PLAN, retries=1)
    after = msgspec.structs.replace(LAB, kept=msgspec.structs.replace(LAB.kept, plan=plan, version=4))
    await database.apply(connections.change(LAB, after))
    with pytest.raises(Conflict):
        await database.apply(connections.change(LAB, after))
    await database.apply(connections.delete(after.kept))
    with pytest.raises(Conflict):
        await database.apply(connections.delete(after.kept))
