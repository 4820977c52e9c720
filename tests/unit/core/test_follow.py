"""A reader without a task hears of news and takes it."""

from __future__ import annotations

import asyncio

import pytest

from parlance.core.runs.flight import Flight
from parlance.core.runs.follow import Follower
from parlance.core.runs.run import DROP_BEHIND, Run
from parlance.testing.clocks import HandClock
from parlance.values.accounts import Principal
from parlance.values.errors import Fault
from parlance.values.events import Delta, Ended, Finished, Started


def flying() -> tuple[Flight, Run]:
    """A flight that a test pushes into, and a run on it."""

    async def wait(flight: Flight) -> None:
        await asyncio.Event().wait()

    flight = Flight(HandClock(), wait, lambda _: None, lambda _: None)
    run = Run("run", Principal("default", "ada"), "model", 0)
    run.board(flight)
    flight.start()
    return flight, run


async def test_news_is_told_at_once_and_taken_once() -> None:
    """A burst of plain text is whole when it is told of; a single event may be one of several."""
    flight, run = flying()
    heard: list[bool] = []
    follower = Follower(run)
    follower.listen(heard.append)
    flight.push(Started("tiny"))
    flight.say(["a", "b"])
    assert heard == [False, True]
    assert follower.take() == [Started("tiny"), Delta("a"), Delta("b")]
    assert follower.take() == [] and not follower.over


async def test_the_end_is_the_last_thing_taken() -> None:
    """A run that is stopped ends for its follower although its flight might go on."""
    flight, run = flying()
    follower = Follower(run)
    follower.listen(lambda _: None)
    flight.push(Finished("stop"))
    run.end(Ended("stopped"))
    assert follower.take() == [Finished("stop"), Ended("stopped")] and follower.over


async def test_only_a_reader_that_was_kept_waiting_can_be_lost() -> None:
    """A burst beyond the bound is nobody's fault."""
    flight, run = flying()
    follower = Follower(run)
    follower.listen(lambda _: None)
    flight.push(Delta("x"))
    follower.take()
    for _ in range(2):
        flight.push(Delta("x" * DROP_BEHIND))
    with pytest.raises(Fault, match="too far behind"):
        follower.take(late=True)
    assert len(follower.take()) == 2


async def test_a_closed_follower_hears_nothing_and_keeps_nothing_back() -> None:
    """Closing twice is no error."""
    flight, run = flying()
    heard: list[bool] = []
    follower = Follower(run)
    follower.listen(heard.append)
    follower.close()
    follower.close()
    flight.push(Delta("x"))
    assert heard == [] and run.readers == [] and run.listeners == []
