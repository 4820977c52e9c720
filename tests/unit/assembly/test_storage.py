"""From settings to a bucket's address."""

from __future__ import annotations

from pathlib import Path

import pytest

from parlance.assembly.storage import OutboundWire, blobs
from parlance.outbound.client import Client
from parlance.settings.schema import Settings
from parlance.settings.secret import Secret
from parlance.settings.server import Data
from parlance.settings.storage import S3, Cos, Storage
from parlance.stores.blobs.folder import FolderBlobs
from parlance.stores.blobs.objects import ObjectBlobs
from parlance.stores.volatile.blobs import MemoryBlobs
from parlance.values.time import SystemClock


def s3(endpoint: str, tls: bool = False, path_style: bool = True) -> Storage:
    """A bucket `b-b`."""
    keys = (Secret("id"), Secret("word"))
    return Storage("s3", s3=S3(endpoint, tls, "b-b", "eu-1", *keys, path_style=path_style))


@pytest.mark.parametrize(
    ("storage", "host", "root"),
    [
        (s3("minio:9000"), "minio:9000", "/b-b"),
        (s3("s3.example", tls=True), "s3.example", "/b-b"),
        (s3("https://s3.example/", path_style=False), "b-b.s3.example", ""),
        (
            Storage("cos", cos=Cos("b-b", "125", "ap-x", Secret("id"), Secret("word"))),
            "b-b-125.cos.ap-x.myqcloud.com",
            "",
        ),
        (
            Storage("cos", cos=Cos("b-125", "125", "ap-x", Secret("id"), Secret("word"))),
            "b-125.cos.ap-x.myqcloud.com",
            "",
        ),
    ],
)
async def test_a_bucket_has_one_address(storage: Storage, host: str, root: str) -> None:
    """In the path or in the host's name."""
    made = blobs(Settings(storage=storage), Client(), SystemClock())
    assert isinstance(made, ObjectBlobs)
    wire = made._bucket._wire
    assert isinstance(wire, OutboundWire) and (wire.host, made._bucket._root) == (host, root)


async def test_a_folder_is_in_the_data_folder_or_where_it_is_said(tmp_path: Path) -> None:
    """Without a data folder there is memory."""
    clock = SystemClock()
    data = Data(str(tmp_path))
    for chosen, expected in ((Storage(), tmp_path / "blobs"), (Storage(folder=str(tmp_path / "x")), tmp_path / "x")):
        made = blobs(Settings(data=data, storage=chosen), Client(), clock)
        assert isinstance(made, FolderBlobs) and made.path("00").parent.parent == expected
        await made.close()
    assert isinstance(blobs(Settings(), Client(), clock), MemoryBlobs)
    assert isinstance(blobs(Settings(data=data, storage=Storage("memory")), Client(), clock), MemoryBlobs)
