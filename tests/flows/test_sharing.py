"""Identical asks of one caller cost one upstream call where sharing is on, and each its own where it is off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from parlance.testing.servers import loaded, running
from parlance.testing.upstreams import Behaviour, MockOpenAI
from tests.flows.callers import CHAT, Answer, Caller, connection_toml, events, until

MANY = 100
MODELS = (
    *("mock", "mock-nonce-d300-p5", "mock-nonce-d20", "mock-d100", "mock-d200", "mock-nonce-d200"),
    *("mock-p50-n20", "mock-idle", "mock-echo"),
)


@asynccontextmanager
async def serving(folder: Path, upstream: MockOpenAI, **flags: object) -> AsyncIterator[Caller]:
    """The composed server before this upstream; `cache_share="all"` is the setting `cache.share`."""
    toml = connection_toml(upstream.base_url, "mock", *MODELS, retries=0)
    chosen = {name.replace("_", ".", 1): value for name, value in flags.items()}
    async with running(loaded(folder, toml=toml, flags=chosen)) as server:
        yield Caller(server.port)


def id_of(answer: Answer) -> str:
    """The id of an answer, whole or streamed."""
    assert answer.status == 200, answer.body
    streamed = answer.headers["content-type"].startswith("text/event-stream")
    id: str = (events(answer.body)[0] if streamed else answer.json)["id"]
    return id


@pytest.mark.parametrize("stream", [True, False])
async def test_100_identical_asks_are_one_call_and_100_runs(tmp_path: Path, stream: bool) -> None:
    """Every answer is the whole text, under an id of its own."""
    async with MockOpenAI() as upstream, serving(tmp_path, upstream, cache_share="all") as caller:
        asks = (caller.chat("Same?", "mock-nonce-d300-p5", stream=stream) for _ in range(MANY))
        answers = await asyncio.gather(*asks)
        assert len(upstream.calls_to("/chat/completions")) == 1
        assert len({id_of(answer) for answer in answers}) == MANY
        assert {answer.text for answer in answers} == {"nonce-1-0 tok0 tok1 tok2 tok3 tok4 tok5 tok6 tok7"}


async def test_streamed_and_whole_asks_share_one_call(tmp_path: Path) -> None:
    """How an answer is delivered does not change what it is."""
    async with MockOpenAI() as upstream, serving(tmp_path, upstream, cache_share="all") as caller:
        asks = (caller.chat("Same?", "mock-nonce-d200", stream=number % 2 == 0) for number in range(20))
        answers = await asyncio.gather(*asks)
        assert len(upstream.calls_to("/chat/completions")) == 1
        assert len({answer.text for answer in answers}) == 1


@pytest.mark.parametrize("how", ["fin", "rst"])
async def test_the_first_to_leave_changes_nothing_for_the_rest(tmp_path: Path, how: str) -> None:
    """The call that the first one caused goes on for the 99 others, and closes when the last of them leaves."""
    async with MockOpenAI() as upstream, serving(tmp_path, upstream, cache_share="all") as caller:
        body = CHAT.make("mock-p50-n20", "Same?", True)
        first = await caller.raw(f"POST {CHAT.path}", body)
        await first.until(b"tok0")
        rest = [asyncio.create_task(caller.ask(f"POST {CHAT.path}", body)) for _ in range(MANY - 1)]
        await asyncio.sleep(0.2)
        getattr(first, how)()
        answers = await asyncio.gather(*rest)
        whole = " ".join(f"tok{number}" for number in range(20))
        assert {answer.text for answer in answers} == {whole}
        assert len(upstream.calls_to("/chat/completions")) == 1 and not upstream.closed_early


async def test_the_last_of_those_who_share_closes_the_call(tmp_path: Path) -> None:
    """Ten ask alike; while one is left the upstream works on, and with the tenth it stops."""
    async with MockOpenAI() as upstream, serving(tmp_path, upstream, cache_share="all") as caller:
        clients = [await caller.raw(f"POST {CHAT.path}", CHAT.make("mock-idle", "Same?", True)) for _ in range(10)]
        for client in clients:
            await client.until(b"tok0")
        for client in clients[:-1]:
            client.rst()
        await asyncio.sleep(0.1)
        [call] = upstream.calls_to("/chat/completions")
        assert call.active
        clients[-1].fin()
        await until(lambda: not call.active)


@pytest.mark.parametrize("stream", [True, False])
async def test_100_asks_at_temperature_1_are_100_calls(tmp_path: Path, stream: bool) -> None:
    """As the server comes: n identical asks that are not deterministic are n answers."""
    async with MockOpenAI() as upstream, serving(tmp_path, upstream) as caller:
        asks = (caller.chat("Same?", "mock-nonce-d20", stream=stream, temperature=1) for _ in range(MANY))
        answers = await asyncio.gather(*asks)
        assert len(upstream.calls_to("/chat/completions")) == MANY
        assert len({answer.text for answer in answers}) == MANY


@pytest.mark.parametrize(("share", "more", "calls"), [
    ("deterministic", {"temperature": 0}, 1),
    ("deterministic", {"seed": 7}, 1),
    ("deterministic", {}, 10),
    ("none", {"temperature": 0}, 10),
    ("all", {"temperature": 1}, 1),
])  # fmt: skip
async def test_what_is_shared_is_what_the_setting_says(
    tmp_path: Path, share: str, more: dict[str, Any], calls: int
) -> None:
    """Deterministic asks unless said otherwise; every ask; or none."""
    async with MockOpenAI() as upstream, serving(tmp_path, upstream, cache_share=share) as caller:
        await asyncio.gather(*(caller.chat("Same?", "mock-d100", **more) for _ in range(10)))
        assert len(upstream.calls_to("/chat/completions")) == calls


@pytest.mark.parametrize("behaviour", ["reset-midway", "internal-error", "error-in-200", "early-fin", "html"])
async def test_what_went_wrong_is_never_kept(tmp_path: Path, behaviour: str) -> None:
    """Those who joined share the fault; the next ask is a new call, and its answer is whole."""
    async with MockOpenAI() as upstream, serving(tmp_path, upstream, cache_share="all") as caller:
        upstream.behaviour = Behaviour(behaviour)
        upstream.healthy_paths = frozenset({"/v1/models"})
        bad = await asyncio.gather(*(caller.chat("Same?", "mock-d100") for _ in range(5)))
        assert {answer.status for answer in bad} == {502}
        assert len(upstream.calls_to("/chat/completions")) == 1
        upstream.behaviour = Behaviour.HEALTHY
        good = await caller.chat("Same?", "mock-d100")
        assert good.text.endswith("tok7") and len(upstream.calls_to("/chat/completions")) == 2


async def test_a_kept_answer_streams_with_its_text_exact(tmp_path: Path) -> None:
    """White space, line ends and signs of all scripts are what they were."""
    text = "# Head\r\n\n\tcode  two\n\n\n- 漢字 😀 é \u2028 end \n "
    async with MockOpenAI() as upstream, serving(tmp_path, upstream, cache_share="all") as caller:
        said = [(await caller.chat(text, "mock-echo", stream=stream)).text for stream in (True, True, False)]
        assert said == [text] * 3
        assert len(upstream.calls_to("/chat/completions")) == 1
