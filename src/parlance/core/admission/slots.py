"""The line a run waits in for a slot: bounded, by priority, then fair between users.

Start-time fair queueing: each user's next ask gets the tag `max(virtual time, own last tag) + 1`, the lowest tag is
served next, and the virtual time is the tag served last. So a flood of one user delays another's single ask by one
turn. Priority moves an ask ahead by that many turns, at most `MAX_BOOST`: nobody can be starved by it.
"""

from __future__ import annotations

import asyncio
from bisect import insort
from collections.abc import Callable

from parlance.core.runs.operations import LineState
from parlance.ports.observing import Meters
from parlance.ports.slots import Slots
from parlance.values.errors import Fault, Kind
from parlance.values.notices import Queued
from parlance.values.time import Clock

MAX_BOOST = 10
"""Turns a priority can win."""
_LEARN = 0.2
"""Weight of the newest measured time in the estimate: five asks make it the machine's own."""


class _Waiter:
    __slots__ = ("future", "key", "lane", "order", "since", "tag", "tell")

    def __init__(self, lane: str, tag: float, key: float, order: int, since: float, tell: Callable[[Queued], None]):
        self.lane = lane
        self.tag = tag
        self.key = key
        self.order = order
        self.since = since
        self.tell = tell
        self.future: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def __lt__(self, other: _Waiter) -> bool:
        return (self.key, self.order) < (other.key, other.order)


class Line:
    """One line. `places` slots at once (`None`: any number), `max_waiting` may wait, `estimate_ms` until learned."""

    def __init__(
        self,
        name: str,
        places: int | None,
        max_waiting: int,
        estimate_ms: float,
        clock: Clock,
        meters: Meters,
        slots: Slots | None = None,
    ) -> None:
        """With `slots` the places are those of all processes, each of which has a line of its own before them."""
        self.name = name
        self.places = places
        self.max_waiting = max_waiting
        self._estimate_ms = estimate_ms
        self._clock = clock
        self._meters = meters
        self._waiting: list[_Waiter] = []
        self._serving = 0
        self._virtual = 0.0
        self._tags: dict[str, float] = {}
        self._order = 0
        self._slots = None if places is None else slots
        self._tickets: list[str] = []

    def resized(self, places: int | None, max_waiting: int) -> bool:
        """Whether it can have these bounds from now on, with all who are in it. Those who hold slots of all processes
        must give them back as they took them: then a bound can change, but neither come nor go."""
        if (self.places is None) != (places is None):
            return False
        self.places, self.max_waiting = places, max_waiting
        self._serve()
        return True

    @property
    def idle(self) -> bool:
        """Whether nobody is in it."""
        return not (self._waiting or self._serving)

    @property
    def state(self) -> LineState:
        """How long the line is."""
        return LineState(len(self._waiting), self._serving, round(self._estimate_ms))

    async def enter(self, lane: str, priority: int, tell: Callable[[Queued], None]) -> float:
        """Wait for a slot; gives the moment of entering, for `leave`. `tell` hears each change of the place.

        Raises `Fault(busy, code="queue_full")` at once when the line is full. A cancelled caller leaves it.
        """
        now = self._clock.monotonic()
        if self.places is None or (self._serving < self.places and not self._waiting):
            self._serving += 1
            return now if self._slots is None else await self._take(self._slots, now, tell)
        if len(self._waiting) >= self.max_waiting:
            raise self._refusal()
        waiter = self._join(lane, priority, now, tell)
        try:
            await waiter.future
        except asyncio.CancelledError:
            self._abandon(waiter)
            raise
        if self._slots is not None:
            return await self._take(self._slots, waiter.since, tell)
        now = self._clock.monotonic()
        self._meters.waited(self.name, now - waiter.since)
        return now

    async def _take(self, slots: Slots, since: float, tell: Callable[[Queued], None]) -> float:
        """First in line here: wait for a slot among the processes."""
        places, length = self.places or 1, len(self._waiting) + 1
        try:
            ticket = await slots.take(self.name, places, lambda: tell(Queued(1, length, self.wait_ms(1))))
        except BaseException:
            self._serving -= 1
            self._serve()
            raise
        self._tickets.append(ticket)
        now = self._clock.monotonic()
        self._meters.waited(self.name, now - since)
        return now

    def leave(self, entered: float, *, learn: bool = True) -> None:
        """Give the slot back to the next in line. `learn`: whether the time since `entered` is worth learning from."""
        if learn:
            spent = (self._clock.monotonic() - entered) * 1000
            self._estimate_ms += (spent - self._estimate_ms) * _LEARN
        if self._slots is not None:
            self._slots.give(self.name, self._tickets.pop())
        self._serving -= 1
        self._serve()

    def wait_ms(self, position: int) -> int:
        """How long the one at this position (from 1) will wait, as far as measured times tell."""
        return round(position * self._estimate_ms / (self.places or 1))

    def _join(self, lane: str, priority: int, now: float, tell: Callable[[Queued], None]) -> _Waiter:
        tag = max(self._virtual, self._tags.get(lane, 0.0)) + 1
        self._tags[lane] = tag
        self._order += 1
        boost = max(-MAX_BOOST, min(MAX_BOOST, priority))
        waiter = _Waiter(lane, tag, tag - boost, self._order, now, tell)
        insort(self._waiting, waiter)
        self._announce()
        return waiter

    def _abandon(self, waiter: _Waiter) -> None:
        if waiter in self._waiting:
            self._waiting.remove(waiter)
            self._announce()
        elif waiter.future.done() and not waiter.future.cancelled():
            # The slot was granted in the same moment as the caller left: pass it on.
            self._serving -= 1
            self._serve()

    def _serve(self) -> None:
        moved = False
        while self._waiting and (self.places is None or self._serving < self.places):
            waiter = self._waiting.pop(0)
            if waiter.future.done():
                continue
            self._virtual = max(self._virtual, waiter.tag)
            self._serving += 1
            waiter.future.set_result(None)
            moved = True
        if moved:
            self._tags = {lane: tag for lane, tag in self._tags.items() if tag > self._virtual}
            self._announce()

    def _announce(self) -> None:
        length = len(self._waiting)
        self._meters.queue(self.name, length)
        for index, waiter in enumerate(self._waiting, 1):
            waiter.tell(Queued(index, length, self.wait_ms(index)))

    def _refusal(self) -> Fault:
        seconds = max(1.0, self.wait_ms(1) / 1000)
        return Fault(
            Kind.busy,
            f"The line is full: {len(self._waiting)} are waiting already.",
            hint=f"Try again in about {round(seconds)} s.",
            retry_after=seconds,
            code="queue_full",
        )
