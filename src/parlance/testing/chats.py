"""Saved chats on a database, with an engine that says what a test tells it, and stops where it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec

from parlance.core.chat.room import ChatRoom
from parlance.core.chat.saver import Saver
from parlance.core.chat.turn_operations import Sent
from parlance.core.dispatch import Caller, Dispatch
from parlance.core.feeds.feed import Feeds
from parlance.core.handlers import Rooms, handlers
from parlance.ports.engines import Sink
from parlance.ports.observing import NullLog
from parlance.ports.stores import Database, Statement
from parlance.stores.sql.chat_stores import SqlChatStores
from parlance.testing.clocks import HandClock
from parlance.testing.road import Bench, ScriptedEngine, bench
from parlance.values.accounts import Principal
from parlance.values.asks import ChatAsk
from parlance.values.chats import OpenChat, Turn
from parlance.values.events import Delta, Event, Finished, Started, Usage
from parlance.values.models import ModelCard, ModelRef


class SteadyIds:
    """Ids that can be read in a failure and sort as they were made: `id-00001`, `id-00002`, …"""

    def __init__(self) -> None:
        self._count = 0

    def new(self) -> str:
        """The next id."""
        self._count += 1
        return f"id-{self._count:05}"


class Talker(ScriptedEngine):
    """An engine of several models that says its script and, with `pause`, waits in the middle of it."""

    def __init__(self, script: Sequence[Event] = (Delta("Hel"), Delta("lo"))) -> None:
        super().__init__(script)
        self.models: dict[str, int | None] = {"model": None, "other": None}
        """Names, and the context of each."""
        self.ends = "stop"
        """Why answers end, in the engine's word."""
        self.pause: int | None = None
        """After how many events of the script the gate is waited for."""

    async def cards(self) -> Sequence[ModelCard]:
        """All models."""
        return tuple(
            ModelCard(name, ModelRef("scripted", name), "scripted", context=context)
            for name, context in self.models.items()
        )

    async def chat(self, ask: ChatAsk, sink: Sink) -> None:
        """Say the script."""
        self.calls += 1
        self.asks.append(ask)
        try:
            if self.fault is not None and self.mute:
                raise self.fault
            sink.push(Started(ask.model))
            for n, event in enumerate(self.script):
                if n == self.pause:
                    await self.gate.wait()
                sink.push(event)
            if self.fault is not None:
                raise self.fault
            sink.push(Finished(self.ends))
            sink.push(Usage(10, len(self.script)))
        except asyncio.CancelledError:
            self.cancelled += 1
            raise

    def hold(self, after: int = 1) -> None:
        """Wait in the middle of answers from now on."""
        self.pause = after
        self.gate.clear()


class ChatBench(msgspec.Struct):
    """Saved chats with everything that they need."""

    base: Bench
    engine: Talker
    database: Database
    room: ChatRoom
    dispatch: Dispatch

    @property
    def clock(self) -> HandClock:
        """The clock that only a test moves."""
        return self.base.clock

    def caller(self, user: str = "ada", tenant: str = "default", **more: Any) -> Caller:
        """`do` for a user."""
        principal = msgspec.structs.replace(Principal(tenant, user), **more)
        return Caller(self.dispatch, principal, "request-1")

    async def ended(self, sent: Sent) -> None:
        """Wait for the answers that were asked for, and have them written."""
        for answer in sent.answers:
            run = self.room.road.runs.get(answer.run)
            while run is not None and run.ended is None:
                await run.wait()
        await self.room.saver.round()

    async def heard(self, sent: Sent, events: int) -> None:
        """Wait until the first answer's run has said so many events, and have them written."""
        run = self.room.road.runs.get(sent.run)
        assert run is not None
        while run.length < events:
            await run.wait()
        await self.room.saver.round()

    async def stored(self, chat: str, tenant: str = "default") -> OpenChat:
        """A chat as it lies in the database."""
        found = await self.room.stores.chats(tenant).chat(chat)
        assert found is not None
        return OpenChat(found, await self.room.stores.turns(tenant).all(chat))

    async def turn(self, id: str, tenant: str = "default") -> Turn:
        """A turn as it lies in the database."""
        placed = await self.room.stores.turns(tenant).turn(id)
        assert placed is not None
        return placed.turn


async def add_users(database: Database, tenant: str, *users: str) -> None:
    """Rows for users that only have a name."""
    for user in users:
        row = {"tenant": tenant, "id": user}
        sql = (
            "INSERT INTO users (tenant, id, name, name_key, role, owned_by, created, updated)"
            " VALUES (:tenant, :id, :id, :id, 'user', 'database', 0, 0)"
        )
        await database.apply((Statement(sql, row),))


async def chat_bench(database: Database, engine: Talker | None = None, **more: Any) -> ChatBench:
    """Saved chats of the users ada and bob, on a database with the newest schema."""
    engine = engine or Talker()
    base = bench(engine, **more)
    road = msgspec.structs.replace(base.road, ids=SteadyIds())
    stores = SqlChatStores(database)
    saver = Saver(database, stores, "process-1", base.clock, NullLog(), base.defects.append)
    room = ChatRoom(road, stores, saver, Feeds(base.clock))
    loaders = {"run": road.runs.find, "chat": room.find_chat, "turn": room.find_turn}
    dispatch = Dispatch(handlers(Rooms(road, room)), loaders, road.gate, database)
    await add_users(database, "default", "ada", "bob")
    return ChatBench(base, engine, database, room, dispatch)
