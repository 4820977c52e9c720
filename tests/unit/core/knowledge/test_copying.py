"""A base that is copied: into a new one or into one that is there, broken off and gone on with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from parlance.core.knowledge.bases_operations import DeleteBase, ReadBase
from parlance.core.knowledge.chunk_operations import ChangeChunk, ListChunks
from parlance.core.knowledge.copying_operations import CopyBase, StopCopy
from parlance.core.knowledge.document_operations import (
    DeleteDocument,
    ListDocuments,
    Noted,
    ReadDocumentContent,
    UploadDocument,
)
from parlance.stores.sql.sqlite import Sqlite
from parlance.testing.databases import migrated
from parlance.values.knowledge import ChunkOptions
from tests.unit.core.files.desk import BOB, pieces
from tests.unit.core.knowledge.desk import TEXT, Desk, opened, refused

SMALL = ChunkOptions(size=60, overlap=0)


async def names(desk: Desk, base: str) -> list[str]:
    """What is in a base, and ready."""
    page = await desk.do(ListDocuments(base, limit=50))
    return sorted(each.name for each in page.documents if each.state == "ready")


async def test_a_base_is_copied_with_what_was_mended_in_it(desk: Desk) -> None:
    """Its properties, bytes, texts and passages, with vectors of their own, without reading the bytes again."""
    base = await desk.base(options=SMALL, foreign={"app": {"colour": "red"}})
    first, second = await desk.upload(base), await desk.upload(base, "Cocoa comes from Ghana.", name="cocoa.txt")
    await desk.settled(second)
    [chunk, *_] = (await desk.do(ListChunks(first.id))).chunks
    await desk.do(ChangeChunk(chunk.id, content="Tea is grown in Assam and in Nilgiri."))
    read = len(desk.parsing.read)
    made = await desk.do(CopyBase(base.id, name="Second"))
    await desk.workers.settle()
    assert (made.name, made.options, made.foreign) == ("Second", SMALL, {"app": {"colour": "red"}})
    assert await names(desk, made.id) == ["cocoa.txt", "tea.txt"] and len(desk.parsing.read) == read
    copy = next(each for each in (await desk.do(ListDocuments(made.id))).documents if each.name == "tea.txt")
    page = await desk.do(ListChunks(copy.id, counted=True))
    assert page.chunks[0].content == "Tea is grown in Assam and in Nilgiri." and page.total == copy.chunks
    assert {each.id for each in page.chunks}.isdisjoint({chunk.id}) and await desk.vectors(copy) == copy.chunks
    given = await desk.do(ReadDocumentContent(copy.id, "text"))
    assert b"".join([piece async for piece in given.read(0, given.file.size)]).decode() == TEXT
    assert (await desk.used(made.id)) == (await desk.used(base.id)) and await desk.count("jobs") == 0
    await desk.do(DeleteBase(base.id))
    await desk.workers.settle()
    assert (await desk.used()) == (await desk.used(made.id)) and await names(desk, made.id) == ["cocoa.txt", "tea.txt"]


async def test_a_base_that_is_there_holds_what_the_other_holds(desk: Desk) -> None:
    """What only it has is removed, what both have stays as it is, what failed is not copied."""
    base, target = await desk.base(), await desk.base()
    both = await desk.upload(target, "Both have this.", name="mine.txt")
    await desk.upload(target, "Only here.", name="only.txt")
    for text, name in (("Both have this.", "theirs.txt"), ("New.", "new.txt"), ("FAIL odd", "odd.txt")):
        await desk.upload(base, text, name=name)
    await desk.workers.settle()
    for _ in range(2):
        await desk.do(CopyBase(base.id, target.id))
        await desk.workers.settle()
        assert await names(desk, target.id) == ["mine.txt", "new.txt"]
    assert (await desk.read(both)).name == "mine.txt" and await desk.used(target.id) == (19, 0, 2)


@pytest.mark.slow
async def test_a_copy_that_was_broken_off_goes_on(desk: Desk) -> None:
    """Many documents, over several hands: each is there once; a stop leaves what is copied."""
    base = await desk.base(embedder="")
    for number in range(25):
        await desk.upload(base, f"Number {number}.", name=f"{number:02}.txt")
    await desk.workers.settle()
    made = await desk.do(CopyBase(base.id))
    await desk.do(StopCopy(made.id))
    await desk.workers.settle()
    stopped = await names(desk, made.id)
    assert set(stopped) < set(await names(desk, base.id))
    await desk.do(CopyBase(base.id, made.id))
    assert await refused(desk, CopyBase(base.id, made.id)) == "copy_under_way"
    await desk.workers.settle()
    assert await names(desk, made.id) == await names(desk, base.id)
    assert await desk.count("documents", f"base = '{made.id}'") == 25 and await desk.count("knowledge_holds") == 0


async def test_a_copy_without_room_says_so(tmp_path: Path) -> None:
    """And leaves nothing reserved."""
    database = Sqlite(None)
    await migrated(database)
    desk = await opened(database, tmp_path / "blobs", tenant=150)
    base = await desk.base(embedder="")
    await desk.settled(await desk.upload(base, "x" * 100))
    made = await desk.do(CopyBase(base.id))
    await desk.workers.settle()
    now = await desk.do(ReadBase(made.id))
    assert now.problem == "no_room_for_documents" and now.words and await names(desk, made.id) == []
    await desk.keeper.tidy()
    assert await desk.used() == (100, 0, 1)
    await desk.close()
    await database.close()


@pytest.mark.slow
async def test_only_ones_own_is_copied_and_copied_to(desk: Desk) -> None:
    """A base of somebody else's is not there, on either side; nor is one copied into itself."""
    mine, theirs = await desk.base(), await desk.base(BOB)
    for op in (CopyBase(theirs.id), CopyBase(mine.id, theirs.id), CopyBase(theirs.id, mine.id), StopCopy(theirs.id)):
        assert await refused(desk, op) == "base_not_found"
    shared = await desk.base(BOB, access="tenant")
    assert await refused(desk, CopyBase(mine.id, shared.id)) == "only_read"
    assert (await desk.do(CopyBase(shared.id))).user == "ada"
    assert await refused(desk, CopyBase(mine.id, mine.id)) == "same_base"
    await desk.workers.settle()


async def test_an_origin_that_went_is_read_from_the_bytes(desk: Desk) -> None:
    """The copy has bytes of its own."""
    base = await desk.base(embedder="")
    document = await desk.settled(await desk.upload(base))
    made = await desk.do(CopyBase(base.id))
    held, origin = desk.blobs.read, await desk.stores.documents("default").document(document.id)
    assert origin is not None
    lost = origin.text

    def gone(id: str, start: int, stop: int) -> Any:
        return held("0" * 32 if id == lost else id, start, stop)

    desk.blobs.read = gone  # type: ignore[method-assign]
    read = len(desk.parsing.read)
    await desk.workers.settle()
    assert await names(desk, made.id) == ["tea.txt"] and len(desk.parsing.read) == read + 1


async def test_what_failed_makes_way_where_that_is_wished(desk: Desk) -> None:
    """Else the same bytes are the document that failed; a note is judged when the bytes are there."""
    base = await desk.base(embedder="")
    failed = await desk.settled(await desk.upload(base, "FAIL odd"))
    again = await desk.upload(base, "FAIL odd")
    assert (again.id, again.duplicate, failed.duplicate) == (failed.id, True, False)
    other = await desk.upload(base, "FAIL odd", anew=True)
    assert other.id != failed.id and not other.duplicate
    await desk.workers.settle()
    assert [each.id for each in (await desk.do(ListDocuments(base.id))).documents] == [other.id]
    assert await desk.used() == (8, 0, 1)
    sent = UploadDocument(base.id, "a.txt", pieces(b"All is well."), noted=lambda: _noted({"": "no key"}))
    assert await refused(desk, sent) == "out_of_range" and await desk.count("documents") == 1
    await desk.do(DeleteDocument(other.id))
    await desk.workers.settle()


def _noted(metadata: dict[str, str]) -> Noted:
    return Noted(metadata)
