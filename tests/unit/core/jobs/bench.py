"""A database with jobs and the lanes that do them: what the tests of workers stand on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from parlance.core.jobs.aside import Place
from parlance.core.jobs.crew import JobCrew
from parlance.core.jobs.held import Held
from parlance.core.jobs.worker import Workers
from parlance.ports.observing import NullLog
from parlance.ports.signals import Alone
from parlance.ports.stores import ChangeSet
from parlance.stores.sql.jobs import SqlJobs
from parlance.stores.sql.sqlite import Sqlite
from parlance.stores.volatile.signals import MemorySignals
from parlance.testing.clocks import HandClock
from parlance.values.accounts import DEFAULT_TENANT
from parlance.values.errors import Fault
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
                await held.step_aside(Place(held.job.tenant, "tea"))
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


class Moody(Sqlite):
    """A database that raises its `errors`, one for each change set, and that answers for what it has done only while
    it is let."""

    def __init__(self) -> None:
        super().__init__(None)
        self.errors: list[Exception] = []
        self.let = asyncio.Event()
        self.let.set()
        self.waits = False

    async def apply(self, changes: ChangeSet) -> None:
        """Done at once, and told when that is let."""
        if self.errors:
            raise self.errors.pop()
        await super().apply(changes)
        self.waits = True
        await self.let.wait()
        self.waits = False


class Bench:
    """A database with jobs, and lanes that do them."""

    def __init__(self, database: Moody) -> None:
        self.database, self.jobs, self.ids = database, SqlJobs(database), RandomIds(HandClock())
        self.defects: list[Exception] = []
        self.lanes: list[Workers] = []

    def crew(self, signals: Alone | MemorySignals, beginning: Callable[[], Awaitable[None]] | None = None) -> JobCrew:
        """That of another process."""
        return JobCrew(signals, self.defects.append, beginning)

    def start(self, crew: JobCrew, task: Sorting, *lanes: str, beat: float = 600.0) -> None:
        """A worker for each lane, who looks by itself when nobody waits for it any more."""
        common = (self.jobs, {KIND: task}, self.database, self.ids, crew, NullLog(), self.defects.append)
        for lane in lanes:
            self.lanes.append(Workers(*common, count=1, idle=600.0, lane=lane, beat=beat))
            self.lanes[-1].start()

    async def enqueue(self, lane: str, *subjects: str) -> Sequence[Job]:
        """Jobs about these."""
        jobs = [Job(self.ids.new(), DEFAULT_TENANT, KIND, each, 0, 0, lane=lane) for each in subjects]
        await self.database.apply(tuple(each for job in jobs for each in self.jobs.enqueue(job)))
        return jobs

    async def found(self, job: Job) -> Job:
        """How it stands now."""
        found = await self.jobs.find(job.tenant, job.kind, job.subject)
        assert found is not None
        return found


async def until(condition: Callable[[], bool]) -> None:
    """Let others run until something holds."""
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.005)
