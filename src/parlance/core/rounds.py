"""What a process does again and again by itself: one task that nothing ends but its `stop`.

An edge: nobody awaits such a task while the server serves, so whatever its work raises is told here, and the next round
comes all the same. `stop` raises nothing either: what is stopped after it has a right to be stopped, too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from parlance.ports.observing import Log, OnDefect
from parlance.ports.stores import Conflict
from parlance.values.errors import Fault

Work = Callable[[], Awaitable[object]]


class Rounds:
    """`work`, every so many seconds. `trouble` is the log's line for a database or disk that is away: it is written
    once, and again when the work was done in between.

    `last` is done after the last round. Without `at_once` the first round comes after the first pause. A round that is
    under way at the end is cut short, and awaited; unless `whole`: then it is let finish.
    """

    def __init__(
        self,
        work: Work,
        every: float,
        trouble: str,
        log: Log,
        on_defect: OnDefect,
        *,
        last: Work | None = None,
        at_once: bool = True,
        whole: bool = False,
    ) -> None:
        self._work = work
        self._every = every
        self._trouble = trouble
        self._log = log
        self._on_defect = on_defect
        self._last = last
        self._at_once = at_once
        self._whole = whole
        self._troubled = False
        self._stopping = False
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Go round from now on."""
        self._stopping = False
        self._task = asyncio.get_running_loop().create_task(self._go())

    def wake(self) -> None:
        """The next round is due now."""
        self._woken.set()

    async def stop(self) -> None:
        """No more rounds; then what is to be done last, also where there never was a round."""
        self._stopping = True
        self._woken.set()
        if self._task is not None:
            if not self._whole:
                self._task.cancel()
            await asyncio.wait([self._task])
            self._task = None
        self._woken.clear()
        if self._last is not None:
            await self.tried(self._last)

    async def tried(self, work: Work) -> None:
        """Do it once. Raises nothing: what is away is told to the log, a defect to whoever hears of defects."""
        try:
            await work()
        except (Fault, Conflict, OSError) as error:
            if not self._troubled:
                self._log.warning(self._trouble, error=error)
            self._troubled = True
        except Exception as defect:  # an edge: without this task what it looks after would be left alone, unnoticed
            self._on_defect(defect)
        else:
            self._troubled = False

    async def _go(self) -> None:
        if not self._at_once:
            await self._pause()
        while not self._stopping:
            self._woken.clear()
            await self.tried(self._work)
            await self._pause()

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(self._every):
                await self._woken.wait()
        except TimeoutError:
            return
