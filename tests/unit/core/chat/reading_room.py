"""Saved chats beside bases of documents, on one database: what tests of answers that rest on documents stand on."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec

from parlance.core.dispatch import Caller, Dispatch
from parlance.core.handlers import Rooms, handlers
from parlance.core.knowledge.asking.looking import Shelf
from parlance.core.knowledge.bases_operations import BaseView
from parlance.core.knowledge.document_operations import DocumentView
from parlance.core.knowledge.handlers import loaders
from parlance.core.runs.run import Run
from parlance.engines.quote import QuoteEngine
from parlance.ports.engines import Sink
from parlance.ports.stores import Database
from parlance.testing.chats import ChatBench, Talker, chat_bench
from parlance.values.accounts import Principal
from parlance.values.asks import ChatAsk
from parlance.values.events import Cited, Event, Retrieved
from parlance.values.messages import Item, Message, text_of
from tests.unit.core.files.desk import ADA
from tests.unit.core.knowledge.desk import Desk

TEA = "Tea is grown in Assam by 3 million people.\n\nCoffee is grown in Kerala.\n\nRice is grown in Bihar."


class Reader(Talker):
    """A Talker that quotes like the built-in engine when it is told to."""

    quotes = False

    async def chat(self, ask: ChatAsk, sink: Sink) -> None:
        """Quote, or say the script."""
        if not self.quotes:
            return await super().chat(ask, sink)
        self.calls += 1
        self.asks.append(ask)
        await QuoteEngine("scripted").chat(ask, sink)
        return None


class ReadingRoom(msgspec.Struct):
    """Both, and `do` for whoever."""

    chats: ChatBench
    desk: Desk
    engine: Reader
    dispatch: Dispatch

    async def do(self, operation: Any, who: Principal = ADA) -> Any:
        """Do it for somebody."""
        return await self.dispatch(who, "request-1", operation)

    def caller(self, who: Principal = ADA) -> Caller:
        """`do` for one request."""
        return Caller(self.dispatch, who, "request-1")

    async def filled(self, text: str = TEA, name: str = "tea.txt", **more: Any) -> tuple[BaseView, DocumentView]:
        """A base with one document in it."""
        base = await self.desk.base(**more)
        document = await self.desk.settled(await self.desk.upload(base, text, name))
        assert document.state == "ready"
        return base, document

    def run(self, id: str) -> Run:
        """A run that is known."""
        found = self.chats.room.road.runs.get(id)
        assert found is not None
        return found


async def reading_room(database: Database, folder: Path, engine: Reader | None = None) -> ReadingRoom:
    """An empty one."""
    engine = engine or Reader()
    chats = await chat_bench(database, engine)
    desk = Desk(database, folder)
    road = chats.room.road
    road.grounding.use(Shelf(desk.room))
    ways = {"run": road.runs.find, "chat": chats.room.find_chat, "turn": chats.room.find_turn, **loaders(desk.room)}
    rooms = Rooms(road, chats.room, knowledge=desk.room)
    dispatch = Dispatch(handlers(rooms), ways, road.gate, database)
    return ReadingRoom(chats, desk, engine, dispatch)


async def over(run: Run) -> list[Event]:
    """All that a run says."""
    async with asyncio.timeout(20):
        while run.ended is None:
            await run.wait()
    return run.events()


def retrieved(events: list[Event]) -> Retrieved:
    """What was found: told once."""
    [found] = [event for event in events if isinstance(event, Retrieved)]
    return found


def cited(events: list[Event]) -> list[Cited]:
    """What the sentences cite."""
    return [event for event in events if isinstance(event, Cited)]


def prompt(items: tuple[Item, ...]) -> list[tuple[str, str]]:
    """What an engine was told: roles and texts."""
    return [(item.role, text_of(item.content)) for item in items if isinstance(item, Message)]
