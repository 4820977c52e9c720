"""A passage that crosses a page tells all its pages, wherever it is shown."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from parlance.core.knowledge.asking.looking import Shelf
from parlance.core.knowledge.chunk_operations import ChangeChunk, ListChunks, ReadChunk
from parlance.core.knowledge.retrieval_operations import RetrievePassages
from parlance.stores.sql.sqlite import Sqlite
from parlance.testing.databases import migrated
from parlance.values.accounts import DEFAULT_TENANT
from parlance.values.grounds import Footing, Grounds, NamedBase
from tests.unit.core.files.desk import ADA, people
from tests.unit.core.knowledge.desk import Desk

PAGES = [f"Page {n} tells of the pelican of year {1900 + n}.\n" for n in range(1, 5)]
TEXT = "\f".join(PAGES)
TURNS = tuple(at + 1 for at, letter in enumerate(TEXT) if letter == "\f")


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """A desk at which everybody sits down."""
    database = Sqlite(None)
    await migrated(database)
    await people(database)
    made = Desk(database, tmp_path / "blobs")
    yield made
    await made.close()
    await database.close()


async def test_a_passage_that_crosses_pages_tells_where_each_begins(desk: Desk) -> None:
    """In a search, in the list of its document, by itself and after it was changed."""
    base = await desk.base()
    document = await desk.settled(await desk.upload(base, TEXT))
    [found] = (await desk.do(RetrievePassages(base.id, "pelican"))).passages
    assert (found.chunk.span.page, found.chunk.span.turns, found.chunk.span.pages) == (1, TURNS, "1-4")
    [listed] = (await desk.do(ListChunks(document.id))).chunks
    read = await desk.do(ReadChunk(listed.id))
    changed = await desk.do(ChangeChunk(listed.id, enabled=False))
    assert listed.span == read.span == changed.span == found.chunk.span


async def test_an_answer_is_told_the_pages_of_its_passages(desk: Desk) -> None:
    """So that a quotation has its own."""
    base = await desk.base()
    await desk.settled(await desk.upload(base, TEXT))
    footing = Footing((NamedBase(base.id, base.name),), Grounds())
    findings = await Shelf(desk.room).look(ADA, footing, "pelican?")
    [hit] = findings.hits
    assert [hit.chunk.span.page_at(TEXT.index(page)) for page in PAGES] == [1, 2, 3, 4]


async def test_where_pages_begin_is_read_once_and_is_unknown_where_it_cannot_be(desk: Desk) -> None:
    """A search goes on without; what could not be read is looked for again."""
    base = await desk.base()
    document = await desk.settled(await desk.upload(base, TEXT))
    row = await desk.stores.documents(DEFAULT_TENANT).document(document.id)
    assert row is not None
    kept = b"".join([piece async for piece in desk.blobs.read(row.structure, 0, row.structure_size)])
    await desk.blobs.delete(row.structure)
    [found] = (await desk.do(RetrievePassages(base.id, "pelican"))).passages
    assert (found.chunk.span.page, found.chunk.span.turns) == (1, ())
    writing = await desk.blobs.write(row.structure)
    await writing.add(kept)
    await writing.finish()
    for _ in range(2):
        [found] = (await desk.do(RetrievePassages(base.id, "pelican"))).passages
        assert found.chunk.span.turns == TURNS
        await desk.blobs.delete(row.structure)
