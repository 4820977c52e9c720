"""A flight: one upstream call (or download) with one log, kept alive by holds, watched by runs.

It is the engine's sink. It is cancelled when its last hold goes, and it gives its log exactly one `Ended`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from parlance.core.runs.log import Log
from parlance.core.runs.rider import Rider
from parlance.core.runs.unfold import unfold
from parlance.ports.engines import Flow
from parlance.ports.observing import OnDefect
from parlance.values.errors import Fault, Kind
from parlance.values.events import Cited, Ended, Event, Failure, Outcome, Retrieved, Started, Whole
from parlance.values.notices import Notice
from parlance.values.time import Clock

PAUSE_BEHIND = 256 * 1024
"""Bytes the fastest reader may be behind before the upstream of an attached flight is paused."""
Work = Callable[["Flight"], Awaitable[None]]
OnEnd = Callable[["Flight"], None]


def failure(fault: Fault) -> Failure:
    """A fault as a log keeps it."""
    return Failure(fault.kind.value, fault.message, fault.hint, fault.code, fault.retry_after, fault.status)


def fault_of(error: Failure) -> Fault:
    """The fault that a log kept."""
    kind, said = Kind(error.kind), error.message
    return Fault(kind, said, hint=error.hint, retry_after=error.retry_after, code=error.code, status=error.status)


class Flight:
    """One call. `work` is awaited in a task of its own; `on_end` is told once, after the log has ended."""

    __slots__ = (
        "_begun",
        "_checked",
        "_clock",
        "_departure",
        "_flow",
        "_holds",
        "_interrupted",
        "_on_defect",
        "_on_end",
        "_on_first",
        "_paused",
        "_stop_as",
        "_task",
        "_work",
        "first_at",
        "log",
        "notice_slot",
        "runs",
        "started_at",
        "unfolds",
    )

    def __init__(
        self,
        clock: Clock,
        work: Work,
        on_end: OnEnd,
        on_defect: OnDefect,
        *,
        unfolds: bool = False,
        log: Log | None = None,
        on_first: Callable[[], None] | None = None,
    ) -> None:
        self.log = Log(clock) if log is None else log
        self.unfolds = unfolds
        """Whether a whole answer is logged as the deltas it would have been: others may read this log as a stream."""
        self.runs: list[Rider] = []
        self.notice_slot: Notice | None = None
        self.started_at = clock.monotonic()
        self.first_at: float | None = None
        self._clock = clock
        self._work = work
        self._on_end = on_end
        self._on_defect = on_defect
        self._on_first = on_first or _ignore
        self._departure: asyncio.Handle | None = None
        self._begun = self._interrupted = self._paused = False
        self._holds = 0
        self._flow: Flow | None = None
        self._checked = 0
        self._stop_as: Ended | None = None
        self._task: asyncio.Task[None] | None = None

    @classmethod
    def landed(cls, clock: Clock, log: Log) -> Flight:
        """A flight that is over: a view of a finished log."""
        flight = cls(clock, _nothing, _ignore, _ignore, log=log)
        flight.first_at = flight.started_at
        return flight

    @classmethod
    def elsewhere(cls, clock: Clock, log: Log) -> Flight:
        """One that another process flies: what is heard of it is pushed here, up to its `land`."""
        return cls(clock, _nothing, _ignore, _ignore, log=log)

    def start(self, *, later: bool = False) -> None:
        """Call the engine, in a task of its own. The caller must hold the flight.

        `later`: in the loop's next turn, so that whoever waits for the whole answer may `carry` it before.
        """
        loop = asyncio.get_running_loop()
        if later:
            self._departure = loop.call_soon(self.start)
        elif self.log.ended is None:
            self._departure = None
            self._task = loop.create_task(self._fly())

    async def carry(self) -> None:
        """Fly in the caller's own task, unless departed: a task and two wake-ups less, a tenth of a small chat.

        Returns at the end, however it is. What stops the flight is not felt by the caller; what cancels the caller
        stops the flight too.
        """
        departure, self._departure = self._departure, None
        task = asyncio.current_task()
        if departure is None or task is None or self.log.ended is not None:
            return
        departure.cancel()
        self._task, before = task, task.cancelling()
        await self._fly()
        if self._interrupted and (task.uncancel() if self._stop_as else task.cancelling()) > before:
            raise asyncio.CancelledError

    async def _fly(self) -> None:
        self._begun = True
        outcome: Outcome = "complete"
        error: Failure | None = None
        try:
            await self._work(self)
        except Fault as fault:
            outcome, error = ("cut" if fault.code == "cut" else "failed"), failure(fault)
        except asyncio.CancelledError:
            self._interrupted = True
            end = self._stop_as or Ended("stopped")
            outcome, error = end.outcome, end.error
        except Exception as defect:  # an edge: nobody above this task would hear of it
            self._on_defect(defect)
            outcome = "failed"
            error = Failure(Kind.internal.value, "The engine failed in a way nobody foresaw.", "See the server's log.")
        self.land(Ended(outcome, error))

    def land(self, ended: Ended) -> None:
        """Give the log its end."""
        if self.log.ended is None:
            self._flow = None
            self.log.append(ended)
            self._on_end(self)
            for run in self.runs:
                run.landed()
            # What leads back here would leave the flight to the garbage collector; it ran for a tenth of a chat's time.
            self._task = None
            self._work, self._on_end, self._on_first = _nothing, _ignore, _ignore
            self.runs = []

    @property
    def ended(self) -> Ended | None:
        """How it ended, once it has."""
        return self.log.ended

    @property
    def joinable(self) -> bool:
        """Whether one more may board: it has neither ended nor been told to."""
        return self._stop_as is None and self.log.ended is None

    # -- the sink ---------------------------------------------------------------------------------------------------

    def push(self, event: Event) -> None:
        """Append an event and wake whoever waits."""
        if self.unfolds and type(event) is Whole:
            return self._push_pieces(event)
        try:
            self.log.append(event)
        except Fault:
            if type(event) is not Whole:
                raise
            self._push_pieces(event)  # too large to be kept: as much of it as can be
        if self.first_at is None and type(event) not in (Started, Retrieved, Cited):  # the answer itself
            self._first()
        self._heard()

    def _push_pieces(self, whole: Whole) -> None:
        for piece in unfold(whole):
            self.push(piece)

    def say(self, texts: Sequence[str]) -> None:
        """Append a burst of plain text, and wake whoever waits once."""
        if self.first_at is None:
            self._first()
        try:
            self.log.say(texts)
        finally:
            self._heard(True)

    def _first(self) -> None:
        self.first_at = self._clock.monotonic()
        self._on_first()

    def _heard(self, whole: bool = False) -> None:
        for run in self.runs:
            if run.waiting or run.listeners:
                run.wake(whole)
        if self.log.bytes - self._checked >= PAUSE_BEHIND // 4:
            self._pace()

    def notice(self, notice: Notice) -> None:
        """Show progress to every run."""
        self.notice_slot = notice
        for run in self.runs:
            run.show(notice)

    def quiet(self) -> None:
        """The wait that a notice told of is over."""
        if self.notice_slot is not None:
            self.notice_slot = None
            for run in self.runs:
                run.quiet()

    def tap(self, flow: Flow | None) -> None:
        """Take the upstream's tap."""
        self._flow = flow
        self._paused = False

    # -- pace -------------------------------------------------------------------------------------------------------

    def _pace(self) -> None:
        """Pause the upstream while every reader of an attached flight is too far behind; let it go when one is near."""
        self._checked = self.log.bytes
        if self._flow is None:
            return
        behind = self._behind()
        if not self._paused and behind > PAUSE_BEHIND:
            self._paused = True
            self._flow.pause()
        elif self._paused and behind <= PAUSE_BEHIND // 2:
            self._paused = False
            self._flow.resume()

    def _behind(self) -> int:
        positions = [reader.position for run in self.runs for reader in run.readers]
        if not positions or any(run.unpaced for run in self.runs):
            return 0
        return self.log.bytes - max(positions)

    def advanced(self) -> None:
        """A reader took what there was, or went."""
        if self._paused:
            self._pace()

    # -- holds ------------------------------------------------------------------------------------------------------

    def hold(self) -> None:
        """One more reason to live."""
        self._holds += 1

    def release(self) -> None:
        """One reason less; at none the upstream is cancelled at once."""
        self._holds -= 1
        if self._holds <= 0:
            self.cancel(Ended("stopped"))

    def leave(self, run: Rider) -> None:
        """One less to be told of what comes."""
        if run in self.runs:
            self.runs.remove(run)
            self.advanced()

    def parted(self) -> Flight:
        """What was said so far, as a flight that is over: for one who leaves while others fly on."""
        flight = Flight.landed(self._clock, self.log.copy())
        flight.started_at, flight.first_at = self.started_at, self.first_at
        return flight

    def cancel(self, ended: Ended) -> None:
        """End it from outside, for everybody. Whoever says so first says how."""
        if not self.joinable:
            return
        self._stop_as = ended
        if self._task is not None:
            self._task.cancel()
        if not self._begun:  # a task that is cancelled before its first step never runs its own clean-up
            self.land(ended)


async def _nothing(flight: Flight) -> None:
    """The work of a flight that has landed already."""


def _ignore(*_: object) -> None:
    """Nobody asked to hear of it."""
