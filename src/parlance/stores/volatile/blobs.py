"""Blobs in memory: for tests, and for a server that keeps nothing."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Sequence

from parlance.values.errors import Fault, Kind
from parlance.values.time import Clock

PIECE = 256 * 1024
MOST = 256 * 1024 * 1024
"""Bytes of all blobs together: a server without a disk must not fall over when people upload."""


class MemoryBlobs:
    """`Blobs` of at most `most` bytes together."""

    def __init__(self, clock: Clock, most: int = MOST) -> None:
        self._clock = clock
        self._most = most
        self._blobs: dict[str, tuple[int, bytes]] = {}
        self.taken = 0

    async def write(self, id: str) -> MemoryWriting:
        """Begin a blob."""
        return MemoryWriting(self, id)

    async def read(self, id: str, start: int, stop: int) -> AsyncIterator[bytes]:
        """The bytes of a range."""
        while start < stop:
            piece = self._blobs.get(id, (0, b""))[1][start : min(start + PIECE, stop)]
            if not piece:
                raise Fault(Kind.missing, "The content of this file is not there any more.", code="content_lost")
            start += len(piece)
            yield piece

    async def delete(self, id: str) -> None:
        """Remove it, if it is there."""
        self.taken -= len(self._blobs.pop(id, (0, b""))[1])

    async def aged(self, before: int) -> AsyncIterator[Sequence[str]]:
        """Old blobs, all at once."""
        old = [id for id, (written, _) in self._blobs.items() if written < before]
        if old:
            yield old

    def free(self) -> int | None:
        """What is left of the bound."""
        return self._most - self.taken

    async def close(self) -> None:
        """Nothing is held."""

    def take(self, bytes: int) -> None:
        """Make room, or raise the fault of a full disk; a negative number gives room back."""
        if self.taken + bytes > self._most:
            raise Fault(Kind.busy, "The server's memory for files is full.", retry_after=5.0, code="disk_full")
        self.taken += bytes

    def keep(self, id: str, data: bytes) -> None:
        """A blob is whole; its room was taken while it was written."""
        self._blobs[id] = (self._clock.now(), data)


class MemoryWriting:
    """One blob on its way."""

    def __init__(self, blobs: MemoryBlobs, id: str) -> None:
        self._blobs = blobs
        self._id = id
        self._data = bytearray()
        self._over = False
        self.size = 0

    async def add(self, piece: bytes) -> None:
        """Take the next bytes."""
        self._blobs.take(len(piece))
        self._data += piece
        self.size += len(piece)

    async def finish(self) -> str:
        """Make it readable."""
        data = bytes(self._data)
        self._over = True
        self._blobs.keep(self._id, data)
        return hashlib.sha256(data).hexdigest()

    def abandon(self) -> None:
        """Forget it."""
        if not self._over:
            self._over = True
            self._blobs.take(-len(self._data))
            self._data.clear()
