"""Where the chatbot app's sessions are kept, and what keeps one owner to one thing at a time.

Contract suites: `parlance.testing.visits`.
"""

from __future__ import annotations

from typing import Protocol

import msgspec

MOST_GUESTS = 10_000
MOST_SIGNED_IN = 10_000
MOST_BYTES = 64 * 1024 * 1024
"""Of all guests' records together."""


class Bounds(msgspec.Struct, frozen=True):
    """How many records there are at most, and how many bytes those of guests have together."""

    guests: int = MOST_GUESTS
    signed_in: int = MOST_SIGNED_IN
    guest_bytes: int = MOST_BYTES


class SealedVisit(msgspec.Struct, frozen=True):
    """A session's record, which nobody can read who has only this. `version` grows with every change."""

    sealed: bytes
    version: int


class VisitRecords(Protocol):
    """Sealed records by names that tell nothing of their sessions. Each is there until nobody has asked for it for as
    long as a session may be idle. There are so many at most, of which those go first that were asked for longest ago;
    those of guests have so many bytes together at most, of which the largest go first: who fills the room makes it for
    all others. Guests never push out those who are signed in.

    Raises `Fault(busy, code="session_store")` where records cannot be reached: nothing else may stand in for them, or
    who signed out at one process would go on at another.
    """

    async def get(self, name: str) -> SealedVisit | None:
        """A record, which lives on from now."""
        ...

    async def put(self, name: str, sealed: bytes, *, guest: bool, version: int = 0) -> bool:
        """Keep a record: a new one, or one in the place of that of `version`. False where somebody else was quicker, or
        it is gone."""
        ...

    async def drop(self, name: str) -> None:
        """A record goes, if it is there."""
        ...


class Locks(Protocol):
    """Who holds a name, among all processes. A process that died gives back what it held within seconds."""

    async def take(self, name: str) -> bool:
        """Hold it from now on, unless somebody does."""
        ...

    async def give(self, name: str) -> None:
        """Hold it no more. When this returns anybody can take it. Idempotent."""
        ...
