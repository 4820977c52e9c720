"""What happens after a commit: start a run, wake a worker, publish to a feed. Never before, never without one."""

from __future__ import annotations

from collections.abc import Iterable

from parlance.core.operation import Effect


async def perform(effects: Iterable[Effect]) -> None:
    """Do each in order; one that gives an awaitable is awaited."""
    for effect in effects:
        pending = effect()
        if pending is not None:
            await pending
