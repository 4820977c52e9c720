"""Documents are cut anew while they are found as they were, whatever fails on the way there."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from parlance.core.jobs.held import ENQUEUED_TOGETHER, Held
from parlance.core.jobs.worker import MOST_ATTEMPTS
from parlance.core.knowledge.bases_operations import ChangeBase, ReadBase
from parlance.core.knowledge.chunk_operations import ChangeChunk, DeleteChunks, ListChunks
from parlance.core.knowledge.copying_operations import CopyBase
from parlance.core.knowledge.document_operations import DeleteDocument, DocumentView, ListDocuments, ReadDocumentContent
from parlance.core.knowledge.recutting import RecutAll
from parlance.core.knowledge.recutting_operations import RecutBase, RecutDocument
from parlance.core.knowledge.remarks import BEING_RECUT, not_cut_anew
from parlance.ports.indexes import Mark
from parlance.ports.stores import ChangeSet, Database, Statement
from parlance.stores.sql.sqlite import Sqlite
from parlance.testing.databases import migrated
from parlance.values.accounts import DEFAULT_TENANT
from parlance.values.errors import Fault, Kind
from parlance.values.knowledge import ChunkOptions, Parsed
from parlance.values.remarks import DocumentRemark
from tests.unit.core.files.desk import BOB
from tests.unit.core.knowledge.desk import AWAY, Desk, opened, refused
from tests.unit.core.knowledge.test_ingest import found

TEXT = "\n\n".join(f"Sentence {n} says that tea number {n} is good to drink." for n in range(400))
SMALL = ChunkOptions(size=60, overlap=0, separators=("\n\n",))
LARGE = ChunkOptions(size=600, overlap=0, separators=("\n\n",))
UNKEPT = "UPDATE documents SET layout_size = 0"
"""As of a document that was read before what was read was kept."""


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    database = Sqlite(None)
    await migrated(database)
    made = await opened(database, tmp_path / "blobs", vision="seer")
    yield made
    await made.close()
    assert made.defects == []
    await database.close()


async def cut(desk: Desk, text: str = TEXT, **more: Any) -> DocumentView:
    """A document in small chunks, whose base wants large ones by now."""
    base = await desk.base(options=SMALL, **more)
    document = await desk.settled(await desk.upload(base, text))
    await desk.do(ChangeBase(base.id, options=LARGE))
    return document


async def contents(desk: Desk, document: DocumentView) -> list[str]:
    """What its chunks say, as its readers see them."""
    shown: list[str] = []
    cursor = ""
    while True:
        page = await desk.do(ListChunks(document.id, cursor, 199))
        assert [one.place for one in page.chunks] == list(range(len(shown), len(shown) + len(page.chunks)))
        shown += [one.content for one in page.chunks]
        if not (cursor := page.cursor or ""):
            return shown


async def sound(desk: Desk, document: DocumentView) -> DocumentView:
    """A document that is whole: what is found is what is there, with nothing left of what was before."""
    now = await desk.read(document)
    assert now.state == "ready" and now.chunks == len(await contents(desk, document))
    where = f"document = '{document.id}'"
    base = await desk.stores.bases(DEFAULT_TENANT).base(document.base)
    assert base is not None and await desk.vectors(now, base.generation) == now.chunks
    assert now.chunks == await desk.count("chunks", where)
    assert (document.id, now.chunks) in await found(desk, document.base) and await desk.count("jobs") == 0
    return now


@pytest.mark.slow
async def test_a_document_is_found_as_it_was_until_it_is_cut_anew(desk: Desk) -> None:
    """With the options that its base has by then, and without reading it once more; what indexes are told is whole
    before and after."""
    document = await cut(desk)
    before = await contents(desk, document)
    desk.embedding.gate.clear()
    marked = await desk.do(RecutDocument(document.id))
    assert marked.remarks == (BEING_RECUT.words,) and marked.state == "ready"
    working = asyncio.ensure_future(desk.workers.settle())
    while await desk.count("chunks") == len(before):
        await asyncio.sleep(0.01)
    assert await contents(desk, document) == before and await found(desk, document.base) == [(document.id, len(before))]
    changed = (await desk.do(ListChunks(document.id, limit=1))).chunks[0]
    assert (await desk.do(ChangeChunk(changed.id, enabled=False))).enabled is False
    desk.embedding.gate.set()
    await working
    now = await sound(desk, document)
    after = await contents(desk, document)
    assert now.remarks == () and len(after) < len(before) / 5 and "\n\n".join(after) == TEXT
    assert desk.parsing.read == ["tea.txt"] and desk.on_disk() == 3
    text = (await desk.do(ReadDocumentContent(document.id, "text"))).read(0, len(TEXT))
    assert b"".join([piece async for piece in text]).decode() == TEXT
    await desk.do(ChangeBase(document.base, options=SMALL))
    await desk.do(RecutDocument(document.id))
    await desk.workers.settle()
    assert await contents(desk, document) == before and (await sound(desk, document)).chunks == len(before)


async def test_what_was_read_is_kept_with_the_text(desk: Desk) -> None:
    """Pages are known as before; where it is lost, or was never kept, the bytes are read once more."""
    document = await cut(desk, "First page.\fSecond page.\n\nStill there.")
    for unkept, times in ((None, 1), (UNKEPT, 2), (None, 2)):
        if unkept:
            await desk.database.apply((Statement(unkept, {}, 1),))
        await desk.do(RecutDocument(document.id))
        await desk.workers.settle()
        pages = [(one.content, one.span.page) for one in (await desk.do(ListChunks(document.id))).chunks]
        assert pages == [("First page.\fSecond page.\n\nStill there.", 1)]
        assert len(desk.parsing.read) == times and (await sound(desk, document)).pages == 2
    await desk.keeper.discard((await desk.stores.documents(DEFAULT_TENANT).document(document.id)).structure)  # type: ignore[union-attr]
    await desk.do(RecutDocument(document.id))
    await desk.workers.settle()
    assert len(desk.parsing.read) == 3 and (await sound(desk, document)).remarks == ()


async def test_what_was_kept_by_the_version_before_is_cut_anew_without_its_file(desk: Desk) -> None:
    """When remarks were sentences alone. What nobody can take apart is as if it had not been kept."""
    document = await cut(desk, "First page.\fSecond page.")
    for damaged, times in ((False, 1), (True, 2)):
        row = await desk.stores.documents(DEFAULT_TENANT).document(document.id)
        assert row is not None
        await desk.blobs.delete(row.structure)
        kept = b'{"parsed":{"text":"","pages":[0,12],"remarks":["Page 3 could not be read."]},"model":"seer"}'
        data = kept[:-9] if damaged else kept
        writing = await desk.blobs.write(row.structure)
        await writing.add(data)
        await writing.finish()
        await desk.database.apply((Statement("UPDATE documents SET layout_size = :size", {"size": len(data)}, 1),))
        await desk.do(RecutDocument(document.id))
        await desk.workers.settle()
        assert len(desk.parsing.read) == times and (await sound(desk, document)).remarks == ()


@pytest.mark.slow
@pytest.mark.parametrize("unkept", [False, True])
async def test_an_engine_that_fails_half_way_is_asked_for_the_rest_alone(desk: Desk, unkept: bool) -> None:
    """Meanwhile, and after all attempts, the document is found as it was, and says why it is not cut anew."""
    document = await cut(desk)
    await desk.do(ChangeBase(document.base, options=ChunkOptions(size=55, overlap=0)))
    if unkept:
        await desk.database.apply((Statement(UNKEPT, {}, 1),))
    before, real, asked = await contents(desk, document), desk.embedding.embed, [0]

    async def failing(*args: Any) -> Any:
        asked[0] += len(args[3])
        if 140 < asked[0] < 1000:
            asked[0] += 1000
            raise AWAY
        return await real(*args)

    desk.embedding.embed = failing  # type: ignore[method-assign, assignment]
    await desk.do(RecutDocument(document.id))
    await desk.workers.settle()
    assert await contents(desk, document) == before and await found(desk, document.base) == [(document.id, len(before))]
    await desk.due()
    await desk.workers.settle()
    now = await sound(desk, document)
    assert now.chunks != len(before) and asked[0] - 1000 < now.chunks + 64
    desk.embedding.embed, desk.embedding.faults = real, [AWAY] * MOST_ATTEMPTS  # type: ignore[method-assign]
    await desk.do(ChangeBase(document.base, options=LARGE))
    await desk.do(RecutDocument(document.id))
    for _ in range(MOST_ATTEMPTS):
        await desk.workers.settle()
        await desk.due()
    again = await sound(desk, document)
    assert again.remarks == (not_cut_anew(AWAY).words,) and again.chunks == now.chunks
    await desk.do(RecutDocument(document.id))
    await desk.workers.settle()
    assert (await sound(desk, document)).remarks == () and desk.on_disk() == 3


async def test_what_only_a_file_can_say_fails_once(desk: Desk) -> None:
    """As where it is read for the first time."""
    document = await cut(desk)
    await desk.database.apply((Statement(UNKEPT, {}, 1),))
    desk.parsing.fault = Fault(Kind.invalid, "It is broken.", code="damaged_file")
    await desk.do(RecutDocument(document.id))
    await desk.workers.settle()
    assert (await sound(desk, document)).remarks == (not_cut_anew(desk.parsing.fault).words,)
    copy = await desk.do(CopyBase(document.base, name="Copy"))
    await desk.workers.settle()
    [copied] = (await desk.do(ListDocuments(copy.id))).documents
    assert copied.state == "ready" and copied.remarks == (), "of the copy it is not said"


async def test_a_worker_that_died_is_followed_by_another(desk: Desk) -> None:
    """One that was only slow writes nothing more, and leaves no blob."""
    document = await cut(desk)
    await desk.database.apply((Statement(UNKEPT, {}, 1),))
    await desk.do(RecutDocument(document.id))
    desk.embedding.gate.clear()
    slow = asyncio.ensure_future(desk.workers.settle())
    while await desk.count("chunks") == document.chunks:
        await asyncio.sleep(0.01)
    await desk.due()
    other = Desk(desk.database, desk.folder)
    await other.workers.settle()
    now = await sound(desk, document)
    desk.embedding.gate.set()
    await slow
    assert await sound(desk, document) == now and desk.on_disk() == 3
    await other.close()


async def test_what_is_deleted_meanwhile_is_gone(desk: Desk) -> None:
    """With the chunks of both cuts; nobody brings back chunks that were removed."""
    document = await cut(desk)
    await desk.do(RecutDocument(document.id))
    desk.embedding.gate.clear()
    working = asyncio.ensure_future(desk.workers.settle())
    while await desk.count("chunks") == document.chunks:
        await asyncio.sleep(0.01)
    await desk.do(DeleteChunks(document.id))
    desk.embedding.gate.set()
    await working
    left = await desk.read(document)
    assert (left.state, left.remarks, left.chunks, await desk.count("chunks")) == ("ready", (), 0, 0)
    await desk.do(RecutDocument(document.id))
    await desk.workers.settle()
    back = await sound(desk, document)
    assert back.chunks > 0
    await desk.do(RecutDocument(document.id))
    await desk.do(DeleteDocument(document.id))
    await desk.workers.settle()
    assert await desk.count("documents") == 0 == await desk.count("jobs") and desk.on_disk() == 0


async def test_a_base_on_its_way_to_another_embedder_is_waited_for(desk: Desk) -> None:
    """And one that goes there meanwhile has it embedded once more."""
    document = await cut(desk)
    desk.embedding.faults = [AWAY]
    await desk.do(ChangeBase(document.base, embedder="hash-6"))
    await desk.workers.settle()
    await desk.do(RecutDocument(document.id))
    await desk.workers.settle()
    assert (await desk.read(document)).chunks == document.chunks
    for _ in range(2):
        await desk.due()
        await desk.workers.settle()
    now = await sound(desk, document)
    assert now.chunks < document.chunks
    real = desk.embedding.embed

    async def moving(tenant: str, user: str, model: str, *rest: Any) -> Any:
        if model == "hash-6":
            desk.embedding.embed = real  # type: ignore[method-assign]
            await desk.do(ChangeBase(document.base, embedder="hash-4"))
            await desk.workers.settle()
        return await real(tenant, user, model, *rest)

    await desk.do(ChangeBase(document.base, options=SMALL))
    desk.embedding.embed = moving  # type: ignore[method-assign, assignment]
    await desk.do(RecutDocument(document.id))
    await desk.workers.settle()
    assert (await sound(desk, document)).chunks == document.chunks


@pytest.mark.slow
async def test_what_is_cut_anew_while_its_base_is_embedded_anew_keeps_its_vectors(desk: Desk) -> None:
    """The base has read of the document as it was, and comes to it when another one is done."""
    document = await cut(desk)
    other = await desk.settled(await desk.upload(await desk.do(ReadBase(document.base)), "Another tea."))
    real, begun, switched = desk.embedding.embed, asyncio.Event(), asyncio.Event()
    moves: list[asyncio.Task[None]] = []

    async def racing(tenant: str, user: str, model: str, *rest: Any) -> Any:
        if model == "hash-4" and not moves:  # the new cut is about to get its vectors: the base goes elsewhere now
            await desk.do(ChangeBase(document.base, embedder="hash-6"))
            moves.append(asyncio.create_task(desk.workers.settle()))
            await begun.wait()
        elif model == "hash-6" and not switched.is_set():
            begun.set()
            await switched.wait()
        return await real(tenant, user, model, *rest)

    desk.embedding.embed = racing  # type: ignore[method-assign, assignment]
    await desk.do(RecutDocument(document.id))
    recutting = asyncio.create_task(desk.workers.settle())
    await recutting
    assert (await desk.read(document)).chunks < document.chunks
    switched.set()
    await asyncio.gather(*moves)
    await desk.due()
    await desk.workers.settle()
    base = await desk.stores.bases(DEFAULT_TENANT).base(document.base)
    assert base is not None and base.embedder == "hash-6"
    await sound(desk, document)
    await sound(desk, other)


async def test_all_documents_of_a_base_are_cut_anew_that_are_ready(desk: Desk) -> None:
    """Whoever may write there; a document that is not ready says so."""
    document = await cut(desk)
    base = await desk.base(options=SMALL)
    await desk.do(CopyBase(document.base, base.id))
    await desk.workers.settle()
    failed = await desk.settled(await desk.upload(base, "FAIL damaged_file"))
    assert await refused(desk, RecutDocument(failed.id)) == "not_read_yet"
    assert await refused(desk, RecutDocument(document.id), BOB) == "document_not_found"
    assert await refused(desk, RecutBase(base.id), BOB) == "base_not_found"
    await desk.do(ChangeBase(base.id, options=LARGE))
    assert (await desk.do(RecutBase(base.id))).id == base.id
    await desk.workers.settle()
    [after] = (await desk.do(ListDocuments(base.id, "ready"))).documents
    assert len(await contents(desk, after)) < document.chunks / 5 and len(desk.parsing.read) == 2
    assert (await sound(desk, after)).remarks == () and (await desk.read(failed)).state == "failed"
    assert len(await contents(desk, document)) == document.chunks


async def test_pictures_are_looked_at_once_more_by_another_model_alone(desk: Desk) -> None:
    """What the first one said of them stays in the text until then; a caption is asked for once."""
    document = await cut(desk, "A garden.\n\nPICTURE oak\n\nPICTURE elm")
    assert len(desk.seeing.asked) == 2
    await desk.do(RecutDocument(document.id))
    await desk.workers.settle()
    assert len(desk.seeing.asked) == 2 and desk.parsing.read == ["tea.txt"]
    said = await contents(desk, document)
    await desk.do(ChangeBase(document.base, options=ChunkOptions(size=600, vision="other")))
    desk.embedding.faults = [AWAY]
    await desk.do(RecutDocument(document.id))
    await desk.workers.settle()
    assert await contents(desk, document) == said
    await desk.due()
    await desk.workers.settle()
    await sound(desk, document)
    assert len(desk.seeing.asked) == 4 and len(desk.parsing.read) == 3 and desk.on_disk() == 3


async def test_an_index_hears_of_it(desk: Desk) -> None:
    """As of any change."""
    document = await cut(desk)
    base = await desk.stores.bases(DEFAULT_TENANT).base(document.base)
    assert base is not None
    await desk.do(RecutDocument(document.id))
    await desk.workers.settle()
    now = await desk.read(document)
    assert await found(desk, document.base, Mark(base.revision, "z")) == [(document.id, now.chunks)]


class Dying:
    """A database behind which the process ends after so many change sets."""

    def __init__(self, database: Database, left: int) -> None:
        self._database, self._left = database, left

    async def apply(self, changes: ChangeSet) -> None:
        """While there is one left."""
        self._left -= 1
        if self._left < 0:
            raise OSError("the process ends")
        await self._database.apply(changes)


async def test_a_base_that_was_broken_off_goes_on_from_where_it_was(desk: Desk) -> None:
    """What got its jobs already does not get them once more."""
    base = await desk.base(embedder="")
    for n in range(ENQUEUED_TOGETHER + 5):
        await desk.upload(base, f"Tea number {n}.", name=f"{n}.txt")
    await desk.workers.settle()
    await desk.do(RecutBase(base.id))
    job = await desk.jobs.claim(("recut_base",), "lease-1", 60)
    assert job is not None
    dying: Any = Dying(desk.database, 1)
    with pytest.raises(OSError, match="the process ends"):
        await RecutAll(desk.room).run(Held(job, desk.jobs, dying))
    done = "DELETE FROM jobs WHERE kind = 'recut'"
    await desk.database.apply((Statement(done, {}, ENQUEUED_TOGETHER),))
    await desk.due()
    await desk.workers.settle()
    assert await desk.count("documents", "cut = 1") == 5 and await desk.count("jobs") == 0
    await desk.do(RecutBase(base.id))
    await desk.workers.settle()
    assert await desk.count("documents", "cut > 0") == ENQUEUED_TOGETHER + 5, "asked for anew, it begins anew"


async def test_what_could_not_be_read_is_read_once_more(desk: Desk) -> None:
    """A document without any words always, since what reads it may be there by now; another where that is said."""
    base = await desk.base(options=LARGE)
    whole = await desk.settled(await desk.upload(base, TEXT))
    desk.parsing.fault, parse, left = None, desk.parsing.parse, DocumentRemark("Left out: page 1.")

    async def blind(*given: Any, **more: Any) -> Parsed:
        return msgspec.structs.replace(await parse(*given, **more), text="", blocks=(), remarks=(left,))

    desk.parsing.parse = blind  # type: ignore[method-assign]
    scan = await desk.settled(await desk.upload(base, f"Scanned. {TEXT}"))
    assert (scan.state, scan.chunks, scan.remarks) == ("ready", 0, (left.words,))
    desk.parsing.parse = parse  # type: ignore[method-assign]
    await desk.do(RecutBase(base.id))
    await desk.workers.settle()
    assert len(desk.parsing.read) == 3
    read = await sound(desk, scan)
    assert read.chunks > 0 and read.remarks == ()
    await desk.do(RecutDocument(whole.id, anew=True))
    await desk.workers.settle()
    assert len(desk.parsing.read) == 4 and (await sound(desk, whole)).chunks == whole.chunks


async def test_a_sentence_of_whoever_read_it_stays_whatever_it_begins_with(desk: Desk) -> None:
    """The core takes back its own remarks alone, also those that older rows have as sentences."""
    base = await desk.base(options=SMALL)
    alike, parse = "It was not cut anew: so the file says.", desk.parsing.parse

    async def saying(*given: Any, **more: Any) -> Parsed:
        return msgspec.structs.replace(await parse(*given, **more), remarks=(DocumentRemark(alike),))

    desk.parsing.parse = saying  # type: ignore[method-assign]
    document = await desk.settled(await desk.upload(base, TEXT))
    await desk.do(RecutDocument(document.id))
    assert (await desk.settled(document)).remarks == (alike,)
    older = Statement("UPDATE documents SET remarks = :older", {"older": json.dumps([not_cut_anew(AWAY).words])}, 1)
    await desk.database.apply((older,))
    await desk.do(RecutDocument(document.id))
    assert (await desk.settled(document)).remarks == ()
