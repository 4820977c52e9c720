"""The wheel beats into silent streams, and only into those."""

from __future__ import annotations

import asyncio

from parlance.transports.http.heartbeats import Wheel


class Clock:
    def __init__(self) -> None:
        self.at = 100.0

    def now(self) -> int:
        return int(self.at * 1_000_000)

    def monotonic(self) -> float:
        return self.at


class Stream:
    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.last = clock.at
        self.beats: list[float] = []

    def beat(self) -> None:
        self.beats.append(self.clock.at)
        self.last = self.clock.at


def turn_for(wheel: Wheel, clock: Clock, seconds: float, *talking: Stream) -> None:
    for _ in range(int(seconds * 2)):
        clock.at += 0.5
        for stream in talking:
            stream.last = clock.at
        wheel.turn()


async def test_a_silent_stream_is_beaten_every_15_seconds_and_a_talking_one_never() -> None:
    """At most a second late, never early."""
    clock = Clock()
    wheel = Wheel(clock)
    silent, talking = Stream(clock), Stream(clock)
    wheel.add(silent)
    wheel.add(talking)
    turn_for(wheel, clock, 50, talking)
    assert [round(at - 100) for at in silent.beats] == [16, 32, 48]
    assert talking.beats == []
    wheel.remove(silent)
    wheel.remove(talking)
    wheel.remove(talking)
    assert len(wheel) == 0
    turn_for(wheel, clock, 50)
    assert len(silent.beats) == 3


async def test_a_stream_that_falls_silent_is_beaten_after_its_last_word() -> None:
    """Not after the wheel's last look at it."""
    clock = Clock()
    wheel = Wheel(clock)
    stream = Stream(clock)
    wheel.add(stream)
    turn_for(wheel, clock, 5, stream)
    turn_for(wheel, clock, 20)
    assert stream.beats and 15 <= stream.beats[0] - 105 <= 16


async def test_a_pause_of_the_whole_process_is_made_up_for() -> None:
    """After a minute of sleep, every stream is beaten once."""
    clock = Clock()
    wheel = Wheel(clock)
    streams = [Stream(clock) for _ in range(10)]
    for stream in streams:
        wheel.add(stream)
    clock.at += 60
    wheel.turn()
    wheel.turn()
    assert [len(stream.beats) for stream in streams] == [1] * 10


async def test_the_timer_runs_only_while_there_is_a_stream() -> None:
    """An idle process sleeps."""
    clock = Clock()
    wheel = Wheel(clock, pause=0.01)
    stream = Stream(clock)
    wheel.add(stream)
    clock.at += 16
    async with asyncio.timeout(5):
        while not stream.beats:
            await asyncio.sleep(0.005)
    wheel.remove(stream)
    await asyncio.sleep(0.05)
    assert not wheel.turns
    wheel.add(stream)
    assert wheel.turns
    wheel.remove(stream)
