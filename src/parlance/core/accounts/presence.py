"""Who is being answered right now, of those whose access may end at any moment: to be stopped when it does."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Protocol

from parlance.values.accounts import Principal
from parlance.values.events import Ended, Failure

REVOKED = Ended(
    "stopped",
    Failure("unauthenticated", "The access that this was asked with has ended.", hint="Sign in again.", code="revoked"),
)
"""How an answer ends whose caller may not have it any more."""


class Present(Protocol):
    """One request that is being answered."""

    @property
    def principal(self) -> Principal:
        """Who asks."""
        ...

    def revoke(self) -> None:
        """End what is being answered."""
        ...


class Presence:
    """Requests that hold runs or stream, and whose principal stands in the database."""

    def __init__(self) -> None:
        self._here: set[Present] = set()

    def enter(self, one: Present) -> None:
        """It is being answered from now on."""
        if one.principal.stored:
            self._here.add(one)

    def leave(self, one: Present) -> None:
        """It is over."""
        self._here.discard(one)

    def principals(self) -> set[Principal]:
        """Everybody who is here."""
        return {one.principal for one in self._here}

    def revoke(self, gone: Collection[Principal]) -> int:
        """End what these are being answered; gives how many requests that was."""
        ended = [one for one in self._here if one.principal in gone]
        for one in ended:
            self._here.discard(one)
            one.revoke()
        return len(ended)


Cut = Callable[[], object]
"""Breaks the line to a client in the middle of an answer."""
