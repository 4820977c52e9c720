"""Showing pages: whoever turns many reads a document once, and holds up nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import msgspec
import pytest

from parlance.core.knowledge.page_lines import MOST_WAITING
from parlance.core.knowledge.page_operations import DrawPage, PageView, ReadPage
from parlance.core.knowledge.page_views import draw_page, read_page
from parlance.core.knowledge.room import KnowledgeRoom
from parlance.core.operation import Context
from parlance.ports.drawing import PDF, Drawn, Sheet, Wanted
from parlance.stores.blobs.spool import spooled
from parlance.stores.sql.sqlite import Sqlite
from parlance.stores.volatile.blobs import MemoryBlobs
from parlance.testing.clocks import HandClock
from parlance.testing.databases import migrated
from parlance.values.accounts import DEFAULT_TENANT, Principal
from parlance.values.errors import Fault
from parlance.values.knowledge import Base, Document, Located
from tests.unit.core.files.desk import ADA, BOB, STRANGER
from tests.unit.core.knowledge.desk import Desk, opened

TEXT = "The blue pot.\fThe red pot."


class Gate:
    """A `PageDrawing` whose pages are there when the test opens it."""

    media_types = frozenset({PDF})

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.asked: list[Sequence[Wanted]] = []

    async def look(self, content: Path, media_type: str, page: int, wanted: Sequence[Wanted]) -> Sheet:
        """Two pages of no words."""
        assert content.exists()  # noqa: ASYNC240 - a small file
        self.asked.append(wanted)
        await self.open.wait()
        return Sheet(2, 1.0, 1.0)

    async def draw(self, content: Path, media_type: str, page: int, width: int) -> Drawn:
        """Their bytes."""
        self.asked.append(())
        await self.open.wait()
        return Drawn("image/png", content.read_bytes())  # noqa: ASYNC240 - a small file

    async def close(self) -> None:
        """Nothing is held."""


class Counted(MemoryBlobs):
    """Blobs that are no files, as those of a bucket, and tell which were read."""

    def __init__(self) -> None:
        super().__init__(HandClock())
        self.read_ids: list[str] = []

    async def read(self, id: str, start: int, stop: int) -> AsyncIterator[bytes]:
        """As always."""
        self.read_ids.append(id)
        async for piece in super().read(id, start, stop):
            yield piece


class Stage:
    """A document of two pages in such blobs."""

    def __init__(self, desk: Desk, base: Base, document: Document) -> None:
        self.drawing, self.blobs = Gate(), Counted()
        spool = lambda blob, size: spooled(self.blobs, blob, size)  # noqa: E731
        changed = {"blobs": self.blobs, "spool": spool, "page_drawing": self.drawing}
        self.room: KnowledgeRoom = msgspec.structs.replace(desk.room, **changed)
        self.located = Located(base, msgspec.structs.replace(document, media_type=PDF))

    async def read(self, who: Principal = ADA, page: int = 0, start: int = 0, stop: int = 0) -> PageView:
        op = ReadPage(self.located.document.id, page, start, stop)
        return (await read_page(self.room, Context(who, "r", self.located), op)).value


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    database = Sqlite(None)
    await migrated(database)
    desk = await opened(database, tmp_path / "blobs")
    told = await desk.settled(await desk.upload(await desk.base(), TEXT))
    located = await desk.room.find_document(ADA, told.id)
    assert located is not None
    made = Stage(desk, located.base, located.document)
    for blob, size in (
        (located.document.blob, located.document.size),
        (located.document.text, located.document.text_size),
        (located.document.structure, located.document.structure_size),
    ):
        writing = await made.blobs.write(blob)
        async for piece in desk.blobs.read(blob, 0, size):
            await writing.add(piece)
        await writing.finish()
    yield made
    await made.room.page_sources.close()
    await desk.close()
    await database.close()


async def test_a_document_whose_pages_are_turned_is_fetched_once(stage: Stage) -> None:
    """Its text, its structure and its bytes; also for a picture, and for another reader."""
    stage.drawing.open.set()
    start = TEXT.index("red")
    assert (await stage.read(start=start, stop=start + 3)).number == 2
    assert [one.text[one.start : one.stop] for one in stage.drawing.asked[0]] == ["red"]
    await stage.read(BOB, page=1)
    drawn = await draw_page(stage.room, Context(ADA, "r", stage.located), DrawPage(stage.located.document.id, 1))
    assert (await drawn.value.draw()).content == TEXT.encode()
    document = stage.located.document
    assert sorted(stage.blobs.read_ids) == sorted((document.text, document.structure, document.blob))


async def test_whoever_waits_for_their_turn_has_nothing_read_yet(stage: Stage) -> None:
    """Of many pages that one user wants at once only the first is looked for; one too many reads nothing."""
    calls = [asyncio.create_task(stage.read(page=1)) for _ in range(MOST_WAITING)]
    await reached(stage, 1)
    stage.blobs.read_ids.clear()
    await stage.room.page_sources.close()
    with pytest.raises(Fault, match="Too many pages"):
        await stage.read(page=2)
    assert stage.blobs.read_ids == []
    stage.drawing.open.set()
    await asyncio.gather(*calls)


async def test_who_has_the_same_name_in_another_tenant_waits_in_a_line_of_their_own(stage: Stage) -> None:
    """Names are a tenant's own."""
    assert (ADA.user, ADA.tenant) == (STRANGER.user, DEFAULT_TENANT) and STRANGER.tenant != DEFAULT_TENANT
    calls = [asyncio.create_task(stage.read(who, page=1)) for who in (ADA, ADA, STRANGER)]
    await reached(stage, 2)
    stage.drawing.open.set()
    await asyncio.gather(*calls)
    assert len(stage.drawing.asked) == 3


async def reached(stage: Stage, pages: int) -> None:
    """Until so many pages are being drawn."""
    async with asyncio.timeout(20):
        while len(stage.drawing.asked) < pages:
            await asyncio.sleep(0.01)
