"""Nobody gets, sees or can guess at what another key, user, tenant or guest asked; and strangers get nothing at all."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from parlance.testing.servers import Server, loaded, running
from parlance.testing.upstreams import MockOpenAI
from tests.flows.callers import CHAT, Answer, Caller, connection_toml, key_toml, table, until

KEYS = {
    "ada": ("sk-ada-laptop-000000000000", "ada", "north"),
    "ada's phone": ("sk-ada-phone-0000000000000", "ada", "north"),
    "bob": ("sk-bob-0000000000000000000", "bob", "north"),
    "another ada": ("sk-ada-south-0000000000000", "ada", "south"),
    "guest": (None, "guest", "default"),
}
ASKS = 600
SLOW = "mock-nonce-d400"
MODELS = (
    *("mock", "mock-nonce", "mock-nonce-d0", "mock-nonce-d1", "mock-nonce-d2", "mock-nonce-d3"),
    *("mock-nonce-d200", SLOW, "mock-idle", "mock-d60000"),
)
UPSTREAM_SECONDS = 0.4


class Stage(NamedTuple):
    """A server with four keys and a door for guests, where everybody's asks are shared with themselves."""

    server: Server
    upstream: MockOpenAI
    callers: dict[str, Caller]


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    keys = [key_toml(key, name, user, tenant) for name, (key, user, tenant) in KEYS.items() if key is not None]
    open_door = table("doors", {"name": "open", "address": "127.0.0.1:0", "anonymous": "guest"})
    async with MockOpenAI() as upstream:
        toml = "".join([connection_toml(upstream.base_url, "mock", *MODELS), *keys, open_door])
        async with running(loaded(tmp_path, toml=toml, flags={"cache.share": "all"})) as server:
            ports = dict.fromkeys(KEYS, server.port)
            ports["guest"] = int(server.addresses["open"].rpartition(":")[2])
            yield Stage(server, upstream, {name: Caller(ports[name], KEYS[name][0]) for name in KEYS})


def nonce(answer: Answer) -> str:
    """The word that no other upstream call has said."""
    assert answer.status == 200, answer.body
    return answer.text.split(" ")[0]


async def test_no_answer_crosses_keys_users_tenants_or_guests(stage: Stage) -> None:
    """600 random asks of five callers, many at once and many alike: an answer is heard by one caller only."""
    chance = random.Random(20)
    heard: dict[str, set[str]] = {}
    gate = asyncio.Semaphore(32)

    async def one(who: str, text: str, more: dict[str, Any]) -> None:
        async with gate:
            said = nonce(await stage.callers[who].chat(text, f"mock-nonce-d{chance.randrange(4)}", **more))
            heard.setdefault(said, set()).add(who)

    tunings: list[dict[str, Any]] = [{}, {"temperature": 0}, {"seed": 3}, {"stream": True}, {"max_tokens": 50}]
    asks = [(chance.choice(list(KEYS)), chance.choice("abcd"), chance.choice(tunings)) for _ in range(ASKS)]
    await asyncio.gather(*(one(*ask) for ask in asks))
    assert [callers for callers in heard.values() if len(callers) != 1] == []
    assert {who for callers in heard.values() for who in callers} == set(KEYS)
    assert len(heard) < ASKS * 0.8, "nothing was shared, so nothing could have crossed"


async def test_64_at_once_with_one_question_hear_only_their_own_answer(stage: Stage) -> None:
    """A stampede of all callers costs one call for each of them."""
    who = [name for name in KEYS for _ in range(13)]
    answers = await asyncio.gather(*(stage.callers[name].chat("Same?", "mock-nonce-d200") for name in who))
    said: dict[str, set[str]] = {}
    for name, answer in zip(who, answers, strict=True):
        said.setdefault(name, set()).add(nonce(answer))
    assert all(len(found) == 1 for found in said.values()), said
    assert len({word for found in said.values() for word in found}) == len(KEYS)


async def test_a_strangers_first_ask_takes_the_upstreams_full_time(stage: Stage) -> None:
    """Nobody can tell from the clock that somebody else asked the same before."""

    async def seconds(who: str) -> float:
        began = time.monotonic()
        nonce(await stage.callers[who].chat("Is it known?", SLOW))
        return time.monotonic() - began

    assert await seconds("ada") >= UPSTREAM_SECONDS
    assert await seconds("ada") < UPSTREAM_SECONDS / 2, "her own second ask was not answered from the cache"
    for who in KEYS:
        if who != "ada":
            assert await seconds(who) >= UPSTREAM_SECONDS, who


async def test_a_run_of_somebody_else_is_like_one_that_never_was(stage: Stage) -> None:
    """Reading, watching, stopping, following and continuing it get the very answer that an unknown id gets."""
    ada = stage.callers["ada"]
    items = [{"type": "message", "role": "user", "content": "Mine"}]
    sent = await ada.ask("POST /parlance/v1/messages.send", {"ask": {"model": "mock-idle", "items": items}})
    queued = await ada.ask("POST /api/chat-queue", CHAT.make("mock-d60000", "Mine", False))
    kept = await ada.ask("POST /v1/responses", {"model": "mock", "input": "Mine"})
    real = {"run": sent.json["run"], "queued": queued.json["request_id"], "response": kept.json["id"]}
    for who, caller in stage.callers.items():
        if who not in ("ada", "ada's phone"):
            for name, id in real.items():
                unknown = id[:-4] + ("0000" if not id.endswith("0000") else "1111")
                mine, theirs = [await _all_that_name(caller, name, one) for one in (id, unknown)]
                assert mine == theirs, (who, name)
    assert (await ada.ask(f"GET /parlance/v1/runs.read?run={real['run']}")).json["state"] == "running"
    assert (await ada.ask(f"GET /api/chat-queue?requestId={real['queued']}")).json["status"] == "processing"
    follow = {"model": "mock", "input": "And?", "previous_response_id": real["response"]}
    assert (await ada.ask("POST /v1/responses", follow)).status == 200
    for id in (real["run"], real["queued"]):
        assert (await ada.ask("POST /parlance/v1/runs.stop", {"run": id})).status == 200
    await until(lambda: stage.upstream.active == 0)


async def _all_that_name(caller: Caller, name: str, id: str) -> list[tuple[int, bytes]]:
    """Status and body of every request that could tell something of an id, with the id itself taken out."""
    if name == "response":
        body = {"model": "mock", "input": "And?", "previous_response_id": id}
        asked = [await caller.ask("POST /v1/responses", body)]
    else:
        asked = [
            await caller.ask(f"GET /parlance/v1/runs.read?run={id}"),
            await caller.ask(f"GET /parlance/v1/runs.read?run={id}", accept="text/event-stream"),
            await caller.ask("POST /parlance/v1/runs.stop", {"run": id}),
            await caller.ask(f"GET /api/chat-queue?requestId={id}"),
            await caller.ask(f"DELETE /api/chat-queue?requestId={id}"),
        ]
        listed = await caller.ask("GET /parlance/v1/runs.list")
        assert id.encode() not in listed.body
    return [(answer.status, answer.body.replace(id.encode(), b"<id>")) for answer in asked]


async def test_the_statistics_of_one_caller_tell_nothing_of_another(stage: Stage) -> None:
    """What is kept and joined is counted for its owner alone, and clearing clears one's own."""
    ada, bob = stage.callers["ada"], stage.callers["bob"]
    for _ in range(2):
        nonce(await ada.chat("Count me", "mock-nonce"))
    before = (await bob.ask("GET /parlance/v1/admission.read")).json
    assert (before["requests"], before["cached"], before["responses"]["entries"]) == (0, 0, 0)
    assert (await bob.ask("POST /parlance/v1/caches.clear", {})).status in (200, 204)
    assert (await ada.ask("GET /parlance/v1/admission.read")).json["cached"] == 1
    nonce(await ada.chat("Count me", "mock-nonce"))
    assert len(stage.upstream.calls_to("/chat/completions")) == 1


FOREIGN = [
    {"host": "evil.example"},
    {"host": "parlance.evil.example:8080"},
    {"host": ""},
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"origin": "http://localhost.evil.example"},
    {"origin": "file://"},
]
PATHS = ["POST /v1/chat/completions", "POST /parlance/v1/messages.send", "POST /api/chat", "POST /api/chat-optimized"]


@pytest.mark.parametrize("headers", FOREIGN, ids=lambda headers: " ".join(f"{k}={v}" for k, v in headers.items()))
async def test_a_foreign_host_and_a_foreign_origin_are_refused(tmp_path: Path, headers: dict[str, str]) -> None:
    """By every dialect, in local mode and with a key, before anything reaches the upstream."""
    key = "sk-owner-00000000000000000"
    for toml in ("", key_toml(key, "owner", "owner", scopes=["all"])):
        async with MockOpenAI() as upstream:
            folder = tmp_path / ("keyed" if toml else "local")
            async with running(loaded(folder, toml=toml + connection_toml(upstream.base_url))) as server:
                caller = Caller(server.port, key if toml else None)
                for path in PATHS:
                    refused = await caller.ask(path, CHAT.make("mock", "Hello", False), **headers)
                    assert refused.status in (400, 403), (path, refused)
                    assert "access-control-allow-origin" not in refused.headers
                    assert b"tok0" not in refused.body
                assert not upstream.calls_to("/chat/completions")
                assert (await caller.chat()).status == 200
