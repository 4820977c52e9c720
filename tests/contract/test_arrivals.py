"""A chat that comes in piece by piece is nowhere until it is whole, and what is left of one is found and removed."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from parlance.ports.arrivals import Arriving
from parlance.ports.library import Narrowed, Piece
from parlance.ports.stores import Conflict, Database
from parlance.stores.sql.arrivals import SqlArrivals
from parlance.stores.sql.chats import SqlChats
from parlance.stores.sql.library import SqlLibraryStores
from parlance.stores.sql.turns import SqlTurns
from parlance.testing.chats import add_users, chat_bench
from parlance.values.chats import Chat, ChatFilter, Turn, TurnItem
from parlance.values.messages import Message
from tests.unit.core.library.shelves import Shelf
from tests.unit.core.library.test_bring import LONG, Import, file, portable, removed, titles

TENANT = "default"
WHOLE = Chat("c1", TENANT, "ada", 1, 9, "Tea", "user", pinned=True, head="t3", client_id="mine", kept_by="key")
ANY = ChatFilter(archived=None)


@pytest.fixture
async def arrivals(database: Database) -> SqlArrivals:
    """Three turns of a chat of Ada's that a process is bringing."""
    await add_users(database, TENANT, "ada", "bob")
    made = SqlArrivals(database, TENANT)
    await database.apply(made.expect(WHOLE, "p1"))
    for n in (1, 2, 3):
        await database.apply(SqlTurns(database, TENANT).insert(turn(n), "ada"))
    return made


def turn(n: int) -> Turn:
    """One after the other."""
    item = TurnItem("message-1", Message("user", f"green tea {n}"))
    above = f"t{n - 1}" if n > 1 else None
    return Turn(
        f"t{n}",
        "c1",
        "user",
        "complete",
        n,
        above,
        (item,),
        run="r1",
        client_id=f"said-{n}",
        sent="t1",
        prefix_hash="p",
    )


async def seen(database: Database) -> list[Any]:
    """What every read that is not given the chat itself knows of it."""
    chats, turns = SqlChats(database, TENANT), SqlTurns(database, TENANT)
    search = SqlLibraryStores(database).search(TENANT)
    pieces = (Piece("tea"),)
    return [
        await chats.chat("c1"),
        await chats.chat_of("ada", "mine"),
        *await chats.list("ada", ANY, None, 10),
        *await chats.list("ada", ChatFilter(pinned=True), None, 10),
        *await chats.older(1000, 10),
        await turns.turn("t1"),
        await turns.of_run("r1"),
        await turns.continuing("ada", "key", ["p"]),
        *await search.hits("ada", pieces, Narrowed(), None, 10),
        *await search.hits("ada", pieces, Narrowed(archived=False), None, 10),
        *await search.hits("ada", pieces, Narrowed(pinned=True), None, 10),
    ]


async def test_nothing_knows_of_a_chat_until_it_is_admitted(database: Database, arrivals: SqlArrivals) -> None:
    assert [each for each in await seen(database) if each is not None] == []
    assert await arrivals.all() == [Arriving("c1", "p1")]
    assert await SqlArrivals(database, "other").all() == []
    await database.apply(arrivals.admit(WHOLE, "p1"))
    found = await seen(database)
    assert None not in found and len(found) == 5 + 3 + 3 * 4  # the title is found beside the three turns
    assert found[0] == WHOLE and await arrivals.all() == []


async def test_what_is_on_its_way_stands_in_nobodys_way(database: Database, arrivals: SqlArrivals) -> None:
    """Another chat may take its client's id; then it is not admitted as it is, but as it is given then."""
    other = msgspec.structs.replace(WHOLE, id="c2", head=None)
    await database.apply(SqlChats(database, TENANT).insert(other))
    with pytest.raises(Conflict):
        await database.apply(arrivals.admit(WHOLE, "p1"))
    assert await arrivals.all() == [Arriving("c1", "p1")]
    await database.apply(arrivals.admit(msgspec.structs.replace(WHOLE, client_id=None), "p1"))
    assert await SqlChats(database, TENANT).chat("c1") is not None


async def test_only_who_brings_a_chat_admits_it(database: Database, arrivals: SqlArrivals) -> None:
    """Whoever takes it over is the one who brings it from then on; it is taken over once."""
    left = Arriving("c1", "p1")
    await database.apply((arrivals.take(left, "p2"),))
    with pytest.raises(Conflict):
        await database.apply((arrivals.take(left, "p3"),))
    with pytest.raises(Conflict):
        await database.apply(arrivals.admit(WHOLE, "p1"))
    await database.apply((arrivals.take(Arriving("c1", "p2"), "p2"),))
    await database.apply(arrivals.admit(WHOLE, "p2"))
    with pytest.raises(Conflict):
        await database.apply((arrivals.take(Arriving("c1", "p2"), "p3"),))


async def test_what_is_left_goes_piece_by_piece(database: Database, arrivals: SqlArrivals) -> None:
    chats, turns = SqlChats(database, TENANT), SqlTurns(database, TENANT)
    await database.apply(arrivals.clear("c1", "t2"))
    assert [bone.id for bone in await turns.bones("c1")] == ["t3"]
    assert await database.read("SELECT turn FROM turn_texts", {}) == [("t3",)]
    await database.apply(arrivals.clear("c1", "t3"))
    await database.apply(chats.delete("c1"))
    assert await arrivals.all() == [] and await database.read("SELECT id FROM chats", {}) == []
    await database.apply(arrivals.clear("c1", "t3"))


async def test_a_user_who_goes_takes_along_what_was_coming(database: Database, arrivals: SqlArrivals) -> None:
    await database.apply(SqlChats(database, TENANT).delete_all("ada"))
    assert await arrivals.all() == [] and await database.read("SELECT turn FROM turn_texts", {}) == []


async def test_an_import_of_a_long_chat_is_whole_or_nothing_on_every_database(database: Database) -> None:
    """One is broken off, its remains go while the same file comes in again, and all of it is found then."""
    shelf = Shelf(await chat_bench(database))
    content = file(portable("long", LONG, folder=["Far"], tags=["Tea"]))
    broken = Import(shelf, content)
    await broken.step()
    broken.leave()
    again = Import(shelf, content)
    await again.step()
    assert await removed(shelf) == 1
    done = await again.rest()
    assert done.imported == 1 and await titles(shelf) == ["Long"]
    turns = await shelf.room.chats.turns(TENANT).bones(done.chats[0])
    assert len(turns) == LONG == len(await database.read("SELECT id FROM turns", {}, most=LONG))
    found = await shelf.room.library.search(TENANT).hits("ada", (Piece("tea"),), Narrowed(), None, LONG + 1)
    assert len(found) == LONG
