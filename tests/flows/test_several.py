"""Four processes on PostgreSQL and Redis behave as one, whatever a user does at which of them."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from parlance.testing.databases import emptied
from parlance.testing.servers import Server, as_process
from parlance.testing.services import Missing, Service, service
from parlance.testing.upstreams import MockOpenAI, in_thread
from tests.conftest import Services
from tests.flows.callers import Answer, Caller, connection_toml, measured
from tests.flows.test_accounts import PASSWORD, Person, told
from tests.naming import fresh

PROCESSES = 4
EVERYWHERE_SECONDS = 1.0
SLACK = 4
LEASE_SECONDS = 6.0
SLOW, ENDLESS = "mock-p20-n60", "mock-idle"
ONE = "mock-d50-p5-n5"
"""Of an engine that takes one call at a time."""


class Town(NamedTuple):
    """The processes, what they share, and the engine behind them."""

    servers: list[Server]
    redis: Service
    upstream: MockOpenAI
    single: MockOpenAI
    """The engine that takes one call at a time."""

    def person(self, at: int, signed: dict[str, Any]) -> Person:
        """Somebody who signed in anywhere, at the process of this number."""
        return Person(self.servers[at].port, signed)


@contextlib.contextmanager
def processes(
    folder: Path, database: str, redis: Service, one: MockOpenAI, single: MockOpenAI
) -> Iterator[list[Server]]:
    """Four of them with the same settings, started at once on an empty database."""
    toml = f'[database]\nurl = "{database}"\n[redis]\nurl = "{redis.url}"\n'
    toml += '[accounts]\nsecret_key = "four processes share one secret of theirs"\n'
    toml += connection_toml(one.base_url, "many", SLOW, ENDLESS, "mock-nonce", first_token_seconds=120)
    toml += connection_toml(single.base_url, "single", ONE, max_concurrent=1)
    with contextlib.ExitStack() as life, ThreadPoolExecutor(PROCESSES) as pool:
        lives = [as_process(folder / str(n), toml=toml) for n in range(PROCESSES)]
        started = list(pool.map(lambda each: each.__enter__(), lives))
        for each in lives:
            life.push(each.__exit__)
        yield started


@pytest.fixture(scope="module")
def redis() -> Iterator[Service]:
    """A Redis that no other test uses."""
    try:
        with service("redis", {}) as made:
            yield made
    except Missing as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def town(services: Services, redis: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Started once for all tests of this file."""
    postgres = services.get("postgres")
    assert postgres is not None
    with asyncio.Runner() as runner, in_thread(MockOpenAI()) as upstream, in_thread(MockOpenAI()) as single:
        made = emptied("postgres", postgres)
        url = runner.run(made.__aenter__())
        try:
            with processes(tmp_path_factory.mktemp("town"), url, redis, upstream, single) as servers:
                yield Town(servers, redis, upstream, single)
        finally:
            runner.run(made.__aexit__(None, None, None))


@pytest.fixture(scope="module")
def ada(town: Town) -> dict[str, Any]:
    """The first account, made at the first process."""
    answer = asyncio.run(told(Caller(town.servers[0].port), "accounts.sign_up", name="Ada", password=PASSWORD))
    signed: dict[str, Any] = answer.json
    return signed


@pytest.fixture
async def everywhere(town: Town, ada: dict[str, Any]) -> AsyncIterator[list[Person]]:
    """Ada, at each process."""
    yield [town.person(at, ada) for at in range(PROCESSES)]


def items(text: str) -> list[dict[str, Any]]:
    return [{"type": "message", "role": "user", "content": text}]


async def begun(person: Person, model: str, text: str = "Hello") -> str:
    """A detached run, under way."""
    sent = await person.native("messages.send", ask={"model": model, "items": items(text)}, detached=True)
    run: str = sent["run"]
    return run


async def stream(person: Person, run: str, last: str = "") -> Answer:
    """A run's events to its end."""
    headers = {"accept": "text/event-stream", **({"last_event_id": last} if last else {})}
    return await person.ask(f"GET /parlance/v1/runs.read?run={run}", **headers)


async def all_refuse(callers: list[Person], status: int = 401) -> float:
    """Seconds until every process refuses."""
    began = time.monotonic()
    while {(await each.ask("GET /v1/models")).status for each in callers} != {status}:
        assert time.monotonic() - began < EVERYWHERE_SECONDS * SLACK, "not refused everywhere"
        await asyncio.sleep(0.02)
    return time.monotonic() - began


async def test_who_signs_in_here_is_known_there_and_gone_everywhere(town: Town, everywhere: list[Person]) -> None:
    """Sign-in, sign-out, a new key and its end."""
    for n, admin in enumerate(everywhere):
        assert (await admin.ask("GET /v1/models")).status == 200, f"process {n} does not know her"
    signed = (await told(Caller(town.servers[1].port), "accounts.sign_in", account="Ada", password=PASSWORD)).json
    others = [town.person(at, signed) for at in range(PROCESSES)]
    assert {(await each.ask("GET /v1/models")).status for each in others} == {200}
    await others[2].native("accounts.sign_out")
    out = await all_refuse(others)
    made = await everywhere[0].native("keys.create", name="tool")
    key = [Person(server.port, {**signed, "token": made["key"]}) for server in town.servers]
    assert {(await each.ask("GET /v1/models")).status for each in key} == {200}
    await everywhere[3].native("keys.revoke", key=made["about"]["id"])
    measured("gone everywhere", session=round(out, 3), key=round(await all_refuse(key), 3))


async def test_a_stream_begun_here_is_read_on_there_byte_for_byte(everywhere: list[Person]) -> None:
    """From its beginning and from the middle, while it runs and when it is over."""
    run = await begun(everywhere[0], SLOW)
    began = time.monotonic()
    first = await everywhere[1].raw(f"GET /parlance/v1/runs.read?run={run}", accept="text/event-stream")
    await first.until(b"\nid: ")
    found = time.monotonic() - began
    last = (await first.until(b"\n")).strip().decode()
    first.rst()
    rest, whole, there = await asyncio.gather(
        stream(everywhere[2], run, last), stream(everywhere[0], run), stream(everywhere[3], run)
    )
    assert there.body == whole.body and b"event: ended" in whole.body
    assert whole.body.endswith(rest.body) and whole.body != rest.body
    assert (await stream(everywhere[1], run)).body == whole.body
    [one, two] = [(await each.ask(f"GET /parlance/v1/runs.read?run={run}")).json for each in everywhere[:2]]
    assert one == two
    measured("first byte of a run that flies elsewhere", seconds=round(found, 3))


async def test_a_run_that_flies_here_is_stopped_there(town: Town, everywhere: list[Person]) -> None:
    """One that is detached, one that its caller waits for, and one of a chat; nobody else can."""
    bob = await other(town, everywhere[0])
    run = await begun(everywhere[0], ENDLESS)
    for operation in ("runs.read", "runs.stop"):
        assert (await told(bob, operation, run=run)).status == 404
    reading = asyncio.ensure_future(stream(everywhere[2], run))
    began = time.monotonic()
    assert await everywhere[1].native("runs.stop", run=run) is True
    assert b'"stopped"' in (await reading).body
    detached = time.monotonic() - began
    ask = {"model": ENDLESS, "items": items("Hello")}
    held = await everywhere[3].raw("POST /parlance/v1/messages.send", {"ask": {**ask, "stream": True}, "stream": True})
    await held.until(b"parlance-run: ")
    id = (await held.until(b"\r\n")).strip().decode()
    assert await everywhere[0].native("runs.stop", run=id) is True
    await held.until(b'"stopped"')
    held.rst()
    sent = await everywhere[0].native("chats.send", text="Hello", models=[ENDLESS])
    assert await everywhere[2].native("chats.stop", chat=sent["chat"]) is True
    shown = await everywhere[3].native("chats.read", chat=sent["chat"])
    assert [turn["state"] for turn in shown["turns"] if turn["role"] == "assistant"] == ["stopped"]
    assert await everywhere[1].native("chats.stop", chat=sent["chat"]) is False
    measured("stopped from another process", seconds=round(detached, 3))
    assert detached < EVERYWHERE_SECONDS * SLACK


async def other(town: Town, admin: Person) -> Person:
    """Another user, at another process."""
    bob = fresh("Bob")
    await admin.native("users.create", name=bob, password=PASSWORD)
    signed = await told(Caller(town.servers[2].port), "accounts.sign_in", account=bob, password=PASSWORD)
    return Person(town.servers[3].port, signed.json)


async def test_a_cache_that_is_cleared_here_is_empty_there(everywhere: list[Person]) -> None:
    """An answer is kept for all, until one process is told to forget."""

    async def said(person: Person) -> str:
        answer = await person.chat("The same?", "mock-nonce", temperature=0, seed=1)
        return answer.text

    async def kept() -> str:
        """The answer that all give, once it is kept: that is a moment after it was first given."""
        await said(everywhere[0])
        async with asyncio.timeout(EVERYWHERE_SECONDS * SLACK):
            while len(texts := {await said(each) for each in everywhere}) > 1:
                await asyncio.sleep(0.02)
        return texts.pop()

    first = await kept()
    await everywhere[3].native("caches.clear")
    assert await kept() != first


async def test_what_is_decided_here_holds_there(town: Town, everywhere: list[Person]) -> None:
    """Who may sign up, and what may be used: settings that can be changed while the server runs."""
    eve, called = fresh("Eve"), fresh("Dan")
    await everywhere[0].native("preferences.change", sign_up="user")
    began = time.monotonic()
    while (await told(Caller(town.servers[2].port), "accounts.sign_up", name=eve, password=PASSWORD)).status != 200:
        assert time.monotonic() - began < EVERYWHERE_SECONDS * SLACK
        await asyncio.sleep(0.02)
    opened = time.monotonic() - began
    await everywhere[1].native("users.create", name=called, password=PASSWORD)
    signed = (await told(Caller(town.servers[3].port), "accounts.sign_in", account=called, password=PASSWORD)).json
    dan = town.person(3, signed)
    assert (await dan.chat("Hello", "mock-nonce")).status == 200
    await everywhere[2].native("budgets.set", subject="user", name=dan.id, unit="requests", period="day", limit=0)
    began = time.monotonic()
    while (await dan.chat("Hello", "mock-nonce")).status != 429:
        assert time.monotonic() - began < EVERYWHERE_SECONDS * SLACK
        await asyncio.sleep(0.02)
    measured("decided elsewhere", sign_up=round(opened, 3), budget=round(time.monotonic() - began, 3))


async def test_a_connection_that_is_added_here_is_used_there(town: Town, everywhere: list[Person]) -> None:
    """And changed, and gone: within a second, by every process, without a restart."""

    async def settled(model: str, status: int) -> float:
        """Seconds until all processes answer so."""
        began = time.monotonic()
        async with asyncio.timeout(EVERYWHERE_SECONDS * SLACK):
            while {(await each.chat("Hello", model)).status for each in everywhere} != {status}:
                await asyncio.sleep(0.02)
        return time.monotonic() - began

    url = town.upstream.base_url
    wanted = {
        "name": fresh("added"),
        "base_url": url,
        "prefix": "added/",
        "models": ["mock"],
        "api_key": "what-opens-it-for-all-four",
    }
    made = await everywhere[0].native("connections.create", **wanted)
    there = await settled("added/mock", 200)
    assert {call.headers["authorization"] for call in town.upstream.calls_to("/chat/completions")[-PROCESSES:]} == {
        "Bearer what-opens-it-for-all-four"
    }
    await everywhere[1].native("connections.update", connection=made["id"], prefix="changed/")
    changed = max(await settled("changed/mock", 200), await settled("added/mock", 404))
    await everywhere[2].native("connections.delete", connection=made["id"])
    gone = await settled("changed/mock", 404)
    measured("a connection everywhere", added=round(there, 3), changed=round(changed, 3), gone=round(gone, 3))


async def test_a_feed_hears_of_what_happens_elsewhere(everywhere: list[Person]) -> None:
    """A chat that is begun at one process appears in the sidebar that another one feeds."""
    feed = await everywhere[1].raw("GET /parlance/v1/feeds.read", accept="text/event-stream")
    await feed.until(b"\r\n\r\n")
    sent = await everywhere[0].native("chats.send", text="Hello", models=[SLOW])
    await feed.until(sent["chat"].encode())
    feed.rst()


async def test_one_call_at_a_time_is_one_over_all_processes(town: Town, everywhere: list[Person]) -> None:
    """`max_concurrent = 1`: the engine never sees two at once, and everybody has an answer."""
    answers = await asyncio.gather(*(each.chat(f"Ask {n}.", ONE) for n in range(4) for each in everywhere))
    assert {answer.status for answer in answers} == {200}
    assert most_at_once(town.single) == 1


def most_at_once(upstream: MockOpenAI) -> int:
    """Calls that the engine had at the same time, at most."""
    calls = upstream.calls_to("/chat/completions")
    ends = [(call.finished_at or call.closed_early_at or float("inf"), -1) for call in calls]
    now = most = 0
    for _, step in sorted([*((call.arrived_at, 1) for call in calls), *ends]):
        now += step
        most = max(most, now)
    return most


@pytest.mark.soak
async def test_a_killed_process_gives_its_slot_back(town: Town, everywhere: list[Person]) -> None:
    """Last: it is not started again."""
    victim = town.servers[3].process
    assert victim is not None
    asking = asyncio.ensure_future(everywhere[3].chat("Ask on.", ONE))
    while not town.single.active:
        await asyncio.sleep(0.001)
    victim.kill()
    await asyncio.wait([asking])
    began = time.monotonic()
    run = await begun(everywhere[0], ONE, "And now?")
    async with asyncio.timeout(LEASE_SECONDS * SLACK):
        while (await everywhere[1].native("runs.read", run=run))["state"] != "complete":
            await asyncio.sleep(0.1)
    measured("slot of a killed process", seconds=round(time.monotonic() - began, 3))
