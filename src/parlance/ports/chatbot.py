"""What the chatbot app keeps and asks of others. Contract suite: `tests/contract/test_chatbot_stores.py`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

import msgspec

from parlance.ports.stores import ChangeSet
from parlance.values.chatbot import ChatbotUser, KeptSet, Room, SetEntry


class ChatbotStore(Protocol):
    """People and sets of one tenant. Changes are statements for a change set: nothing has happened until it is
    applied, and each applies only where its row is still as it was read."""

    async def user(self, name: str) -> ChatbotUser | None:
        """Somebody by name."""
        ...

    async def users(self, after: str, limit: int) -> Sequence[ChatbotUser]:
        """People by name, those behind `after`."""
        ...

    async def sets(self, user: str) -> Sequence[SetEntry]:
        """A user's sets by name, without what is in them."""
        ...

    async def set(self, user: str, name: str) -> KeptSet | None:
        """One set."""
        ...

    async def room(self, user: str) -> Room:
        """How much a user keeps."""
        ...

    def insert_user(self, user: ChatbotUser) -> ChangeSet:
        """Somebody new; a conflict when the name is taken."""
        ...

    def salt(self, user: ChatbotUser, salt: bytes) -> ChangeSet:
        """The salt of somebody who had none; a conflict when there is one by now."""
        ...

    def insert_set(self, user: str, kept: KeptSet) -> ChangeSet:
        """A new set; a conflict when there is one of this name, or no such user."""
        ...

    def replace_set(self, user: str, kept: KeptSet) -> ChangeSet:
        """Other contents for the set of version `kept.version`; a conflict when it is at another one."""
        ...

    def delete_set(self, user: str, name: str) -> ChangeSet:
        """A set goes; a conflict when it is gone."""
        ...


class Cipher(Protocol):
    """Makes a user's key of the password, and seals with it. Slow work is done away from the event loop."""

    async def key(self, password: str, salt: bytes) -> bytes:
        """The key: PBKDF2-HMAC-SHA256 of 100,000 rounds, 32 bytes."""
        ...

    async def seal(self, key: bytes, text: bytes) -> bytes:
        """A Fernet token of the text."""
        ...

    async def open(self, key: bytes, token: bytes) -> bytes:
        """The text. Raises `Fault(internal, code="cannot_unseal")` under any other key, or when a byte was changed."""
        ...


class Pieces(Protocol):
    """Sound as it comes. Whoever reads it closes it: that hangs up."""

    def __aiter__(self) -> AsyncIterator[bytes]: ...

    async def __anext__(self) -> bytes: ...

    async def aclose(self) -> None:
        """Hang up. Idempotent."""
        ...


class Sound(msgspec.Struct, frozen=True):
    """An answer of the speech service: `pieces` come as they are made; `reason` are the words of a refusal."""

    status: int
    pieces: Pieces
    reason: str = ""


class Speaker(Protocol):
    """The text-to-speech service that the operator named."""

    async def speak(self, text: str, voice: str, *, stream: bool) -> Sound:
        """Ask for speech. Raises `Fault` (upstream, timed_out) where the service cannot be reached; what breaks later
        is raised by the pieces."""
        ...
