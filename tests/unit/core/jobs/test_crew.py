"""The workers of one process begin, hear and stand aside together, whichever lane they are of."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import pytest

from parlance.core.jobs.aside import SEATS
from parlance.core.jobs.crew import Crew
from parlance.core.jobs.held import Held
from parlance.core.jobs.worker import Workers
from parlance.ports.jobs import MODELS, WORK
from parlance.ports.observing import NullLog
from parlance.ports.signals import Alone
from parlance.stores.sql.jobs import SqlJobs
from parlance.stores.sql.sqlite import Sqlite
from parlance.stores.volatile.signals import Hub, MemorySignals
from parlance.testing.clocks import HandClock
from parlance.testing.databases import migrated
from parlance.values.accounts import DEFAULT_TENANT
from parlance.values.errors import Fault, Kind
from parlance.values.ids import RandomIds
from parlance.values.knowledge import Job

KIND = "sort"


class Sorting:
    """A task that is done when it is let; `said` tells what became of its jobs. Perhaps they stand aside."""

    def __init__(self, *, aside: bool = False) -> None:
        self.said: list[str] = []
        self.let = asyncio.Event()
        self._aside = aside

    async def run(self, held: Held) -> None:
        """Until it is let."""
        self.said.append(f"{held.job.subject} begins")
        try:
            if self._aside:
                await held.step_aside()
                self.said.append("aside")
            await self.let.wait()
        except asyncio.CancelledError:
            self.said.append(f"{held.job.subject} breaks off")
            raise
        await held.finish()
        self.said.append(f"{held.job.subject} ends")

    def lasts(self, fault: Fault) -> bool:
        """Nothing does."""
        return False

    async def give_up(self, held: Held, fault: Fault) -> None:
        """Nobody comes here."""
        raise AssertionError(fault)


class Bench:
    """A database with jobs, and lanes that do them."""

    def __init__(self, database: Sqlite) -> None:
        self.database, self.jobs, self.ids = database, SqlJobs(database), RandomIds(HandClock())
        self.defects: list[Exception] = []
        self.lanes: list[Workers] = []

    def crew(self, signals: Alone | MemorySignals, beginning: Callable[[], Awaitable[None]] | None = None) -> Crew:
        """That of another process."""
        return Crew(signals, self.defects.append, beginning)

    def start(self, crew: Crew, task: Sorting, *lanes: str) -> None:
        """A worker for each lane, who looks by itself when nobody waits for it any more."""
        common = (self.jobs, {KIND: task}, self.database, self.ids, crew, NullLog(), self.defects.append)
        for lane in lanes:
            self.lanes.append(Workers(*common, count=1, idle=600.0, lane=lane))
            self.lanes[-1].start()

    async def enqueue(self, lane: str, *subjects: str) -> Sequence[Job]:
        """Jobs about these."""
        jobs = [Job(self.ids.new(), DEFAULT_TENANT, KIND, each, 0, 0, lane=lane) for each in subjects]
        await self.database.apply(tuple(each for job in jobs for each in self.jobs.enqueue(job)))
        return jobs


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    database = Sqlite(None)
    await migrated(database)
    made = Bench(database)
    yield made
    for lane in made.lanes:
        await lane.stop()
    assert made.defects == []
    await database.close()


async def until(condition: Callable[[], bool]) -> None:
    """Let others run until something holds."""
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.005)


@pytest.mark.parametrize("lane", [WORK, MODELS])
async def test_what_another_process_drops_is_broken_off_in_every_lane(bench: Bench, lane: str) -> None:
    """Now, and not at its next write; the jobs of the other lane go on."""
    hub, task = Hub(), Sorting()
    here, elsewhere = bench.crew(MemorySignals(hub, "here")), bench.crew(MemorySignals(hub, "elsewhere"))
    [dropped] = await bench.enqueue(lane, "tea")
    await bench.enqueue(MODELS if lane == WORK else WORK, "rice")
    bench.start(here, task, WORK, MODELS)
    await until(lambda: len(task.said) == 2)
    await bench.database.apply((bench.jobs.drop(dropped.tenant, dropped.kind, dropped.subject),))
    await elsewhere.dropped(dropped)
    await until(lambda: "tea breaks off" in task.said)
    task.let.set()
    await until(lambda: len(task.said) == 4)
    assert task.said[2:] == ["tea breaks off", "rice ends"] and await bench.jobs.count() == 0


@pytest.mark.parametrize("lane", [WORK, MODELS])
async def test_what_another_process_enqueues_is_begun_in_every_lane(bench: Bench, lane: str) -> None:
    """As soon as that says so: they look by themselves much later."""
    hub, task = Hub(), Sorting()
    here, elsewhere = bench.crew(MemorySignals(hub, "here")), bench.crew(MemorySignals(hub, "elsewhere"))
    await bench.enqueue(WORK, "first")
    await bench.enqueue(MODELS, "second")
    task.let.set()
    bench.start(here, task, WORK, MODELS)
    await until(lambda: len(task.said) == 4)
    await bench.enqueue(lane, "third")
    await elsewhere.wake()
    await until(lambda: "third ends" in task.said)


async def test_no_lane_takes_a_job_before_the_process_has_begun(bench: Bench) -> None:
    """What a killed process had is released once, and before: nobody loses what they took since."""
    task = Sorting()
    jobs = [*await bench.enqueue(WORK, "tea"), *await bench.enqueue(MODELS, "rice")]
    for _ in jobs:
        assert await bench.jobs.claim((KIND,), bench.ids.new(), 60.0) is not None

    async def released() -> None:
        first = not task.said
        task.said.append("away" if first else "released")
        if first:
            raise Fault(Kind.busy, "The database is away.")
        await bench.database.apply((bench.jobs.release_all(),))

    bench.start(bench.crew(Alone(), released), task, MODELS, WORK)
    await until(lambda: len(task.said) == 4)
    assert task.said[:2] == ["away", "released"] and set(task.said[2:]) == {"tea begins", "rice begins"}
    task.let.set()
    await until(lambda: len(task.said) == 6)
    assert set(task.said[4:]) == {"tea ends", "rice ends"} and await bench.jobs.count() == 0


async def test_all_lanes_share_the_seats_beside_them(bench: Bench) -> None:
    """Of one more than there are seats, the worker waits until another one is over."""
    task = Sorting(aside=True)
    for lane in (WORK, MODELS):
        await bench.enqueue(lane, *(f"{lane}-{n}" for n in range(SEATS)))
    bench.start(bench.crew(Alone()), task, WORK, MODELS)

    def begun() -> int:
        return sum(each.endswith(" begins") for each in task.said)

    await until(lambda: begun() >= SEATS + 2)
    for _ in range(20):  # turns for whoever would take more
        await bench.jobs.count()
    assert task.said.count("aside") == SEATS and begun() == SEATS + 2
    task.let.set()
    await until(lambda: sum(each.endswith(" ends") for each in task.said) == 2 * SEATS)
