"""What is counted apart for each caller's scope, so that nobody learns from a count what others ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, Literal, TypeVar

import msgspec

T = TypeVar("T")
Fate = Literal["requests", "cached", "joined"]
SCOPES = 10_000
"""Scopes that are counted apart; beyond it the one counted first starts anew."""


class PerScope(Generic[T]):
    """One count for each scope; `make` gives a fresh one."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._counts: dict[str, T] = {}

    def of(self, scope: str) -> T:
        """The count of a scope as it stands, to be read."""
        count = self._counts.get(scope)
        return self._make() if count is None else count

    def counting(self, scope: str) -> T:
        """The count of a scope, to be added to."""
        count = self._counts.get(scope)
        if count is None:
            if len(self._counts) >= SCOPES:
                self._counts.pop(next(iter(self._counts)))
            count = self._counts[scope] = self._make()
        return count

    def clear(self, scope: str) -> None:
        """Start one scope anew."""
        self._counts.pop(scope, None)


class Total(msgspec.Struct):
    """`requests` that asked for an answer; of these, those `cached` and those that `joined` another's flight."""

    requests: int = 0
    cached: int = 0
    joined: int = 0


class Totals:
    """What became of the asks of one pool since the start."""

    def __init__(self) -> None:
        self._totals = PerScope(Total)

    def add(self, scope: str, fate: Fate) -> None:
        """Count one."""
        total = self._totals.counting(scope)
        setattr(total, fate, getattr(total, fate) + 1)

    def of(self, scope: str) -> Total:
        """The counts of one scope."""
        return self._totals.of(scope)
