"""The server is killed in the middle of answers, again and again: nothing that was acknowledged is lost or doubled."""

from __future__ import annotations

import asyncio
import contextlib
import random
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from parlance.testing.servers import Server, as_process
from parlance.testing.upstreams import MockOpenAI, in_thread
from tests.flows.callers import Caller, Json, connection_toml, events, measured

LONG = "mock-p10-n3000"
"""An answer of half a minute."""
QUICK = "mock-p5-n20"
SAVED_WITHIN = 1.0
"""Seconds after which what a reader has seen is kept, by the promise."""


class Place:
    """A server that is killed and comes back. `up` is clear while nobody answers."""

    def __init__(self, folder: Path, toml: str) -> None:
        self.folder = folder
        self._toml = toml
        self._life = contextlib.ExitStack()
        self.server: Server | None = None
        self.up = asyncio.Event()
        self.back_in: list[float] = []

    async def start(self) -> None:
        begun = time.monotonic()
        self.server = await asyncio.to_thread(self._life.enter_context, as_process(self.folder, toml=self._toml))
        self.back_in.append(time.monotonic() - begun)
        self.up.set()

    async def kill(self) -> None:
        assert self.server is not None and self.server.process is not None
        self.up.clear()
        self.server.process.kill()
        await asyncio.to_thread(self.server.process.wait)

    async def stop(self) -> None:
        await asyncio.to_thread(self._life.close)

    @property
    def caller(self) -> Caller:
        assert self.server is not None
        return Caller(self.server.port)

    def sound(self, writers: list[Writer]) -> None:
        """The file is whole, every reference in it leads somewhere, and what was acknowledged is there once."""
        with contextlib.closing(sqlite3.connect(self.folder / "data" / "parlance.db")) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert database.execute("PRAGMA foreign_key_check").fetchall() == []
            turns = {row[0]: row[1:] for row in database.execute("SELECT id, chat, parent, client_id FROM turns")}
            twice = "SELECT client_id FROM turns WHERE client_id IS NOT NULL GROUP BY client_id HAVING COUNT(*) > 1"
            assert database.execute(twice).fetchall() == []
        for writer in writers:
            for text, sent in writer.acknowledged:
                chat, _, client_id = turns[sent["turn"]]
                assert (chat, client_id) == (sent["chat"], text)
                assert turns[sent["answer"]][:2] == (sent["chat"], sent["turn"])


@asynccontextmanager
async def place(folder: Path) -> AsyncIterator[Place]:
    with in_thread(MockOpenAI()) as upstream:
        toml = connection_toml(upstream.base_url, "mock", LONG, QUICK)
        made = Place(folder, toml)
        try:
            await made.start()
            yield made
        finally:
            await made.stop()


class Writer:
    """Talks in a chat of its own, or (`hasty`) begins one after the other without reading any answer. What was not
    acknowledged is sent again with the same client id."""

    def __init__(self, place: Place, name: str, *, hasty: bool) -> None:
        self.place = place
        self.name = name
        self.hasty = hasty
        self.acknowledged: list[tuple[str, Json]] = []
        self.retried = 0

    async def talk(self) -> None:
        n = 0
        while True:
            n += 1
            await self._say(f"{self.name} says {n}")

    async def _say(self, text: str) -> None:
        chat = self.acknowledged[0][1]["chat"] if self.acknowledged and not self.hasty else None
        body = {"text": text, "client_id": text, "models": [QUICK], **({"chat": chat} if chat else {})}
        while True:
            await self.place.up.wait()
            try:
                answer = await self.place.caller.ask("POST /parlance/v1/chats.send", body)
                if answer.status == 200:
                    self.acknowledged.append((text, answer.json))
                    break
                assert answer.json["code"] == "answering", answer.body
                await asyncio.sleep(0.02)
            except (OSError, EOFError, TimeoutError):
                self.retried += 1
        if not self.hasty:
            with contextlib.suppress(OSError, EOFError, TimeoutError):
                run = answer.json["run"]
                await self.place.caller.ask(f"GET /parlance/v1/runs.read?run={run}", accept="text/event-stream")


class Reader:
    """Watches one long answer, and notes when it had seen how much."""

    def __init__(self) -> None:
        self.seen: list[tuple[float, str]] = []

    async def watch(self, caller: Caller, run: str) -> None:
        connection = await caller.raw(f"GET /parlance/v1/runs.read?run={run}", accept="text/event-stream")
        with contextlib.suppress(OSError, EOFError):
            while True:
                piece = await connection.reader.readuntil(b"\n\n")
                text = "".join(event["text"] for event in events(piece) if event.get("t") == "delta")
                before = self.seen[-1][1] if self.seen else ""
                self.seen.append((time.monotonic(), before + text))

    def had(self, at: float) -> str:
        """What it had seen at a time."""
        return next((text for when, text in reversed(self.seen) if when <= at), "")


async def opened(caller: Caller, chat: str) -> list[Json]:
    answer = await caller.ask(f"GET /parlance/v1/chats.read?chat={chat}")
    assert answer.status == 200, "a chat that was acknowledged is there"
    turns: list[Json] = answer.json["turns"]
    return turns


def said(turn: Json) -> str:
    return "".join(each["item"].get("content", "") for each in turn.get("items", ()))


async def check(place: Place, writers: list[Writer]) -> None:
    """Every question that was acknowledged in a long chat is there once, with its answer."""
    for writer in writers:
        if not writer.acknowledged or writer.hasty:
            continue
        acknowledged = list(writer.acknowledged)  # it goes on talking while we look
        turns = await opened(place.caller, acknowledged[0][1]["chat"])
        by_id = {turn["id"]: turn for turn in turns}
        questions = [said(turn) for turn in turns if turn["role"] == "user"]
        assert len(questions) == len(set(questions)), "nothing is there twice"
        for text, sent in acknowledged:
            assert said(by_id[sent["turn"]]) == text
            assert by_id[sent["answer"]]["parent"] == sent["turn"]
        assert len({sent["chat"] for _, sent in acknowledged}) == 1


async def crash(place: Place, chance: random.Random, writers: list[Writer]) -> None:
    """One kill in mid-answer, and the look at what came of it."""
    sent = (await place.caller.ask("POST /parlance/v1/chats.send", {"text": "Long", "models": [LONG]})).json
    reader = Reader()
    watching = asyncio.ensure_future(reader.watch(place.caller, sent["run"]))
    while not reader.seen:  # a busy machine begins to answer when it can
        await asyncio.sleep(0.01)
    await asyncio.sleep(SAVED_WITHIN + chance.uniform(0.2, 0.8))
    killed = time.monotonic()
    await place.kill()
    await watching
    place.sound(writers)
    await place.start()
    [_, answer] = await opened(place.caller, sent["chat"])
    assert answer["state"] == "interrupted"
    kept, promised = said(answer), reader.had(killed - SAVED_WITHIN)
    assert promised and kept.startswith(promised), "what was seen a second before the crash is there"
    await check(place, writers)
    going = (await place.caller.ask("POST /parlance/v1/chats.continue", {"turn": sent["answer"]})).json
    assert going["answer"] == sent["answer"]
    assert (await place.caller.ask("POST /parlance/v1/chats.stop", {"chat": sent["chat"]})).status == 200
    [_, stopped] = await opened(place.caller, sent["chat"])
    assert stopped["state"] == "stopped" and said(stopped).startswith(kept)


async def crashes(folder: Path, kills: int, count: int, seed: int) -> None:
    async with place(folder) as there:
        chance = random.Random(seed)
        writers = [Writer(there, f"writer {n}", hasty=n % 2 == 1) for n in range(count)]
        talking = [asyncio.ensure_future(writer.talk()) for writer in writers]
        try:
            for _ in range(kills):
                await crash(there, chance, writers)
                for task in talking:
                    if task.done():
                        task.result()
        finally:
            for task in talking:
                task.cancel()
            await asyncio.gather(*talking, return_exceptions=True)
        acknowledged = sum(len(writer.acknowledged) for writer in writers)
        assert acknowledged > kills
        measured(
            "chats killed in mid-answer",
            kills=kills,
            acknowledged=acknowledged,
            retried=sum(writer.retried for writer in writers),
            slowest_start=round(max(there.back_in), 2),
        )


@pytest.mark.slow
async def test_five_kills_in_mid_answer_lose_and_double_nothing(tmp_path: Path) -> None:
    await crashes(tmp_path, kills=5, count=3, seed=1)


@pytest.mark.soak
async def test_a_hundred_kills_with_six_writers_lose_and_double_nothing(tmp_path: Path) -> None:
    await crashes(tmp_path, kills=100, count=6, seed=2)


@pytest.mark.slow
async def test_a_clean_stop_ends_running_answers_as_interrupted_and_they_go_on(tmp_path: Path) -> None:
    async with place(tmp_path) as there:
        sent: Any = (await there.caller.ask("POST /parlance/v1/chats.send", {"text": "Long", "models": [LONG]})).json
        reader = Reader()
        watching = asyncio.ensure_future(reader.watch(there.caller, sent["run"]))
        while not reader.seen or len(reader.seen[-1][1]) < 20:
            await asyncio.sleep(0.01)
        await there.stop()
        await watching
        await there.start()
        [_, answer] = await opened(there.caller, sent["chat"])
        assert (answer["state"], said(answer)) == ("interrupted", reader.seen[-1][1])
