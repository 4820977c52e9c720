"""What this process believes of who may do what, and for how long.

A version in the database grows with every change, and is asked four times a second. What was found out before a change,
or has not been confirmed for a second, counts for nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from parlance.ports.directory import ACCESS, Directory
from parlance.values.time import Clock

FRESH_SECONDS = 1.0
"""How long a confirmation holds: what others hear of a change within."""


class Access:
    """The version as it was last read. `on_change` are called when what was found out before is void."""

    def __init__(self, directory: Directory, clock: Clock) -> None:
        self._directory = directory
        self._clock = clock
        self._confirmed = float("-inf")
        self._version = -1
        self._confirming: asyncio.Task[None] | None = None
        self.inhabited = True
        """Whether an account or a stored key exists; until it is known, as if one did."""
        self.generation = 0
        """Grows with every change: what was found out in an earlier one must not be kept."""
        self.on_change: list[Callable[[], None]] = []

    @property
    def fresh(self) -> bool:
        """Whether what is believed was confirmed within the last second."""
        return self._clock.monotonic() - self._confirmed <= FRESH_SECONDS

    def changed(self) -> None:
        """This process has committed a change: nothing is believed until the database has been asked again."""
        self._confirmed = float("-inf")
        self._version = -1
        self._void()

    async def confirm(self) -> None:
        """Ask the database. Those who ask at the same time share one answer. Raises `Fault(busy)` as the database."""
        if self._confirming is None:
            self._confirming = asyncio.get_running_loop().create_task(self._confirm())
            self._confirming.add_done_callback(self._over)
        await asyncio.shield(self._confirming)

    async def ready(self) -> None:
        """Return when what is believed has been confirmed for whoever asks now."""
        if not self.fresh:
            await self.confirm()

    async def _confirm(self) -> None:
        while True:
            generation, began = self.generation, self._clock.monotonic()
            version = await self._directory.version(ACCESS)
            state = None if version == self._version else await self._directory.access()
            if generation == self.generation:
                break  # else something was changed meanwhile, and this answer may be from before
        if state is not None:
            self._version, self.inhabited = state.version, state.inhabited
            self._void()
        self._confirmed = began

    def _over(self, task: asyncio.Task[None]) -> None:
        self._confirming = None
        _ = task.cancelled() or task.exception()  # whoever waited has heard of it, or has left

    def _void(self) -> None:
        self.generation += 1
        for tell in self.on_change:
            tell()
