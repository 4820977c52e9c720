"""A file of chats on its way in, step by step: what happens beside it between two change sets."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from parlance.core.library.bring import import_chats
from parlance.core.library.landing import TOKENS_TOGETHER, TURNS_TOGETHER
from parlance.core.library.remains import Remains
from parlance.core.library.transfer_operations import ImportChats, Imported
from parlance.core.operation import Context, Result
from parlance.ports.observing import NullLog
from parlance.ports.stores import Conflict
from parlance.values.chats import ChatFilter
from parlance.values.errors import Fault, Kind
from parlance.values.feeds import ListChanged
from tests.unit.core.library.shelves import ADA, NOW, Shelf

LONG = 2 * TURNS_TOGETHER + 1


def portable(name: str, turns: int, text: str = "tea", **more: Any) -> dict[str, Any]:
    """A chat of our own file, one turn under the other."""
    item = {"id": "message-1", "item": {"type": "message", "role": "user", "content": text}}
    said = [
        {"id": f"t{n}", "parent": f"t{n - 1}" if n else None, "role": "user", "items": [item]} for n in range(turns)
    ]
    return {"id": name, "client_id": name, "title": name.title(), "turns": said, **more}


def file(*chats: dict[str, Any]) -> bytes:
    """Exports have the newest chat first."""
    return json.dumps({"format": "parlance.chats", "version": 1, "chats": chats}).encode()


class Import:
    """One import, a change set at a time."""

    def __init__(self, shelf: Shelf, content: bytes) -> None:
        self.shelf, self.sizes = shelf, list[int]()
        self._op = ImportChats(content)
        self._next: Callable[[], Any] = lambda: import_chats(shelf.room, Context(ADA, "r"), self._op)
        self.result: Result[Imported] | None = None

    async def step(self) -> bool:
        """The next one, with its effects; whether there is another one behind it."""
        self.result = result = await self._next()
        before = await self._turns()
        await self.shelf.database.apply(result.changes)
        self.sizes.append(await self._turns() - before)
        for effect in result.effects:
            effect()
        if result.then is not None:
            self._next = result.then
        return result.then is not None

    async def rest(self) -> Imported:
        """All that is left to do."""
        while await self.step():
            continue
        assert self.result is not None
        return self.result.value

    def leave(self) -> None:
        """Whoever asked is gone."""
        assert self.result is not None and self.result.otherwise is not None
        self.result.otherwise()

    async def _turns(self) -> int:
        [(count,)] = await self.shelf.database.read("SELECT COUNT(*) FROM turns", {})
        assert isinstance(count, int)
        return count


async def titles(shelf: Shelf) -> list[str]:
    found = await shelf.room.chats.chats("default").list("ada", ChatFilter(archived=None), None, 50)
    return [chat.title for _, chat in found]


async def arriving(shelf: Shelf) -> int:
    return len(await shelf.room.chats.arrivals("default").all())


async def removed(shelf: Shelf) -> int:
    """What the remover finds."""
    return await Remains(shelf.room, shelf.database, NullLog(), shelf.bench.base.defects.append, alone=True).round()


async def test_a_long_chat_is_seen_with_its_last_change_set_and_told_of_then(shelf: Shelf) -> None:
    """Short ones before and behind it go together; its folder and tags are there with it."""
    long = portable("long", LONG, folder=["Far"], tags=["Tea"])
    coming = Import(shelf, file(portable("last", 1), long, portable("first", 1)))
    feed = shelf.room.feeds.of("default", "ada")
    assert await coming.step() and await titles(shelf) == ["First"]
    for _ in range(3):
        before = feed.last
        assert await coming.step()
        assert (await titles(shelf), await arriving(shelf), feed.last) == (["First"], 1, before)
    assert await coming.step() and sorted(await titles(shelf)) == ["First", "Long"]
    batches = feed.batches(before)
    assert ListChanged("chats") in [entry for _, entry in await anext(batches)]
    done = await coming.rest()
    assert (done.imported, done.skipped, done.refused) == (3, 0, ())
    assert coming.sizes == [1, TURNS_TOGETHER, TURNS_TOGETHER, 1, 0, 1]
    tags = await shelf.room.library.tags("default").all("ada")
    assert [(tag.tag, tag.chats) for tag in tags] == [("Tea", 1)]
    assert [folder.name for folder in await shelf.room.library.folders("default").all("ada")] == ["Far"]
    assert await arriving(shelf) == 0 and not shelf.room.underway.brings(done.chats[1])


@pytest.mark.slow
async def test_what_turns_say_bounds_a_piece_too(shelf: Shelf) -> None:
    coming = Import(shelf, file(portable("long", 3, "tea " * (TOKENS_TOGETHER + 1))))
    assert (await coming.rest()).imported == 1
    assert coming.sizes == [1, 1, 1, 0, 0]


async def test_the_same_chat_on_another_way_is_not_there_twice(shelf: Shelf) -> None:
    """Whichever is whole first stays; of the other one nothing does."""
    woken: list[str] = []
    coming = Import(shelf, file(portable("other", 1), portable("long", LONG)))
    await coming.step()
    shelf.room.underway.left = lambda: woken.append("woken")
    await shelf.chat("here", title="Here", client_id="long", updated=NOW)
    done = await coming.rest()
    assert (done.imported, done.skipped) == (1, 1) and woken == ["woken"]
    assert sorted(await titles(shelf)) == ["Here", "Other"]
    assert await removed(shelf) == 1
    assert await shelf.database.read("SELECT id FROM turns WHERE chat <> :of", {"of": done.chats[0]}) == []


async def test_what_was_broken_off_is_left_and_the_file_can_be_brought_at_once(shelf: Shelf) -> None:
    """Before what is left was removed; and what others are bringing is none of it."""
    content = file(portable("long", LONG))
    first = Import(shelf, content)
    await first.step()
    assert await removed(shelf) == 0
    first.leave()
    first.leave()
    second = Import(shelf, content)
    await second.step()
    assert await arriving(shelf) == 2 and await removed(shelf) == 1
    assert (await second.rest()).imported == 1
    assert await titles(shelf) == ["Long"] and await removed(shelf) == 0


async def test_an_import_that_was_taken_for_gone_shows_no_half_of_a_chat(shelf: Shelf) -> None:
    coming = Import(shelf, file(portable("long", LONG)))
    await coming.step()
    [left] = await shelf.room.chats.arrivals("default").all()
    await shelf.database.apply((shelf.room.chats.arrivals("default").take(left, "process-2"),))
    with pytest.raises(Conflict):
        await coming.rest()
    assert await titles(shelf) == []


async def test_a_long_chat_that_is_no_tree_is_refused_and_nothing_is_kept_of_it(shelf: Shelf) -> None:
    broken = portable("broken", LONG)
    broken["turns"][LONG - 1]["parent"] = "nowhere"
    done = await Import(shelf, file(portable("last", 1), broken, portable("first", 1))).rest()
    assert (done.imported, [(each.place, each.title) for each in done.refused]) == (2, [(2, "Broken")])
    assert await shelf.database.read("SELECT id FROM chats WHERE arriving IS NOT NULL", {}) == []


async def test_what_is_no_fault_of_a_chat_breaks_the_import_off(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that is away spoils more than one chat; the place of this import is free again."""

    async def away(*given: object) -> Any:
        raise Fault(Kind.busy, "The database cannot be reached.")

    op = ImportChats(file(portable("short", 1)))
    monkeypatch.setattr(type(shelf.room.chats.chats("default")), "chat_of", away)
    with pytest.raises(Fault, match="cannot be reached"):
        await import_chats(shelf.room, Context(ADA, "r"), op)
    assert not shelf.room.underway._going
