"""Signals: what one process has to say to the others, now. Contract suite: `parlance.testing.signals`.

Nothing is kept: who is not there when something is said does not hear of it. So a signal only ever hastens what would
be found out anyway, or asks for what only the process can do that is asked.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

Answering = Callable[[bytes], Awaitable[bytes | None]]
"""What a process does about what it hears, and its answer; `None` says that it has none."""


class Signals(Protocol):
    """Words between processes, as bytes under a topic."""

    def on(self, topic: str, answering: Answering) -> None:
        """Hear what others say under a topic; one listener for each."""
        ...

    async def ask(self, topic: str, said: bytes, *, process: str | None = None) -> bytes | None:
        """The first answer of any other process (or of that one); `None` where nobody has one, within a second."""
        ...

    async def tell(self, topic: str, said: bytes) -> None:
        """Let all others hear it. Does not wait for what they do about it."""
        ...


class Alone:
    """`Signals` where there are no others."""

    def on(self, topic: str, answering: Answering) -> None:
        """Nothing will be heard."""

    async def ask(self, topic: str, said: bytes, *, process: str | None = None) -> bytes | None:
        """Nobody answers."""
        return None

    async def tell(self, topic: str, said: bytes) -> None:
        """Nobody hears."""
