"""The road without saved chats: asked and answered, joined, left in the middle; and vectors."""

from __future__ import annotations

import asyncio
from typing import Any

from parlance.core.accounts.federation.operations import SignInVouched
from parlance.core.accounts.federation.people import Vouched
from parlance.core.chat.operations import SendMessage
from parlance.core.dispatch import Caller
from parlance.core.models.operations import ListModels, ShowModel
from parlance.core.runs.operations import StopRun
from parlance.values.accounts import Principal
from parlance.values.asks import ChatAsk, Sampling
from parlance.values.messages import Message
from tests.faults.account_scenarios import people
from tests.faults.chat_scenarios import nothing
from tests.faults.library_scenarios import by_ada, limited
from tests.faults.runner import Scenario
from tests.faults.stage import ADA, Stage

SAME = ChatAsk("model", (Message("user", "Where does tea grow?"),), sampling=Sampling(temperature=0.0))


async def _answered(stage: Stage, who: Principal = ADA) -> str:
    """One ask, whose caller goes when it is over, however it is."""
    caller = Caller(stage.dispatch, who, "request-1")
    try:
        run = await caller(SendMessage(SAME))
        return (await run.answer()).text
    finally:
        caller.release()


async def ask(stage: Stage, given: Any) -> None:
    assert await _answered(stage) == stage.upstream.words


async def ask_together(stage: Stage, given: Any) -> None:
    """Three who ask the same share an answer; what befalls it befalls all, and nobody else."""
    ends = await asyncio.gather(*(_answered(stage) for _ in range(3)), return_exceptions=True)
    for end in ends:
        if isinstance(end, BaseException):
            raise end
        assert end == stage.upstream.words


async def leave(stage: Stage, given: Any) -> None:
    """The caller goes in the middle of the answer."""
    stage.upstream.gate.clear()
    caller = Caller(stage.dispatch, ADA, "request-1")
    try:
        run = await caller(SendMessage(SAME))
        while run.length < 2 and run.ended is None:
            await run.wait()
    finally:
        caller.release()


async def stop(stage: Stage, given: Any) -> None:
    """It is stopped by another request of the same person."""
    stage.upstream.gate.clear()
    caller = Caller(stage.dispatch, ADA, "request-1")
    try:
        run = await caller(SendMessage(SAME, detached=True))
        await stage.do(StopRun(run.id))
        assert run.ended is not None
    finally:
        caller.release()
        stage.upstream.gate.set()


async def vouched(stage: Stage, given: Any) -> Any:
    return await stage.arrive(SignInVouched(Vouched("dora", "Dora", "dora@example.org")))


SCENARIOS = (
    Scenario("a model is asked", limited, ask, asks=True, once=False, atomic=False),
    Scenario("three ask the same", limited, ask_together, asks=True, once=False, atomic=False),
    Scenario("a caller leaves in the middle", limited, leave, asks=True, once=False, atomic=False),
    Scenario("a run is stopped", limited, stop, asks=True, once=False, atomic=False),
    Scenario("models are listed", nothing, by_ada(lambda g: ListModels())),
    Scenario("a model is shown", nothing, by_ada(lambda g: ShowModel("model"))),
    Scenario("a proxy vouches for somebody", people, vouched, once=False, atomic=False),
)
