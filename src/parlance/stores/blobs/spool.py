"""Blobs as files, for programs that read nothing else."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from parlance.ports.blobs import Blobs
from parlance.stores.blobs.faults import lost
from parlance.stores.blobs.folder import FolderBlobs


def spooled(blobs: Blobs, blob: str, size: int) -> AbstractAsyncContextManager[Path]:
    """A blob as a file: the one that it is, where it is one, else a copy. Raises `Fault(missing, code="content_lost")`
    where it is not here."""
    if isinstance(blobs, FolderBlobs):
        return _itself(blobs, blob)
    return _copied(blobs, blob, size)


@asynccontextmanager
async def _itself(blobs: FolderBlobs, blob: str) -> AsyncIterator[Path]:
    path = blobs.path(blob)
    if not path.exists():
        raise lost()
    yield path


@asynccontextmanager
async def _copied(blobs: Blobs, blob: str, size: int) -> AsyncIterator[Path]:
    with tempfile.TemporaryDirectory(prefix="parlance-") as folder:
        path = Path(folder) / "document"
        with path.open("wb") as file:
            async for piece in blobs.read(blob, 0, size):
                file.write(piece)
        yield path
