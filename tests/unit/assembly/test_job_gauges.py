"""The metrics say how the jobs of a database stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from parlance.assembly.job_gauges import JobGauges
from parlance.observe.metrics import Metrics
from parlance.ports.jobs import JobCount
from parlance.ports.observing import NullLog


class Counted:
    """`Jobs` that are only counted."""

    def __init__(self, *counts: JobCount) -> None:
        self.counts: Sequence[JobCount] = counts

    async def standing(self) -> Sequence[JobCount]:
        return self.counts


async def test_each_kind_says_what_waits_runs_and_was_given_up() -> None:
    """0 where there is nothing; a job of a kind that nobody here does is not told of."""
    metrics, defects = Metrics(), list[Exception]()
    jobs: Any = Counted(JobCount("ingest", 3, 2, 1, 12.5), JobCount("stranger", 9, 9, 9, 9.0))
    gauges = JobGauges(jobs, ("ingest", "clear"), metrics, NullLog(), defects.append)
    assert 'parlance_jobs{kind="ingest",state="waiting"} 0.0' in metrics.render().decode()
    await gauges.read()
    told = metrics.render().decode()
    for state, count in (("waiting", 3), ("running", 2), ("failed", 1)):
        assert f'parlance_jobs{{kind="ingest",state="{state}"}} {count}.0' in told
        assert f'parlance_jobs{{kind="clear",state="{state}"}} 0.0' in told
    assert 'parlance_jobs_oldest_waiting_seconds{kind="ingest"} 12.5' in told and "stranger" not in told
