"""The flusher: one per process, it hands what detached runs have said to the mirror, all of them in one batch."""

from __future__ import annotations

import asyncio

from parlance.core.runs.registry import Runs
from parlance.core.runs.run import Run
from parlance.ports.mirror import Published, RunMirror
from parlance.ports.observing import Log
from parlance.values.errors import Fault

FLUSH_SECONDS = 0.25
"""Between two flushes: what a reader in another process may lag behind."""


class Flusher:
    """Publishes the new events of every detached run. `process` is this process's id in the mirror."""

    def __init__(self, runs: Runs, mirror: RunMirror, process: str, log: Log) -> None:
        self._runs = runs
        self._mirror = mirror
        self._process = process
        self._log = log
        self._published: dict[str, int] = {}
        self._task: asyncio.Task[None] | None = None
        self._lost = False

    def start(self) -> None:
        """Flush from now on."""
        self._task = asyncio.get_running_loop().create_task(self._rounds())

    async def stop(self) -> None:
        """Flush once more, and no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])  # a round that is cut in its middle must not publish beside the last one
            self._task = None
        await self.flush()

    async def _rounds(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            await self.flush()

    async def flush(self) -> None:
        """One round. A mirror that cannot be reached is told of and tried again at the next."""
        batches = [batch for run in self._runs.all() if run.detached and (batch := self._news(run)) is not None]
        if not batches:
            return
        try:
            await self._mirror.publish(batches)
        except Fault as fault:
            if not self._lost:  # four lines a second would say no more than one
                self._log.warning("mirror not reached", error=fault)
            self._lost = True
            return
        self._lost = False
        for batch in batches:
            self._published[batch.run] = batch.first + len(batch.events) - 1
        self._forget()

    def _news(self, run: Run) -> Published | None:
        after = self._published.get(run.id, 0)
        events = tuple(run.events(after))
        if not events:
            return None
        return Published(run.owner.scope_key, run.id, self._process, after + 1, events)

    def _forget(self) -> None:
        for id in [id for id in self._published if self._runs.get(id) is None]:
            del self._published[id]
