"""What a chat looks like at another process in the moment after an answer's end, before that is in the database.

The moment is made as long as it is needed: the test holds the answer's row before the model says its first word, so
that whoever flew it cannot write its end, and lets go of it when the process that reads has asked for that, or has
given its answer without asking.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Awaitable, Iterator
from typing import Any, NamedTuple, TypeVar

import asyncpg
import pytest
from redis.asyncio import Redis

from parlance.testing.databases import emptied
from parlance.testing.servers import as_process
from parlance.testing.services import Missing, Service, service
from parlance.testing.upstreams import Call, MockOpenAI, in_thread
from parlance.testing.upstreams.answers import Answer as Said
from parlance.testing.upstreams.scripts import Script
from tests.conftest import Services
from tests.flows.callers import Answer, Json, connection_toml, events, key_toml
from tests.flows.test_asking import CITING, SAID, TEA, _ready
from tests.flows.test_chats import ADA, PHONE, User, said
from tests.naming import fresh

pytestmark = pytest.mark.slow
T = TypeVar("T")
QUESTION = SAID * 3
WORDS = "three million people"
TRIES = 3
"""A machine that stalls for the second which a process has to answer another one may spoil a try, and not three."""


PATIENCE = 60
"""Seconds that a model waits to be let speak, and a test for a model to be asked."""


class Reserved(MockOpenAI):
    """A model that says nothing until it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.heard, self.may_speak = threading.Event(), threading.Event()
        self.may_speak.set()

    def hush(self) -> None:
        """From the next question on."""
        self.may_speak.clear()
        self.heard.clear()

    async def answer(self, call: Call, script: Script) -> Said:
        """When it may."""
        self.heard.set()
        await asyncio.to_thread(self.may_speak.wait, PATIENCE)
        return await super().answer(call, script)


class Pair(NamedTuple):
    """Two processes, and what they share."""

    ports: tuple[int, int]
    database: str
    redis: str
    model: Reserved

    def user(self, at: int, key: str = ADA) -> User:
        """Ada at one of them."""
        return User(self.ports[at], key)


@pytest.fixture(scope="module")
def redis() -> Iterator[Service]:
    """A Redis that no other test uses."""
    try:
        with service("redis", {}) as made:
            yield made
    except Missing as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def pair(services: Services, redis: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Started once for all tests of this file. One of Ada's keys keeps what a program says as chats."""
    postgres = services.get("postgres")
    assert postgres is not None
    folder = tmp_path_factory.mktemp("pair")
    with asyncio.Runner() as runner, in_thread(Reserved()) as upstream, contextlib.ExitStack() as life:
        made = emptied("postgres", postgres)
        url = runner.run(made.__aenter__())
        toml = f'[database]\nurl = "{url}"\n[redis]\nurl = "{redis.url}"\n'
        toml += '[accounts]\nsecret_key = "two processes share one secret of theirs"\n'
        toml += connection_toml(upstream.base_url, "mock", CITING)
        toml += key_toml(ADA, "laptop", "ada") + key_toml(PHONE, "phone", "ada", keep_chats=True)
        try:
            # The bytes of documents lie in the first one's folder: the second one reads none.
            workers = [{}, {"PARLANCE_KNOWLEDGE_WORKERS": "0"}]
            servers = [
                life.enter_context(as_process(folder / str(n), toml=toml, env=env)) for n, env in enumerate(workers)
            ]
            yield Pair((servers[0].port, servers[1].port), url, redis.url, upstream)
        finally:
            life.close()
            runner.run(made.__aexit__(None, None, None))


class Row:
    """The row of an answer, which nobody else can write while this one is `held`."""

    def __init__(self, connection: Any, turn: str) -> None:
        self._connection = connection
        self._turn = turn
        self._lock: Any = None

    async def hold(self) -> None:
        """From now on."""
        self._lock = self._connection.transaction()
        await self._lock.start()
        await self._connection.execute("SELECT id FROM turns WHERE id = $1 FOR UPDATE", self._turn)

    async def state(self) -> str:
        """As it is stored."""
        found: str = await self._connection.fetchval("SELECT state FROM turns WHERE id = $1", self._turn)
        return found

    async def free(self) -> None:
        """Let others write it."""
        await self._lock.rollback()


@contextlib.asynccontextmanager
async def held(pair: Pair, turn: str) -> AsyncIterator[Row]:
    """The row of a turn, held; then the model may speak, so that the end comes while it is."""
    connection = await asyncpg.connect(pair.database)
    try:
        row = Row(connection, turn)
        await row.hold()
        pair.model.may_speak.set()
        yield row
    finally:
        pair.model.may_speak.set()
        connection.terminate()


@contextlib.asynccontextmanager
async def wishes(pair: Pair) -> AsyncIterator[asyncio.Event]:
    """Set once a process asks the others to write what has ended."""
    asked = asyncio.Event()
    redis: Redis = Redis.from_url(pair.redis)
    channel = redis.pubsub()

    async def hear() -> None:
        async for message in channel.listen():
            if message["type"] == "message" and b'"chat.settle"' in message["data"]:
                asked.set()

    await channel.subscribe("parlance:signals")
    hearing = asyncio.ensure_future(hear())
    try:
        yield asked
    finally:
        hearing.cancel()
        await asyncio.wait([hearing])
        await channel.aclose()  # type: ignore[no-untyped-call]
        await redis.aclose()


async def between(pair: Pair, row: Row, reading: Awaitable[T]) -> T:
    """What is read while the row is not written, which it is once the reader waits for it."""
    async with wishes(pair) as asked:
        task, wish = asyncio.ensure_future(reading), asyncio.ensure_future(asked.wait())
        assert await row.state() == "running"
        await asyncio.wait([task, wish], return_when=asyncio.FIRST_COMPLETED)
        wish.cancel()
        await row.free()
        return await task


async def based(here: User) -> str:
    """A base with one document, which both processes may search."""
    base: str = (await here.do("bases.create", name=fresh("Tea"), embedder=""))["id"]
    added = await here.do("documents.add_text", base=base, name="a.txt", text=TEA)
    await _ready(here, added["id"])
    return base


async def asked(pair: Pair, base: str) -> Json:
    """An answer that says where its words are from, under way at the first process."""
    sent: Json = await pair.user(0).do("chats.send", text=QUESTION, models=[CITING], bases=[base])
    return sent


async def begun(pair: Pair, base: str) -> Json:
    """The same, of which nothing is said before its row is `held`."""
    pair.model.hush()
    return await asked(pair, base)


def whole(answer: Answer) -> str:
    """The text of a run's events, which end as they should."""
    assert answer.status == 200, answer.body
    told = [each for each in events(answer.body) if "n" in each]
    assert (told[-1]["t"], told[-1]["outcome"]) == ("ended", "complete")
    return "".join(each["text"] for each in told if each["t"] == "delta")


def plain(answer: Answer) -> list[Json]:
    """Its events. What a passage is may be said or be left out where it is a text."""
    told = [each for each in events(answer.body) if "n" in each]
    for passage in (passage for each in told for passage in each.get("passages", ())):
        passage.pop("kind", None)
    return told


async def test_a_chat_read_elsewhere_has_the_answer_that_has_just_ended_with_its_references(pair: Pair) -> None:
    """Whoever saw the end at one process sees it in the chat at the other."""
    here, there = pair.user(0), pair.user(1)
    base = await based(here)
    for _ in range(TRIES):
        sent = await begun(pair, base)
        async with held(pair, sent["answer"]) as row:
            text = whole(await here.told(sent["run"]))
            answer = (await between(pair, row, there.opened(sent["chat"])))["turns"][1]
        if answer["state"] == "complete":
            break
    assert answer["state"] == "complete" and said(answer) == text and answer["evidence"]["cited"]
    assert answer == (await here.opened(sent["chat"]))["turns"][1]


async def test_a_link_made_elsewhere_shows_the_whole_answer_for_ever(pair: Pair) -> None:
    """It is a copy: what it lacked at first it would always lack."""
    here, there = pair.user(0), pair.user(1)
    base = await based(here)
    for _ in range(TRIES):
        sent = await begun(pair, base)
        async with held(pair, sent["answer"]) as row:
            words = whole(await here.told(sent["run"])).count(WORDS)
            made = await between(pair, row, there.do("shares.create", chat=sent["chat"]))
        shown = (await here.ask(f"GET {made['path']}")).json
        if shown["turns"][-1]["text"].count(WORDS) == words:
            break
    assert shown["turns"][-1]["text"].count(WORDS) == words and shown["turns"][-1]["sources"]


async def test_who_comes_back_elsewhere_has_the_rest_before_the_end_is_stored(pair: Pair) -> None:
    """From the beginning and behind the last event that was heard: the same events, up to the end."""
    here, there = pair.user(0), pair.user(1)
    sent = await begun(pair, await based(here))
    async with held(pair, sent["answer"]) as row:
        line = await here.raw(f"GET /parlance/v1/runs.read?run={sent['run']}", accept="text/event-stream")
        await line.until(b"event: delta")
        heard = await line.until(b"\nid: ")
        last = (await line.until(b"\n")).strip().decode()
        line.rst()
        known = await here.told(sent["run"])
        assert await row.state() == "running" and heard
        again, rest = await there.told(sent["run"]), await there.told(sent["run"], last)
        await row.free()
    assert plain(again) == plain(known) and whole(again)
    assert 0 < len(plain(rest)) < len(plain(again)) and plain(again)[-len(plain(rest)) :] == plain(rest)


async def test_an_attached_answer_is_told_between_its_end_and_its_row(pair: Pair) -> None:
    """It is in no register any more, and in the database it still runs: both processes tell it all the same."""
    here, there = pair.user(0), pair.user(1)
    for _ in range(TRIES):
        text = fresh("Say") + " " + QUESTION
        body = {"model": CITING, "messages": [{"role": "user", "content": text}], "stream": True}
        pair.model.hush()
        line = await pair.user(0, PHONE).raw("POST /v1/chat/completions", body)
        assert await asyncio.to_thread(pair.model.heard.wait, PATIENCE)
        [chat, *_] = (await here.get("chats.list"))["chats"]
        answer = (await there.opened(chat["id"]))["turns"][-1]
        async with held(pair, answer["id"]) as row:
            await line.until(b"data: [DONE]")
            line.rst()
            at_home = await here.told(answer["run"])
            away = await between(pair, row, there.told(answer["run"]))
        if away.status == 200:
            break
    assert whole(at_home).split() == whole(away).split() == text.split()


async def test_a_mirror_that_lost_the_events_of_an_answer_keeps_nobody_waiting(pair: Pair) -> None:
    """Redis may throw out a list and keep what stands beside it: then the answer is told from its chat."""
    here, there = pair.user(0), pair.user(1)
    sent = await asked(pair, await based(here))
    text = whole(await there.told(sent["run"]))
    async with Redis.from_url(pair.redis) as redis:
        keys = [key async for key in redis.scan_iter("parlance:run:*:events")]
        assert keys and await redis.delete(*keys)
    answer = await there.told(sent["run"])
    assert whole(answer) == text and [each for each in events(answer.body) if each.get("t") == "cited"]
    # Whoever heard that and comes back to where it flew, which tells it as it came, begins there anew.
    last = answer.body.rpartition(b"\nid: ")[2].partition(b"\n")[0].decode()
    assert last.startswith(f"{sent['run']}.stored:")
    for place in (last, f"{sent['run']}.stored:1"):
        assert plain(await here.told(sent["run"], place)) == plain(await here.told(sent["run"]))
