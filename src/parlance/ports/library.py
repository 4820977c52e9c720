"""What orders chats and gives them away: folders, tags, links, and the search in titles and texts, for one tenant.

Contract suite: `tests/contract/test_library_stores.py`. Reads give values from committed state. Changes are statements
for a change set. Who may see what is decided in the core: but for the search, which looks in one user's own chats only,
a store finds any row of its tenant.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from parlance.ports.stores import ChangeSet
from parlance.values.chats import Chat, Folder, Hit, Share

MOST_FOLDERS = 2000
"""Folders of one user: all of them are one list."""


class Piece(msgspec.Struct, frozen=True):
    """Text that is looked for as it stands; `more` says that its last word may go on."""

    text: str
    more: bool = False


class Narrowed(msgspec.Struct, frozen=True):
    """In which chats a search looks; `None` does not ask. `folders` are ids, any of which will do; `tag` a tag's
    key."""

    folders: tuple[str, ...] | None = None
    tag: str | None = None
    pinned: bool | None = None
    archived: bool | None = None


HitPlace = tuple[int, str, str]
"""Where a list of hits goes on: of the last one, what hits are sorted by (newest first), its chat and its turn."""


class Search(Protocol):
    """What stands in the titles and turns of one tenant's chats."""

    async def hits(
        self, user: str, pieces: Sequence[Piece], which: Narrowed, after: HitPlace | None, limit: int
    ) -> Sequence[tuple[HitPlace, Hit]]:
        """Titles and turns of a user in which all pieces stand, newest first. Pieces without a letter or digit in them
        are not looked for; there must be one with."""
        ...

    def searchable(self, pieces: Sequence[Piece]) -> bool:
        """Whether there is anything to look for."""
        ...


class Folders(Protocol):
    """The folders of one tenant."""

    async def folder(self, id: str) -> Folder | None:
        """A folder with its files."""
        ...

    async def all(self, user: str) -> Sequence[Folder]:
        """All folders of a user, by name."""
        ...

    def insert(self, folder: Folder) -> ChangeSet:
        """A new folder; a conflict when its parent is gone."""
        ...

    def change(self, folder: Folder, fields: Mapping[str, Any], now: int) -> ChangeSet:
        """New values of `name`, `instructions` or `files`; a conflict when it has changed since it was read."""
        ...

    def move(self, folder: Folder, above: Sequence[Folder], now: int) -> ChangeSet:
        """Put it into the last of `above`, which are all folders above it then, the topmost first; a conflict when one
        of them has changed."""
        ...

    def delete(self, folder: Folder) -> ChangeSet:
        """A folder goes; its chats and folders are in its parent then. A conflict when it has changed."""
        ...


class Tagged(msgspec.Struct, frozen=True):
    """A tag, as it was written last, and how many chats have it."""

    tag: str
    chats: int


class Tags(Protocol):
    """The tags of one tenant's chats."""

    async def all(self, user: str) -> Sequence[Tagged]:
        """A user's tags, by name."""
        ...

    async def of(self, chats: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        """The tags of chats, by the chats' ids; of at most two hundred."""
        ...

    def set(self, chat: Chat, tags: Iterable[str]) -> ChangeSet:
        """A chat has these tags and no others."""
        ...


class Opened(msgspec.Struct, frozen=True):
    """A link with what it shows."""

    share: Share
    content: bytes


class Shares(Protocol):
    """The links of one tenant's chats."""

    async def share(self, id: str) -> Share | None:
        """A link by its id."""
        ...

    async def all(self, user: str, chat: str | None, before: str | None, limit: int) -> Sequence[Share]:
        """A user's links, newest first: those with an id below `before`, perhaps of one chat only."""
        ...

    def insert(self, share: Share, digest: str, content: bytes) -> ChangeSet:
        """A new link to what is in `content`; a conflict when its chat is gone."""
        ...

    def delete(self, share: Share) -> ChangeSet:
        """A link goes. Nothing happens when it is gone."""
        ...


class LibraryStores(Protocol):
    """The stores of every tenant."""

    def search(self, tenant: str) -> Search:
        """The search in a tenant's chats."""
        ...

    def folders(self, tenant: str) -> Folders:
        """A tenant's folders."""
        ...

    def tags(self, tenant: str) -> Tags:
        """A tenant's tags."""
        ...

    def shares(self, tenant: str) -> Shares:
        """A tenant's links."""
        ...

    async def opened(self, digest: str) -> Opened | None:
        """What the link with a token of this digest shows, whose ever it is: none while they or their tenant are
        disabled."""
        ...
