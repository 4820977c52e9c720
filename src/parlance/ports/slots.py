"""Slots that all processes share: of one name no more are taken at once than there are places. Contract suite:
`parlance.testing.slots`.

Each process lets its own callers come one after the other (`core/admission/slots.py`), and takes a slot here for
whoever is next; between processes it goes by who came first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class Slots(Protocol):
    """Slots by name. The slots of a process that is gone become free by themselves, within seconds."""

    async def take(self, name: str, places: int, waits: Callable[[], None]) -> str:
        """Wait for one of so many places; gives the ticket to give it back with. `waits` is called once, if it has to.

        A cancelled caller has none. Where the others cannot be reached, nobody is waited for.
        """
        ...

    def give(self, name: str, ticket: str) -> None:
        """Give a slot back, whoever waits gets it soon."""
        ...
