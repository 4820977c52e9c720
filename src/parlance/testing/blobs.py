"""The contract of a blob store: subclass, give the fixture `blobs`, and inherit the tests."""

from __future__ import annotations

import asyncio
import hashlib
import time

import pytest

from parlance.ports.blobs import Blobs
from parlance.values.errors import Fault
from parlance.values.time import SECOND

ID = "01932c07-209c-7a4e-9b6d-5f0e8c1d2a3b"
OTHER = "01932c07-209c-7a4e-9b6d-5f0e8c1d2a4c"


async def stored(blobs: Blobs, data: bytes, id: str = ID) -> str:
    """Write a blob in a few pieces; gives its hash."""
    writing = await blobs.write(id)
    third = max(1, len(data) // 3)
    for start in range(0, len(data), third):
        await writing.add(data[start : start + third])
    assert writing.size == len(data)
    return await writing.finish()


async def fetched(blobs: Blobs, start: int, stop: int, id: str = ID) -> bytes:
    """A range of a blob, joined."""
    pieces = [piece async for piece in blobs.read(id, start, stop)]
    assert all(0 < len(piece) <= 256 * 1024 for piece in pieces)
    return b"".join(pieces)


class BlobsContract:
    """What every blob store does. `bounded` says whether it knows what room is left."""

    bounded = True

    @pytest.mark.parametrize("size", [0, 1, 256 * 1024, 1_000_003])
    async def test_what_was_written_is_read_back_whole_and_its_hash_is_told(self, blobs: Blobs, size: int) -> None:
        """From nothing to many pieces."""
        data = bytes(range(256)) * (size // 256) + bytes(size % 256)
        assert await stored(blobs, data) == hashlib.sha256(data).hexdigest()
        assert await fetched(blobs, 0, size) == data

    async def test_a_range_gives_these_bytes_and_no_others(self, blobs: Blobs) -> None:
        """Also across the edge of a piece."""
        data = bytes(number % 251 for number in range(600_000))
        await stored(blobs, data)
        for start, stop in ((0, 1), (599_999, 600_000), (262_100, 262_200), (5, 5), (100, 530_000)):
            assert await fetched(blobs, start, stop) == data[start:stop]

    async def test_nobody_reads_a_blob_before_it_is_finished(self, blobs: Blobs) -> None:
        """Half a file is no file."""
        writing = await blobs.write(ID)
        await writing.add(bytes(300_000))
        with pytest.raises(Fault) as caught:
            await fetched(blobs, 0, 1)
        assert caught.value.code == "content_lost"
        await writing.finish()
        assert await fetched(blobs, 0, 300_000) == bytes(300_000)

    async def test_an_abandoned_blob_leaves_nothing_behind(self, blobs: Blobs) -> None:
        """Neither to read nor to list."""
        writing = await blobs.write(ID)
        await writing.add(bytes(300_000))
        writing.abandon()
        with pytest.raises(Fault):
            await fetched(blobs, 0, 1)
        assert await self.old(blobs) == []

    async def test_abandoning_after_the_end_changes_nothing(self, blobs: Blobs) -> None:
        """Whoever cleans up need not know how far it came."""
        writing = await blobs.write(ID)
        await writing.add(b"kept")
        await writing.finish()
        writing.abandon()
        await asyncio.sleep(0)
        assert await fetched(blobs, 0, 4) == b"kept"

    async def test_a_deleted_blob_is_gone_and_may_be_deleted_again(self, blobs: Blobs) -> None:
        """Others stay."""
        await stored(blobs, b"one")
        await stored(blobs, b"two", OTHER)
        await blobs.delete(ID)
        await blobs.delete(ID)
        with pytest.raises(Fault) as caught:
            await fetched(blobs, 0, 3)
        assert caught.value.code == "content_lost"
        assert await fetched(blobs, 0, 3, OTHER) == b"two"

    async def test_reading_past_the_end_is_told_as_lost_content(self, blobs: Blobs) -> None:
        """A row that promises more than the disk has must not pass for a whole file."""
        await stored(blobs, b"short")
        with pytest.raises(Fault) as caught:
            await fetched(blobs, 0, 10)
        assert caught.value.code == "content_lost"

    async def test_only_old_blobs_are_listed_as_aged(self, blobs: Blobs) -> None:
        """Those written before a moment, whatever it is."""
        await stored(blobs, b"one")
        await stored(blobs, b"two", OTHER)
        assert sorted(await self.old(blobs)) == [ID, OTHER]
        assert await self.old(blobs, before=0) == []

    async def test_a_reader_who_leaves_early_may_do_so(self, blobs: Blobs) -> None:
        """And the blob can be read again, and deleted."""
        await stored(blobs, bytes(1_000_000))
        reading = blobs.read(ID, 0, 1_000_000)
        assert await anext(reading)
        close = getattr(reading, "aclose", None)
        assert close is not None
        await close()
        assert len(await fetched(blobs, 0, 1_000_000)) == 1_000_000
        await blobs.delete(ID)

    async def test_there_is_room_to_be_told_of(self, blobs: Blobs) -> None:
        """Once there is something."""
        await stored(blobs, b"one")
        free = blobs.free()
        assert free is None if not self.bounded else free is not None and free > 0

    async def old(self, blobs: Blobs, before: int | None = None) -> list[str]:
        """All ids from before a moment; by default from before an hour from now, on any clock a test may use."""
        moment = int(time.time() + 10 * 366 * 86400) * SECOND if before is None else before
        return [id async for some in blobs.aged(moment) for id in some]
