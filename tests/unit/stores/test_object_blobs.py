"""Blobs in a bucket, over S3's protocol and COS's, held to the contract; and what only an object store can do."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from parlance.assembly.storage import OutboundWire
from parlance.outbound.calls import Origin
from parlance.outbound.client import Client
from parlance.stores.blobs.bucket import ATTEMPTS, Bucket
from parlance.stores.blobs.objects import PART, ObjectBlobs
from parlance.stores.blobs.qsign import QSign
from parlance.stores.blobs.sigv4 import SigV4
from parlance.stores.blobs.wire import Ask
from parlance.testing.blobs import ID, OTHER, BlobsContract, fetched, stored
from parlance.testing.upstreams.mock_bucket import MockBucket
from parlance.values.errors import Fault, Kind
from parlance.values.time import SECOND, SystemClock

KEY, WORD = "key-of-a-test", "word/of+a=test"
PLACE = f"p/{ID[-2:]}/{ID}"


class House:
    """Blobs over a stand-in. `waits` are the pauses between attempts."""

    def __init__(self, store: MockBucket, cos: bool, secret: str = WORD, create: bool = False) -> None:
        self.store = store
        self.client = Client()
        self.waits: list[float] = []
        origin, _ = Origin.split(store.origin)
        signer = QSign(KEY, secret) if cos else SigV4(KEY, secret, "eu-1")
        wire = OutboundWire(self.client, origin)
        bucket = Bucket(wire, signer, SystemClock(), self._wait, lambda: 0.5, "/b", create)
        self.blobs = ObjectBlobs(bucket, "p/")

    async def _wait(self, seconds: float) -> None:
        self.waits.append(seconds)

    async def close(self) -> None:
        await self.blobs.close()
        await self.client.close()


@pytest.fixture(params=["s3", "cos"])
async def house(request: pytest.FixtureRequest) -> AsyncIterator[House]:
    cos = request.param == "cos"
    async with MockBucket(KEY, WORD, cos=cos) as store:
        made = House(store, cos)
        yield made
        await made.close()


class TestObjectBlobs(BlobsContract):
    """The contract."""

    bounded = False

    @pytest.fixture
    def blobs(self, house: House) -> ObjectBlobs:
        """In a bucket."""
        return house.blobs


async def refused(house: House, data: bytes = b"tea") -> Fault:
    """The fault of somebody who wants to write."""
    with pytest.raises(Fault) as caught:
        await stored(house.blobs, data)
    return caught.value


@pytest.mark.slow
async def test_large_ones_go_in_parts_and_come_in_ranges(house: House) -> None:
    """And the whole is what it was."""
    data = bytes(number * 7 % 251 for number in range(251)) * ((2 * PART + 1000) // 251)
    writing = await house.blobs.write(ID)
    for start in range(0, len(data), 300_001):
        await writing.add(data[start : start + 300_001])
        assert len(writing._waiting) < PART
    assert len(house.store.uploads) == 1 and PLACE not in house.store.objects
    assert await writing.finish() == hashlib.sha256(data).hexdigest()
    assert house.store.uploads == {} and house.store.objects[PLACE].data == data
    assert await fetched(house.blobs, 0, len(data)) == data
    assert await fetched(house.blobs, PART - 5, PART + 5) == data[PART - 5 : PART + 5]
    assert max(len(call.body) for call in house.store.calls) == PART


@pytest.mark.slow
async def test_an_abandoned_upload_is_forgotten_by_the_store(house: House) -> None:
    """At once where the store can be asked, else by the sweep; others' and younger ones stay."""
    for id, failing in ((ID, False), (OTHER, True)):
        writing = await house.blobs.write(id)
        await writing.add(bytes(PART + 1))
        if failing:
            house.store.fail(500, times=ATTEMPTS, method="DELETE")
        writing.abandon()
        await house.blobs.close()
        assert len(house.store.uploads) == failing
        with pytest.raises(ValueError, match="abandoned"):
            await writing.finish()
    assert [ids async for ids in house.blobs.aged(0)] == [] and len(house.store.uploads) == 1
    assert [ids async for ids in house.blobs.aged(SystemClock().now() + SECOND)] == []
    assert house.store.uploads == {}


async def test_a_list_of_many_pages_is_read_to_its_end(house: House) -> None:
    """And what lies there that is not ours is not told."""
    ids = [f"{number:08x}" for number in range(25)]
    for id in ids:
        await stored(house.blobs, b"x", id)
    house.store.objects["p/notes.txt"] = house.store.objects["p/aa/elsewhere"] = house.store.objects[f"p/00/{ids[0]}"]
    house.store.page = 4
    found = [id async for some in house.blobs.aged(SystemClock().now() + SECOND) for id in some]
    assert sorted(found) == ids


@pytest.mark.parametrize(
    ("status", "code"), [(500, "InternalError"), (503, "SlowDown"), (429, ""), (400, "RequestTimeout")]
)
async def test_what_fails_in_passing_is_asked_again(house: House, status: int, code: str) -> None:
    """Later each time."""
    house.store.fail(status, code, times=ATTEMPTS - 1)
    await stored(house.blobs, b"tea")
    assert house.waits == [0.2, 0.4, 0.8, 1.6]
    house.store.fail(status, code, times=2, method="GET")
    assert await fetched(house.blobs, 0, 3) == b"tea"


@pytest.mark.slow
async def test_an_end_that_was_not_heard_is_an_end(house: House) -> None:
    """The store did it and said that it failed: once more finds it done, of one part and of several."""
    house.store.fail(500, after=True, method="PUT")
    await stored(house.blobs, b"tea")
    writing = await house.blobs.write(OTHER)
    await writing.add(bytes(PART + 3))
    house.store.fail(500, after=True, method="POST")
    await writing.finish()
    assert await fetched(house.blobs, PART, PART + 3, OTHER) == bytes(3)
    house.store.fail(500, after=True, method="DELETE")
    await house.blobs.delete(ID)
    assert PLACE not in house.store.objects


async def test_nothing_is_written_over(house: House) -> None:
    """Another content under an id that is taken is refused, and what is there stays."""
    await stored(house.blobs, b"one")
    assert (await refused(house, b"two")).code == "storage_failed"
    assert await fetched(house.blobs, 0, 3) == b"one"


async def test_a_store_without_conditions_is_written_without(house: House) -> None:
    """It is asked for one once."""
    house.store.conditions = False
    await stored(house.blobs, b"one")
    await stored(house.blobs, b"two", OTHER)
    assert [call.method for call in house.store.calls] == ["PUT", "PUT", "PUT"]


async def test_bytes_that_changed_in_the_store_are_told(house: House) -> None:
    """Whoever reads all of them hears it; a store that gives another range, too."""
    await stored(house.blobs, b"tea and cake")
    house.store.objects[PLACE].data = b"tea and cold"
    with pytest.raises(Fault) as caught:
        await fetched(house.blobs, 0, 12)
    assert caught.value.code == "content_lost"
    assert await fetched(house.blobs, 4, 7) == b"and"


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (403, "AccessDenied", "storage_denied"),
        (404, "NoSuchBucket", "storage_no_bucket"),
        (507, "XMinioStorageFull", "disk_full"),
        (400, "QuotaExceeded", "disk_full"),
        (418, "Teapot", "storage_failed"),
        (500, "", "storage_unreachable"),
    ],
)
async def test_what_the_store_refuses_has_a_name(house: House, status: int, code: str, expected: str) -> None:
    """And is tried again when it lets us: the next write goes well."""
    house.store.fail(status, code, times=ATTEMPTS if status == 500 else 1)
    fault = await refused(house)
    assert (fault.kind, fault.code) == (Kind.busy, expected) and fault.retry_after
    assert KEY not in str(fault) and WORD not in str(fault) and "127.0.0.1" not in str(fault)
    await stored(house.blobs, b"tea")


@pytest.mark.parametrize("cos", [False, True])
async def test_another_key_is_refused(cos: bool) -> None:
    """The stand-in checks every signature, and so do stores."""
    async with MockBucket(KEY, WORD, cos=cos) as store:
        house = House(store, cos, secret="another")
        fault = await refused(house)
        assert fault.code == "storage_denied" and "SignatureDoesNotMatch" in fault.message
        await house.close()


async def test_a_store_that_is_away_is_told(house: House) -> None:
    """After all attempts, and nothing of where it is."""
    await house.store.stop()
    assert (await refused(house)).code == "storage_unreachable" and len(house.waits) == ATTEMPTS - 1


async def test_a_bucket_is_made_where_that_is_wanted() -> None:
    """With the first that goes there; otherwise it is told that there is none."""
    async with MockBucket(KEY, WORD) as store:
        store.exists = False
        asking = House(store, False)
        assert (await refused(asking)).code == "storage_no_bucket"
        await asking.close()
        making = House(store, False, create=True)
        await stored(making.blobs, b"tea")
        assert store.exists and await fetched(making.blobs, 0, 3) == b"tea"
        await making.close()


async def test_what_is_copied_is_deleted_after_that(house: House) -> None:
    """Also when two copy."""
    await stored(house.blobs, b"tea")
    async with house.blobs.undeleted(), house.blobs.undeleted():
        await house.blobs.delete(ID)
        assert await fetched(house.blobs, 0, 3) == b"tea"
    assert house.store.objects == {}


@pytest.mark.parametrize("id", ["", "../x", "a/b", "A0", "0" * 65])
async def test_only_ids_become_keys(house: House, id: str) -> None:
    """Nothing that somebody said is ever part of one."""
    with pytest.raises(ValueError, match="not the id"):
        await house.blobs.write(id)
    assert house.store.calls == []


@pytest.mark.slow
async def test_readers_and_writers_at_once_do_not_mix(house: House) -> None:
    """Twenty of each."""
    ids = [f"{number:04x}" for number in range(20)]
    await asyncio.gather(*(stored(house.blobs, id.encode() * 100_000, id) for id in ids))
    found = await asyncio.gather(*(fetched(house.blobs, 0, 400_000, id) for id in ids))
    assert found == [id.encode() * 100_000 for id in ids]


def test_signature_v4_is_that_of_its_documentation() -> None:
    """The examples "GET Object" and "GET Bucket (List Objects)" of the Amazon S3 API reference."""
    made_up = "AKIA" + "IOSFODNN7EXAMPLE"
    signer = SigV4(made_up, "wJalrXUtnFEMI/K7MDENG/bPxRfiCY" + "EXAMPLEKEY", "us-east-1")
    now = int(datetime(2013, 5, 24, tzinfo=UTC).timestamp()) * SECOND
    host = "examplebucket.s3.amazonaws.com"
    one = signer.signed(Ask("GET", "/test.txt", headers={"range": "bytes=0-9"}), host, now)
    assert one.headers["authorization"].endswith(
        "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
        "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    )
    some = signer.signed(Ask("GET", "/", query=(("max-keys", "2"), ("prefix", "J"))), host, now)
    assert some.headers["authorization"][-64:] == "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"


def test_the_signature_of_cos_is_that_of_its_documentation() -> None:
    """The example of an upload in "Request Signature"."""
    signer = QSign("AKID" + "Qjz3ltompVjBni5LitkWHFlFpwkn9U5q", "BQYIM75p8x0iWVFSIgqEK" + "wFprpRSVHlz")
    headers = {
        "content-length": "13",
        "content-md5": "mQ/fVh815F3k6TAUm8m0eg==",
        "content-type": "text/plain",
        "date": "Thu, 16 May 2019 06:45:51 GMT",
        "x-cos-acl": "private",
        "x-cos-grant-read": 'uin="100000000011"',
    }
    ask = Ask("PUT", "/exampleobject(腾讯云)", headers=headers)
    word = signer.word(ask, "examplebucket-1250000000.cos.ap-beijing.myqcloud.com", "1557989151;1557996351")
    assert word.endswith("q-url-param-list=&q-signature=3b8851a11a569213c17ba8fa7dcf2abec6935172")
