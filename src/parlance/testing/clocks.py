"""A clock that only a test moves."""

from __future__ import annotations


class HandClock:
    """A `Clock` that stands still until it is moved. `now` begins at the turn of 2026."""

    def __init__(self, now: int = 1_767_225_600_000_000, monotonic: float = 1000.0) -> None:
        self._now = now
        self._monotonic = monotonic

    def now(self) -> int:
        """Microseconds since 1970."""
        return self._now

    def monotonic(self) -> float:
        """Seconds."""
        return self._monotonic

    def move(self, seconds: float) -> None:
        """Let time pass."""
        self._now += round(seconds * 1_000_000)
        self._monotonic += seconds


class CountingIds:
    """Ids that can be read in a failure: `id-1`, `id-2`, …"""

    def __init__(self) -> None:
        self._count = 0

    def new(self) -> str:
        """The next id."""
        self._count += 1
        return f"id-{self._count}"
