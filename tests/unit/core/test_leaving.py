"""Who leaves a shared flight is gone at once: from the flight, from the register and from memory."""

from __future__ import annotations

import asyncio
import sys

import pytest

from parlance.core.chat.operations import SendMessage
from parlance.core.runs.operations import ListRuns, ReadRun, StopRun
from parlance.testing.road import ask, bench
from parlance.values.asks import Sampling
from parlance.values.errors import Fault, Kind
from parlance.values.events import Delta, Ended

ZERO = Sampling(temperature=0)


async def test_a_caller_who_leaves_a_shared_flight_is_listed_and_held_no_longer() -> None:
    b = bench()
    b.engine.gate.clear()
    stays, leaves = b.caller(), b.caller()
    one = await stays(SendMessage(ask(sampling=ZERO)))
    other = await leaves(SendMessage(ask(sampling=ZERO)))
    assert other.joined and one.flight is not None
    assert [run.id for run in await b.caller()(ListRuns())] == [other.id, one.id]
    leaves.release()
    assert [run.id for run in await b.caller()(ListRuns())] == [one.id]
    assert one.flight.runs == [one]
    assert other.ended == Ended("stopped")
    assert sys.getrefcount(other) == 2, "a run that nobody wants is held"
    b.engine.gate.set()
    assert (await one.answer()).text == "Hello"
    stays.release()
    assert await b.caller()(ListRuns()) == ()


async def test_the_caller_who_began_a_shared_flight_can_leave_it_to_the_others() -> None:
    b = bench()
    b.engine.gate.clear()
    first, second = b.caller(), b.caller()
    await first(SendMessage(ask(sampling=ZERO)))
    other = await second(SendMessage(ask(sampling=ZERO)))
    first.release()
    assert [run.id for run in await b.caller()(ListRuns())] == [other.id]
    b.engine.gate.set()
    assert (await other.answer()).text == "Hello"
    assert b.engine.calls == 1


async def test_a_stopped_run_keeps_what_it_had_heard_and_not_what_others_hear_later() -> None:
    b = bench()
    b.engine.gate.clear()
    stopped = await b.caller()(SendMessage(ask(sampling=ZERO), detached=True))
    going = await b.caller()(SendMessage(ask(sampling=ZERO), detached=True))
    assert stopped.flight is not None and stopped.flight is going.flight
    stopped.flight.push(Delta("before"))
    b.clock.move(1)
    assert await b.caller()(StopRun(stopped.id))
    heard = stopped.events()
    assert heard == [Delta("before"), Ended("stopped")]
    assert stopped.at(2) == b.clock.now() and stopped.at(1) == b.clock.now() - 1_000_000
    assert stopped.flight is not going.flight, "a run that has ended holds a log that grows"
    b.engine.gate.set()
    assert (await going.answer()).text == "beforeHello"
    assert (await b.caller()(ReadRun(stopped.id))).events() == heard


async def test_a_caller_who_leaves_before_the_answer_is_looked_up_leaves_no_run() -> None:
    b = bench()
    never = asyncio.Event()

    async def find(scope: str, key: str) -> None:
        await never.wait()

    b.road.pools["default"].answers.find = find  # type: ignore[method-assign]
    asking = asyncio.ensure_future(b.caller()(SendMessage(ask(sampling=ZERO))))
    async with asyncio.timeout(10):
        while not await b.caller()(ListRuns()):
            await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert await b.caller()(ListRuns()) == ()


async def test_a_flight_that_is_ended_twice_ends_as_it_was_told_first() -> None:
    """Draining lets go of every hold too: that must not make a stop of an interruption."""
    b = bench()
    b.engine.gate.clear()
    run = await b.caller()(SendMessage(ask()))
    flight = run.flight
    assert flight is not None
    await asyncio.sleep(0)
    await b.road.runs.drain(0.0)
    while flight.ended is None:
        await asyncio.sleep(0)
    assert flight.ended.outcome == "interrupted"
    assert b.engine.cancelled == 1
    with pytest.raises(Fault) as gone:
        await b.caller()(ReadRun(run.id))
    assert gone.value.kind is Kind.missing
