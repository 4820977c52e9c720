"""A backup takes along what is in a bucket, and comes back into a folder or a bucket."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import pytest

from parlance.assembly.backup import Kept, back_up, restore
from parlance.assembly.storage import blobs as chosen
from parlance.outbound.client import Client
from parlance.ports.stores import Statement, Value
from parlance.settings.schema import Settings
from parlance.settings.secret import Secret
from parlance.settings.storage import S3, Storage
from parlance.stores.blobs.folder import FolderBlobs
from parlance.stores.blobs.objects import PART, ObjectBlobs
from parlance.stores.sql.sqlite import Sqlite
from parlance.testing.blobs import ID, fetched, stored
from parlance.testing.clocks import HandClock
from parlance.testing.databases import migrated
from parlance.testing.upstreams.mock_bucket import MockBucket
from parlance.values.time import SystemClock
from tests.unit.core.files.desk import ADA, people

KEY, WORD = "key-of-a-test", "word-of-a-test"
DATA = b"Tea is grown in Assam. " * (PART // 20)
"""More than a part."""


def settings(store: MockBucket) -> Settings:
    """Those that name the stand-in."""
    s3 = S3(store.origin, bucket="papers", key_id=Secret(KEY), secret_key=Secret(WORD))
    return Settings(storage=Storage("s3", s3=s3))


@pytest.mark.parametrize("with_blobs", [True, False])
async def test_a_bucket_is_backed_up_and_restored(tmp_path: Path, with_blobs: bool) -> None:
    """Into a folder, and into another bucket, also where it is there already; unless it is left out."""
    database = Sqlite(tmp_path / "parlance.db")
    await migrated(database)
    await people(database)
    client = Client()
    async with MockBucket(KEY, WORD, bucket="papers") as store:
        blobs = chosen(settings(store), client, SystemClock())
        assert isinstance(blobs, ObjectBlobs)
        await stored(blobs, DATA)
        sql = (
            "INSERT INTO files (tenant, id, user_id, name, kind, media_type, declared, size, sha256, blob_id, created) "
            "VALUES (:tenant, 'f-1', :user, 'x', 'other', 'a/b', '', :size, :digest, :blob, 1)"
        )
        digest = hashlib.sha256(DATA).hexdigest()
        row: dict[str, Value] = {
            "size": len(DATA),
            "digest": digest,
            "blob": ID,
            "tenant": ADA.tenant,
            "user": ADA.user,
        }
        await database.apply((Statement(sql, row),))
        kept = Kept(database, blobs if with_blobs else None, tmp_path, HandClock())
        manifest = await back_up(kept, tmp_path / "backup.tar")
        assert manifest.lost == () and ((tmp_path / "backup.tar").stat().st_size > len(DATA)) == with_blobs
        target = tmp_path / "target"
        target.mkdir()
        folder = FolderBlobs(target / "blobs")
        await restore(tmp_path / "backup.tar", None, target, folder, HandClock())
        assert await asyncio.to_thread((target / "blobs").exists) == with_blobs
        if with_blobs:
            assert await fetched(folder, 0, len(DATA)) == DATA
        if with_blobs:
            store.objects.clear()
        await restore(tmp_path / "backup.tar", None, target, blobs, HandClock())
        await restore(tmp_path / "backup.tar", None, target, blobs, HandClock())
        assert await fetched(blobs, 0, len(DATA)) == DATA
        await folder.close()
        await blobs.close()
    await client.close()
    await database.close()
