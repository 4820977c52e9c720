"""One wheel per process that puts a heartbeat into every stream that has been silent for a while.

Proxies and phones cut connections that say nothing. A timer per stream would cost 5,000 timers for 5,000 idle streams;
the wheel has one, which turns once a second while there is a stream and not at all otherwise.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

from parlance.values.time import Clock

SILENCE = 15.0
"""Seconds: half of the shortest idle timeout that proxies ship with (30 s)."""


class Beating(Protocol):
    """A stream that the wheel looks after. `last` is the monotonic second of its last write."""

    last: float

    def beat(self) -> None:
        """Write the heartbeat now, or not at all if that would have to wait."""
        ...


class Wheel:
    """Looks after the open streams of a process. Buckets are whole seconds, so a turn touches only what is due.

    `silence` and `pause`, the time between two turns, are in seconds.
    """

    def __init__(self, clock: Clock, silence: float = SILENCE, pause: float = 1.0) -> None:
        self.clock = clock
        self._pause = pause
        self._silence = silence
        self._buckets: dict[int, dict[int, Beating]] = {}
        self._places: dict[int, int] = {}
        self._timer: asyncio.TimerHandle | None = None

    @property
    def turns(self) -> bool:
        """Whether the timer runs."""
        return self._timer is not None

    def __len__(self) -> int:
        return len(self._places)

    def add(self, stream: Beating) -> None:
        """Look after a stream from now on."""
        self._place(stream, stream.last + self._silence)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._pause, self._tick)

    def remove(self, stream: Beating) -> None:
        """Forget a stream; unknown ones are no error."""
        second = self._places.pop(id(stream), None)
        if second is not None:
            self._buckets[second].pop(id(stream), None)

    def turn(self) -> None:
        """Beat into every stream that has been silent for long enough."""
        now = self.clock.monotonic()
        for second in sorted(second for second in self._buckets if second <= now):
            for stream in list(self._buckets.pop(second).values()):
                self._places.pop(id(stream))
                if stream.last + self._silence <= now:
                    stream.beat()
                    self._place(stream, now + self._silence)
                else:
                    self._place(stream, stream.last + self._silence)

    def _place(self, stream: Beating, due: float) -> None:
        second = int(due) + 1  # rounded up: never early, and never into a second that the wheel has just left
        self._buckets.setdefault(second, {})[id(stream)] = stream
        self._places[id(stream)] = second

    def _tick(self) -> None:
        self._timer = None
        if self._places:
            self._timer = asyncio.get_running_loop().call_later(self._pause, self._tick)
        self.turn()
