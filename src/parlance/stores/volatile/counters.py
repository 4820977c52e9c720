"""Totals over fixed windows, in memory."""

from __future__ import annotations

from parlance.ports.coordination import Count
from parlance.values.time import Clock

_SWEEP_AT = 10_000
"""Counters after which those whose window is over are thrown away."""


class MemoryCounter:
    """A `Counter` in this process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._totals: dict[str, tuple[float, int]] = {}

    async def add(self, name: str, amount: int, window: float, *, within: float | None = None) -> Count:
        """Add to the current window's total, unless it is not the one that was meant."""
        return self._add(name, amount, window, within)

    def note(self, name: str, amount: int, window: float, *, within: float | None = None) -> None:
        """The same at once."""
        self._add(name, amount, window, within)

    def _add(self, name: str, amount: int, window: float, within: float | None) -> Count:
        now = self._clock.monotonic()
        known = self._totals.get(name)
        if known is None or known[0] <= now:
            self._sweep(now)
            ends, total = now + window, 0
        else:
            ends, total = known
        if within is None or within == ends:
            total += amount
            if total < 0:
                total = 0
        self._totals[name] = (ends, total)
        return Count(total, ends - now, ends)

    def _sweep(self, now: float) -> None:
        if len(self._totals) >= _SWEEP_AT:
            self._totals = {name: kept for name, kept in self._totals.items() if kept[0] > now}
