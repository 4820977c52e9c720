"""The chatbot app's people and their sets, as they are kept: what belongs to a user is sealed with the user's own key.

Times are in microseconds since 1970. Sealed texts are Fernet tokens of UTF-8, just as that app's own files have them.
"""

from __future__ import annotations

import msgspec

Pair = tuple[str, str]
"""What a person said, and what was answered."""
MOST_SETS = 500
"""Of one user."""
DEFAULT_SET = "default"
"""The set that is always there."""


class ChatbotUser(msgspec.Struct, frozen=True):
    """Somebody who signed up there. `password_hash` is bcrypt's; `salt` goes into the key and is made at the first
    sign-in of somebody who has none."""

    name: str
    password_hash: str
    created: int
    tier: str = "free"
    salt: bytes | None = None

    @property
    def premium(self) -> bool:
        """Whether the models of that tier may be used."""
        return self.tier.lower() == "premium"


class SetEntry(msgspec.Struct, frozen=True):
    """One line of a list of sets."""

    name: str
    created: int
    encrypted: bool


class Room(msgspec.Struct, frozen=True):
    """How many sets somebody has, and the bytes of all texts in them as they lie there."""

    sets: int
    bytes: int


class KeptSet(msgspec.Struct, frozen=True):
    """A set as it lies in a row: each text sealed where `encrypted`, in the open where it was brought so; `None` where
    nobody wrote one. `version` grows with every change."""

    name: str
    created: int
    encrypted: bool
    memory: bytes | None = None
    prompt: bytes | None = None
    history: bytes | None = None
    version: int = 0


class Contents(msgspec.Struct, frozen=True):
    """What is in a set, readable. `prompt` is `None` until somebody writes one."""

    memory: str = ""
    prompt: str | None = None
    history: tuple[Pair, ...] = ()
    encrypted: bool = True
