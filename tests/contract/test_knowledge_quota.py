"""Many uploads at once against a quota that fits a few: never over, exact afterwards, on every database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from parlance.core.knowledge.document_operations import DeleteDocument, DocumentView, UploadDocument
from parlance.ports.stores import Database
from parlance.values.errors import Fault
from tests.unit.core.files.desk import ADA, pieces
from tests.unit.core.knowledge.desk import Desk, opened

UPLOADS, FITS, SIZE = 64, 10, 4000


@pytest.fixture
async def desk(database: Database, tmp_path: Path) -> AsyncIterator[Desk]:
    made = await opened(database, tmp_path / "blobs", tenant=FITS * SIZE)
    yield made
    await made.close()
    assert made.defects == []


def text(number: int) -> bytes:
    """Another one for each, all of one size."""
    return (f"Tea number {number:03d} is good. " * 200).encode()[:SIZE]


async def watched(desk: Desk, until: asyncio.Future[None]) -> int:
    """The most that was ever taken meanwhile."""
    most = 0
    while not until.done():
        used, reserved, _ = await desk.used()
        most = max(most, used + reserved)
        await asyncio.sleep(0)
    return most


async def upload(desk: Desk, base: str, number: int, announced: bool) -> str | Fault:
    data = text(number)
    operation = UploadDocument(base, f"{number}.txt", pieces(data, 1000), len(data) if announced else None)
    try:
        made: DocumentView = await desk.do(operation, ADA)
    except Fault as fault:
        return fault
    return made.id


@pytest.mark.parametrize("announced", [True, False], ids=["announced", "unannounced"])
async def test_a_quota_holds_whatever_comes_at_once(desk: Desk, announced: bool) -> None:
    """As many get in as fit (of those whose length nobody said, perhaps fewer); the others hear why. What goes gives
    its room back to the byte."""
    base = await desk.base()
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    watching = asyncio.ensure_future(watched(desk, done))
    outcomes = await asyncio.gather(*(upload(desk, base.id, n, announced) for n in range(UPLOADS)))
    done.set_result(None)
    assert await watching <= FITS * SIZE
    kept = [each for each in outcomes if isinstance(each, str)]
    assert {each.code for each in outcomes if isinstance(each, Fault)} == {"no_room_for_documents"}
    assert len(kept) == FITS if announced else 0 < len(kept) <= FITS
    await desk.keeper.tidy()
    await desk.workers.settle()
    assert await desk.used() == await desk.used(base.id) == (len(kept) * SIZE, 0, len(kept))
    for id in kept:
        await desk.do(DeleteDocument(id))
    await desk.workers.settle()
    assert await desk.used() == (0, 0, 0) and desk.on_disk() == 0 and await desk.count("knowledge_holds") == 0
