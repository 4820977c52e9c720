"""WeKnora's streams are read on at another process: what its Redis stream manager is for."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from parlance.testing.databases import emptied
from parlance.testing.servers import Server, as_process
from parlance.testing.services import Missing, Service, service
from parlance.testing.upstreams import MockOpenAI, in_thread
from tests.conftest import Services
from tests.dialects.weknora.served import BASE, Client
from tests.dialects.weknora.talks import KEY, read, text
from tests.flows.callers import connection_toml, key_toml
from tests.unit.transports.small import Raw, request

pytestmark = pytest.mark.slow
SLOW = "mock-p40-n60"
"""Sixty words with a pause before each."""


@pytest.fixture
def redis() -> Iterator[Service]:
    """A Redis that no other test uses."""
    try:
        with service("redis", {}) as made:
            yield made
    except Missing as missing:
        pytest.skip(str(missing))


@pytest.fixture
def two(services: Services, redis: Service, tmp_path: Path) -> Iterator[list[Server]]:
    """Two processes, to whom Redis is named as that system names it."""
    postgres = services.get("postgres")
    assert postgres is not None
    with asyncio.Runner() as runner, in_thread(MockOpenAI()) as upstream, contextlib.ExitStack() as life:
        made = emptied("postgres", postgres)
        toml = f'[database]\nurl = "{runner.run(made.__aenter__())}"\n[models]\ndefault = "{SLOW}"\n'
        toml += '[accounts]\nsecret_key = "two processes share one secret of theirs"\n'
        toml += connection_toml(upstream.base_url, "mock", SLOW) + key_toml(KEY, "program", "ada", scopes=["all"])
        place = redis.url.removeprefix("redis://").partition("/")[0]
        env = {"STREAM_MANAGER_TYPE": "redis", "REDIS_ADDR": place, "TENANT_AES_KEY": "0123456789abcdef"}
        try:
            yield [life.enter_context(as_process(tmp_path / str(n), toml=toml, env=env)) for n in range(2)]
        finally:
            life.close()
            runner.run(made.__aexit__(None, None, None))


async def test_an_answer_that_began_here_is_read_on_there_with_nothing_lost(two: list[Server]) -> None:
    """While it is said as a stream, when it is over as one object; by whoever comes to the other process."""
    here, there = (Client(server).with_key(KEY) for server in two)
    base = (await here.ask("POST /knowledge-bases", {"name": "Empty"}, 201))["data"]["id"]
    strategy = {"fallback_strategy": "model", "embedding_top_k": 3, "max_rounds": 1}
    body = {"knowledge_base_id": base, "session_strategy": strategy}
    session = (await there.ask("POST /sessions", body, 201))["data"]["id"]
    connection = await Raw.to(two[0].port)
    sent = msgspec.json.encode({"query": "What do you say?"})
    fields = {"x_api_key": KEY, "content_type": "application/json"}
    await connection.send(request(f"POST {BASE}/knowledge-chat/{session}", sent, **fields))
    await connection.until(b'"answer"')
    connection.rst()
    [_, answer] = (await there.ask(f"GET /messages/{session}/load"))["data"]
    assert not answer["is_completed"]
    follow = f"GET /sessions/continue-stream/{session}?message_id={answer['id']}"
    streams = await asyncio.gather(there.call(follow), here.call(follow))
    told = [text(read(each.body)) for each in streams]
    assert told[0] == told[1] and len(told[0].split()) >= 60
    ended = await there.ask(follow)
    assert (ended["done"], ended["content"]) == (True, told[0])
