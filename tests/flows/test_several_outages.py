"""Two processes on PostgreSQL and Redis while one of these dies, hangs and comes back: degraded, not dead (P18)."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterator

import pytest

from parlance.testing.servers import Server, as_process
from parlance.testing.services import Missing, Service, service
from parlance.testing.upstreams import MockOpenAI, in_thread
from tests.flows.callers import Caller, connection_toml, measured
from tests.flows.test_accounts import PASSWORD, Person, told

MORE_SECONDS = 0.3
"""What a hanging Redis may add to a request."""
REFUSED_SECONDS = 5.0
BACK_SECONDS = 15.0
SLACK = 4
LONG, BOUNDED = "mock-p20-n300", "mock"


@pytest.fixture(scope="module")
def own() -> Iterator[dict[str, Service]]:
    """Services that no other test uses."""
    with contextlib.ExitStack() as life:
        try:
            yield {kind: life.enter_context(service(kind, {})) for kind in ("postgres", "redis")}
        except Missing as missing:
            pytest.skip(str(missing))


@pytest.fixture(scope="module")
def servers(own: dict[str, Service], tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Server]]:
    """Two of them, before one engine that takes two calls at once."""
    folder = tmp_path_factory.mktemp("outages")
    toml = f'[database]\nurl = "{own["postgres"].url}"\n[redis]\nurl = "{own["redis"].url}"\n'
    toml += '[accounts]\nsecret_key = "two processes share one secret of theirs"\n'
    with in_thread(MockOpenAI()) as upstream, contextlib.ExitStack() as life:
        toml += connection_toml(upstream.base_url, "mock", LONG, BOUNDED, max_concurrent=2)
        yield [life.enter_context(as_process(folder / name, toml=toml)) for name in ("one", "two")]


@pytest.fixture(scope="module")
def people(servers: list[Server]) -> list[Person]:
    """Somebody, at each of them."""
    made = asyncio.run(told(Caller(servers[0].port), "accounts.sign_up", name="Ada", password=PASSWORD)).json
    return [Person(server.port, made) for server in servers]


async def chatted(person: Caller, count: int, mark: str) -> list[float]:
    """Seconds that each of so many chats took, sorted; none fails."""
    spent = []
    for number in range(count):
        began = time.monotonic()
        assert (await person.chat(f"{mark} {number}.", BOUNDED, temperature=0)).status == 200
        spent.append(time.monotonic() - began)
    return sorted(spent)


async def reading(person: Person, run: str) -> bytes:
    """All that a stream of a run says."""
    connection = await person.raw(f"GET /parlance/v1/runs.read?run={run}", accept="text/event-stream")
    await connection.until(b"\r\n\r\n")
    said = b""
    while b"event: ended" not in said and b"event: problem" not in said:
        said += await connection.reader.readuntil(b"\n\n")  # nothing may come for as long as Redis is away
    connection.rst()
    return b"".join(line for line in said.splitlines(keepends=True) if line.startswith((b"id: ", b"data: ")))


@pytest.mark.soak
async def test_a_run_is_read_on_elsewhere_over_the_death_of_redis(
    own: dict[str, Service], people: list[Person]
) -> None:
    """Whoever reads where it flies notices nothing; whoever reads elsewhere waits, and misses nothing either."""
    ask = {"model": LONG, "items": [{"type": "message", "role": "user", "content": "Tell me."}]}
    run = (await people[0].native("messages.send", ask=ask, detached=True))["run"]
    readers = [asyncio.ensure_future(reading(person, run)) for person in people]
    await asyncio.sleep(1)
    own["redis"].kill()
    await chatted(people[1], 5, "Dead")
    whole = await readers[0]
    own["redis"].start()
    began = time.monotonic()
    async with asyncio.timeout(BACK_SECONDS * SLACK):
        assert await readers[1] == whole
    measured("read on elsewhere after redis came back", seconds=round(time.monotonic() - began, 3))


async def test_without_its_database_a_server_says_so_and_recovers(
    own: dict[str, Service], people: list[Person]
) -> None:
    """A 503 in time from each process; with the database all is as it was, without a restart, and nobody signed out."""
    own["postgres"].kill()
    waited = []
    try:
        for person in people:
            began = time.monotonic()
            answer = await told(person, "chats.list")
            waited.append(time.monotonic() - began)
            assert answer.status == 503, answer.body
            assert waited[-1] < REFUSED_SECONDS * SLACK
            assert (await person.ask("GET /health")).status == 200
    finally:
        own["postgres"].start()
    began = time.monotonic()
    async with asyncio.timeout(BACK_SECONDS * SLACK):
        for person in people:
            while (await told(person, "chats.list")).status != 200:
                await asyncio.sleep(0.05)
    back = time.monotonic() - began
    assert (await people[1].native("chats.send", text="Hello", models=[BOUNDED]))["run"]
    measured("database killed", refused=round(max(waited), 3), back=round(back, 3))


async def test_a_hanging_redis_delays_nobody_for_long(own: dict[str, Service], people: list[Person]) -> None:
    """Slots, caches and rates are asked for on the way of every chat, and given up in time."""
    usual = (await chatted(people[0], 10, "Well"))[5]
    own["redis"].pause()
    try:
        await chatted(people[0], 5, "Hanging")
        spent = await chatted(people[0], 40, "Still hanging")
        began = time.monotonic()
        assert (await told(people[0], "runs.read", run="unknown")).status == 404
        unknown = time.monotonic() - began
    finally:
        own["redis"].go_on()
    measured("hanging redis", usual=round(usual, 3), worst=round(spent[-1], 3), unknown=round(unknown, 3))
    assert spent[-1] - usual < MORE_SECONDS * SLACK and unknown < 2 * MORE_SECONDS * SLACK
