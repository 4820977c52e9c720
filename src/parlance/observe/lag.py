"""How late the event loop is: the first thing to look at when everything is slow."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

EVERY = 1.0
"""Seconds between two measurements."""


class LoopLag:
    """Asks to be called every second and reports by how much it was late. No task: one timer."""

    def __init__(self, report: Callable[[float], None], every: float = EVERY) -> None:
        self._report = report
        self._every = every
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin to measure the running loop."""
        self._again(asyncio.get_running_loop())

    def _again(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = loop.call_later(self._every, self._measure, loop, loop.time() + self._every)

    def _measure(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        self._report(max(0.0, loop.time() - due))
        self._again(loop)

    def stop(self) -> None:
        """Measure no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
