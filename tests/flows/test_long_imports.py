"""A long chat comes in piece by piece: nobody waits for it, nobody sees half of it, what is left of it goes away."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from parlance.testing.servers import Server, as_process
from parlance.values.chats import Chat, Turn, TurnItem
from parlance.values.messages import Message
from tests.flows.callers import key_toml, measured
from tests.flows.test_chats import ADA, BOB, User
from tests.flows.test_library import Shelf, place, search
from tests.flows.test_transfer import bring, exported, large_chat, sent

__all__ = ["place"]
LONGEST = 20_000
PROMISED = 0.25
"""Seconds that another user's write waits."""
SLACK = 4
KEYS = key_toml(ADA, "laptop", "ada") + key_toml(BOB, "bob", "bob")


async def waits(user: User, until: asyncio.Future[Any] | None, at_least: int = 0) -> list[float]:
    """How long each of a user's writes took, sorted: one after the other until something is done."""
    found: list[float] = []
    while len(found) < at_least or (until is not None and not until.done()):
        began = time.monotonic()
        await user.do("chats.create", title=f"Mine {len(found)}")
        found.append(time.monotonic() - began)
    return sorted(found)


def told(seconds: list[float]) -> dict[str, str]:
    picked = {"p50": len(seconds) // 2, "p99": len(seconds) * 99 // 100, "max": len(seconds) - 1}
    return {name: f"{seconds[at] * 1000:.0f} ms" for name, at in picked.items()}


@pytest.mark.slow
async def test_anothers_write_waits_for_a_piece_and_not_for_the_chat(place: Shelf) -> None:
    content = await asyncio.to_thread(large_chat, LONGEST)
    alone = await waits(place.bob, None, 50)
    began = time.monotonic()
    coming = asyncio.ensure_future(bring(place.ada, content))
    beside = await waits(place.bob, coming)
    took = time.monotonic() - began
    assert (await coming)["imported"] == 1
    measured("a write without an import", **told(alone))
    measured(f"a write beside an import of {LONGEST} turns", **told(beside), n=len(beside), took=f"{took:.1f} s")
    assert beside[len(beside) * 99 // 100] <= SLACK * PROMISED
    assert beside[-1] <= took / 2  # whatever stalls the machine meanwhile, nobody waits for all of it
    [chat] = (await place.ada.get("chats.list"))["chats"]
    assert len((await place.ada.opened(chat["id"]))["turns"]) == LONGEST


async def test_what_hangs_under_a_turn_goes_with_it_however_long_it_is(place: Shelf) -> None:
    """A thousand turns and more at once, and soon: others wait for it."""
    await bring(place.ada, large_chat(4000))
    [chat] = (await place.ada.get("chats.list"))["chats"]
    turns = (await place.ada.opened(chat["id"]))["turns"]
    began = time.monotonic()
    await place.ada.do("turns.delete", turn=turns[1]["id"])
    took = time.monotonic() - began
    measured("delete 3,999 turns", took=f"{took:.2f} s")
    assert [turn["id"] for turn in (await place.ada.opened(chat["id"]))["turns"]] == [turns[0]["id"]]
    assert len(await search(place.ada, "turn")) == 1
    assert took < 0.75 * SLACK


async def half(place: Shelf) -> tuple[str, str]:
    """A chat of Ada's that this server has brought the half of: its id, and that of a turn."""
    house = place.server.house
    assert house is not None
    stores, process = house.chats.room.stores, house.shared.process
    chat = Chat("half-a-chat", "default", "ada", 1, 1, "Assam", "user", pinned=True, client_id="half")
    item = TurnItem("message-1", Message("user", "Assam and Darjeeling"))
    turn = Turn("half-a-turn", chat.id, "user", "complete", 1, items=(item,), sent="half-a-turn", client_id="said")
    house.library.room.underway.begin(("default", "ada"), 0).add(chat.id)
    arrivals, turns = stores.arrivals("default"), stores.turns("default")
    await house.database.apply((*arrivals.expect(chat, process), *turns.insert(turn, "ada")))
    return chat.id, turn.id


CALLS = [
    ("GET chats.read?chat={chat}", None),
    ("POST chats.update", {"chat": "{chat}", "title": "Mine"}),
    ("POST chats.delete", {"chat": "{chat}"}),
    ("POST chats.tag", {"chat": "{chat}", "add": ["tea"]}),
    ("POST chats.send", {"chat": "{chat}", "text": "Hello"}),
    ("POST shares.create", {"chat": "{chat}"}),
    ("GET shares.list?chat={chat}", None),
    ("GET chats.export?chat={chat}", None),
    ("POST chats.edit", {"turn": "{turn}", "text": "Hello"}),
    ("POST chats.regenerate", {"turn": "{turn}"}),
    ("POST chats.continue", {"turn": "{turn}"}),
    ("POST turns.rate", {"turn": "{turn}", "rating": 1}),
    ("POST turns.delete", {"turn": "{turn}"}),
]


async def test_no_operation_knows_of_half_a_chat(place: Shelf) -> None:
    """Neither one that names it, nor one that lists, finds, exports or counts; its client's id is free."""
    chat, turn = await half(place)
    for call, body in CALLS:
        verb, path = call.format(chat=chat, turn=turn).split(" ")
        filled = None if body is None else {name: _filled(value, chat, turn) for name, value in body.items()}
        answer = await place.ada.ask(f"{verb} /parlance/v1/{path}", filled)
        assert answer.status == 404, (call, answer.status, answer.body)
    for query in ("", "?archived=true", "?pinned=true"):
        assert (await place.ada.get(f"chats.list{query}"))["chats"] == []
    assert await search(place.ada, "Darjeeling") == [] and await search(place.ada, "Assam is:pinned") == []
    assert (await exported(place.ada))["chats"] == []
    assert chat.encode() not in (await place.ada.ask("GET /parlance/v1/accounts.export")).body
    assert (await bring(place.ada, large_chat(3, "half")))["imported"] == 1


def _filled(value: Any, chat: str, turn: str) -> Any:
    return value.format(chat=chat, turn=turn) if isinstance(value, str) else value


async def test_what_comes_in_on_another_way_meanwhile_is_not_there_twice(place: Shelf) -> None:
    """The same file twice at once: one of them brings it, the other finds it there."""
    content = large_chat(1500, "twice")
    reports = await asyncio.gather(bring(place.ada, content), bring(place.ada, content))
    assert sorted((each["imported"], each["skipped"]) for each in reports) == [(0, 1), (1, 0)]
    assert len((await place.ada.get("chats.list"))["chats"]) == 1
    await nothing_left(place.server)


async def test_chats_that_go_meanwhile_break_an_import_off_and_it_can_be_repeated(place: Shelf) -> None:
    """All of one's chats are deleted while a long one is coming: either the import was quicker, or it says so."""
    content = large_chat(5000)
    coming = asyncio.ensure_future(sent(place.ada, content))
    await turns_there(place.server, 400)
    await place.ada.do("chats.clear")
    answer = await coming
    assert answer.status == 409, answer.body
    await nothing_left(place.server)
    assert (await bring(place.ada, content))["imported"] == 1


async def test_a_client_that_leaves_leaves_nothing(place: Shelf) -> None:
    """And the file can be brought again at once, unless it was there by then."""
    content = large_chat(5000)
    connection = await place.ada.raw("POST /parlance/v1/chats.import", content)
    await turns_there(place.server, 400)
    connection.rst()
    report = await bring(place.ada, content)
    assert report["imported"] + report["skipped"] == 1 and not report["refused"]
    [chat] = (await place.ada.get("chats.list"))["chats"]
    assert len((await place.ada.opened(chat["id"]))["turns"]) == 5000
    await nothing_left(place.server, 5000)


def rows(server: Server, sql: str) -> list[Any]:
    """As another program reads the file."""
    with contextlib.closing(
        sqlite3.connect(f"file:{server.folder / 'data' / 'parlance.db'}?mode=ro", uri=True)
    ) as file:
        return file.execute(sql).fetchall()


async def turns_there(server: Server, more: int) -> None:
    """Wait until so many turns are stored of a chat that is on its way in."""
    async with asyncio.timeout(60):
        while rows(server, "SELECT COUNT(*) FROM turns JOIN chats ON chats.id = chat AND arriving <> ''")[0][0] < more:
            await asyncio.sleep(0.005)


async def nothing_left(server: Server, turns: int | None = None) -> None:
    """Wait until no chat is on its way in, and then see that no more turns are there than are seen."""
    async with asyncio.timeout(60):
        while rows(server, "SELECT id FROM chats WHERE arriving IS NOT NULL"):
            await asyncio.sleep(0.005)
    texts = "SELECT COUNT(*) FROM turn_texts WHERE turn <> ''"
    [(kept,)], [(found,)] = rows(server, "SELECT COUNT(*) FROM turns"), rows(server, texts)
    assert kept == found and turns in (None, kept)


async def test_a_server_killed_in_mid_import_leaves_nothing_of_it_and_loses_nothing_else(tmp_path: Path) -> None:
    """What is left is gone soon after the next start, and the same file comes in then."""
    content = large_chat(LONGEST // 4)
    async with served(tmp_path) as server:
        ada = User(server.port, ADA)
        kept = await ada.do("chats.create", title="Kept")
        coming = asyncio.ensure_future(sent(ada, content))
        await turns_there(server, 1000)
        assert server.process is not None
        server.process.kill()
        with contextlib.suppress(OSError, EOFError):
            await coming
    async with served(tmp_path) as server:
        ada = User(server.port, ADA)
        assert [chat["id"] for chat in (await ada.get("chats.list"))["chats"]] == [kept["id"]]
        assert await search(ada, "turn") == []
        await nothing_left(server, 0)
        assert (await bring(ada, content))["imported"] == 1
        assert len((await exported(ada))["chats"]) == 2
        await nothing_left(server, LONGEST // 4)
        assert rows(server, "PRAGMA foreign_key_check") == []


@contextlib.asynccontextmanager
async def served(folder: Path) -> AsyncIterator[Server]:
    """A server of its own process."""
    with contextlib.ExitStack() as life:
        yield await asyncio.to_thread(life.enter_context, as_process(folder, toml=KEYS))
        await asyncio.to_thread(life.close)
