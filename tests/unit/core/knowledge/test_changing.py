"""What is changed by hand in bases, documents and chunks, and how lists are counted."""

from __future__ import annotations

import asyncio

from parlance.core.knowledge.bases_operations import ChangeBase, CreateBase, DeleteBase, ReadBase
from parlance.core.knowledge.chunk_operations import ChangeChunk, DeleteChunk, DeleteChunks, ListChunks
from parlance.core.knowledge.document_operations import (
    AddAddress,
    AddText,
    ChangeDocument,
    ListDocuments,
    ReadDocument,
)
from parlance.core.knowledge.retrieval_operations import RetrievePassages
from parlance.core.knowledge.sync_operations import MoveFolderDocument
from parlance.values.knowledge import ChunkOptions
from tests.unit.core.files.desk import BOB, STRANGER
from tests.unit.core.knowledge.desk import Desk, refused

SMALL = ChunkOptions(size=60, overlap=0)


async def test_lists_can_be_paged_by_number_and_counted(desk: Desk) -> None:
    """Documents and chunks alike; what cannot be is refused."""
    base = await desk.base(embedder="", options=SMALL)
    made = [await desk.upload(base, f"Number {n}.\n\nMore of {n}.") for n in range(5)]
    await desk.workers.settle()
    page = await desk.do(ListDocuments(base.id, limit=2, skip=3, counted=True))
    oldest = sorted((each.id for each in made), reverse=True)[3:]  # the clock stands still: chance says which these are
    assert [each.id for each in page.documents] == oldest and page.total == 5
    assert (await desk.do(ListDocuments(base.id, limit=2))).total is None
    assert (await desk.do(ListDocuments(base.id, "failed", counted=True))).total == 0
    chunks = await desk.do(ListChunks(made[0].id, counted=True, found=True, kinds="text,table"))
    assert chunks.total == len(chunks.chunks) == 1
    assert (await desk.do(ListChunks(made[0].id, kinds="summary", counted=True))).total == 0
    assert (await desk.do(ListChunks(made[0].id, skip=1))).chunks == ()
    for bad in (ListDocuments(base.id, skip=-1), ListChunks(made[0].id, kinds="odd"), ListChunks(made[0].id, skip=-1)):
        assert await refused(desk, bad) == "out_of_range"


async def test_a_title_that_somebody_gave_stays(desk: Desk) -> None:
    """Whatever is found in the document while it is read."""
    base = await desk.base(embedder="")
    desk.parsing.gate.clear()
    document = await desk.upload(base)
    await desk.do(ChangeDocument(document.id, title="About tea", metadata={"year": "2026"}, foreign={"app": 1}))
    desk.parsing.gate.set()
    ready = await desk.settled(document)
    assert (ready.title, ready.metadata, ready.foreign) == ("About tea", {"year": "2026"}, {"app": 1})
    assert (await desk.settled(await desk.upload(base, "Other."))).title == "tea.txt"
    assert await refused(desk, ChangeDocument(document.id, title="")) == "bad_name"
    assert await refused(desk, ChangeDocument(document.id, foreign={"app": "x" * 70_000})) == "out_of_range"


async def test_no_name_shows_a_document_as_one_of_another_kind(desk: Desk) -> None:
    """Marks that turn the direction of writing go, however it came; where a kept folder has it is not touched."""
    base, name = await desk.base(embedder=""), "gnp.\u202eexe\u2066.txt"
    uploaded = await desk.upload(base, name=name)
    kept = await desk.upload(base, "Of a folder.", folder="papers", path=name)
    typed = await desk.do(AddText(base.id, name, "Typed in."))
    fetched = await desk.do(AddAddress(base.id, "https://h.test/tea.txt", name))
    renamed = await desk.do(ChangeDocument(uploaded.id, name=f"new-{name}"))
    assert {each.name for each in (uploaded, kept, typed, fetched)} == {"gnp.exe.txt"}
    assert renamed.name == "new-gnp.exe.txt" and kept.place == f"papers/{name}"
    moved = await desk.do(MoveFolderDocument(kept.id, "papers", f"d/{name}"))
    assert (moved.name, moved.place) == ("d/gnp.exe.txt", f"papers/d/{name}")
    assert await refused(desk, ChangeDocument(uploaded.id, name="\u200f")) == "bad_name"
    await desk.workers.settle()


async def test_a_chunk_that_was_deleted_is_not_found(desk: Desk) -> None:
    """With its vector; the others are; and what is cut from it goes with it."""
    base = await desk.base(options=ChunkOptions(size=60, overlap=0, parent_size=200))
    document = await desk.settled(await desk.upload(base))
    chunks = (await desk.do(ListChunks(document.id))).chunks
    child = next(each for each in chunks if "Kerala" in each.content and each.searched)
    assert child.parent is not None
    await desk.do(DeleteChunk(child.id))
    assert (await desk.read(document)).chunks == len(chunks) - 1
    assert await desk.count("chunk_vectors", f"chunk = '{child.id}'") == 0
    found = await desk.do(RetrievePassages(base.id, "Kerala", parents=False))
    assert all("Kerala" not in each.chunk.content for each in found.passages)
    assert await refused(desk, DeleteChunk(child.id)) == "chunk_not_found"
    await desk.do(DeleteChunk(child.parent))
    left = (await desk.do(ListChunks(document.id))).chunks
    assert all(each.parent != child.parent for each in left) and (await desk.read(document)).chunks == len(left)


async def test_all_chunks_of_a_document_can_go(desk: Desk) -> None:
    """More than one change set takes; the document stays, and is found no more."""
    base = await desk.base(embedder="", options=ChunkOptions(size=50, overlap=0))
    text = "\n\n".join(f"# Tea {n}\n\nTea number {n} is grown in Assam." for n in range(450))
    document = await desk.settled(await desk.upload(base, text))
    assert document.chunks > 400
    await desk.do(DeleteChunks(document.id))
    now = await desk.read(document)
    assert (now.state, now.chunks, await desk.count("chunks")) == ("ready", 0, 0)
    assert (await desk.do(RetrievePassages(base.id, "Assam"))).passages == ()
    await desk.do(DeleteChunks(document.id))
    failed = await desk.settled(await desk.upload(base, "FAIL odd"))
    assert await refused(desk, DeleteChunks(failed.id)) == "not_read_yet"


async def test_what_programs_note_is_kept_under_their_names(desk: Desk) -> None:
    """Of a base and of a chunk: one does not write over what another noted."""
    base = await desk.base(foreign={"one": {"a": 1}})
    await desk.do(ChangeBase(base.id, foreign={"two": 2}))
    assert (await desk.do(ReadBase(base.id))).foreign == {"one": {"a": 1}, "two": 2}
    document = await desk.settled(await desk.upload(base))
    [chunk, *_] = (await desk.do(ListChunks(document.id))).chunks
    assert (await desk.do(ChangeChunk(chunk.id, foreign={"one": "x"}))).foreign == {"one": "x"}


async def test_a_base_may_have_an_id_of_its_makers(desk: Desk) -> None:
    """Once in a tenant, again when it is gone, and never one of another form; what was found before is not found."""
    made = await desk.do(CreateBase("Tea", embedder="", id="kb-00000001"))
    assert made.id == "kb-00000001"
    assert await refused(desk, CreateBase("Tea", id="kb-00000001")) == "base_exists"
    assert await refused(desk, ReadBase("kb-00000001"), STRANGER) == "base_not_found"
    assert await refused(desk, ReadBase("kb-00000001"), BOB) == "base_not_found"
    assert (await desk.do(CreateBase("Tea", embedder="", id="kb-00000001"), BOB)).id != "kb-00000001"
    for bad in ("kb", "KB-00000001", "../../../etc", "kb.0000001", "-b-00000001", "k" * 37, "kb-0000001\n"):
        assert await refused(desk, CreateBase("Tea", id=bad)) == "bad_id"
    await desk.settled(await desk.upload(made, "Tea is grown in Assam."))
    assert len((await desk.do(RetrievePassages(made.id, "Assam"))).passages) == 1
    await desk.do(DeleteBase(made.id))
    await desk.workers.settle()
    again = await desk.do(CreateBase("Coffee", embedder="", id="kb-00000001"))
    await desk.settled(await desk.upload(again, "Coffee is grown in Kerala."))
    assert (await desk.do(RetrievePassages(made.id, "Assam"))).passages == ()
    assert len((await desk.do(RetrievePassages(made.id, "Kerala"))).passages) == 1


async def test_chunks_that_go_at_the_same_moment_are_all_counted(desk: Desk) -> None:
    """Each is decided from what the document was before any of them went."""
    base = await desk.base(embedder="", options=SMALL)
    document = await desk.upload(base, "\n\n".join(f"Number {n} of many, and what is said of it." for n in range(12)))
    await desk.workers.settle()
    chunks = (await desk.do(ListChunks(document.id))).chunks
    await asyncio.gather(*(desk.do(DeleteChunk(each.id)) for each in chunks[:9]))
    assert (await desk.do(ReadDocument(document.id))).chunks == len(chunks) - 9 == 3
    assert len((await desk.do(RetrievePassages(base.id, "number"))).passages) == 3
