"""How long the steps of something took, for whoever traces it: names and times, and nothing of what went through."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from parlance.values.errors import Fault
from parlance.values.noted import Stage
from parlance.values.time import Clock


class Steps:
    """Those that are over, in the order of their ends. `problem` is the code of a fault that one of them ended by."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._over: dict[str, Stage] = {}
        self.problem = ""

    @property
    def over(self) -> tuple[Stage, ...]:
        """Each name once: what was done in several places or times lasted from its first beginning to its last end."""
        return tuple(self._over.values())

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """The time that is spent within."""
        began = self._clock.now()
        try:
            yield
        except Fault as fault:
            self.problem = fault.code or fault.kind.value
            raise
        finally:
            before = self._over.pop(name, None)
            first = began if before is None or before.began is None else min(before.began, began)
            self._over[name] = Stage(name, first, self._clock.now())


def timed(steps: Steps | None, name: str) -> AbstractContextManager[None]:
    """A step, where somebody is to hear of it."""
    return nullcontext() if steps is None else steps.step(name)
