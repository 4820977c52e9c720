"""Jobs that stand aside: they wait for others more than they work, and their workers go on with the next ones.

Each sits at a place: whose it is, and whom it waits for. A place has few seats, and a tenant not all there are, so that
whoever waits for somebody slow fills no more than those. Where no seat is free, and none will be soon, a job is turned
away: it is nobody's until it is called, when somebody who sat there has left.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from itertools import islice
from typing import NamedTuple

from parlance.ports.observing import OnDefect
from parlance.values.knowledge import Job

SEATS = 24
"""At one place, for jobs each of which is over soon: as many small documents as fill an embedder's next ask while it is
busy with one. Each is a lease, and some kilobytes of memory."""
OF_TENANT, OF_PROCESS = 3 * SEATS, 12 * SEATS
"""Seats that one tenant's jobs take, and those of one process, of all its lanes together."""
FIRST = 4
"""Seats that every place has besides: those who wait for others that hang keep nobody from somebody quick."""
PATIENCE = 1.0
"""Seconds that a worker waits for a seat: who waits for somebody quick has one by then. Once that was in vain, nobody
waits for one at that place before somebody has left it."""
UNCALLED_SECONDS, MOST_UNCALLED, LOOKS = 60.0, 300.0, 20
"""After so many seconds, and at most so many, whoever was turned away comes by itself, as the process that was to call
it may have ended: those of one place so that they are no more than that many in a second."""


class Place(NamedTuple):
    """Whose job it is, and whom it waits for: there are so many seats for that."""

    tenant: str
    about: str
    seats: int = SEATS


class Crowded(Exception):
    """There is no seat at a place."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.place = place


class Aside:
    """The seats of one process, who sits there, and who was turned away."""

    def __init__(self, on_defect: OnDefect) -> None:
        self._on_defect = on_defect
        self._taken: Counter[Place] = Counter()
        self._of_tenants: Counter[str] = Counter()
        self._slow: set[Place] = set()
        """Where somebody waited in vain since the last one left."""
        self._away: dict[Place, dict[str, Job]] = {}
        self._called: set[str] = set()
        """Jobs that were called and are not over yet."""
        self._left = asyncio.Event()
        self._calls = False
        """Whether there may be room for some of those who were turned away."""
        self._sitting: set[asyncio.Task[None]] = set()

    def room(self, place: Place) -> int:
        """How many may sit down there."""
        left = OF_TENANT - self._of_tenants[place.tenant], OF_PROCESS - self._of_tenants.total()
        taken = self._taken[place]
        return max(0, min(place.seats - taken, max(FIRST - taken, min(left))))

    async def take(self, place: Place) -> None:
        """A seat, where there is one or will be at once. Raises `Crowded`."""
        if not self.room(place) and place not in self._slow:
            with suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE):
                    while not self.room(place):
                        await self._left.wait()
        if not self.room(place):
            self._slow.add(place)
            raise Crowded(place)
        self.squeeze_in(place)

    def squeeze_in(self, place: Place) -> None:
        """A seat, whether there is one or not: for what has begun and takes longer than was thought."""
        self._slow.discard(place)
        self._taken[place] += 1
        self._of_tenants[place.tenant] += 1

    def free(self, place: Place) -> None:
        """Whoever sat there is over."""
        self._taken -= Counter({place: 1})  # without those that are nought
        self._of_tenants -= Counter({place.tenant: 1})
        self._slow.discard(place)
        self._calls = True
        self._left.set()
        self._left = asyncio.Event()

    # -- who was turned away ------------------------------------------------------------------------------------------

    def pause(self, place: Place) -> float:
        """Seconds after which whoever is turned away now comes by itself."""
        return min(MOST_UNCALLED, max(UNCALLED_SECONDS, len(self._away.get(place, ())) / LOOKS))

    def turn_away(self, place: Place, job: Job) -> None:
        """It is nobody's by now, and is called when there is a seat."""
        self._away.setdefault(place, {})[job.id] = job
        self._calls = self._calls or self.room(place) > 0  # somebody may have left while that was written

    def back(self, job: Job) -> None:
        """It is being done, whoever called it."""
        for jobs in self._away.values():
            jobs.pop(job.id, None)

    def passed(self, job: Job) -> None:
        """It is over, and took no seat. Where one was kept for it, that is for the next."""
        if job.id in self._called:
            self._called.discard(job.id)
            self._calls = True

    def wanted(self, place: Place) -> bool:
        """Whether somebody was turned away there."""
        return bool(self._away.get(place))

    def called(self, *, every: bool = False) -> list[Job]:
        """Those for whom there is a seat now, first come, first served; or `every` one, as nobody will call later."""
        if not (self._calls or every):
            return []
        self._calls, found = False, list[Job]()
        for place, jobs in list(self._away.items()):
            some = list(islice(jobs, len(jobs) if every else self.room(place)))
            found += [jobs.pop(id) for id in some]
            if not jobs:
                del self._away[place]
        self._called = {*(self._called if self._away else ()), *(job.id for job in found)}
        return found

    # -- who sits -----------------------------------------------------------------------------------------------------

    def seat(self, doing: asyncio.Task[None]) -> None:
        """Nobody else waits for this one any more: what it raises is told here."""
        self._sitting.add(doing)
        doing.add_done_callback(self._over)

    @property
    def is_taken(self) -> bool:
        """Whether anybody sits there."""
        return bool(self._sitting)

    async def done(self) -> bool:
        """When all of them are over; gives whether there were any."""
        sitting = list(self._sitting)
        if sitting:
            await asyncio.wait(sitting)
        return bool(sitting)

    async def stop(self) -> None:
        """Break off what is being done."""
        for doing in self._sitting:
            doing.cancel()
        await self.done()

    def _over(self, doing: asyncio.Task[None]) -> None:
        self._sitting.discard(doing)
        if not doing.cancelled() and isinstance(error := doing.exception(), Exception):
            self._on_defect(error)
