"""What the workers of one process have in common, of whichever lane: how the process begins, what it hears and tells,
who does which job, and the seats beside them all."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from parlance.core.jobs.aside import Aside
from parlance.ports.observing import OnDefect
from parlance.ports.signals import Signals
from parlance.values.knowledge import Job

TOPIC = "jobs"
Beginning = Callable[[], Awaitable[None]]
"""What is done before the first job of a process; raises what keeps it from that."""


class JobCrew:
    """The process as other processes see it: there is one listener for it, so there is one of these, and its `Workers`
    each join it. `beginning` is done once, before any of them takes a job: where it fails, it is tried again."""

    def __init__(self, signals: Signals, on_defect: OnDefect, beginning: Beginning | None = None) -> None:
        self.aside = Aside(on_defect)
        self._signals = signals
        self._beginning = beginning
        self._turn = asyncio.Lock()
        self._lanes: list[Callable[[], None]] = []
        self._doing: dict[tuple[str, str, str], asyncio.Task[None]] = {}
        signals.on(TOPIC, self._heard)

    def join(self, woken: Callable[[], None]) -> None:
        """Be called whenever there may be something to do."""
        self._lanes.append(woken)

    async def begin(self) -> None:
        """Whoever is about to take a job waits for this; nobody of this process has taken one before."""
        async with self._turn:
            if self._beginning is None:
                return
            await self._beginning()
            self._beginning = None
        self.rouse()  # those who came here before may have failed, and wait

    def begun(self, job: Job, doing: asyncio.Task[None]) -> None:
        """It is being done here."""
        self._doing[_place(job)] = doing

    def ended(self, job: Job, doing: asyncio.Task[None]) -> None:
        """It is not, any more; another one about the same thing may be."""
        if self._doing.get(_place(job)) is doing:
            del self._doing[_place(job)]

    def rouse(self) -> None:
        """There is something to do for whichever lane of this process."""
        for woken in self._lanes:
            woken()

    async def wake(self) -> None:
        """There is something to do: here or in another process."""
        self.rouse()
        await self._signals.tell(TOPIC, b"")

    async def dropped(self, job: Job) -> None:
        """A job is not to be done any more: whoever does it breaks off now, and not at their next write."""
        self._break_off(job.tenant, job.kind, job.subject)
        await self._signals.tell(TOPIC, "\n".join(_place(job)).encode())

    # -- inside -------------------------------------------------------------------------------------------------------

    async def _heard(self, said: bytes) -> bytes | None:
        parts = said.decode().split("\n")
        if len(parts) == 3:
            self._break_off(*parts)
        self.rouse()
        return None

    def _break_off(self, tenant: str, kind: str, subject: str) -> None:
        doing = self._doing.get((tenant, kind, subject))
        if doing is not None:
            doing.cancel()


def _place(job: Job) -> tuple[str, str, str]:
    """What tells it from others that are being done."""
    return job.tenant, job.kind, job.subject
