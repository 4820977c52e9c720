"""What `/metrics` says of jobs: read from the database now and then, for a scrape must not wait for one."""

from __future__ import annotations

from collections.abc import Iterable

from parlance.core.rounds import Rounds
from parlance.observe.metrics import Metrics
from parlance.ports.jobs import JobCount, Jobs
from parlance.ports.observing import Log, OnDefect

EVERY_SECONDS = 10.0
"""Between two readings: scrapes come every fifteen seconds or more."""


class JobGauges:
    """Gauges of the jobs of some kinds, alike on every server of a database."""

    def __init__(self, jobs: Jobs, kinds: Iterable[str], metrics: Metrics, log: Log, on_defect: OnDefect) -> None:
        self._jobs = jobs
        self._counts: dict[str, JobCount] = {}
        self._rounds = Rounds(self.read, EVERY_SECONDS, "jobs not counted", log, on_defect)
        for kind in sorted(kinds):
            self._watch(metrics, kind)

    def _watch(self, metrics: Metrics, kind: str) -> None:
        def count() -> JobCount:
            return self._counts.get(kind, JobCount(kind))

        watch = metrics.watch
        help = "Jobs that wait, are being done, or were given up after their last attempt."
        watch("jobs", help, lambda: count().waiting, kind=kind, state="waiting")
        watch("jobs", help, lambda: count().running, kind=kind, state="running")
        watch("jobs", help, lambda: count().failed, kind=kind, state="failed")
        oldest = "How long the job has been due that waits for longest."
        watch("jobs_oldest_waiting_seconds", oldest, lambda: count().oldest, kind=kind)

    async def read(self) -> None:
        """Look."""
        self._counts = {each.kind: each for each in await self._jobs.standing()}

    def start(self) -> None:
        """Look from now on."""
        self._rounds.start()

    async def stop(self) -> None:
        """No more."""
        await self._rounds.stop()
