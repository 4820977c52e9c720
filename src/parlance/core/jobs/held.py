"""A job in the hands of a worker: whatever is written for it goes with proof that it is still this worker's."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Protocol

from parlance.core.jobs.aside import Aside, Crowded, Place
from parlance.core.steps import Steps
from parlance.ports.jobs import Jobs
from parlance.ports.stores import ChangeSet, Conflict, Database, Statement
from parlance.values.errors import Fault, Kind
from parlance.values.knowledge import Job

LEASE_SECONDS = 60.0
"""How long a worker that died keeps its job; one that lives renews it three times as often."""
STINT_SECONDS = 5.0
"""After which a job that asks a model again and again lets others of its lane go first: an answer may take a minute,
and two such jobs fill the lane."""
ENQUEUED_TOGETHER = 20
"""Jobs in one change set, where a job makes many others: between two such sets everybody else may write."""
Decide = Callable[[], Awaitable[ChangeSet]]
"""Says what is to be written, by what there is when it is asked."""
TRIES = 3
"""How often a change set that met a conflict is decided anew."""
LASTING = frozenset({Kind.invalid, Kind.unsupported, Kind.too_large, Kind.missing, Kind.context_full})
"""What fails again however often it is tried."""


class LeaseLost(Exception):
    """The job was dropped, or is another worker's: nothing more may be written for it."""


class Elsewhere(Exception):
    """What comes next in a job is for the workers of another lane."""

    def __init__(self, lane: str) -> None:
        super().__init__(lane)
        self.lane = lane


class Held:
    """One job under its lease."""

    def __init__(
        self, job: Job, jobs: Jobs, database: Database, seats: Aside | None = None, lane: str | None = None
    ) -> None:
        self.job = job
        self.steps: Steps | None = None
        """How long its steps took, where somebody is to hear of it."""
        self._jobs = jobs
        self._database = database
        self._seats = seats
        self._place: Place | None = None
        self._lane = lane
        self.aside: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when its worker may go on with another job."""

    def note(self, **fields: object) -> ChangeSet:
        """What has whoever takes the job over find these fields in its payload."""
        return (self._jobs.note(self.job, {**self.job.payload, **fields}),)

    def must_be_in(self, lane: str) -> None:
        """Raise `Elsewhere` where its worker is one of another lane."""
        if self._lane not in (None, lane):
            raise Elsewhere(lane)

    async def move(self, lane: str) -> None:
        """For the workers of another lane, who begin it anew; this was no attempt."""
        await self._apply((self._jobs.move(self.job, lane),))

    @property
    def stands_aside(self) -> bool:
        """Whether its worker goes on with other jobs."""
        return self._seats is not None and self.aside.done()

    async def step_aside(self, place: Place) -> None:
        """From now on it waits for others more than it works: its worker goes on with another job, as soon as there is
        a seat for this one. Raises `Crowded` where there is none: then the job is called when there is."""
        if self._seats is not None and not self.aside.done():
            await self._seats.take(place)
            self._sit(place)

    def make_way(self, place: Place) -> None:
        """The same in the middle of something that takes longer than was thought, with a seat or without."""
        if self._seats is not None and not self.aside.done():
            self._seats.squeeze_in(place)
            self._sit(place)

    def must_have_room(self, place: Place) -> None:
        """Before it begins what may take long: raise `Crowded` where that many are at already."""
        if self._seats is not None and not self.aside.done() and not self._seats.room(place):
            raise Crowded(place)

    def must_be_wanted(self) -> None:
        """Between two things that may take long: raise `Crowded` where somebody waits for its seat. It is called again
        when all have had their turn that wait by now."""
        if self._seats is not None and self._place is not None and self._seats.wanted(self._place):
            raise Crowded(self._place)

    def leave(self) -> bool:
        """It is over, however it ended; gives whether it stood aside."""
        if self._seats is None:
            return False
        if self._place is None:
            self._seats.passed(self.job)
        else:
            self._seats.free(self._place)
        return self._place is not None

    def _sit(self, place: Place) -> None:
        self._place = place
        self.aside.set_result(None)

    async def commit(self, *changes: ChangeSet) -> None:
        """Write for the job, and renew its lease. Raises `LeaseLost`, or `Conflict` where it is another statement that
        could not be done."""
        proof = self._jobs.hold(self.job, LEASE_SECONDS)
        await self._apply((*(each for some in changes for each in some), proof))

    async def decided(self, decide: Decide) -> None:
        """As `commit`, with what `decide` says; it is asked again after a conflict."""
        await self._decided(decide, self._jobs.hold(self.job, LEASE_SECONDS))

    async def commit_each(self, decides: Sequence[Decide], *also: ChangeSet) -> None:
        """What each of them says, all together with `also`. After a conflict one by one: what meets one every time is
        left out."""
        try:
            await self.commit(*[await decide() for decide in decides], *also)
        except Conflict:
            for decide in decides:
                with suppress(Conflict):
                    await self.decided(decide)
            await self.commit(*also)

    async def finish(self, decide: Decide | None = None) -> None:
        """The last that is written for it. `decide` says what, if there is anything; it is asked again after a
        conflict."""
        await self._decided(decide, self._jobs.finish(self.job))

    async def _decided(self, decide: Decide | None, proof: Statement) -> None:
        for left in reversed(range(TRIES)):
            try:
                return await self._apply((*(() if decide is None else await decide()), proof))
            except Conflict:
                if not left:
                    raise

    async def renew(self) -> None:
        """Raises `LeaseLost`."""
        await self.commit()

    async def postpone(self, seconds: float, fault: Fault, *, counts: bool = True, anew: bool = False) -> None:
        """Another attempt later: whether this one counts, and whether it is the first of a new series."""
        said = (fault.code or fault.kind.value, fault.sentence())
        await self._apply((self._jobs.postpone(self.job, seconds, *said, counts=counts, anew=anew),))

    async def give_back(self) -> None:
        """The worker is stopped: this was no attempt."""
        await self._apply((self._jobs.give_back(self.job),))

    async def _apply(self, changes: ChangeSet) -> None:
        try:
            await self._database.apply(changes)
        except Conflict:
            job = self.job
            found = await self._jobs.find(job.tenant, job.kind, job.subject)
            if found is None or found.lease != job.lease:
                raise LeaseLost from None
            raise


class Task(Protocol):
    """How one kind of job is done."""

    async def run(self, held: Held) -> None:
        """Do it from wherever it was left, and finish it. May be broken off at any await."""
        ...

    def lasts(self, fault: Fault) -> bool:
        """Whether another attempt would fail in the same way."""
        ...

    async def give_up(self, held: Held, fault: Fault) -> None:
        """Say why it was not done, wherever people look."""
        ...
