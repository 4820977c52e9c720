"""Budgets over a socket: set by an admin, felt by everybody they are for, remembered by the next process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from parlance.testing.clocks import HandClock
from parlance.testing.servers import Server, loaded, running
from parlance.testing.upstreams import MockOpenAI
from tests.flows.callers import Answer, Caller, connection_toml, key_toml, table, until

ADA_KEY, PHONE_KEY, BOB_KEY = "sk-ada-00000000000000000", "sk-ada-11111111111111111", "sk-bob-00000000000000000"
FAR_KEY = "sk-far-00000000000000000"
ROOT_KEY = "sk-root-0000000000000000"


SAID = [{"role": "user", "content": "Hello"}]


class Stage(NamedTuple):
    """A server before an upstream: Ada by two keys, Bob, another tenant's Ada, and an admin."""

    server: Server
    upstream: MockOpenAI
    ada: Caller
    phone: Caller
    bob: Caller
    far: Caller
    root: Caller


@asynccontextmanager
async def serving(folder: Path, upstream: MockOpenAI, more: str = "") -> AsyncIterator[Stage]:
    """The server, which may be started again on the same folder."""
    keys = key_toml(ADA_KEY, "ada-key", "ada") + key_toml(PHONE_KEY, "ada-phone", "ada")
    keys += key_toml(BOB_KEY, "bob-key", "bob") + key_toml(FAR_KEY, "far-key", "ada", "faraway", scopes=["all"])
    keys += key_toml(ROOT_KEY, "root-key", "root", scopes=["all"])
    cards = '[connections.cards."mock"]\nprompt_price = 1000000000\ncompletion_price = 2000000000\ncurrency = "EUR"\n'
    toml = connection_toml(upstream.base_url, "mock", "mock", "mock-d300", "mock-embed") + cards + keys + more
    async with running(loaded(folder, toml=toml)) as server:
        callers = (Caller(server.port, key) for key in (ADA_KEY, PHONE_KEY, BOB_KEY, FAR_KEY, ROOT_KEY))
        yield Stage(server, upstream, *callers)


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with MockOpenAI() as upstream, serving(tmp_path, upstream) as stage:
        yield stage


async def set_budget(admin: Caller, **fields: Any) -> dict[str, Any]:
    """Two requests a day for Ada, unless it is said otherwise."""
    wish = {"subject": "user", "name": "ada", "unit": "requests", "period": "day", "limit": 2, **fields}
    answer = await admin.ask("POST /parlance/v1/budgets.set", wish)
    assert answer.status == 200, answer.body
    return dict(answer.json)


async def mine(caller: Caller) -> list[tuple[int, int]]:
    """What is used and held of each of the caller's budgets."""
    answer = await caller.ask("GET /parlance/v1/budgets.read")
    return [(each["used"], each["held"]) for each in answer.json]


def told_of_the_reset(answer: Answer) -> None:
    """A refusal says which budget it is, and when it resets: in words and in a header."""
    assert answer.status == 429, answer.body
    assert b"2 requests a day for this user" in answer.body and b"resets at" in answer.body
    assert 0 < int(answer.headers["retry-after"]) <= 86_400


async def test_a_budget_binds_by_every_door_and_every_key_of_its_user(stage: Stage) -> None:
    """The third request is refused in each dialect's own words; nobody else notices."""
    await set_budget(stage.root)
    assert (await stage.ada.chat()).status == 200
    assert (await stage.phone.chat()).status == 200
    item = {"type": "message", "role": "user", "content": "Hello"}
    for head, body in (
        ("POST /v1/chat/completions", {"model": "mock", "messages": SAID}),
        ("POST /v1/responses", {"model": "mock", "input": "Hello"}),
        ("POST /v1/embeddings", {"model": "mock-embed", "input": "Hello"}),
        ("POST /api/chat", {"model": "mock", "messages": SAID}),
        ("POST /parlance/v1/messages.send", {"ask": {"model": "mock", "items": [item]}}),
        ("POST /parlance/v1/chats.send", {"text": "Hello", "models": ["mock"]}),
    ):
        told_of_the_reset(await stage.phone.ask(head, body))
    for other in (stage.bob, stage.far):
        assert (await other.chat()).status == 200
    assert await mine(stage.ada) == await mine(stage.phone) == [(2, 0)]
    assert await mine(stage.bob) == []


async def test_money_is_counted_by_the_engines_tokens_and_the_models_prices(stage: Stage) -> None:
    """Of one currency; what was used is shown by model and day."""
    await set_budget(stage.root, unit="money", currency="EUR", limit=10_000_000)
    answer = await stage.ada.chat()
    tokens = answer.json["usage"]
    cost = 1000 * tokens["prompt_tokens"] + 2000 * tokens["completion_tokens"]
    assert await mine(stage.ada) == [(cost, 0)]
    assert (await stage.ada.chat(model="mock-d300")).status == 200
    assert await mine(stage.ada) == [(cost, 0)], "a model without a price costs nothing"
    assert (await stage.ada.chat(model="nobody-has-this")).status == 404
    await stage.server.house.books._writer.flush()  # type: ignore[union-attr]
    usage = (await stage.ada.ask("GET /parlance/v1/usage.read")).json
    assert [(one["model"], one["requests"], one.get("cost", 0)) for one in usage] == [
        ("mock", 1, cost),
        ("mock-d300", 1, 0),
    ]
    assert (await stage.bob.ask("GET /parlance/v1/usage.read")).json == []
    everybody = (await stage.root.ask("GET /parlance/v1/usage.list?days=1")).json
    assert {one["user"] for one in everybody} == {"ada"}
    assert (await stage.far.ask("GET /parlance/v1/usage.list")).json == []


async def test_what_runs_is_held_and_what_never_began_is_given_back(stage: Stage) -> None:
    """Three at once with room for two: one is refused at once, and the others are counted when they end."""
    await set_budget(stage.root)
    answers = await asyncio.gather(*(stage.ada.chat(model="mock-d300") for _ in range(3)))
    assert sorted(answer.status for answer in answers) == [200, 200, 429]
    assert await mine(stage.ada) == [(2, 0)]
    await set_budget(stage.root, limit=4)
    assert (await stage.ada.chat(model="nobody-has-this")).status == 404
    leaving = await stage.ada.raw("POST /v1/chat/completions", {"model": "mock-d300", "messages": SAID})
    await until(lambda: stage.upstream.active > 0)
    leaving.rst()
    await until(lambda: stage.upstream.active == 0)
    async with asyncio.timeout(10):
        while await mine(stage.ada) != [(2, 0)]:
            await asyncio.sleep(0.01)


async def test_what_was_used_is_remembered_by_the_next_process(tmp_path: Path) -> None:
    """From what a clean stop wrote; budgets of the settings file count like the others."""
    fixed = table("budgets", {"subject": "key", "unit": "requests", "period": "month", "limit": 3})
    async with MockOpenAI() as upstream:
        async with serving(tmp_path, upstream, fixed) as stage:
            await set_budget(stage.root)
            assert (await stage.ada.chat()).status == 200
        async with serving(tmp_path, upstream, fixed) as stage:
            assert sorted(await mine(stage.ada)) == [(1, 0), (1, 0)]
            assert (await stage.ada.chat()).status == 200
            told_of_the_reset(await stage.ada.chat())
        async with serving(tmp_path, upstream, fixed) as stage:
            told_of_the_reset(await stage.ada.chat())
            for _ in range(3):
                assert (await stage.bob.chat()).status == 200
            refused = await stage.bob.chat()
            assert refused.status == 429 and b"3 requests a month for this key" in refused.body
            listed = (await stage.root.ask("GET /parlance/v1/budgets.list")).json
            [owned] = [one["budget"] for one in listed if one["budget"].get("fixed")]
            assert (await stage.root.ask("POST /parlance/v1/budgets.delete", {"budget": owned["id"]})).status == 409


async def test_budgets_are_set_by_admins_of_the_tenant_and_by_nobody_else(stage: Stage) -> None:
    """A user is told of a role, another tenant's admin of a budget that is not there."""
    made = await set_budget(stage.root)
    wish = {"subject": "user", "name": "ada", "unit": "requests", "period": "day", "limit": 9}
    for head, body in (
        ("POST /parlance/v1/budgets.set", wish),
        ("GET /parlance/v1/budgets.list", None),
        ("POST /parlance/v1/budgets.delete", {"budget": made["id"]}),
        ("GET /parlance/v1/usage.list", None),
    ):
        assert (await stage.ada.ask(head, body)).status == 403
        assert (await Caller(stage.server.port, "sk-nobody").ask(head, body)).status == 401
    for id in (made["id"], "00000000-0000-7000-8000-000000000000"):
        refused = await stage.far.ask("POST /parlance/v1/budgets.delete", {"budget": id})
        assert (refused.status, refused.json["code"]) == (404, "budget_not_found")
    assert (await stage.far.ask("GET /parlance/v1/budgets.list")).json == []
    foreign = await stage.far.ask("POST /parlance/v1/budgets.set", {**wish, "name": "bob"})
    assert (foreign.status, foreign.json["code"]) == (404, "user_not_found")
    assert (await stage.root.ask("POST /parlance/v1/budgets.delete", {"budget": made["id"]})).status == 204
    assert (await stage.root.ask("GET /parlance/v1/budgets.list")).json == []


async def test_a_budget_begins_anew_with_its_period(tmp_path: Path) -> None:
    """At midnight in UTC, by the server's own clock."""
    clock = HandClock()
    async with MockOpenAI() as upstream:
        toml = connection_toml(upstream.base_url, "mock", "mock") + key_toml(
            ROOT_KEY, "root-key", "root", scopes=["all"]
        )
        async with running(loaded(tmp_path, toml=toml), clock=clock) as server:
            root = Caller(server.port, ROOT_KEY)
            await set_budget(root, name="root", limit=1)
            assert [(await root.chat()).status for _ in range(2)] == [200, 429]
            clock.move(86_400)
            assert [(await root.chat()).status for _ in range(2)] == [200, 429]
