"""A server that is killed in mid-write again and again, and six writers who remember what they were told."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import random
import sqlite3
import time
from collections import Counter
from pathlib import Path
from typing import Any

from parlance.stores.blobs.paths import place
from parlance.testing.accounts import PASSWORD
from parlance.testing.servers import Server, as_process
from tests.flows.callers import Answer, Caller

LOST = (OSError, EOFError, TimeoutError)
"""What a caller hears when the server is gone."""


class House:
    """The server, and a session that was begun before the first crash. `up` is clear while nobody answers."""

    def __init__(self, folder: Path, toml: str) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.up = asyncio.Event()
        self.ready_in: list[float] = []
        self._toml = toml
        self._life = contextlib.ExitStack()
        self._server: Server | None = None
        self.token = ""

    async def start(self) -> None:
        begun = time.monotonic()
        made = as_process(self.folder, toml=self._toml)
        self._server = await asyncio.to_thread(self._life.enter_context, made)
        self.ready_in.append(time.monotonic() - begun)
        self.up.set()

    async def kill(self) -> None:
        server = self._server
        assert server is not None and server.process is not None
        self.up.clear()
        server.process.kill()
        await asyncio.to_thread(server.process.wait)

    async def stop(self) -> None:
        await asyncio.to_thread(self._life.close)

    def caller(self, key: str | None = None) -> Caller:
        assert self._server is not None
        return Caller(self._server.port, key or self.token or None)

    async def sign_up(self) -> None:
        signed = await self.caller().ask("POST /parlance/v1/accounts.sign_up", {"name": "Ada", "password": PASSWORD})
        assert signed.status == 200, signed.body
        self.token = signed.json["token"]

    async def nobody_is_signed_out(self) -> None:
        """The session goes on, as a bearer's token and as a browser's cookie."""
        here = self.caller()
        assert (await here.ask("GET /parlance/v1/accounts.read")).status == 200
        page = Caller(here.port)
        cookie = f"parlance_session={self.token}"
        assert (await page.ask("GET /parlance/v1/accounts.read", cookie=cookie)).status == 200


class Writer:
    """Writes one thing after the other for as long as it lives. `acknowledged` is what it was told is kept."""

    def __init__(self, house: House, name: str) -> None:
        self.house = house
        self.name = name
        self.acknowledged: list[Any] = []
        self.tried = 0

    async def live(self) -> None:
        while True:
            await self.house.up.wait()
            self.tried += 1
            with contextlib.suppress(*LOST):
                await self.once()

    async def once(self) -> None:
        raise NotImplementedError

    async def _ask(self, verb: str, body: Any, status: int = 200) -> Answer:
        answer = await self.house.caller().ask(verb, body)
        assert answer.status == status, answer.body
        return answer

    def check(self, database: sqlite3.Connection, data: Path, told: list[Any]) -> None:
        """What it was told is there once."""
        raise NotImplementedError


class Talker(Writer):
    """Begins chats, and goes on with every third; each question is sent again with its id until it is answered for."""

    async def once(self) -> None:
        text = f"{self.name} says {len(self.acknowledged)}"
        before = self.acknowledged[-1][1] if len(self.acknowledged) % 3 else None
        body = {"text": text, "client_id": text, **({"chat": before["chat"]} if before else {})}
        answer = await self.house.caller().ask("POST /parlance/v1/chats.send", body)
        if answer.status == 409 and answer.json["code"] == "answering":
            await asyncio.sleep(0.02)
            return
        assert answer.status == 200, answer.body
        self.acknowledged.append((text, answer.json))

    def check(self, database: sqlite3.Connection, data: Path, told: list[Any]) -> None:
        mine = "SELECT id, chat, parent, client_id FROM turns WHERE client_id IS NOT NULL OR role = 'assistant'"
        turns = {id: rest for id, *rest in database.execute(mine)}
        clients = Counter(client for _, _, client in turns.values() if client is not None)
        for text, sent in told:
            chat, _, client = turns[sent["turn"]]
            assert (chat, client, clients[text]) == (sent["chat"], text, 1), "a question is there once"
            assert turns[sent["answer"]][:2] == [sent["chat"], sent["turn"]], "and so is its answer"


class Uploader(Writer):
    """Uploads files of a size of their own."""

    def __init__(self, house: House, name: str) -> None:
        super().__init__(house, name)
        self._read: set[str] = set()

    async def once(self) -> None:
        data = hashlib.sha256(f"{self.name} {self.tried}".encode()).digest() * random.Random(self.tried).randint(
            1, 9000
        )
        answer = await self._ask(f"POST /parlance/v1/files.upload?name={self.name}", data, 201)
        assert answer.json["sha256"] == hashlib.sha256(data).hexdigest()
        self.acknowledged.append(answer.json)

    def check(self, database: sqlite3.Connection, data: Path, told: list[Any]) -> None:
        mine = database.execute("SELECT id, sha256, blob_id FROM files WHERE name = ?", (self.name,)).fetchall()
        digests = {file["id"]: file["sha256"] for file in told}
        kept = {id: (digest, blob) for id, digest, blob in mine}
        assert len(kept) == len(mine) <= self.tried
        for id, digest in digests.items():
            assert kept[id][0] == digest, "a file is there once"
        for digest, blob in kept.values():  # those nobody was told of are whole, too
            if blob in self._read:
                continue
            self._read.add(blob)
            assert hashlib.sha256(place(data / "blobs", blob).read_bytes()).hexdigest() == digest


class Keymaker(Writer):
    """Makes keys."""

    async def once(self) -> None:
        answer = await self._ask("POST /parlance/v1/keys.create", {"name": f"{self.name} {self.tried}"})
        self.acknowledged.append(answer.json)

    def check(self, database: sqlite3.Connection, data: Path, told: list[Any]) -> None:
        names = Counter(database.execute("SELECT id, name FROM api_keys").fetchall())
        digests = dict(database.execute("SELECT digest, thing FROM credentials WHERE kind = 'key'").fetchall())
        for made in told:
            id = made["about"]["id"]
            assert names[(id, made["about"]["name"])] == 1
            assert digests[hashlib.sha256(made["key"].encode()).hexdigest()] == id
        assert max(Counter(name for _, name in names).values(), default=1) == 1, "a key is there once"

    async def works(self) -> None:
        """The newest key opens the door."""
        if self.acknowledged:
            caller = self.house.caller(self.acknowledged[-1]["key"])
            assert (await caller.ask("GET /parlance/v1/accounts.read")).status == 200


def writers(house: House) -> list[Writer]:
    """Six of them."""
    return [kind(house, f"{kind.__name__}-{n}") for n in (1, 2) for kind in (Talker, Uploader, Keymaker)]


def sound(house: House, all: list[Writer]) -> None:
    """The file is whole, every reference leads somewhere, the room of files is counted right, and what was acknowledged
    is there once. Read beside the server, as another program does."""
    told = [list(writer.acknowledged) for writer in all]  # they go on: what they hear from now on may be too new
    uri = f"file:{house.data / 'parlance.db'}?mode=ro"
    with contextlib.closing(sqlite3.connect(uri, uri=True)) as database:
        database.execute("BEGIN")
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        used = "SELECT (SELECT SUM(used) FROM file_rooms WHERE user_id = ''), (SELECT SUM(size) FROM files)"
        [(counted, there)] = database.execute(used).fetchall()
        assert counted == there
        for writer, each in zip(all, told, strict=True):
            writer.check(database, house.data, each)


async def crashes(house: House, kills: int, seed: int, limit: float) -> dict[str, Any]:
    """Kill it so often in mid-write, and look each time; gives figures. `limit`: seconds until it is ready again."""
    chance, all = random.Random(seed), writers(house)
    await house.start()
    await house.sign_up()
    lives = [asyncio.ensure_future(writer.live()) for writer in all]
    try:
        for _ in range(kills):
            await _busy(all, chance)
            await house.kill()
            await house.start()
            await asyncio.to_thread(sound, house, all)
            await house.nobody_is_signed_out()
            for writer in all:
                if isinstance(writer, Keymaker):
                    await writer.works()
            for life in lives:
                assert not life.done(), life.exception()
    finally:
        for life in lives:
            life.cancel()
        await asyncio.gather(*lives, return_exceptions=True)
    assert max(house.ready_in[1:]) <= limit, house.ready_in
    return {
        "kills": kills,
        "acknowledged": sum(len(writer.acknowledged) for writer in all),
        "in mid-write": sum(writer.tried - len(writer.acknowledged) for writer in all),
        "slowest start": f"{max(house.ready_in[1:]):.2f} s",
    }


async def _busy(all: list[Writer], chance: random.Random) -> None:
    """Wait until each of them has been told of something new, and a moment of chance more."""
    before = [len(writer.acknowledged) for writer in all]
    async with asyncio.timeout(60):
        while any(len(writer.acknowledged) == was for writer, was in zip(all, before, strict=True)):
            await asyncio.sleep(0.01)
    await asyncio.sleep(chance.uniform(0.0, 0.3))
