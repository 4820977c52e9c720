"""Workers: each takes one job after the other, as they come due, and does it under its lease.

An edge: what a job raises is told here and becomes another attempt or a reason. A worker that is stopped gives its job
back at once; one that dies loses it when the lease ends. Attempts are counted when a job is claimed, so that one which
ends its process every time is given up in the end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from functools import partial

from parlance.core.jobs.crew import Crew
from parlance.core.jobs.held import LEASE_SECONDS, Held, LeaseLost, Task
from parlance.ports.jobs import Jobs
from parlance.ports.observing import Log, OnDefect
from parlance.ports.stores import Conflict, Database
from parlance.values.errors import Fault, Kind
from parlance.values.ids import Ids

MOST_ATTEMPTS = 6
"""With the pauses below: twenty minutes in which an engine may be away."""
PAUSES = (5.0, 30.0, 120.0, 300.0, 600.0)
"""Seconds before each further attempt."""
DIED = Fault(
    Kind.internal,
    "Whatever worked at this has ended in the middle of it, again and again.",
    hint="The server's log may say why. Try it once more when that is mended.",
    code="worker_died",
)
DEFECT = Fault(
    Kind.internal, "This failed for a reason of the server's own.", hint="The server's log says why.", code="internal"
)


class Workers:
    """`count` of them in this process, with the `crew` of all its lanes. `idle` is the time in seconds after which they
    look by themselves: other processes may enqueue without being heard. Those of a `lane` do the jobs that are in it;
    those of none do all."""

    def __init__(
        self,
        jobs: Jobs,
        tasks: Mapping[str, Task],
        database: Database,
        ids: Ids,
        crew: Crew,
        log: Log,
        on_defect: OnDefect,
        *,
        count: int,
        idle: float,
        lane: str | None = None,
    ) -> None:
        self._jobs = jobs
        self._tasks = tasks
        self._database = database
        self._ids = ids
        self._crew = crew
        self._log, self._on_defect = log, on_defect
        self._count, self._idle, self._lane = count, idle, lane
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

    async def settle(self) -> None:
        """Do all that is due now, and return when that is done: for tests, without `start`."""
        while await self._next() or await self._crew.aside.done():
            continue

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
        job = await self._jobs.claim(tuple(self._tasks), self._ids.new(), LEASE_SECONDS, self._lane)
        if job is None:
            return False
        self._woken.set()  # where there was one there may be another: for the others of this process
        held = Held(job, self._jobs, self._database, self._crew.aside, self._lane)
        doing = asyncio.get_running_loop().create_task(self._do(held))
        self._crew.begun(job, doing)
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
            with suppress(LeaseLost, Conflict, Fault):
                await held.give_back()
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
            pause = PAUSES[min(attempts, len(PAUSES)) - 1]
            self._log.info("a job failed and is tried again", kind=held.job.kind, error=fault)
            await held.postpone(max(pause, fault.retry_after or 0.0), fault, counts=not bounded)

    async def _beat(self, held: Held, doing: asyncio.Task[None] | None) -> None:
        """Keep the lease while it is done; whoever lost it breaks off."""
        while True:
            await asyncio.sleep(LEASE_SECONDS / 3)
            try:
                await held.renew()
            except LeaseLost:
                if doing is not None:
                    doing.cancel()
                return
            except (Conflict, Fault):
                continue  # the database is away: the next beat may be in time
