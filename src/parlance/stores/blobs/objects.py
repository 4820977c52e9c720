"""Blobs as objects of a bucket: `<prefix><two last digits of the id>/<id>`, so that several hosts share them.

A writer holds one part in memory and sends it when it is full; one that never fills a part is one request. The SHA-256
of such a one is noted with it, and whoever reads it whole compares. Readers ask for ranges, as many bytes at a time as
a writer sends.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager

from parlance.stores.blobs.bucket import Bucket
from parlance.stores.blobs.bucket_xml import Page
from parlance.stores.blobs.faults import damaged, lost
from parlance.stores.blobs.paths import is_id
from parlance.stores.blobs.sparing import Sparing
from parlance.values.errors import Fault

MEBIBYTE = 1024 * 1024
PART = 8 * MEBIBYTE
"""Bytes of a part: above the 5 MiB that every store asks for, and little enough for fifty uploads at once."""
LARGER_EVERY = 1000
"""Parts after which they become larger by as much again: a store takes at most 10,000, which are 440 GiB so."""
READ = 4 * MEBIBYTE
"""Bytes of one question of a reader."""
PIECE = 256 * 1024
BATCH = 200


class ObjectBlobs:
    """`Blobs` in a bucket, below `prefix` (empty, or ending in `/`)."""

    def __init__(self, bucket: Bucket, prefix: str = "") -> None:
        self._bucket = bucket
        self._prefix = prefix
        self._aborting: set[asyncio.Task[None]] = set()
        self._sparing = Sparing(lambda id: bucket.delete(self._key(id)))

    def undeleted(self) -> AbstractAsyncContextManager[None]:
        """While somebody copies all of it, what this process deletes stays; it goes when the last of them is done."""
        return self._sparing.undeleted()

    async def write(self, id: str) -> ObjectWriting:
        """Begin a blob."""
        return ObjectWriting(self._bucket, self._key(id), self._abort)

    async def read(self, id: str, start: int, stop: int) -> AsyncIterator[bytes]:
        """The bytes of a range."""
        key, whole, at = self._key(id), hashlib.sha256() if start == 0 else None, start
        while at < stop:
            part = await self._bucket.get(key, at, min(at + READ, stop))
            if not part.data:
                raise lost()
            if whole is not None:
                whole.update(part.data)
                if part.sha256 and at + len(part.data) == part.total and whole.hexdigest() != part.sha256:
                    raise damaged()
            at += len(part.data)
            for begin in range(0, len(part.data), PIECE):
                yield part.data[begin : begin + PIECE]

    async def delete(self, id: str) -> None:
        """Remove it, if it is there; while all is copied, after that."""
        await self._sparing.delete(id)

    async def aged(self, before: int) -> AsyncIterator[Sequence[str]]:
        """Old blobs; uploads that were begun as long ago and never finished are removed."""
        page = await self._bucket.listed(self._prefix, "")
        while True:
            old = [id for each in page.entries if each.when < before and (id := self._id(each.key))]
            for begin in range(0, len(old), BATCH):
                yield old[begin : begin + BATCH]
            if not page.key_marker:
                break
            page = await self._bucket.listed(self._prefix, page.key_marker)
        await self._forget(before)

    async def _forget(self, before: int) -> None:
        page = Page((), " ")
        key_marker = upload_marker = ""
        while page.key_marker:
            page = await self._bucket.begun(self._prefix, key_marker, upload_marker)
            for each in page.entries:
                if each.when < before and self._id(each.key):
                    await self._bucket.abort(each.key, each.upload)
            key_marker, upload_marker = page.key_marker, page.upload_marker

    def free(self) -> int | None:
        """A bucket does not say."""
        return None

    async def close(self) -> None:
        """Wait for what is being forgotten."""
        if self._aborting:
            await asyncio.wait(self._aborting)

    def _abort(self, key: str, upload: str) -> None:
        task = asyncio.get_running_loop().create_task(self._aborted(key, upload))
        self._aborting.add(task)
        task.add_done_callback(self._aborting.discard)

    async def _aborted(self, key: str, upload: str) -> None:
        try:
            await self._bucket.abort(key, upload)
        except Fault:
            return  # the sweep finds it when it is old

    def _key(self, id: str) -> str:
        if not is_id(id):
            raise ValueError("This is not the id of a blob.")
        return f"{self._prefix}{id[-2:]}/{id}"

    def _id(self, key: str) -> str:
        """The id of one of our keys; empty for what is none."""
        id = key.rpartition("/")[2]
        return id if is_id(id) and key == f"{self._prefix}{id[-2:]}/{id}" else ""


class ObjectWriting:
    """One blob on its way. `abort` forgets an upload, without waiting."""

    def __init__(self, bucket: Bucket, key: str, abort: Callable[[str, str], None]) -> None:
        self._bucket = bucket
        self._key = key
        self._abort = abort
        self._waiting = bytearray()
        self._hash = hashlib.sha256()
        self._upload = ""
        self._tags: list[str] = []
        self._over = False
        self.size = 0

    async def add(self, piece: bytes) -> None:
        """Take the next bytes; a part that is full goes off."""
        self.size += len(piece)
        self._waiting += piece
        while len(self._waiting) >= self._most():
            await self._send(self._most())

    async def finish(self) -> str:
        """Write the rest, and make an object of it."""
        if self._over:
            raise ValueError("A blob that was abandoned cannot be finished.")
        if not self._upload:
            body = bytes(self._waiting)
            digest = hashlib.sha256(body).hexdigest()
            await self._bucket.put(self._key, body, digest)
            self._over = True
            return digest
        if self._waiting:
            await self._send(len(self._waiting))
        await self._bucket.complete(self._key, self._upload, self._tags)
        self._over = True
        return self._hash.hexdigest()

    def abandon(self) -> None:
        """Nothing more is sent, and what was is forgotten."""
        if self._over:
            return
        self._over = True
        self._waiting.clear()
        if self._upload:
            self._abort(self._key, self._upload)

    def _most(self) -> int:
        return PART * (1 + len(self._tags) // LARGER_EVERY)

    async def _send(self, size: int) -> None:
        if self._over:
            raise ValueError("Nothing can be added to a blob that was abandoned.")
        body = bytes(self._waiting[:size])
        del self._waiting[:size]
        self._hash.update(body)
        if not self._upload:
            self._upload = await self._bucket.begin(self._key)
        self._tags.append(await self._bucket.part(self._key, self._upload, len(self._tags) + 1, body))
