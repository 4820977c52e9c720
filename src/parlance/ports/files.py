"""Where the rows of files are, for one tenant; and for the keeper, who looks after all of them.

Contract suite: `tests/contract/test_file_stores.py`. Reads are awaited; changes are statements that a change set is
made of. Room is counted for the whole tenant (the row of the user `""`) and for the user, always in this order, so that
two change sets never wait for each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from parlance.ports.stores import ChangeSet
from parlance.values.files import File, Hold, Room

WHOLE_TENANT = ""
"""Whose room the tenant's is."""
UNBOUND = 1 << 62
"""In place of no bound: more bytes than there are."""
PAGE = 200
"""Files of one page at the most."""


class Rooms(Protocol):
    """Room in one tenant: counted, and reserved by uploads under way."""

    async def room(self, user: str) -> Room | None:
        """What somebody's files take; nothing where there has never been one."""
        ...

    async def hold(self, id: str) -> Hold | None:
        """Room that an upload has reserved."""
        ...

    def make_room(self, user: str) -> ChangeSet:
        """Somebody's empty count; a conflict where there is one."""
        ...

    def reserve(self, hold: Hold, user_limit: int | None, tenant_limit: int | None) -> ChangeSet:
        """Take room for a new upload; a conflict where there is not enough."""
        ...

    def extend(
        self, hold: Hold, more: int, expires: int, user_limit: int | None, tenant_limit: int | None
    ) -> ChangeSet:
        """Take `more` room for an upload, until `expires`; a conflict where there is not enough, or it has expired."""
        ...

    def release(self, hold: Hold) -> ChangeSet:
        """Give back what an upload had reserved; a conflict where somebody has done so."""
        ...


class Files(Rooms, Protocol):
    """The files of one tenant."""

    async def file(self, id: str) -> File | None:
        """A file by its id."""
        ...

    async def page(self, user: str, before: str | None, most: int) -> Sequence[File]:
        """A user's files, newest first: those with an id below `before`, at most `most` of them."""
        ...

    def settle(self, hold: Hold, file: File) -> ChangeSet:
        """The upload is whole: its row, and what it takes in place of what it had reserved. A conflict where the
        reservation is gone."""
        ...

    def delete(self, file: File) -> ChangeSet:
        """A file goes, with its room; a conflict where it is gone already."""
        ...

    def delete_all(self, user: str, files: Iterable[File]) -> ChangeSet:
        """These files of a user and the user's count go; a conflict where one of them is gone already."""
        ...


class RoomKeeping(Protocol):
    """The reservations of every tenant, for the one worker that looks after them."""

    async def overdue(self, now: int) -> Sequence[Hold]:
        """Some reservations whose time is over (microseconds)."""
        ...

    def rooms(self, tenant: str) -> Rooms:
        """The room in one tenant."""
        ...


class FileKeeping(RoomKeeping, Protocol):
    """The rows of every tenant."""

    async def unknown(self, blobs: Sequence[str]) -> Sequence[str]:
        """Of these blobs, the ones that no file, no document and no upload names."""
        ...

    def files(self, tenant: str) -> Files:
        """The files of one tenant."""
        ...
