"""The register of runs: where a run is found again by its id, and what keeps the detached ones alive."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

from parlance.core.runs.run import Run
from parlance.values.accounts import Principal
from parlance.values.errors import DRAINING
from parlance.values.events import Ended, Failure
from parlance.values.time import Clock

KEEP_SECONDS = 600.0
"""How long a finished detached run stays readable here."""
LIVE_SECONDS = 3600.0
"""How long the register holds a detached run that goes on; longer than any model needs for one answer."""
KEEP_BYTES = 64 * 1024 * 1024
"""What finished runs may take; beyond it the oldest go early."""
RUN_BYTES = 2048
"""What a finished run takes besides its log: without it a flood of empty runs would weigh nothing."""


class Runs:
    """Runs by id. Attached ones leave when they end, detached ones stay readable for ten minutes."""

    def __init__(self, clock: Clock, on_end: Callable[[Run], None] = lambda run: None) -> None:
        """`on_end` hears of every run's end, perhaps twice."""
        self._clock = clock
        self._on_end = on_end
        self._runs: dict[str, Run] = {}
        self._finished: dict[str, tuple[float, int]] = {}
        self._bytes = 0

    def now(self) -> int:
        """The time, in microseconds."""
        return self._clock.now()

    def add(self, run: Run) -> None:
        """Take a run in: it tells when it has ended."""
        run.keeper = self
        self._runs[run.id] = run

    def get(self, id: str) -> Run | None:
        """The run of this id, whoever's it is: dispatch authorises."""
        self.sweep()
        return self._runs.get(id)

    def find(self, principal: Principal, id: str) -> Run | None:
        """Dispatch's way to a run; whether it may be seen is judged there."""
        return self.get(id)

    def all(self) -> Iterator[Run]:
        """Every run, newest first."""
        return reversed(self._runs.values())

    def ended(self, run: Run) -> None:
        """A run came to its end: forget it, or keep it readable for a while if it is detached."""
        self._on_end(run)
        if not run.detached:
            self._runs.pop(run.id, None)
        elif run.id in self._runs and run.id not in self._finished:
            size = RUN_BYTES + len(run.model) + (run.flight.log.weight if run.flight is not None else 0)
            self._finished[run.id] = (self._clock.monotonic() + KEEP_SECONDS, size)
            self._bytes += size
            self.sweep()

    def sweep(self) -> None:
        """Drop finished runs whose time is over or that take too much room, oldest first."""
        now = self._clock.monotonic()
        while self._finished:
            id, (until, size) = next(iter(self._finished.items()))
            if until > now and self._bytes <= KEEP_BYTES:
                return
            del self._finished[id]
            self._bytes -= size
            self._runs.pop(id, None)

    def overdue(self) -> list[Run]:
        """Detached runs that have gone on past their deadline."""
        limit = self._clock.now() - int(LIVE_SECONDS * 1_000_000)
        return [run for run in self._runs.values() if run.detached and run.ended is None and run.created < limit]

    @property
    def going(self) -> list[Run]:
        """The runs that have not ended."""
        return [run for run in self._runs.values() if run.ended is None]

    async def drain(self, seconds: float) -> int:
        """Let running answers end for so long, then end the rest as interrupted; gives how many were."""
        deadline = self._clock.monotonic() + seconds
        while self.going and self._clock.monotonic() < deadline:
            await asyncio.sleep(0.05)
        rest = self.going
        for run in rest:
            end = Ended("interrupted", Failure("busy", "The server is shutting down.", code=DRAINING))
            if run.flight is not None:
                run.flight.cancel(end)
            run.end(end)
        return len(rest)
