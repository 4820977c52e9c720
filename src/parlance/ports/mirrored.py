"""A folder in which a user's chats are files, kept current.

Contract suite: `tests/unit/stores/test_mirror_folder.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec


class Page(msgspec.Struct, frozen=True):
    """A chat as a file. `name` is what the file should be called, `mark` what the content was made of; without any
    content the file goes."""

    chat: str
    name: str = ""
    mark: str = ""
    content: bytes | None = None


class ChatFolder(Protocol):
    """One user's folder. What it did not write itself it never changes and never removes."""

    async def marks(self) -> Mapping[str, str]:
        """The marks of the files that are there, by their chats. Raises OSError."""
        ...

    async def lay(self, pages: Sequence[Page]) -> None:
        """Write files, each replaced whole, and remove those of chats that are gone. Raises OSError."""
        ...
