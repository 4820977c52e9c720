"""What fault injection found, piece by piece: each test is about one part that did not hold."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from parlance.core.chat.recovery import LOOKS, Recovery
from parlance.core.chat.saver import TRIES
from parlance.core.chat.turn_operations import SendTurn, Sent
from parlance.ports.observing import NullLog
from parlance.ports.stores import ChangeSet, Conflict
from parlance.stores.sql.migrate import Migrator, SchemaError
from parlance.stores.sql.sqlite import Sqlite
from parlance.testing.chats import ChatBench, Talker, chat_bench
from parlance.testing.clocks import HandClock
from parlance.testing.databases import fresh
from parlance.testing.faulty import Faults, FaultyDatabase
from parlance.testing.road import bench, unreachable
from parlance.values.accounts import Principal
from parlance.values.errors import Fault, Kind
from parlance.values.feeds import AnswerEnded

ADA = Principal("default", "ada")


@pytest.fixture
async def b(tmp_path: Path) -> AsyncIterator[ChatBench]:
    async with fresh("memory", tmp_path) as database:
        yield await chat_bench(database)


def recovery(b: ChatBench) -> Recovery:
    """That of the process that flies the answers."""
    room = b.room
    return Recovery(
        b.database,
        room.stores,
        "process-1",
        room.feeds,
        b.clock,
        NullLog(),
        b.base.defects.append,
        alone=True,
        watched=lambda turn: room.saver.of(turn) is not None,
    )


async def half(b: ChatBench) -> Sent:
    """An answer that waits in its middle."""
    b.engine.hold(1)
    sent = await b.caller()(SendTurn("Hi"))
    await b.heard(sent, 2)
    return sent


async def test_an_answer_that_nobody_flies_is_marked_as_soon_as_its_commit_is_doubted(b: ChatBench) -> None:
    sent, own = await half(b), recovery(b)
    b.room.saver.drop(b.room.saver.of_chat(sent.chat))
    feed = b.room.feeds.of("default", "ada").batches(None)
    told = asyncio.ensure_future(anext(feed))
    own.start()
    own.doubt("default", (sent.answer,))
    async with asyncio.timeout(20):
        [(_, entry)] = await told
    assert isinstance(entry, AnswerEnded) and (entry.turn, entry.state) == (sent.answer, "interrupted")
    assert (await b.turn(sent.answer)).state == "interrupted"
    await own.stop()
    await feed.aclose()


async def test_a_doubted_answer_that_is_flown_goes_on_and_one_that_never_came_is_forgotten(b: ChatBench) -> None:
    sent, own = await half(b), recovery(b)
    own.doubt("default", (sent.answer, "never-there"))
    for _ in range(LOOKS):
        assert own._doubted
        await own.settle()
    assert not own._doubted and (await b.turn(sent.answer)).state == "running"
    b.engine.gate.set()
    await b.ended(sent)
    own.doubt("default", (sent.answer,))
    await own.settle()
    assert not own._doubted and (await b.turn(sent.answer)).state == "complete"


class Crowded(FaultyDatabase):
    """A database whose changes always stand in somebody's way."""

    async def apply(self, changes: ChangeSet) -> None:
        raise Conflict


async def test_an_answer_that_meets_conflicts_is_tried_again_and_given_up_only_after_many(b: ChatBench) -> None:
    sent, saver = await half(b), b.room.saver
    behind, saver._database = saver._database, Crowded(b.database, Faults())
    b.engine.gate.set()
    await b.ended(sent)
    for _ in range(TRIES - 2):
        await saver.round()
    saver._database = behind
    await saver.round()
    assert (await b.turn(sent.answer)).state == "complete"
    again = await half(b)
    saver._database = Crowded(b.database, Faults())
    b.engine.gate.set()
    await b.ended(again)
    for _ in range(TRIES):
        await saver.round()
    assert saver.of(again.answer) is None


async def test_without_a_default_the_engines_trouble_is_the_reason() -> None:
    engine = Talker()
    made = bench(engine)

    async def unlisted() -> tuple[()]:
        raise unreachable()

    engine.cards = unlisted  # type: ignore[method-assign]
    with pytest.raises(Fault) as caught:
        await made.road.models.find(ADA, "")
    assert caught.value.kind is Kind.upstream


async def test_a_migration_tells_a_disk_that_cannot_be_written_as_such() -> None:
    database = Sqlite(None)
    database.connection.execute("PRAGMA query_only = ON")
    with pytest.raises(Fault) as caught:
        await Migrator(HandClock()).sqlite(database)
    assert (caught.value.kind, caught.value.code) == (Kind.busy, "disk_read_only")
    await database.close()


async def test_a_database_in_which_no_table_can_be_made_is_told_in_a_sentence() -> None:
    database = Sqlite(None)
    database.connection.execute("CREATE TABLE others (id TEXT)")
    database.connection.execute("CREATE INDEX schema_versions ON others (id)")
    with pytest.raises(SchemaError, match="lets nothing be written"):
        await Migrator(HandClock()).sqlite(database)
    await database.close()
