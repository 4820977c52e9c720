"""A passage that crosses a page tells all its pages, wherever it is shown."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from parlance.core.knowledge.asking.looking import Shelf
from parlance.core.knowledge.chunk_operations import ChangeChunk, ListChunks, ReadChunk
from parlance.core.knowledge.pages import AT_ONCE, PageStarts
from parlance.core.knowledge.retrieval_operations import RetrievePassages
from parlance.core.knowledge.structures import HEAD, decoded, encoded, page_starts
from parlance.core.knowledge.texts import read_parsed
from parlance.stores.sql.sqlite import Sqlite
from parlance.stores.volatile.blobs import MemoryBlobs
from parlance.testing.clocks import HandClock
from parlance.testing.databases import migrated
from parlance.values.accounts import DEFAULT_TENANT
from parlance.values.grounds import Footing, Grounds, NamedBase
from parlance.values.knowledge import Block, Chunk, Document, Hit, Parsed, Span
from parlance.values.remarks import kept_remark
from tests.unit.core.files.desk import ADA, people
from tests.unit.core.knowledge.desk import Desk

PAGES = [f"Page {n} tells of the pelican of year {1900 + n}.\n" for n in range(1, 5)]
TEXT = "\f".join(PAGES)
STARTS = tuple(at + 1 for at, letter in enumerate(TEXT) if letter == "\f")


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
    assert (found.chunk.span.page, found.chunk.span.page_starts, found.chunk.span.pages) == (1, STARTS, "1-4")
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
    assert (found.chunk.span.page, found.chunk.span.page_starts) == (1, ())
    writing = await desk.blobs.write(row.structure)
    await writing.add(kept)
    await writing.finish()
    for _ in range(2):
        [found] = (await desk.do(RetrievePassages(base.id, "pelican"))).passages
        assert found.chunk.span.page_starts == STARTS
        await desk.blobs.delete(row.structure)


async def replaced(desk: Desk, blob: str, data: bytes) -> None:
    """Other bytes in a blob's place."""
    await desk.blobs.delete(blob)
    writing = await desk.blobs.write(blob)
    await writing.add(data)
    await writing.finish()


@pytest.mark.parametrize("damaged", [b'{"parsed": {"pages": [1, 2', b'{"parsed": {"pages": "many"}}', b"\xff\xfe"])
async def test_a_search_goes_on_where_what_was_read_is_damaged(desk: Desk, damaged: bytes) -> None:
    """It tells the first page, which stands elsewhere."""
    base = await desk.base()
    document = await desk.settled(await desk.upload(base, TEXT))
    row = await desk.stores.documents(DEFAULT_TENANT).document(document.id)
    assert row is not None
    await replaced(desk, row.structure, damaged.ljust(row.structure_size))
    [found] = (await desk.do(RetrievePassages(base.id, "pelican"))).passages
    assert (found.chunk.span.page, found.chunk.span.page_starts) == (1, ())


async def test_what_was_kept_before_pages_came_first_is_still_read(desk: Desk) -> None:
    """By a search, and whole."""
    base = await desk.base()
    document = await desk.settled(await desk.upload(base, TEXT))
    documents = desk.stores.documents(DEFAULT_TENANT)
    row = await documents.document(document.id)
    assert row is not None
    parsed = await read_parsed(desk.room, row)
    assert parsed is not None and parsed.pages == (0, *STARTS)
    old = msgspec.json.encode({"parsed": msgspec.structs.replace(parsed, text=""), "model": ""})
    await replaced(desk, row.structure, old)
    sized = msgspec.structs.replace(row, structure_size=len(old))
    assert await read_parsed(desk.room, sized) == parsed
    assert await page_starts(desk.blobs, sized) == parsed.pages


@pytest.mark.parametrize(("pages", "most"), [(1000, HEAD), (9000, None)])
async def test_a_search_reads_no_more_of_a_long_document_than_where_its_pages_begin(
    pages: int, most: int | None
) -> None:
    """What else is known of 8,000 blocks stays where it is; only of very many pages all is read."""
    blobs, starts = Measured(), tuple(range(0, pages * 3000, 3000))
    blocks = tuple(Block("paragraph", Span(at, at + 9, at + 1, (0.1, 0.2, 0.3, 0.4))) for at in range(8000))
    data = encoded(Parsed("", blocks, starts), "")
    writing = await blobs.write("0a")
    await writing.add(data)
    await writing.finish()
    document = Document("d", "t", "b", "u", "d", "upload", 0, 0, structure="0a", structure_size=len(data))
    assert await page_starts(blobs, document) == starts
    assert blobs.bytes == (most or len(data))


class Measured(MemoryBlobs):
    """Blobs of which the bytes are counted that are read."""

    def __init__(self) -> None:
        super().__init__(HandClock())
        self.bytes = 0

    async def read(self, id: str, start: int, stop: int) -> AsyncIterator[bytes]:
        """As always."""
        async for piece in super().read(id, start, stop):
            self.bytes += len(piece)
            yield piece


class Watched(MemoryBlobs):
    """Blobs of which the most that were read at once are counted, and all of them."""

    def __init__(self) -> None:
        super().__init__(HandClock())
        self.now = self.most = self.all = 0

    async def read(self, id: str, start: int, stop: int) -> AsyncIterator[bytes]:
        """Pages that begin at 0 and 5."""
        self.now, self.all = self.now + 1, self.all + 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0)
        yield b'{"parsed": {"pages": [0, 5]}}'
        self.now -= 1


def hit(number: int) -> Hit:
    """A chunk over two pages, of a document of its own."""
    id = f"{number:02x}"
    document = Document(id, "t", "b", "u", id, "upload", 0, 0, structure=id, structure_size=29)
    return Hit(Chunk(id, "t", "b", id, 0, "0123456789", Span(0, 10, page=1)), document, 0.5)


async def test_of_a_search_with_many_documents_only_a_few_are_read_at_once() -> None:
    """Also where several searches come together, and each document once."""
    starts, blobs = PageStarts(), Watched()
    hits = [hit(number) for number in range(3 * AT_ONCE)]
    for told in await asyncio.gather(*(starts.found(blobs, hits) for _ in range(2))):
        assert [each.chunk.id for each in told] == [each.chunk.id for each in hits]
        assert {each.chunk.span.page_starts for each in told} == {(5,)}
    assert (blobs.most, blobs.all) == (AT_ONCE, len(hits))


def test_what_was_kept_when_remarks_were_sentences_is_read() -> None:
    """As rows of before are; all else is as it was."""
    said = kept_remark("Page 3 could not be read.")
    parsed = Parsed("One\fTwo", blocks=(Block("paragraph", Span(0, 3, 1)),), pages=(0, 4), remarks=(said,))
    kept = msgspec.json.decode(encoded(parsed, "eye"))
    kept["parsed"]["remarks"] = [said.words]
    found = decoded(msgspec.json.encode(kept), b"One\fTwo")
    assert (found.parsed, found.model) == (parsed, "eye")


@pytest.mark.parametrize(
    "kept", [b"[]", b'{"parsed": 3}', b'{"parsed": {"remarks": 3}}', b'{"parsed": {"remarks": [3]}}', b"{"]
)
def test_a_structure_that_is_damaged_is_a_value_error(kept: bytes) -> None:
    """As it was before."""
    with pytest.raises(ValueError, match=r".+"):
        decoded(kept, b"")
