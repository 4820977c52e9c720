"""Chats that come in piece by piece, for one tenant. Contract suite: `tests/contract/test_arrivals.py`.

Until its last piece is stored, no read of chats, turns or search knows of such a chat. What is left of one that was
broken off is found here, and removed piece by piece, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from parlance.ports.stores import ChangeSet, Statement
from parlance.values.chats import Chat


class Arriving(msgspec.Struct, frozen=True):
    """A chat that is on its way in, and the process that brings it."""

    chat: str
    process: str


class Arrivals(Protocol):
    """What is on its way in for one tenant's users."""

    async def all(self) -> Sequence[Arriving]:
        """Chats that are on their way in, at most two hundred."""
        ...

    def expect(self, chat: Chat, process: str) -> ChangeSet:
        """This process brings a chat. Its turns are inserted like those of any other; its title, its folder, its
        client's id and its tags come with `admit`."""
        ...

    def admit(self, chat: Chat, process: str) -> ChangeSet:
        """The chat is here, as it is given now; a conflict when this process does not bring it any more."""
        ...

    def take(self, left: Arriving, process: str) -> Statement:
        """It is this process's from now on; a conflict when it is not `left.process`'s any more."""
        ...

    def clear(self, chat: str, up_to: str) -> ChangeSet:
        """Its turns with ids up to this one go."""
        ...
