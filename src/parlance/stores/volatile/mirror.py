"""The mirror in memory: for one process, where it only has to behave as the shared one will."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from parlance.ports.mirror import GONE_SECONDS, Facts, Mirrored, Published, Stamped
from parlance.values.events import Ended
from parlance.values.time import Clock
from parlance.values.weights import all_bytes

KEEP_SECONDS = 600.0
"""How long a finished run stays readable, as in the process that flew it."""
KEEP_BYTES = 64 * 1024 * 1024
"""What all runs may take; beyond it the oldest go. The process that flies a run still has it."""
RUN_BYTES = 2048
EVENT_BYTES = 128
"""What CPython spends on a run and on an event beside what it holds."""


class _Kept:
    """One run's events as far as they have come."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.events: list[Stamped] = []
        self.seen = 0.0
        self.until: float | None = None
        self.bytes = RUN_BYTES

    def take(self, events: Sequence[Stamped]) -> int:
        """Add events; gives the bytes they take."""
        self.events.extend(events)
        size = sum(EVENT_BYTES + all_bytes(each.event) for each in events)
        self.bytes += size
        return size

    def over(self) -> bool:
        """Whether the last event is there."""
        return bool(self.events) and isinstance(self.events[-1].event, Ended)


class MemoryMirror:
    """A `RunMirror` in this process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._runs: OrderedDict[tuple[str, str], _Kept] = OrderedDict()
        self._bytes = 0

    async def publish(self, batches: Sequence[Published]) -> list[int]:
        """Take batches."""
        known = [self._take(batch) for batch in batches]
        self._sweep()
        return known

    def _take(self, batch: Published) -> int:
        run = self._runs.get((batch.scope, batch.run))
        if run is None:
            run = self._runs[(batch.scope, batch.run)] = _Kept(batch.facts)
            self._bytes += run.bytes
        known = len(run.events)
        if not run.over():
            run.facts, run.seen = batch.facts, self._clock.monotonic()
            if batch.first <= known + 1:
                self._bytes += run.take(batch.events[known + 1 - batch.first :])
            if run.over():
                run.until = self._clock.monotonic() + KEEP_SECONDS
        return len(run.events)

    async def read(self, scope: str, run: str, after: int) -> Mirrored | None:
        """A run, and what it said after event `after`."""
        self._sweep()
        kept = self._runs.get((scope, run))
        if kept is None:
            return None
        gone = not kept.over() and self._clock.monotonic() - kept.seen > GONE_SECONDS
        return Mirrored(kept.facts, tuple(kept.events[after:]), kept.over(), gone)

    def _sweep(self) -> None:
        now = self._clock.monotonic()
        over = [name for name, run in self._runs.items() if run.until is not None and run.until <= now]
        for name in over:
            self._bytes -= self._runs.pop(name).bytes
        while self._bytes > KEEP_BYTES:
            self._bytes -= self._runs.popitem(last=False)[1].bytes
