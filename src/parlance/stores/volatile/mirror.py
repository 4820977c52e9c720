"""The mirror in memory: for one process, where it only has to behave as the shared one will."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence

from parlance.ports.mirror import Published
from parlance.values.events import Ended, Event
from parlance.values.time import Clock
from parlance.values.weights import all_bytes

KEEP_SECONDS = 600.0
"""How long a finished run stays readable, as in the process that flew it."""
KEEP_BYTES = 64 * 1024 * 1024
"""What all runs may take; beyond it the oldest go. The process that flies a run still has it."""
RUN_BYTES = 2048
EVENT_BYTES = 128
"""What CPython spends on a run and on an event beside what it holds."""


class _Mirrored:
    """One run's events as far as they have come."""

    def __init__(self, process: str) -> None:
        self.process = process
        self.events: list[Event] = []
        self.news = asyncio.Event()
        self.until: float | None = None
        self.bytes = RUN_BYTES

    def take(self, events: Sequence[Event]) -> int:
        """Add events; gives the bytes they take."""
        self.events.extend(events)
        size = sum(EVENT_BYTES + all_bytes(event) for event in events)
        self.bytes += size
        return size

    def ended(self) -> bool:
        """Whether the last event is there."""
        return bool(self.events) and isinstance(self.events[-1], Ended)


class MemoryMirror:
    """A `RunMirror` in this process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._runs: OrderedDict[tuple[str, str], _Mirrored] = OrderedDict()
        self._bytes = 0

    async def publish(self, batches: Sequence[Published]) -> None:
        """Take batches."""
        for batch in batches:
            run = self._runs.get((batch.scope, batch.run))
            if run is None:
                run = self._runs[(batch.scope, batch.run)] = _Mirrored(batch.process)
                self._bytes += run.bytes
            known = len(run.events)
            if run.ended() or batch.first > known + 1:
                continue
            self._bytes += run.take(batch.events[known + 1 - batch.first :])
            if run.ended():
                run.until = self._clock.monotonic() + KEEP_SECONDS
            run.news.set()
            run.news = asyncio.Event()
        self._sweep()

    async def tail(self, scope: str, run: str, after: int) -> AsyncIterator[tuple[int, tuple[Event, ...]]]:
        """What was said after event `after`, and what comes."""
        self._sweep()
        mirrored = self._runs.get((scope, run))
        while mirrored is not None:
            news = mirrored.news
            events = tuple(mirrored.events[after:])
            if events:
                yield after + 1, events
                after += len(events)
            if mirrored.ended():
                return
            await news.wait()

    async def locate(self, scope: str, run: str) -> str | None:
        """Who flies a run."""
        self._sweep()
        mirrored = self._runs.get((scope, run))
        return None if mirrored is None else mirrored.process

    def _sweep(self) -> None:
        now = self._clock.monotonic()
        over = [name for name, run in self._runs.items() if run.until is not None and run.until <= now]
        for name in over:
            self._bytes -= self._runs.pop(name).bytes
        while self._bytes > KEEP_BYTES:
            self._bytes -= self._runs.popitem(last=False)[1].bytes
