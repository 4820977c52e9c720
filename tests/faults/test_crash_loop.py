"""`kill -9` in mid-write, with six writers through HTTP: nothing that was acknowledged is lost or doubled, files are
the same to the byte, nobody is signed out, and the server is soon there again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from parlance.stores.sql.chats import SqlChats
from parlance.stores.sql.migrate import Migrator
from parlance.stores.sql.sqlite import Sqlite
from parlance.stores.sql.turns import SqlTurns
from parlance.testing.upstreams import MockOpenAI, in_thread
from parlance.values.accounts import DEFAULT_TENANT, OWNER
from parlance.values.chats import Chat, Turn, TurnItem
from parlance.values.ids import RandomIds
from parlance.values.messages import Message
from parlance.values.time import SystemClock
from tests.faults.crashing import House, crashes
from tests.flows.callers import connection_toml, measured

READY_SECONDS = 3.0
SLACK = 4
"""How much slower than promised a shared machine may be."""
TURNS = 100_000
OF_ONE_CHAT = 100


@asynccontextmanager
async def house(folder: Path) -> AsyncIterator[House]:
    with in_thread(MockOpenAI()) as upstream:
        made = House(folder, connection_toml(upstream.base_url, "mock", "mock-p5-n20"))
        try:
            yield made
        finally:
            await made.stop()


async def filled(folder: Path) -> None:
    """A data folder with many turns."""
    await asyncio.to_thread(folder.mkdir)
    database, clock = Sqlite(folder / "parlance.db"), SystemClock()
    await Migrator(clock).sqlite(database)
    chats, turns, ids = SqlChats(database, DEFAULT_TENANT), SqlTurns(database, DEFAULT_TENANT), RandomIds(clock)
    for number in range(TURNS // OF_ONE_CHAT):
        now = clock.now()
        chat = Chat(ids.new(), DEFAULT_TENANT, OWNER, now, now, f"Chat {number}", "user")
        changes, parent = list(chats.insert(chat)), None
        for n in range(OF_ONE_CHAT):
            item = TurnItem("message-1", Message("user", f"Tea {number}.{n} grows in Assam."))
            turn = Turn(ids.new(), chat.id, "user", "complete", now, parent, (item,), sent=chat.id, tokens=12)
            changes += turns.insert(turn, OWNER)
            parent = turn.id
        await database.apply(tuple(changes))
    await database.close()


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_five_kills_in_mid_write_lose_and_double_nothing(tmp_path: Path) -> None:
    async with house(tmp_path) as there:
        measured("kills in mid-write", **await crashes(there, 5, seed=1, limit=READY_SECONDS * SLACK))


@pytest.mark.soak
async def test_a_hundred_kills_in_mid_write_lose_and_double_nothing(tmp_path: Path) -> None:
    async with house(tmp_path) as there:
        measured("kills in mid-write", **await crashes(there, 100, seed=2, limit=READY_SECONDS * SLACK))


@pytest.mark.soak
async def test_with_a_hundred_thousand_turns_it_is_ready_as_soon(tmp_path: Path) -> None:
    await filled(tmp_path / "data")
    async with house(tmp_path) as there:
        figures = await crashes(there, 20, seed=3, limit=READY_SECONDS * SLACK)
        measured(f"kills in mid-write with {TURNS} turns", **figures)
