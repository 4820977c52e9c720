"""Where the bytes of files are. Contract suite: `parlance.testing.blobs`.

A blob is written once, whole, and never changed. Its id is made by us; nothing that a client said is ever part of a
path. Every implementation holds:

1. Bytes are taken as they come and are on their way to where they stay: never the whole in memory (but for the one
   that is memory).
2. After `finish` a crash does not lose the blob; before it, nobody can read it.
3. What cannot be stored is `Fault(busy)` with the code `disk_full`, `disk_read_only`, `too_many_open_files` or
   `disk_failed`, for an object store `storage_unreachable`, `storage_denied`, `storage_no_bucket` or `storage_failed`,
   and the next attempt succeeds as soon as the disk or the store allows it.
4. Deleting is idempotent; a reader that has begun may be cut by it, with a `Fault`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Protocol


class Writing(Protocol):
    """One blob that is being written."""

    @property
    def size(self) -> int:
        """Bytes taken so far."""
        ...

    async def add(self, piece: bytes) -> None:
        """Take the next bytes."""
        ...

    async def finish(self) -> str:
        """Make it durable and readable; gives its SHA-256 in hexadecimal."""
        ...

    def abandon(self) -> None:
        """Forget what was taken, without waiting. After `finish` it does nothing."""
        ...


class Blobs(Protocol):
    """Bytes by id. An id is 2 to 64 characters of `0-9a-f-`, the last two hexadecimal."""

    async def write(self, id: str) -> Writing:
        """Begin a blob."""
        ...

    def read(self, id: str, start: int, stop: int) -> AsyncIterator[bytes]:
        """The bytes from `start` up to and without `stop`, in pieces of at most 256 KiB.

        Raises `Fault(missing, code="content_lost")` when there is no such blob or it ends early.
        """
        ...

    async def delete(self, id: str) -> None:
        """Remove it, if it is there."""
        ...

    def aged(self, before: int) -> AsyncIterator[Sequence[str]]:
        """The ids of blobs written before this moment (microseconds), a few hundred at a time; removes what was begun
        before it and never finished."""
        ...

    def free(self) -> int | None:
        """Bytes that may still be written, as far as that is known."""
        ...

    async def close(self) -> None:
        """Finish what was begun and let go of it."""
        ...
