"""What is left of chats that were on their way in is removed, and what somebody still brings is not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from parlance.core.chat.recovery import GONE_AFTER
from parlance.core.library.remains import TOGETHER, Remains
from parlance.core.library.underway import AT_ONCE, Underway
from parlance.ports.arrivals import Arriving
from parlance.ports.observing import NullLog
from parlance.ports.stores import ChangeSet, Conflict, Database
from parlance.testing.chats import ChatBench, chat_bench
from parlance.testing.databases import fresh
from parlance.values.chats import Chat, Turn
from parlance.values.errors import Fault
from parlance.values.time import SECOND
from tests.unit.core.library.shelves import Shelf

HERE, THERE = "process-1", "process-2"
ADA = ("default", "ada")


class Place:
    """A process that brings chats, with another one beside it."""

    def __init__(self, bench: ChatBench) -> None:
        self.bench, self.database = bench, bench.database
        self.room = Shelf(bench).room
        self.arrivals = self.room.chats.arrivals("default")

    def remains(self, database: Database | None = None, *, alone: bool = False) -> Remains:
        """Their remover."""
        return Remains(self.room, database or self.database, NullLog(), self.bench.base.defects.append, alone=alone)

    async def half(self, id: str, process: str, turns: int = 1) -> None:
        """A chat of Ada's that a process is bringing."""
        chat = Chat(id, "default", "ada", 1, 1, "Tea")
        inserting = self.room.chats.turns("default")
        changes = list(self.arrivals.expect(chat, process))
        for n in range(turns):
            changes += inserting.insert(Turn(f"{id}-{n:05}", id, "user", "complete", 1, sent="x"), "ada")
        await self.database.apply(tuple(changes))

    async def left(self) -> list[str]:
        """What is on its way in."""
        return sorted(each.chat for each in await self.arrivals.all())


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with fresh("sqlite", tmp_path, None) as database:
        yield Place(await chat_bench(database))


class Counting:
    """A database that writes down how many rows a change set took, and what is done just before one."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.kind = database.kind
        self.read = database.read
        self.close = database.close
        self.applied: list[ChangeSet] = []
        self.first: ChangeSet = ()

    async def apply(self, changes: ChangeSet) -> None:
        """Apply it, after what somebody else was quicker with."""
        first, self.first = self.first, ()
        await self._database.apply(first)
        self.applied.append(changes)
        await self._database.apply(changes)


async def test_a_chat_is_left_when_nobody_brings_it(place: Place) -> None:
    """Its process is gone, or is this one and has no import that brings it."""
    now = place.bench.clock.now()
    await place.database.apply((place.room.chats.arrived(THERE, now),))
    place.room.underway.begin(ADA, 1).add("mine")
    for id, process in (("mine", HERE), ("nobody's", HERE), ("another's", THERE), ("gone", "process-3")):
        await place.half(id, process)
    assert await place.remains().round() == 2
    assert await place.left() == ["another's", "mine"]
    place.bench.clock.move(GONE_AFTER / SECOND + 1)
    assert await place.remains().round() == 1
    place.room.underway.end(ADA, 1)
    assert await place.remains().round() == 1
    assert await place.left() == [] and await place.database.read("SELECT id FROM turns", {}) == []


async def test_where_no_other_process_is_every_other_one_is_gone(place: Place) -> None:
    await place.database.apply((place.room.chats.arrived(THERE, place.bench.clock.now()),))
    await place.half("another's", THERE)
    assert await place.remains(alone=True).round() == 1


async def test_a_long_one_goes_in_pieces(place: Place) -> None:
    """Taking it over, its turns, and then its row."""
    await place.half("long", HERE, 2 * TOGETHER + 1)
    counting = Counting(place.database)
    assert await place.remains(counting).round() == 1
    assert len(counting.applied) == 1 + 3 + 1
    assert await place.database.read("SELECT id FROM turns", {}) == []


async def test_what_another_process_took_over_is_left_to_it(place: Place) -> None:
    """Two find the same at once: one of them removes it."""
    await place.database.apply((place.room.chats.arrived(THERE, place.bench.clock.now()),))
    await place.half("gone", "process-3", 2)
    counting = Counting(place.database)
    counting.first = (place.arrivals.take(Arriving("gone", "process-3"), THERE),)
    await place.remains(counting).round()
    assert await place.arrivals.all() == [Arriving("gone", THERE)]
    assert len(await place.database.read("SELECT id FROM turns", {})) == 2


async def test_who_was_only_slow_cannot_show_half_a_chat(place: Place) -> None:
    """It was taken for gone and taken over: its last change set is a conflict."""
    await place.half("slow", THERE, 2)
    await place.database.apply((place.arrivals.take(Arriving("slow", THERE), HERE),))
    with pytest.raises(Conflict):
        await place.database.apply(place.arrivals.admit(Chat("slow", "default", "ada", 1, 1), THERE))


async def test_an_import_that_breaks_off_has_its_remains_removed(place: Place) -> None:
    """It wakes them, and only where there are any."""
    woken: list[str] = []
    place.remains()
    place.room.underway.left = lambda: woken.append("woken")
    place.room.underway.begin(ADA, 1)
    place.room.underway.end(ADA, 1)
    assert woken == []
    place.room.underway.begin(ADA, 1).add("half")
    place.room.underway.end(ADA, 1)
    place.room.underway.end(ADA, 1)
    assert woken == ["woken"]


def test_a_user_brings_two_files_at_once_and_one_begins_again_as_itself() -> None:
    underway = Underway()
    for number in range(AT_ONCE):
        underway.begin(ADA, number).add(f"chat-{number}")
    assert underway.begin(ADA, 1) == {"chat-1"}, "it begins again after a conflict"
    with pytest.raises(Fault, match="being imported"):
        underway.begin(ADA, AT_ONCE)
    underway.begin(("default", "bob"), 0)
    assert underway.brings("chat-0") and not underway.brings("chat-2")
    underway.end(ADA, 0)
    assert not underway.brings("chat-0")
    underway.begin(ADA, AT_ONCE)
