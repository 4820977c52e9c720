"""Two servers over one Redis count and keep as one; when it goes they go on by themselves."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from parlance.testing.servers import Server, as_process
from parlance.testing.services import Missing, Service, service
from parlance.testing.upstreams import MockOpenAI, in_thread
from tests.flows.callers import Caller, call_with, connection_toml, gauge, key_toml

KEY, OTHER = "sk-shared-ada", "sk-shared-bob"
P99_MORE_SECONDS = 0.3
SLACK = 4


@pytest.fixture
def redis() -> Iterator[Service]:
    """A Redis that no other test uses."""
    try:
        with service("redis", {}) as made:
            yield made
    except Missing as missing:
        pytest.skip(str(missing))


@contextlib.contextmanager
def two_servers(folder: Path, redis: Service, upstream: MockOpenAI, more: str = "") -> Iterator[list[Server]]:
    """Servers with the same settings."""
    toml = f'[redis]\nurl = "{redis.url}"\n{more}' + connection_toml(upstream.base_url, "mock", "mock", "mock-nonce")
    toml += key_toml(KEY, "ada", "ada", share_answers=True, requests_per_minute=6) + key_toml(OTHER, "bob", "bob")
    with contextlib.ExitStack() as life:
        yield [life.enter_context(as_process(folder / name, toml=toml)) for name in ("one", "two")]


async def test_two_servers_share_answers_and_rates(tmp_path: Path, redis: Service) -> None:
    """An answer given here is known there, to its own caller only; a rate is used up by both together."""
    with in_thread(MockOpenAI()) as upstream, two_servers(tmp_path, redis, upstream) as servers:
        callers = [Caller(server.port, KEY) for server in servers]
        first = await callers[0].chat("The same?", "mock-nonce")
        second = await callers[1].chat("The same?", "mock-nonce")
        assert first.status == 200 and first.text == second.text
        stranger = await Caller(servers[1].port, OTHER).chat("The same?", "mock-nonce")
        assert stranger.text != first.text
        codes = [(await callers[number % 2].chat(f"Ask {number}.")).status for number in range(6)]
        assert codes == [200] * 4 + [429] * 2


async def test_no_chat_fails_when_redis_dies_hangs_and_comes_back(tmp_path: Path, redis: Service) -> None:
    """And none is delayed by more than a little once it is known."""
    with in_thread(MockOpenAI()) as upstream, two_servers(tmp_path, redis, upstream) as servers:
        caller = Caller(servers[0].port, OTHER)

        async def asked(count: int, mark: str) -> list[float]:
            spent = []
            for number in range(count):
                began = time.monotonic()
                text = f"{mark} {number}."
                assert (await caller.chat(text, temperature=0)).status == 200
                spent.append(time.monotonic() - began)
                assert call_with(upstream, text) is not None
            return sorted(spent)

        await asked(5, "Well")
        redis.pause()
        await asked(5, "Hanging")
        assert (await asked(20, "Still hanging"))[-1] < P99_MORE_SECONDS * SLACK
        redis.go_on()
        redis.kill()
        await asked(20, "Dead")
        redis.start()
        await asked(5, "Back")
        deadline = time.monotonic() + 15 * SLACK
        watcher = Caller(servers[0].port, servers[0].console_token)
        while await gauge(watcher, "parlance_redis_up") != 1:
            assert time.monotonic() < deadline, "Redis was not found again"
            await caller.chat("Are you there?", temperature=0)
