"""The line before an engine is fair and bounded: a flood of one delays another by a turn or two, and nobody is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from parlance.testing.servers import loaded, running
from parlance.testing.upstreams import MockOpenAI
from tests.flows.callers import CHAT, Answer, Caller, call_with, connection_toml, key_toml, measured, until

FLOOD = 60
SLOTS = 2
"""Turns that a flood may cost somebody else."""
ADA, BOB = "sk-ada-00000000000000000000", "sk-bob-00000000000000000000"
MODEL, QUICK = "mock-d40", "mock"


@asynccontextmanager
async def serving(folder: Path, upstream: MockOpenAI, **more: object) -> AsyncIterator[tuple[Caller, Caller]]:
    """Two callers of a server whose engine answers one ask at a time."""
    toml = connection_toml(upstream.base_url, "mock", MODEL, QUICK, "mock-d60000", max_concurrent=1, **more)
    toml += key_toml(ADA, "ada", "ada") + key_toml(BOB, "bob", "bob")
    async with running(loaded(folder, toml=toml)) as server:
        yield Caller(server.port, ADA), Caller(server.port, BOB)


@pytest.mark.parametrize("stream", [True, False])
async def test_a_flood_delays_another_users_ask_by_two_turns_at_most(tmp_path: Path, stream: bool) -> None:
    """60 asks of one user wait; another's single one is served after at most two of them, and none is lost."""
    async with MockOpenAI() as upstream, serving(tmp_path, upstream) as (ada, bob):
        flood = [asyncio.create_task(ada.chat(f"flood {n}", MODEL, stream=stream)) for n in range(FLOOD)]
        await until(lambda: len(upstream.calls_to("/chat/completions")) == 3)
        asking = asyncio.create_task(bob.chat("single", MODEL, stream=stream))
        before = len(upstream.calls_to("/chat/completions"))
        await until(lambda: call_with(upstream, "single") is not None)
        waited = len(upstream.calls_to("/chat/completions")) - before - 1
        measured(f"a flood of {FLOOD}{' streams' if stream else ''}", turns_waited=waited)
        assert waited <= SLOTS
        assert (await asking).status == 200
        answers = await asyncio.gather(*flood)
        assert [answer.status for answer in answers] == [200] * FLOOD
        assert {answer.text for answer in answers} == {"tok0 tok1 tok2 tok3 tok4 tok5 tok6 tok7"}


async def test_a_full_line_refuses_at_once_with_a_time_to_try_again(tmp_path: Path) -> None:
    """One is answered, ten wait, 49 are told when to come back; nobody is left without an answer."""
    async with MockOpenAI() as upstream, serving(tmp_path, upstream, max_queue_size=10) as (ada, bob):
        answers = await asyncio.gather(*(ada.chat(f"flood {n}", MODEL) for n in range(FLOOD)))
        statuses = [answer.status for answer in answers]
        assert (statuses.count(200), len(statuses)) == (11, FLOOD)
        for refused in (answer for answer in answers if answer.status != 200):
            assert refused.status in (429, 503)
            assert int(refused.headers["retry-after"]) >= 1
            assert refused.json["error"]["code"] == "queue_full"
        assert (await bob.chat("now there is room", QUICK)).status == 200


async def test_every_dialect_refuses_from_a_full_line_with_a_time(tmp_path: Path) -> None:
    """429 or 503 and `Retry-After` from each, whether it streams or not."""
    async with MockOpenAI() as upstream, serving(tmp_path, upstream, max_queue_size=0) as (ada, bob):
        holding = await ada.raw(f"POST {CHAT.path}", CHAT.make("mock-d60000", "hold", True))
        await until(lambda: call_with(upstream, "hold") is not None)
        refusals: list[Answer] = []
        for stream in (True, False):
            for path in ("/v1/chat/completions", "/api/chat", "/api/chat-optimized"):
                refusals.append(await bob.ask(f"POST {path}", CHAT.make(QUICK, "Hello", stream)))
            for path, field in (("/v1/completions", "prompt"), ("/v1/responses", "input"), ("/api/generate", "prompt")):
                refusals.append(await bob.ask(f"POST {path}", {"model": QUICK, field: "Hello", "stream": stream}))
        assert {answer.status for answer in refusals} <= {429, 503}
        assert all(int(answer.headers["retry-after"]) >= 1 for answer in refusals)
        holding.rst()
        await asyncio.sleep(0)
        await until(lambda: upstream.active == 0)
        assert (await bob.chat("Hello", QUICK)).status == 200


async def test_who_leaves_the_line_gives_its_turn_to_the_next(tmp_path: Path) -> None:
    """Those who hang up while they wait never reach the upstream, and nobody waits for them."""
    async with MockOpenAI() as upstream, serving(tmp_path, upstream) as (ada, bob):
        holding = await ada.raw(f"POST {CHAT.path}", CHAT.make("mock-d60000", "hold", True))
        await until(lambda: call_with(upstream, "hold") is not None)
        waiting = [await ada.raw(f"POST {CHAT.path}", CHAT.make(MODEL, f"gone {n}", n % 2 == 0)) for n in range(20)]
        asking = asyncio.create_task(bob.chat("patient", QUICK))
        await asyncio.sleep(0.1)
        for client in waiting:
            client.rst()
        await asyncio.sleep(0.1)
        holding.fin()
        assert (await asking).status == 200
        assert call_with(upstream, "gone") is None
        assert len(upstream.calls_to("/chat/completions")) == 2


async def test_a_place_in_line_is_told_while_it_is_waited_for(tmp_path: Path) -> None:
    """The native run says how many are before it, and what that will take."""
    async with MockOpenAI() as upstream, serving(tmp_path, upstream) as (ada, bob):
        holding = await ada.raw(f"POST {CHAT.path}", CHAT.make("mock-d60000", "hold", True))
        await until(lambda: call_with(upstream, "hold") is not None)
        items = [{"type": "message", "role": "user", "content": "Hello"}]
        runs = [
            (await bob.ask("POST /parlance/v1/messages.send", {"ask": {"model": QUICK, "items": items}})).json["run"]
            for _ in range(3)
        ]
        await asyncio.sleep(0.05)
        shown = [(await bob.ask(f"GET /parlance/v1/runs.read?run={run}")).json for run in runs]
        assert [each["state"] for each in shown] == ["waiting"] * 3
        assert [(each["notice"]["position"], each["notice"]["length"]) for each in shown] == [(1, 3), (2, 3), (3, 3)]
        assert all(each["notice"]["wait_ms"] > 0 for each in shown)
        assert (await bob.ask("POST /parlance/v1/runs.stop", {"run": runs[0]})).status == 200
        holding.rst()
        await until(lambda: len(upstream.calls_to("/chat/completions")) == 3)
        await until(lambda: upstream.active == 0)
