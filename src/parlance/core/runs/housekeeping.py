"""What nobody else would do: end detached runs that went on past their deadline, and forget finished ones in time."""

from __future__ import annotations

import asyncio

from parlance.core.runs.registry import LIVE_SECONDS, Runs
from parlance.values.events import Ended, Failure
from parlance.values.time import Clock

ROUND_SECONDS = 5.0
"""Between two rounds: deadlines of minutes need no finer one."""


class Housekeeping:
    """One timer per process."""

    def __init__(self, runs: Runs, clock: Clock) -> None:
        self._runs = runs
        self._clock = clock
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Go round from now on."""
        self._timer = asyncio.get_running_loop().call_later(ROUND_SECONDS, self._round)

    def stop(self) -> None:
        """No more rounds."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _round(self) -> None:
        self.tidy()
        self.start()

    def tidy(self) -> None:
        """One round."""
        error = Failure(
            "timed_out",
            f"The run went on for more than {LIVE_SECONDS / 60:g} minutes with nobody there.",
            code="overdue",
        )
        for run in self._runs.overdue():
            run.end(Ended("failed", error))
        self._runs.sweep()
