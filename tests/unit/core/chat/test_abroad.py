"""Chats over two processes on one database: answers stop, and feeds hear, wherever they are."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest

from parlance.core.chat import past_runs
from parlance.core.chat.abroad import Abroad
from parlance.core.chat.chat_operations import ReadChat
from parlance.core.chat.past_runs import PastRuns
from parlance.core.chat.saver import Saver
from parlance.core.chat.turn_operations import SendTurn, Sent, ShowTurn, StopChat
from parlance.core.dispatch import Caller, Dispatch
from parlance.core.feeds.feed import Feeds
from parlance.core.handlers import Rooms, handlers
from parlance.core.runs.fold import fold
from parlance.ports.observing import NullLog
from parlance.stores.volatile.signals import Hub, MemorySignals
from parlance.testing.chats import ChatBench
from parlance.values.accounts import Principal
from parlance.values.feeds import ListChanged

ADA = Principal("default", "ada")


class Beside:
    """Another process on the bench's database: `there` is where answers are written, this one is `here`."""

    def __init__(self, b: ChatBench) -> None:
        hub, room, road = Hub(), b.room, b.room.road
        self.hub = hub
        Abroad(room.saver, room.feeds, MemorySignals(hub, "there"))
        saver = Saver(b.database, room.stores, "process-2", b.clock, NullLog(), b.base.defects.append)
        self.feeds = Feeds(b.clock)
        self.abroad = Abroad(saver, self.feeds, MemorySignals(hub, "here"))
        self.room = msgspec.structs.replace(room, saver=saver, feeds=self.feeds, abroad=self.abroad)
        loaders = {"chat": self.room.find_chat, "turn": self.room.find_turn}
        self.dispatch = Dispatch(handlers(Rooms(road, self.room)), loaders, road.gate, b.database)

    def caller(self) -> Caller:
        return Caller(self.dispatch, ADA, "request-2")


@pytest.fixture
def here(b: ChatBench) -> Beside:
    return Beside(b)


async def test_an_answer_is_stopped_from_another_process_and_its_end_is_written(b: ChatBench, here: Beside) -> None:
    b.engine.hold(1)
    sent = await b.caller()(SendTurn("Hi", models=("model", "other")))
    await b.heard(sent, 2)
    assert await here.caller()(StopChat(sent.chat, sent.answers[1].turn)) is True
    assert [(await b.turn(a.turn)).state for a in sent.answers] == ["running", "stopped"]
    assert await here.caller()(StopChat(sent.chat)) is True
    assert [(await b.turn(a.turn)).state for a in sent.answers] == ["stopped", "stopped"]
    assert await here.caller()(StopChat(sent.chat)) is False


async def test_another_tenant_of_the_same_name_is_left_alone(b: ChatBench, here: Beside) -> None:
    b.engine.hold(1)
    sent = await b.caller()(SendTurn("Hi"))
    assert not await here.abroad.stop("other", sent.chat, None)
    assert b.room.saver.of_chat(sent.chat)


async def test_what_has_just_ended_elsewhere_is_written_before_one_goes_on(b: ChatBench, here: Beside) -> None:
    """Whoever saw the end of an answer at one process can ask on at another."""
    sent = await b.caller()(SendTurn("Hi"))
    run = b.room.road.runs.get(sent.run)
    assert run is not None
    await run.answer()
    assert (await b.turn(sent.answer)).state == "running"
    await here.caller()(SendTurn("And?", chat=sent.chat))
    assert (await b.turn(sent.answer)).state == "complete"


async def over(b: ChatBench) -> Sent:
    """An answer that has ended, and is neither written yet nor in any register."""
    sent = await b.caller()(SendTurn("Hi"))
    run = b.room.road.runs.get(sent.run)
    assert run is not None
    await run.answer()
    b.room.road.runs._runs.pop(sent.run)
    assert (await b.turn(sent.answer)).state == "running"
    return sent


async def test_what_has_just_ended_elsewhere_is_read_with_its_end(b: ChatBench, here: Beside) -> None:
    """In its chat and by itself."""
    sent = await over(b)
    assert (await here.caller()(ReadChat(sent.chat))).turns[1] == await b.turn(sent.answer)
    assert (await b.turn(sent.answer)).state == "complete"
    sent = await over(b)
    assert (await here.caller()(ShowTurn(sent.answer, sent.chat))).state == "complete"


async def test_what_goes_on_elsewhere_is_read_as_it_was_last_written(b: ChatBench, here: Beside) -> None:
    b.engine.hold(1)
    sent = await b.caller()(SendTurn("Hi"))
    await b.heard(sent, 2)
    assert (await here.caller()(ReadChat(sent.chat))).turns[1] == await b.turn(sent.answer)
    assert (await here.caller()(ShowTurn(sent.answer, sent.chat))).state == "running"
    await b.caller()(StopChat(sent.chat))


async def test_a_run_that_no_register_has_is_told_before_and_while_its_end_is_written(
    b: ChatBench, here: Beside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it was flown, at another process, and at one that cannot reach the first."""
    sent = await over(b)
    home = await PastRuns(b.room).find(ADA, sent.run)
    away = await PastRuns(here.room).find(ADA, sent.run)
    assert home is not None and away is not None and home.ended == away.ended
    assert fold(home.events()).text == fold(away.events()).text == "Hello"
    sent = await over(b)
    here.hub.listening["there"].clear()
    monkeypatch.setattr(past_runs, "LOOK_SECONDS", 0.001)
    assert await PastRuns(here.room).find(ADA, sent.run) is None
    monkeypatch.setattr(past_runs, "LOOKS", 1_000_000)
    finding = asyncio.ensure_future(PastRuns(here.room).find(ADA, sent.run))
    await asyncio.sleep(0)
    await b.room.saver.round()
    async with asyncio.timeout(60):
        late = await finding
    assert late is not None and fold(late.events()).text == "Hello"


async def test_a_run_of_somebody_else_is_refused_before_anybody_is_asked_or_waited_for(
    b: ChatBench, here: Beside
) -> None:
    """Neither does a look of somebody else have its end written, nor is there a way to tell it from one that is not."""
    sent = await over(b)
    for who in (Principal("default", "bob"), Principal("default", "ada", guest=True), Principal("other", "ada")):
        assert await PastRuns(here.room).find(who, sent.run) is None
        assert await PastRuns(b.room).find(who, sent.run) is None
    assert (await b.turn(sent.answer)).state == "running"
    assert await PastRuns(here.room).find(ADA, sent.run) is not None


async def test_a_feed_is_told_of_what_happens_elsewhere_once(b: ChatBench, here: Beside) -> None:
    def told() -> list[Any]:
        return [entry for _, entry in b.room.feeds.of("default", "ada").after(before)]

    before = b.room.feeds.of("default", "ada").last
    telling: list[Awaitable[None]] = []
    tell: Callable[..., Awaitable[None]] = here.abroad.tell
    here.feeds.others = lambda tenant, user, entry: telling.append(tell(tenant, user, entry))
    here.feeds.tell("default", "ada", ListChanged("folders"))
    for each in telling:
        await each
    await asyncio.sleep(0)
    assert told() == [ListChanged("folders")]
