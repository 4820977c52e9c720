"""A worker keeps what it does for as long as it does it, and no longer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from parlance.core.jobs.aside import Place
from parlance.core.jobs.held import Held
from parlance.core.jobs.worker import Workers
from parlance.ports.jobs import WORK
from parlance.ports.observing import NullLog
from parlance.ports.signals import Alone
from parlance.ports.stores import ChangeSet, Conflict, Database, Statement
from parlance.stores.sql.jobs import SqlJobs
from parlance.values.errors import Fault, Kind
from parlance.values.knowledge import Job
from tests.unit.core.jobs.bench import KIND, Bench, Sorting, until

BEAT = 0.01


async def renewed(bench: Bench, job: Job) -> None:
    """As soon as its lease ends later than it does now."""
    before = await bench.found(job)
    async with asyncio.timeout(20):
        while await bench.found(job) == before:
            await asyncio.sleep(BEAT)


@pytest.mark.parametrize("error", [OSError("The disk is away."), ValueError("Nobody thought of this.")])
async def test_a_lease_is_renewed_after_a_renewal_that_failed_for_whatever_reason(
    bench: Bench, error: Exception
) -> None:
    """And the reason is told: else another worker would do the job too, and nobody would know."""
    task = Sorting()
    [job] = await bench.enqueue(WORK, "tea")
    bench.start(bench.crew(Alone()), task, WORK, beat=BEAT)
    await until(lambda: task.said == ["tea begins"])
    bench.database.errors.append(error)
    await until(lambda: bench.defects == [error])
    bench.defects.clear()
    await renewed(bench, job)
    task.let.set()
    await until(lambda: task.said[1:] == ["tea ends"])
    assert await bench.jobs.count() == 0


@pytest.mark.parametrize("error", [Conflict(), Fault(Kind.busy, "The database is away.")])
async def test_a_database_that_is_away_for_a_beat_is_no_defect(bench: Bench, error: Exception) -> None:
    """The next one may be in time."""
    task = Sorting()
    [job] = await bench.enqueue(WORK, "tea")
    bench.start(bench.crew(Alone()), task, WORK, beat=BEAT)
    await until(lambda: task.said == ["tea begins"])
    bench.database.errors.append(error)
    await until(lambda: not bench.database.errors)
    await renewed(bench, job)


async def test_whoever_lost_a_lease_hears_of_it_at_the_next_beat(bench: Bench) -> None:
    """And breaks off: it is another worker's by then."""
    task = Sorting()
    [job] = await bench.enqueue(WORK, "tea")
    bench.start(bench.crew(Alone()), task, WORK, beat=BEAT)
    await until(lambda: task.said == ["tea begins"])
    await bench.database.apply((Statement("UPDATE jobs SET lease = 'another'", {}, 1),))
    await until(lambda: task.said[1:] == ["tea breaks off"])
    assert (await bench.found(job)).lease == "another"


async def stopped(bench: Bench) -> asyncio.Task[None]:
    """A worker that is stopped while the database has done what it asked for, and has not answered yet."""
    bench.database.let.clear()
    bench.start(bench.crew(Alone()), Sorting(), WORK)
    await until(lambda: bench.database.waits)
    stopping = asyncio.get_running_loop().create_task(bench.lanes[0].stop())
    for _ in range(5):  # turns in which it hears of that
        await asyncio.sleep(0)
    return stopping


async def test_a_worker_stopped_while_it_claims_gives_back_what_it_claimed(bench: Bench) -> None:
    """At once, and no attempt is spent: another process need not wait until the lease ends."""
    [job] = await bench.enqueue(WORK, "tea")
    stopping = await stopped(bench)
    assert (await bench.found(job)).attempts == 1
    bench.database.let.set()
    await stopping
    assert (await bench.found(job)).attempts == 0
    again = await bench.jobs.claim((KIND,), bench.ids.new(), 60.0)
    assert again is not None and (again.id, again.attempts) == (job.id, 1)


@pytest.mark.parametrize("error", [OSError("The disk is away."), ValueError("Nobody thought of this.")])
async def test_a_worker_that_cannot_give_back_is_stopped_all_the_same(bench: Bench, error: Exception) -> None:
    """Its lease ends by itself; of what nobody thought of is told."""
    [job] = await bench.enqueue(WORK, "tea")
    stopping = await stopped(bench)
    bench.database.errors.append(error)
    bench.database.let.set()
    await stopping
    assert bench.defects == ([error] if isinstance(error, ValueError) else [])
    bench.defects.clear()
    assert (await bench.found(job)).lease is not None


class Leaving(Sorting):
    """Stands aside with its first job, which leaves another one to be done."""

    def __init__(self, bench: Bench) -> None:
        super().__init__()
        self._bench = bench

    async def run(self, held: Held) -> None:
        """The other one is done at once."""
        if held.job.subject == "other":
            self.let.set()
        else:
            await held.step_aside(Place(held.job.tenant, "tea"))
        await self.let.wait()

        async def decided() -> ChangeSet:
            other = Job(self._bench.ids.new(), held.job.tenant, KIND, "other", 0, 0, lane=WORK)
            return () if held.job.subject == "other" else tuple(self._bench.jobs.enqueue(other))

        await held.finish(decided)
        self.said.append(held.job.subject)


class Late(SqlJobs):
    """Tells that there is nothing to claim only when whoever sits aside has ended, once."""

    def __init__(self, database: Database, task: Sorting) -> None:
        super().__init__(database)
        self._task = task

    async def claim(self, kinds: Sequence[str], lease: str, seconds: float, lane: str | None = None) -> Job | None:
        """As ever, but for when that is told."""
        found = await super().claim(kinds, lease, seconds, lane)
        if found is None and not self._task.let.is_set():
            self._task.let.set()
            await until(lambda: bool(self._task.said))
        return found


async def test_what_is_left_by_a_job_that_stood_aside_is_done_before_all_is_settled(bench: Bench) -> None:
    """Also where that job ends just after nothing more was found."""
    task = Leaving(bench)
    common = ({KIND: task}, bench.database, bench.ids, bench.crew(Alone()), NullLog(), bench.defects.append)
    await bench.enqueue(WORK, "tea")
    await Workers(Late(bench.database, task), *common, count=1, idle=600.0, lane=WORK).settle()
    assert task.said == ["tea", "other"]
