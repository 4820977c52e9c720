"""A flight may fly in the task of whoever waits for its whole answer; nobody can tell, however it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from parlance.core.runs.flight import Flight
from parlance.core.runs.fold import Answer
from parlance.core.runs.run import Run
from parlance.testing.clocks import HandClock
from parlance.values.accounts import Principal
from parlance.values.errors import Fault, Kind
from parlance.values.events import Choice, Ended, Whole
from parlance.values.messages import Message


def leaving(work: Callable[[Flight], Awaitable[None]]) -> tuple[Flight, Run]:
    """A run on a flight that departs in the next turn."""
    flight = Flight(HandClock(), work, lambda _: None, lambda _: None)
    run = Run("run", Principal("default", "ada"), "model", 0)
    run.board(flight)
    flight.start(later=True)
    return flight, run


async def carried(made: list[Flight]) -> Answer:
    """Wait for the answer of a flight that never ends by itself, which is carried by whoever runs this."""

    async def work(flight: Flight) -> None:
        await asyncio.Event().wait()

    flight, run = leaving(work)
    made.append(flight)
    return await run.answer()


async def test_whoever_waits_for_the_answer_carries_the_flight() -> None:
    tasks: list[object] = []

    async def work(flight: Flight) -> None:
        tasks.append(asyncio.current_task())
        await asyncio.sleep(0)
        flight.push(Whole((Choice((Message("assistant", "hello"),)),)))

    _, run = leaving(work)
    assert (await run.answer()).text == "hello"
    await asyncio.sleep(0)
    assert tasks == [asyncio.current_task()]


async def test_a_flight_that_nobody_carries_departs_by_itself() -> None:
    """And one that has departed is waited for."""
    tasks: list[object] = []

    async def work(flight: Flight) -> None:
        tasks.append(asyncio.current_task())
        await asyncio.sleep(0)

    flight, run = leaving(work)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await run.answer()
    assert len(tasks) == 1 and tasks != [asyncio.current_task()]
    assert flight.ended == Ended("complete")


async def test_a_stop_from_elsewhere_ends_the_flight_and_leaves_its_carrier_alone() -> None:
    """The carrier hears of it as a fault, and may go on."""

    made: list[Flight] = []
    waiting = asyncio.ensure_future(carried(made))
    await asyncio.sleep(0)
    (flight,) = made
    flight.cancel(Ended("interrupted"))
    with pytest.raises(Fault) as caught:
        await waiting
    assert (caught.value.kind, caught.value.code) == (Kind.cancelled, "draining")
    assert waiting.cancelling() == 0


@pytest.mark.parametrize("stopped_too", [False, True])
async def test_a_carrier_that_is_cancelled_takes_the_flight_along(stopped_too: bool) -> None:
    """Also when somebody stops the run in the same moment: the carrier's own cancellation is never swallowed."""

    made: list[Flight] = []
    waiting = asyncio.ensure_future(carried(made))
    await asyncio.sleep(0)
    (flight,) = made
    if stopped_too:
        flight.cancel(Ended("stopped"))
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert waiting.cancelled() and flight.ended == Ended("stopped")


async def test_a_flight_that_is_stopped_before_it_departs_never_flies() -> None:
    flown: list[Flight] = []

    async def work(flight: Flight) -> None:
        flown.append(flight)

    flight, run = leaving(work)
    flight.cancel(Ended("stopped"))
    with pytest.raises(Fault):
        await run.answer()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert flown == [] and flight.ended == Ended("stopped")


async def test_an_engine_that_breaks_off_by_itself_does_not_cancel_its_carrier() -> None:
    """Something inside the engine was cancelled, not the one who waits: it must get an answer."""

    async def work(flight: Flight) -> None:
        raise asyncio.CancelledError

    _, run = leaving(work)
    with pytest.raises(Fault) as caught:
        await run.answer()
    assert caught.value.kind is Kind.cancelled
