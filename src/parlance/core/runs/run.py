"""A run: one operation's view of a flight, with an id, an owner, a place in line and an end of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import Protocol

from parlance.core.runs.flight import Flight, fault_of
from parlance.core.runs.fold import Answer, fold
from parlance.core.runs.rider import Reader
from parlance.values.accounts import Allowance, Principal
from parlance.values.errors import DRAINING, Fault, Kind
from parlance.values.events import Ended, Event, Retrieved, Started, Trimmed
from parlance.values.notices import Notice, Queued

DROP_BEHIND = 1024 * 1024
"""Bytes a reader may be behind before it is dropped; it resumes by its last event's number."""

Batch = tuple[int, list[Event], Notice | None]
"""The number of the first event, the events, and the newest notice where one was asked for."""


class Keeper(Protocol):
    """Where a run can be found by its id: hears of its end."""

    def now(self) -> int:
        """The time, in microseconds."""
        ...

    def ended(self, run: Run) -> None:
        """This run came to its end. Idempotent."""
        ...


class Run:
    """What a caller gets for an operation that takes time.

    `model` is the id the caller used, `created` is in microseconds, `cached` says that the answer was kept from before.
    """

    __slots__ = (
        "_end",
        "_end_at",
        "_held",
        "_said",
        "allowances",
        "cached",
        "created",
        "detached",
        "flight",
        "id",
        "joined",
        "keeper",
        "kept",
        "listeners",
        "mark",
        "model",
        "notice_slot",
        "noticed",
        "on_leave",
        "owner",
        "readers",
        "trimmed",
        "unpaced",
        "waiting",
    )

    def __init__(self, id: str, owner: Principal, model: str, created: int, *, detached: bool = False) -> None:
        self.id = self.mark = id
        """`mark` is what its events are numbered under: their ids, by which a reader resumes."""
        self.owner = owner
        self.model = model
        self.created = created
        self.detached = detached
        self.allowances: tuple[Allowance, ...] = ()
        """What is left of the caller's rates after this run."""
        self.trimmed: Trimmed | None = None
        """What was left out of the prompt, for wires that tell it beside the answer."""
        self.unpaced = detached
        self.cached = False
        self.joined = False
        self.kept = False
        """Whether its answer is kept as a turn of its owner's chat: then all of its keys and sessions may read it."""
        self.flight: Flight | None = None
        self.keeper: Keeper | None = None
        self.readers: list[Reader] = []
        self.waiting: list[asyncio.Future[None]] = []
        self.listeners: list[Callable[[bool], None]] = []
        """Called at each event, notice or end: for readers without a task (`follow.Follower`)."""
        self.notice_slot: Notice | None = None
        self.on_leave: list[asyncio.Task[None]] = []
        self._end: Ended | None = None
        self._end_at: int | None = None
        self._said = 0
        self._held = False
        self.noticed = 0

    # -- life -------------------------------------------------------------------------------------------------------

    def board(self, flight: Flight, *, hold: bool = True) -> None:
        """Become a view of this flight, and keep it alive unless it only is a finished one from a cache."""
        self.flight = flight
        if flight.log.ended is None:
            flight.runs.append(self)
        elif self.keeper is not None:
            self.keeper.ended(self)
        if hold:
            flight.hold()
            self._held = True
        if flight.notice_slot is not None:
            self.show(flight.notice_slot)
        self.wake()

    def end(self, ended: Ended) -> None:
        """End this run alone: its hold goes, whoever else rides the flight goes on. One that has ended stays so."""
        if self.ended is None:
            keeper = self.keeper
            self._said = self.length
            self._end, self._end_at = ended, None if keeper is None else keeper.now()
            self._leave()
            if keeper is not None:
                keeper.ended(self)
            self.wake()

    def let_go(self) -> None:
        """Its caller is gone: it ends, unless it has, and is in nobody's way any more. Idempotent."""
        self.end(Ended("stopped"))
        self._leave()

    def landed(self) -> None:
        """The flight has ended, and this run with it."""
        if self.keeper is not None:
            self.keeper.ended(self)
        self.wake(True)

    def _leave(self) -> None:
        for task in self.on_leave:
            task.cancel()
        self.on_leave.clear()
        flight = self.flight
        if flight is None or not self._held:
            return
        self._held = False
        flight.leave(self)
        flight.release()
        if self.detached and flight.joinable:  # it stays readable, and what others hear from now on is not its own
            self.flight = flight.parted()

    @property
    def ended(self) -> Ended | None:
        """How this run ended, once it has."""
        if self._end is not None:
            return self._end
        return self.flight.log.ended if self.flight is not None else None

    @property
    def place(self) -> Queued | None:
        """The place in line while the run waits for a slot."""
        return self.notice_slot if isinstance(self.notice_slot, Queued) else None

    # -- reading ----------------------------------------------------------------------------------------------------

    def wake(self, whole: bool = False) -> None:
        """Let every reader look again. `whole`: all that came with this event is in the log."""
        for listener in self.listeners:
            listener(whole)
        waiting, self.waiting = self.waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    def show(self, notice: Notice) -> None:
        """Put a notice into the slot; the latest wins."""
        self.notice_slot = notice
        self.noticed += 1
        self.wake()

    def quiet(self) -> None:
        """The wait that the last notice told of is over."""
        self.notice_slot = None

    def wait(self) -> asyncio.Future[None]:
        """A future that is done at the next event, notice or end."""
        future = asyncio.get_running_loop().create_future()
        self.waiting.append(future)
        return future

    @property
    def length(self) -> int:
        """How many events there are so far."""
        if self._end is not None:
            return self._said + 1
        return len(self.flight.log) if self.flight is not None else 0

    def at(self, n: int) -> int | None:
        """When event `n` was logged, in microseconds, where that is known."""
        if self._end is not None and n == self._said + 1:
            return self._end_at
        return self.flight.log.at(n) if self.flight is not None else None

    def events(self, after: int = 0) -> list[Event]:
        """What was said after event `after`, with this run's own end where it ended before the flight.

        What the flight says to others after that end is not part of this run: its events never change again.
        """
        if self._end is None:
            return self.flight.log.after(after) if self.flight is not None else []
        if after > self._said:
            return []
        events = self.flight.log.after(after) if self.flight is not None else []
        return [*events[: self._said - after], self._end]

    async def begun(self, patience: float | None = None) -> bool:
        """Wait until something of the answer is there. Raises the `Fault` if the run failed before it said anything.

        Gives `False` when `patience` (seconds) ran out first: then the failure, if any, must be told in-band.
        """
        if patience is None:
            return await self._begun()
        over = asyncio.get_running_loop().create_future()  # the loop's clock is rounded: a timer may fire too early
        over.add_done_callback(lambda _: self.wake())
        timer = over.get_loop().call_later(patience, over.set_result, None)  # half the price of `asyncio.timeout`
        try:
            return await self._begun(over.done)
        finally:
            timer.cancel()

    async def _begun(self, late: Callable[[], bool] = lambda: False) -> bool:
        while self.flight is None or self.flight.first_at is None:
            if self.ended is not None:
                break
            if late():
                return False
            await self.wait()
        if self.ended is not None:
            self._raise_if_mute(self.ended)
        return True

    def _raise_if_mute(self, ended: Ended) -> None:
        if ended.outcome == "complete":
            return
        if all(type(event) in (Started, Trimmed, Retrieved, Ended) for event in self.events()):
            raise self.fault(ended)

    def fault(self, ended: Ended) -> Fault:
        """Why this run ended as it did."""
        if ended.error is not None:
            return fault_of(ended.error)
        if ended.outcome == "interrupted":
            return Fault(Kind.cancelled, "The server was shut down.", code=DRAINING)
        return Fault(Kind.cancelled, "The run was stopped.", code=ended.outcome)

    async def answer(self) -> Answer:
        """Wait for the end and fold the log. Raises the `Fault` unless the answer is complete (or cut at its bound)."""
        self.unpaced = True
        if self.flight is not None:
            await self.flight.carry()
        while self.ended is None:
            await self.wait()
        answer, ended = fold(self.events()), self.ended
        if ended.outcome not in ("complete", "cut"):
            raise self.fault(ended)
        return answer

    async def batches(self, after: int = 0, *, notices: bool = False) -> AsyncGenerator[Batch, None]:
        """Events in order, as many at a time as there are, up to and with the `Ended`.

        With `notices` a batch may be without events and carry the newest notice. Raises `Fault(cancelled,
        code="reader_dropped")` when this reader is too far behind to be waited for.
        """
        reader = Reader(after)
        self.readers.append(reader)
        try:
            while True:
                events = self.events(reader.n)
                shown = self.notice_slot if notices and reader.looks(self.noticed, self.wake) else None
                if not events and shown is None:
                    await self.wait()
                    continue
                first = reader.n + 1
                reader.n += len(events)
                flight = self.flight
                if flight is not None:
                    reader.position = flight.log.bytes
                    flight.advanced()
                yield first, events, shown
                if events and isinstance(events[-1], Ended):
                    return
                self.drop_if_lost(reader)
        finally:
            self.readers.remove(reader)
            if self.flight is not None:
                self.flight.advanced()

    def drop_if_lost(self, reader: Reader) -> None:
        """Raise `Fault(cancelled, code="reader_dropped")` when a reader is too far behind to be waited for."""
        if self.flight is not None and self.flight.log.bytes - reader.position > DROP_BEHIND:
            lost = "This reader fell too far behind; resume from its last event."
            raise Fault(Kind.cancelled, lost, code="reader_dropped")
