"""Rates bind per key, user, tenant and guest; a refusal says when the count resets, and it does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from parlance.testing.clocks import HandClock
from parlance.testing.servers import Server, loaded, running
from parlance.testing.upstreams import MockOpenAI
from tests.flows.callers import ENDPOINTS, Caller, connection_toml, key_toml, table

ADA, PHONE, BOB = "sk-ada-00000000000000000000", "sk-ada-phone-000000000000000", "sk-bob-00000000000000000000"
MODELS = ("mock", "mock-embed")


@asynccontextmanager
async def serving(folder: Path, toml: str, clock: HandClock | None = None) -> AsyncIterator[tuple[Server, MockOpenAI]]:
    """A server with these settings before a healthy upstream."""
    async with MockOpenAI() as upstream:
        text = toml + connection_toml(upstream.base_url, "mock", *MODELS)
        async with running(loaded(folder, toml=text), clock=clock) as server:
            yield server, upstream


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.name)
async def test_a_refusal_names_its_reset(tmp_path: Path, endpoint: object) -> None:
    """By every endpoint: 429 with `Retry-After`, before the upstream is asked; after that time there is room again."""
    assert isinstance(endpoint, type(ENDPOINTS[0]))
    clock = HandClock()
    async with serving(tmp_path, key_toml(ADA, "a", "ada", requests_per_minute=3), clock) as (server, upstream):
        caller = Caller(server.port, ADA)
        model = "mock-embed" if endpoint.ways == (False,) else "mock"
        body = endpoint.make(model, "Hello", endpoint.ways[0])
        for _ in range(3):
            assert (await caller.ask(f"POST {endpoint.path}", body)).status == 200
        asked = len(upstream.calls)
        clock.move(20)
        refused = await caller.ask(f"POST {endpoint.path}", body)
        assert refused.status == 429
        assert int(refused.headers["retry-after"]) == 40
        assert "40 s" in refused.body.decode()
        assert len(upstream.calls) == asked
        clock.move(41)
        assert (await caller.ask(f"POST {endpoint.path}", body)).status == 200


async def test_openai_clients_see_what_is_left(tmp_path: Path) -> None:
    """Limit, remaining and reset of requests and tokens, on answers and on the refusal."""
    keys = key_toml(ADA, "a", "ada", requests_per_minute=3, tokens_per_minute=100_000)
    async with serving(tmp_path, keys, HandClock()) as (server, _):
        caller = Caller(server.port, ADA)
        left = []
        for stream in (True, False, False):
            answer = await caller.chat(stream=stream)
            left.append(answer.headers["x-ratelimit-remaining-requests"])
            assert answer.headers["x-ratelimit-limit-requests"] == "3"
            assert answer.headers["x-ratelimit-limit-tokens"] == "100000"
            assert answer.headers["x-ratelimit-reset-requests"] == "1m0s"
        assert left == ["2", "1", "0"]
        refused = await caller.chat()
        assert (refused.status, refused.headers["x-ratelimit-remaining-requests"]) == (429, "0")
        assert refused.headers["x-ratelimit-reset-requests"] == "1m0s"
        assert refused.headers["x-ratelimit-limit-requests"] == "3"
        assert refused.json["error"]["code"] == "rate_limit_exceeded"


async def test_tokens_are_reserved_before_and_settled_after_an_answer(tmp_path: Path) -> None:
    """What was reserved comes back when the answer was shorter; when the window's tokens are gone, that is said."""
    keys = key_toml(ADA, "a", "ada", tokens_per_minute=1000)
    async with serving(tmp_path, keys, HandClock()) as (server, _):
        caller = Caller(server.port, ADA)
        first = await caller.chat("Hi", max_tokens=100)
        used = first.json["usage"]["total_tokens"]
        await asyncio.sleep(0.05)
        second = await caller.chat("Hi", max_tokens=100)
        remaining = [int(each.headers["x-ratelimit-remaining-tokens"]) for each in (first, second)]
        assert remaining[1] == remaining[0] - used
        greedy = await asyncio.gather(*(caller.chat(f"Hi {n}", max_tokens=300) for n in range(6)))
        statuses = sorted(answer.status for answer in greedy)
        assert statuses.count(429) >= 2 and statuses.count(200) >= 3
        refused = next(answer for answer in greedy if answer.status == 429)
        assert int(refused.headers["retry-after"]) == 60 and "tokens" in refused.json["error"]["message"]


@pytest.mark.parametrize("whose", ["user", "key", "tenant", "guest"])
async def test_a_rate_binds_those_it_is_for_and_nobody_else(tmp_path: Path, whose: str) -> None:
    """Two keys of a user share the user's rate, two users the tenant's; another tenant has its own."""
    toml = f"[rates.{whose}]\nrequests = 2\n"
    toml += key_toml(ADA, "laptop", "ada", "north") + key_toml(PHONE, "phone", "ada", "north")
    toml += key_toml(BOB, "bob", "bob", "north") + key_toml("sk-eve-0000000000000000000", "eve", "ada", "south")
    toml += table("doors", {"name": "open", "address": "127.0.0.1:0", "anonymous": "guest"})
    async with serving(tmp_path, toml) as (server, _):
        guest = Caller(int(server.addresses["open"].rpartition(":")[2]))
        callers = [Caller(server.port, key) for key in (ADA, PHONE, BOB, "sk-eve-0000000000000000000")] + [guest]
        statuses = [[(await caller.chat()).status for _ in range(2)] for caller in callers]
        free, refused = [200, 200], [429, 429]
        expected = {
            "user": [free, refused, free, free, free],
            "key": [free, free, free, free, free],
            "tenant": [free, refused, refused, free, free],
            "guest": [free, free, free, free, free],
        }
        assert statuses == expected[whose]
        third = [(await caller.chat()).status for caller in callers]
        binds = {"user": [429] * 4 + [200], "key": [429] * 4 + [200], "tenant": [429] * 5, "guest": [200] * 4 + [429]}
        assert third == binds[whose]
