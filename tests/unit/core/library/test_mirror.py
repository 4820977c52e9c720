"""What keeps a folder of chats current outlives its own defects and the disk's faults."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

import pytest

from parlance.core.chat.chat_operations import CreateChat
from parlance.core.library.mirror import Mirror
from parlance.core.library.room import LibraryRoom
from parlance.ports.mirrored import Page
from parlance.ports.observing import NullLog
from parlance.stores.sql.library import SqlLibraryStores
from parlance.stores.volatile.counters import MemoryCounter
from parlance.testing.chats import ChatBench, chat_bench
from parlance.testing.databases import fresh
from parlance.values.accounts import Principal

PATIENCE = 20.0


class Shelf:
    """A folder in memory that raises what it is given, once each, before it takes anything."""

    def __init__(self, *faults: Exception) -> None:
        self.faults = list(faults)
        self.pages: dict[str, Page] = {}
        self.laid = asyncio.Event()

    async def marks(self) -> Mapping[str, str]:
        """Of the pages that are there."""
        if self.faults:
            raise self.faults.pop(0)
        return {id: page.mark for id, page in self.pages.items()}

    async def lay(self, pages: Sequence[Page]) -> None:
        """Keep them."""
        self.pages.update({page.chat: page for page in pages})
        self.laid.set()


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[ChatBench]:
    async with fresh("sqlite", tmp_path, None) as database:
        yield await chat_bench(database)


def room(bench: ChatBench) -> LibraryRoom:
    """What the mirror reads."""
    chats, clock = bench.room, bench.clock
    library = SqlLibraryStores(bench.database)
    return LibraryRoom(
        chats=chats.stores,
        library=library,
        feeds=chats.feeds,
        counter=MemoryCounter(clock),
        clock=clock,
        ids=chats.road.ids,
        draw=lambda: "",
        settle=chats.settled,
    )


@pytest.mark.parametrize("fault", [OSError("full"), RuntimeError("a defect")])
async def test_a_folder_is_followed_again_after_whatever_went_wrong(bench: ChatBench, fault: Exception) -> None:
    """A fault of the disk is logged, a defect told to whoever hears of defects; then everything is written."""
    chat = await bench.caller()(CreateChat(title="Tea"))
    shelf, defects = Shelf(fault, fault), list[Exception]()
    mirror = Mirror(room(bench), Principal("default", "ada"), shelf, NullLog(), defects.append, pause=0.0)
    mirror.start()
    try:
        async with asyncio.timeout(PATIENCE):
            await shelf.laid.wait()
    finally:
        await mirror.stop()
    assert list(shelf.pages) == [chat.id]
    assert defects == ([fault, fault] if isinstance(fault, RuntimeError) else [])


async def test_what_was_stopped_stays_stopped(bench: ChatBench) -> None:
    """Also when it was to begin again after a defect."""
    shelf, told = Shelf(RuntimeError("a defect"), RuntimeError("another")), asyncio.Event()
    mirror = Mirror(room(bench), Principal("default", "ada"), shelf, NullLog(), lambda defect: told.set(), pause=3600.0)
    mirror.start()
    async with asyncio.timeout(PATIENCE):
        await told.wait()
    await mirror.stop()
    assert len(shelf.faults) == 1 and not shelf.laid.is_set() and len(asyncio.all_tasks()) == 1
