"""The doctor tries a bucket, and says what to do where it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from parlance.cli.doctor_storage import storage
from parlance.settings.schema import Settings
from parlance.settings.secret import Secret
from parlance.settings.storage import S3, Cos, Storage
from parlance.stores.blobs.bucket import ATTEMPTS
from parlance.testing.upstreams import in_thread
from parlance.testing.upstreams.mock_bucket import MockBucket

KEY, WORD = "key-of-a-test", "word-of-a-test"


@pytest.fixture(params=["s3", "cos"])
def store(request: pytest.FixtureRequest) -> Iterator[MockBucket]:
    with in_thread(MockBucket(KEY, WORD, cos=request.param == "cos", bucket="papers-1")) as made:
        yield made


def settings(store: MockBucket, word: str = WORD, bucket: str = "papers-1") -> Settings:
    """Those that name the stand-in."""
    if store.cos:
        cos = Cos(bucket, "1", None, Secret(KEY), Secret(word), "kb/", store.origin)
        return Settings(storage=Storage("cos", cos=msgspec.structs.replace(cos, bucket=bucket.removesuffix("-1"))))
    s3 = S3(store.origin.removeprefix("http://"), False, bucket, "eu-1", Secret(KEY), Secret(word), "kb")
    return Settings(storage=Storage("s3", s3=s3))


def test_a_bucket_that_works_is_left_empty(store: MockBucket) -> None:
    """It was written to, read, listed, and what was written is gone."""
    [found] = storage(settings(store))
    assert found.state == "ok" and store.objects == {}
    assert {call.method for call in store.calls} == {"PUT", "GET", "DELETE"}
    assert all(call.path.startswith("/papers-1/") for call in store.calls)
    assert any("/papers-1/kb/" in call.path for call in store.calls)


def test_what_is_wrong_is_told_with_what_to_do(store: MockBucket) -> None:
    """A wrong key, a bucket that is not there, a store that fails; and nothing of the key."""
    [denied] = storage(settings(store, word="another"))
    assert denied.state == "fail" and "SignatureDoesNotMatch" in denied.detail and "key" in denied.advice
    [missing] = storage(settings(store, bucket="nowhere-1"))
    assert "no such bucket" in missing.detail and f"storage.{'cos' if store.cos else 's3'}.bucket" in missing.advice
    store.fail(418, "Teapot")
    [strange] = storage(settings(store))
    assert "Teapot" in strange.detail and "log" in strange.advice
    store.fail(503, times=ATTEMPTS)
    [away] = storage(settings(store))
    assert "endpoint" in away.advice and WORD not in f"{denied}{missing}{strange}{away}"


def test_a_folder_is_looked_at_elsewhere(tmp_path: Path) -> None:
    """Memory is worth a note."""
    assert list(storage(Settings())) == []
    [note] = storage(Settings(storage=Storage("memory")))
    assert note.state == "note"
