"""Nobody waits for a dead engine: its circuit opens, says when to come back, and heals by itself."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from parlance.core.admission.circuit import FAILURES, OPEN_SECONDS
from parlance.testing.clocks import HandClock
from parlance.testing.servers import loaded, running
from parlance.testing.upstreams import Behaviour, MockOpenAI
from tests.flows.callers import CHATQUEUE, OLLAMA_CHAT, Caller, connection_toml, gauge


@pytest.mark.parametrize("behaviour", [Behaviour.RESET_BEFORE, Behaviour.INTERNAL_ERROR, Behaviour.HTML])
async def test_the_circuit_opens_after_failures_and_heals(tmp_path: Path, behaviour: Behaviour) -> None:
    """After five failures the upstream is left alone for ten seconds; then one try decides."""
    clock = HandClock()
    async with MockOpenAI(behaviour=behaviour) as upstream:
        toml = connection_toml(upstream.base_url, "gpu", "mock", retries=0)
        async with running(loaded(tmp_path, toml=toml), clock=clock) as server:
            caller = Caller(server.port)
            assert [(await caller.chat()).status for _ in range(FAILURES)] == [502] * FAILURES
            assert len(upstream.calls) == FAILURES

            refused = await caller.chat()
            assert (refused.status, refused.json["error"]["code"]) == (502, "circuit_open")
            assert 1 <= int(refused.headers["retry-after"]) <= OPEN_SECONDS
            for stream in (True, False):
                for endpoint, status in ((OLLAMA_CHAT, 502), (CHATQUEUE, 500)):
                    body = endpoint.make("mock", "Hello", stream)
                    assert (await caller.ask(f"POST {endpoint.path}", body)).status == status
            assert len(upstream.calls) == FAILURES, "an open circuit let a call through"
            assert await gauge(caller, 'parlance_circuit_state{connection="gpu",state="open"}') == 1

            clock.move(OPEN_SECONDS + 1)
            assert (await caller.chat()).status == 502
            assert len(upstream.calls) == FAILURES + 1, "the one try was not made"
            assert (await caller.chat()).json["error"]["code"] == "circuit_open"

            upstream.behaviour = Behaviour.HEALTHY
            clock.move(OPEN_SECONDS + 1)
            answers = await asyncio.gather(*(caller.chat() for _ in range(5)))
            assert sum(answer.status == 200 for answer in answers) >= 1
            assert [(await caller.chat()).status for _ in range(3)] == [200] * 3
            assert await gauge(caller, 'parlance_circuit_state{connection="gpu",state="closed"}') == 1


@pytest.mark.parametrize("behaviour", [Behaviour.UNAUTHORIZED, Behaviour.RATE_LIMITED])
async def test_what_an_engine_rightly_refuses_does_not_open_its_circuit(tmp_path: Path, behaviour: Behaviour) -> None:
    """A wrong key or a used-up rate is an answer: the engine is alive."""
    async with MockOpenAI(behaviour=behaviour) as upstream:
        toml = connection_toml(upstream.base_url, "gpu", "mock", retries=0)
        async with running(loaded(tmp_path, toml=toml)) as server:
            caller = Caller(server.port)
            for _ in range(FAILURES + 3):
                assert (await caller.chat()).json["error"]["code"] != "circuit_open"
            assert len(upstream.calls) == FAILURES + 3


async def test_one_connections_circuit_concerns_no_other(tmp_path: Path) -> None:
    """A dead engine beside a healthy one."""
    async with MockOpenAI(behaviour=Behaviour.REFUSED) as dead, MockOpenAI() as healthy:
        toml = connection_toml(dead.base_url, "dead", "mock", retries=0, prefix="dead/")
        toml += connection_toml(healthy.base_url, "healthy", "mock", retries=0)
        async with running(loaded(tmp_path, toml=toml)) as server:
            caller = Caller(server.port)
            codes = [(await caller.chat(model="dead/mock")).json["error"]["code"] for _ in range(FAILURES + 1)]
            assert codes == ["unreachable"] * FAILURES + ["circuit_open"]
            assert (await caller.chat()).status == 200


async def test_a_broken_connection_is_tried_again_before_the_first_byte_only(tmp_path: Path) -> None:
    """Two more tries where nothing was said; none where something was."""
    async with MockOpenAI() as upstream:
        toml = connection_toml(upstream.base_url, "gpu", "bad-reset-before", "bad-reset-midway", retries=2)
        async with running(loaded(tmp_path, toml=toml)) as server:
            caller = Caller(server.port)
            assert (await caller.chat(model="bad-reset-before", stream=True)).status == 502
            assert len(upstream.calls) == 3
            answer = await caller.chat(model="bad-reset-midway", stream=True)
            assert answer.status == 200 and answer.text.startswith("tok0")
            assert len(upstream.calls) == 4
