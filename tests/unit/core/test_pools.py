"""What is counted and kept apart: the asks of each pool and caller, joins, and finished runs."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from parlance.core.admission import totals
from parlance.core.admission.operations import AdmissionState, ReadAdmission
from parlance.core.admission.totals import Total, Totals
from parlance.core.chat.operations import SendMessage
from parlance.core.dispatch import Caller
from parlance.core.runs import registry
from parlance.core.runs.registry import Runs
from parlance.core.runs.run import Run
from parlance.testing.clocks import HandClock
from parlance.testing.road import ask, bench
from parlance.values.accounts import Principal
from parlance.values.events import Ended


async def counted(caller: Caller, pool: str) -> tuple[int, int, int]:
    """Requests, cached and joined, as this caller sees them in a pool."""
    state: AdmissionState = await caller(ReadAdmission(pool))
    return state.requests, state.cached, state.joined


async def test_asks_are_counted_for_their_pool_and_caller_alone() -> None:
    """Nobody learns from a count what others ask, or what was asked by another dialect."""
    b = bench()
    ada, bob = b.caller("ada"), b.caller("bob")
    shared = SendMessage(ask(), share=True, pool="chatqueue")
    b.engine.gate.clear()
    both = [await ada(shared), await ada(shared)]
    b.engine.gate.set()
    for run in both:
        await run.answer()
    await asyncio.sleep(0)
    assert (await ada(shared)).cached
    assert await counted(ada, "chatqueue") == (3, 1, 1)
    assert await counted(ada, "default") == await counted(bob, "chatqueue") == (0, 0, 0)


async def test_without_joins_identical_asks_fly_apart_and_still_fill_the_cache() -> None:
    """Joining and keeping answers are two switches."""
    b = bench()
    b.road.pools["chatqueue"] = msgspec.structs.replace(b.road.pools["chatqueue"], joins=False)
    caller = b.caller()
    shared = SendMessage(ask(), share=True, pool="chatqueue")
    b.engine.gate.clear()
    both = [await caller(shared), await caller(shared)]
    b.engine.gate.set()
    assert [(await run.answer()).text for run in both] == ["Hello", "Hello"]
    await asyncio.sleep(0)
    assert b.engine.calls == 2
    assert (await caller(shared)).cached and b.engine.calls == 2


def test_the_number_of_scopes_counted_apart_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the bound the scope that was counted first starts anew."""
    monkeypatch.setattr(totals, "SCOPES", 2)
    counts = Totals()
    for scope in ("a", "b", "b", "c"):
        counts.add(scope, "requests")
    assert [counts.of(scope) for scope in "abc"] == [Total(), Total(2), Total(1)]


def test_finished_runs_without_text_are_forgotten_early_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """A flood of refused runs must not fill memory for ten minutes."""
    monkeypatch.setattr(registry, "KEEP_BYTES", 4 * registry.RUN_BYTES - 1)
    runs = Runs(HandClock())
    for number in range(5):
        run = Run(f"run-{number}", Principal("default", "ada"), "model", 0, detached=True)
        runs.add(run)
        run.end(Ended("failed"))
        runs.ended(run)
    assert [run.id for run in runs.all()] == ["run-4", "run-3", "run-2"]
