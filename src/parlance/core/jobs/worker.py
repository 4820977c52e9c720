"""Workers: each takes one job after the other, as they come due, and does it under its lease.

An edge: what a job raises is told here and becomes another attempt or a reason. A worker that is stopped gives its job
back at once, also one that it is only about to get; one that dies loses it when the lease ends. Attempts are counted
when a job is claimed, so that one which ends its process every time is given up in the end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from zlib import crc32

from parlance.core.jobs.aside import Crowded, Place
from parlance.core.jobs.crew import JobCrew
from parlance.core.jobs.held import LEASE_SECONDS, Held, LeaseLost, Task
from parlance.ports.jobs import NO_SEAT, Jobs
from parlance.ports.observing import Log, OnDefect
from parlance.ports.stores import Conflict, Database
from parlance.values.errors import Fault, Kind
from parlance.values.ids import Ids
from parlance.values.knowledge import Job

MOST_ATTEMPTS = 6
"""With the pauses below: twenty minutes in which an engine may be away."""
PAUSES = (5.0, 30.0, 120.0, 300.0, 600.0)
"""Seconds before each further attempt, more or less."""
SPREAD = 0.25
"""How much more or less, as a share: those that failed together do not come back together, where one of them may be the
reason for all."""
DIED = Fault(
    Kind.internal,
    "Whatever worked at this has ended in the middle of it, again and again.",
    hint="The server's log may say why. Try it once more when that is mended.",
    code="worker_died",
)
DEFECT = Fault(
    Kind.internal, "This failed for a reason of the server's own.", hint="The server's log says why.", code="internal"
)


CROWDED = Fault(Kind.busy, "Others are asked before it.", code=NO_SEAT)
"""What is said of a job that was turned away."""


class Workers:
    """`count` of them in this process, with the `crew` of all its lanes. `idle` is the time in seconds after which they
    look by themselves: other processes may enqueue without being heard. Those of a `lane` do the jobs that are in it;
    those of none do all. A lease is renewed every `beat` seconds."""

    def __init__(
        self,
        jobs: Jobs,
        tasks: Mapping[str, Task],
        database: Database,
        ids: Ids,
        crew: JobCrew,
        log: Log,
        on_defect: OnDefect,
        *,
        count: int,
        idle: float,
        lane: str | None = None,
        beat: float = LEASE_SECONDS / 3,
    ) -> None:
        self._jobs = jobs
        self._tasks = tasks
        self._database = database
        self._ids = ids
        self._crew = crew
        self._log, self._on_defect = log, on_defect
        self._count, self._idle, self._lane, self._pulse = count, idle, lane, beat
        self._woken = asyncio.Event()
        self._running: list[asyncio.Task[None]] = []
        self._troubled = False
        crew.join(self._woken.set)

    def start(self) -> None:
        """Work from now on."""
        loop = asyncio.get_running_loop()
        self._running = [loop.create_task(self._work_on()) for _ in range(self._count)]

    async def stop(self) -> None:
        """Give back what is being done, and what stands aside, of whichever lane."""
        running, self._running = self._running, []
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running)
        await self._crew.aside.stop()
        with suppress(Fault, Conflict, OSError):  # then they come by themselves
            await self._call(every=True)

    async def settle(self) -> None:
        """Do all that is due now, and return when that is done: for tests, without `start`."""
        aside = self._crew.aside
        while True:
            seated = aside.is_taken  # whoever ends while nothing is found here may leave something to do
            if not (await self._next() or await aside.done() or seated):
                return

    # -- inside -------------------------------------------------------------------------------------------------------

    async def _work_on(self) -> None:
        while True:
            self._woken.clear()
            try:
                await self._crew.begin()
                if await self._next():
                    self._troubled = False
                    continue
                due = await self._jobs.due_in(tuple(self._tasks), self._lane)
                self._troubled = False
            except (Fault, Conflict, OSError) as error:
                if not self._troubled:
                    self._log.warning("no jobs can be taken", error=error)
                self._troubled, due = True, None
            except Exception as defect:  # an edge: without this task nothing would be done, unnoticed
                self._on_defect(defect)
                due = None
            with suppress(TimeoutError):
                async with asyncio.timeout(self._idle if due is None else min(self._idle, max(due, 0.05))):
                    await self._woken.wait()

    async def _next(self) -> bool:
        """Do one job; gives whether there was one."""
        await self._call()
        held = await self._claimed()
        if held is None:
            return False
        self._woken.set()  # where there was one there may be another: for the others of this process
        doing = asyncio.get_running_loop().create_task(self._do(held))
        self._crew.begun(held.job, doing)
        doing.add_done_callback(partial(self._over, held))
        try:
            await asyncio.wait([doing, held.aside], return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:  # the worker is stopped: its job is given back before it ends
            doing.cancel()
            await asyncio.wait([doing])
            raise
        if not doing.done():
            self._crew.aside.seat(doing)
        elif not doing.cancelled() and (error := doing.exception()) is not None:
            raise error
        return True

    async def _call(self, *, every: bool = False) -> None:
        """Have those done who were turned away and for whom there is a seat by now."""
        if called := self._crew.aside.called(every=every):
            await self._database.apply(tuple(self._jobs.call(job) for job in called))
            self._crew.rouse()

    async def _claimed(self) -> Held | None:
        """The next job. A claim that the database may have heard of goes to its end, however soon the worker is
        stopped: what it took would else be nobody's until the lease ends."""
        asking = self._jobs.claim(tuple(self._tasks), self._ids.new(), LEASE_SECONDS, self._lane)
        claiming = asyncio.get_running_loop().create_task(asking)
        try:
            await asyncio.wait([claiming])
        except asyncio.CancelledError:
            await asyncio.wait([claiming])
            if claiming.exception() is None and (held := self._held(claiming.result())) is not None:
                await self._give_back(held)
            raise
        return self._held(claiming.result())

    def _held(self, job: Job | None) -> Held | None:
        if job is None:
            return None
        self._crew.aside.back(job)
        return Held(job, self._jobs, self._database, self._crew.aside, self._lane)

    def _over(self, held: Held, doing: asyncio.Task[None]) -> None:
        """However it ended, and whoever waited for that."""
        if held.leave():
            self._woken.set()  # its worker could not know when there would be something to do for it once more
        self._crew.ended(held.job, doing)

    async def _do(self, held: Held) -> None:
        task = self._tasks[held.job.kind]
        beating = asyncio.get_running_loop().create_task(self._beat(held, asyncio.current_task()))
        try:
            if held.job.attempts > MOST_ATTEMPTS:
                await task.give_up(held, DIED)
            else:
                await task.run(held)
        except LeaseLost:
            self._log.info("a job was taken away", kind=held.job.kind)
        except asyncio.CancelledError:
            await self._give_back(held)
        except Crowded as crowded:
            await self._turn_away(held, crowded.place)
        except Conflict:
            await self._failed(held, task, Fault(Kind.conflict, "What this is about keeps changing.", code="conflict"))
        except (Fault, OSError) as error:
            fault = error if isinstance(error, Fault) else Fault(Kind.busy, "A file could not be used.", code="disk")
            await self._failed(held, task, fault)
        except Exception as defect:  # an edge: the reason is told, and the worker goes on with the next
            self._on_defect(defect)
            await self._failed(held, task, DEFECT)
        finally:
            beating.cancel()
            await asyncio.wait([beating])
            self._tell(held)

    async def _give_back(self, held: Held) -> None:
        """For somebody else, at once. Where not even that can be written, the lease ends."""
        try:
            await held.give_back()
        except (LeaseLost, Conflict, Fault, OSError):
            return
        except Exception as defect:  # an edge: whoever stops the worker waits for it, and not for this
            self._on_defect(defect)

    async def _turn_away(self, held: Held, place: Place) -> None:
        """For whoever calls it; this was no attempt. Where not even that can be written, the lease ends."""
        aside = self._crew.aside
        with suppress(LeaseLost, Conflict, Fault, OSError):
            await held.postpone(aside.pause(place), CROWDED, counts=False)
            aside.turn_away(place, held.job)

    def _tell(self, held: Held) -> None:
        """How long it took, where it has counted that."""
        job, steps = held.job, held.steps
        if steps is not None and steps.over:
            about = {"kind": job.kind, "subject": job.subject, "tenant": job.tenant, "attempts": job.attempts}
            times = {each.name: (each.began, each.ended) for each in steps.over}
            self._log.debug("a job ended", **about, code=steps.problem or None, times=times)

    async def _failed(self, held: Held, task: Task, fault: Fault) -> None:
        """Another attempt, or the reason why there is none. Where not even that can be written, the lease ends."""
        attempts = held.job.attempts
        with suppress(LeaseLost, Conflict, Fault):
            bounded = fault.kind is Kind.over_budget  # a rate or a budget: it waits for its turn, and has not failed
            if task.lasts(fault) or (attempts >= MOST_ATTEMPTS and not bounded):
                await task.give_up(held, fault)
                return
            pause = PAUSES[min(attempts, len(PAUSES)) - 1] * _spread(held.job)
            self._log.info("a job failed and is tried again", kind=held.job.kind, error=fault)
            await held.postpone(max(pause, fault.retry_after or 0.0), fault, counts=not bounded)

    async def _beat(self, held: Held, doing: asyncio.Task[None] | None) -> None:
        """Keep the lease while it is done; whoever lost it breaks off. An edge: were this to end by itself, another
        worker would do the job too, and nobody would know why."""
        while True:
            await asyncio.sleep(self._pulse)
            try:
                await held.renew()
            except LeaseLost:
                if doing is not None:
                    doing.cancel()
                return
            except (Conflict, Fault):
                continue  # the database is away: the next beat may be in time
            except Exception as defect:
                self._on_defect(defect)


def _spread(job: Job) -> float:
    """By what a pause is multiplied: another number for each job and attempt, and the same for whoever asks again."""
    share = crc32(f"{job.id}/{job.attempts}".encode()) / 0xFFFFFFFF
    return 1 - SPREAD + 2 * SPREAD * share
