"""From an upload to chunks that are found, whatever fails on the way."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from parlance.core.jobs.worker import MOST_ATTEMPTS
from parlance.core.knowledge.bases_operations import ChangeBase, DeleteBase, ReadBase, ReadBaseUsage
from parlance.core.knowledge.chunk_operations import ChangeChunk, ListChunks, ReadChunk
from parlance.core.knowledge.document_operations import (
    AddAddress,
    AddText,
    ChangeDocument,
    DeleteDocument,
    ListDocuments,
    ReadDocument,
    ReadDocumentContent,
    RetryDocument,
)
from parlance.core.knowledge.ingest import MOVING
from parlance.core.knowledge.remarks import BY_WORDS_ONLY
from parlance.core.knowledge.retrieval_operations import RetrievePassages
from parlance.ports.fetching import Fetched
from parlance.ports.indexes import Mark
from parlance.ports.stores import Statement
from parlance.stores.sql.sqlite import Sqlite
from parlance.testing.databases import migrated
from parlance.values.accounts import DEFAULT_TENANT
from parlance.values.errors import Fault, Kind
from parlance.values.knowledge import ChunkOptions
from tests.unit.core.files.desk import ADMIN, BOB, STRANGER
from tests.unit.core.knowledge.desk import AWAY, TEXT, Desk, opened, refused, until

SMALL = ChunkOptions(size=60, overlap=0)


async def found(desk: Desk, base: str, after: Mark | None = None) -> list[tuple[str, int]]:
    """What indexes are told: documents with the number of their chunks."""
    of = await desk.stores.bases(DEFAULT_TENANT).base(base)
    assert of is not None
    changes = await desk.stores.source.changes(DEFAULT_TENANT, base, of.generation, after or Mark(), 1000)
    for each in changes:
        assert all((chunk.vector is not None) == bool(of.embedder) for chunk in each.chunks)
    return [(each.id, len(each.chunks)) for each in changes]


async def test_a_document_is_found_when_it_was_read(desk: Desk) -> None:
    """With chunks that say what stands at their places, vectors, and its room counted."""
    base = await desk.base(options=SMALL)
    document = await desk.upload(base)
    assert (document.state, document.size, document.media_type) == ("waiting", len(TEXT), "text/plain")
    assert await found(desk, base.id) == []
    ready = await desk.settled(document)
    assert (ready.state, ready.problem, ready.remarks) == ("ready", "", ())
    page = await desk.do(ListChunks(document.id))
    text = b"".join([piece async for piece in await content(desk, document.id, "text")]).decode()
    assert text == TEXT and len(page.chunks) == ready.chunks > 1
    assert all(text[chunk.span.start : chunk.span.stop] == chunk.content for chunk in page.chunks)
    assert await found(desk, base.id) == [(document.id, ready.chunks)]
    assert await desk.vectors(document) == ready.chunks and await desk.count("jobs") == 0
    usage = await desk.do(ReadBaseUsage(base.id))
    assert (usage.own.used, usage.own.files, usage.states, usage.chunks) == (len(TEXT), 1, {"ready": 1}, ready.chunks)
    assert usage.largest == (await desk.room.depot(DEFAULT_TENANT)).bounds.upload > len(TEXT)


async def content(desk: Desk, document: str, part: Any) -> Any:
    given = await desk.do(ReadDocumentContent(document, part))
    return given.read(0, given.file.size)


async def test_the_same_bytes_are_the_same_document(desk: Desk) -> None:
    """One after the other, at the same moment, and never in another base; nothing is left of the second ones."""
    base, other = await desk.base(), await desk.base()
    first = await desk.upload(base)
    again = await asyncio.gather(*(desk.upload(base, name=f"{n}.txt") for n in range(6)))
    assert {each.id for each in again} == {first.id}
    assert (await desk.upload(other)).id != first.id
    together = await asyncio.gather(*(desk.upload(base, "Together.") for _ in range(8)))
    assert len({each.id for each in together}) == 1
    await desk.workers.settle()
    assert await desk.used() == (2 * len(TEXT) + 9, 0, 3)
    assert await desk.count("documents") == 3 and desk.on_disk() == 9


async def test_a_text_and_an_address_become_documents(desk: Desk) -> None:
    """The address is fetched by the job; given again it is the same document."""
    base = await desk.base()
    text = await desk.do(AddText(base.id, "Notes", "Tea is good.\x00", {"year": "2026"}))
    assert (text.name, text.source, text.metadata) == ("Notes.txt", "text", {"year": "2026"})
    desk.pages.pages["https://e.example/a/tea"] = Fetched("", 200, "text/html", "", TEXT.encode())
    page = await desk.do(AddAddress(base.id, "https://e.example/a/tea"))
    assert (await desk.do(AddAddress(base.id, "https://e.example/a/tea"))).id == page.id
    assert (page.name, page.size) == ("tea", 0)
    ready = await desk.settled(page)
    assert (ready.state, ready.name, ready.size, ready.media_type) == ("ready", "tea.html", len(TEXT), "text/html")
    assert (await desk.read(text)).state == "ready"
    assert await desk.used() == (len(TEXT) + len("Tea is good.�".encode()), 0, 2)
    assert await refused(desk, AddAddress(base.id, "ftp://e.example/")) == "bad_address"
    assert await refused(desk, AddText(base.id, "n", " ")) == "empty"


async def test_a_document_that_is_too_much_is_refused_in_the_words_of_documents(tmp_path: Path) -> None:
    """Not in those of files, of which nobody here has any."""
    database = Sqlite(None)
    await migrated(database)
    desk = await opened(database, tmp_path, tenant=100)
    base = await desk.base()
    for size, code in ((101, "no_room_for_documents"), (10_000_001, "document_too_large")):
        with pytest.raises(Fault) as caught:
            await desk.upload(base, b"x" * size)
        assert caught.value.code == code and "document" in caught.value.message
        assert "file" not in caught.value.sentence()
    await desk.close()
    await database.close()


GIVES_NOTHING = [(404, "address_failed"), (0, "address_refused"), (200, "no_room_for_documents")]


@pytest.mark.parametrize(("status", "code"), GIVES_NOTHING)
async def test_an_address_that_gives_nothing_fails_with_the_reason(tmp_path: Path, status: int, code: str) -> None:
    """And takes no room."""
    database = Sqlite(None)
    await migrated(database)
    desk = await opened(database, tmp_path, tenant=10)
    base = await desk.base()
    if status:
        desk.pages.pages["https://e.example/"] = Fetched("", status, "text/plain", "", TEXT.encode())
    failed = await desk.settled(await desk.do(AddAddress(base.id, "https://e.example/")))
    assert (failed.state, failed.problem) == ("failed", code) and failed.words
    assert await desk.used() == (0, 0, 1) and desk.on_disk() == 0
    await desk.close()
    await database.close()


async def test_without_an_embedder_words_are_all_there_is(desk: Desk) -> None:
    """And the document says so."""
    base = await desk.base(embedder="")
    ready = await desk.settled(await desk.upload(base))
    assert (ready.state, ready.remarks) == ("ready", (BY_WORDS_ONLY.words,))
    assert await found(desk, base.id) == [(ready.id, ready.chunks)] and await desk.vectors(ready) == 0


async def test_what_cannot_be_read_fails_with_a_reason_and_can_be_tried_again(desk: Desk) -> None:
    """From where it failed."""
    base = await desk.base()
    failed = await desk.settled(await desk.upload(base, "FAIL damaged_file"))
    assert (failed.state, failed.problem, failed.words) == (
        "failed",
        "damaged_file",
        "This file cannot be read. Save it anew.",
    )
    assert await found(desk, base.id) == []
    again = await desk.do(RetryDocument(failed.id))
    assert (again.state, again.problem) == ("waiting", "")
    assert await refused(desk, RetryDocument(failed.id)) == "not_failed"
    assert (await desk.settled(failed)).problem == "damaged_file"
    assert desk.parsing.read == ["tea.txt"] * 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        ([[1.0, float("nan"), 0.0, 0.0]], "embedder_nonsense"),
        ([[0.0, 0.0, 0.0, 0.0]], "embedder_nonsense"),
        ([[1.0, 0.0], [1.0, 0.0]], "embedder_nonsense"),
        ([[]], "embedder_dimension"),
        ([[1.0, 0.0, 0.0]], "embedder_dimension"),
        ([[1e200, 1e200, 0.0, 0.0]], "embedder_nonsense"),
    ],
)
async def test_an_embedder_that_talks_nonsense_fails_the_document(desk: Desk, spoil: Any, problem: str) -> None:
    """Nothing of it is kept; when it is well again a retry goes on without reading the file again."""
    base = await desk.base()
    await desk.settled(await desk.upload(base, "First."))
    desk.embedding.spoil = spoil
    failed = await desk.settled(await desk.upload(base, "Second."))
    assert (failed.state, failed.problem) == ("failed", problem) and failed.words.endswith((".", "!"))
    desk.embedding.spoil = None
    assert (await desk.do(RetryDocument(failed.id))).state == "embedding"
    assert (await desk.settled(failed)).state == "ready"
    assert desk.parsing.read == ["tea.txt"] * 2


@pytest.mark.slow
async def test_a_changed_model_under_the_same_name_is_chosen_anew(desk: Desk) -> None:
    """As the failed document says: then all is embedded anew, and a retry goes on. Before it failed, and once all is
    well, to choose the same again changes nothing."""
    base = await desk.base()
    first = await desk.settled(await desk.upload(base, "First."))
    assert (await desk.do(ChangeBase(base.id, embedder=base.embedder))).coming is None
    real = desk.embedding.embed

    async def longer(tenant: str, user: str, model: str, texts: Any, query: bool = False) -> Any:
        return await real(tenant, user, "hash-6", texts, query)

    desk.embedding.embed = longer  # type: ignore[method-assign]
    failed = await desk.settled(await desk.upload(base, "Second."))
    assert failed.problem == "embedder_dimension" and "choose the embedder of the base anew" in failed.words
    assert (await desk.do(ChangeBase(base.id, embedder=base.embedder))).coming == base.embedder
    await desk.do(RetryDocument(failed.id))
    await desk.workers.settle()
    await desk.due()  # the base mostly comes first; where both came in one millisecond, the document has waited for it
    await desk.workers.settle()
    assert await found(desk, base.id) == [(first.id, first.chunks), (failed.id, failed.chunks)]
    said = await desk.do(RetrievePassages(base.id, "Second."))
    assert said.passages[0].scores.vector is not None and said.remarks == ()
    assert (await desk.do(ChangeBase(base.id, embedder=base.embedder))).coming is None


@pytest.mark.slow
async def test_what_the_present_embedder_cannot_embed_waits_for_the_coming_one(desk: Desk) -> None:
    """Without asking again and again, and without an attempt; where the move is broken off, it fails as before."""
    base = await desk.base()
    await desk.settled(await desk.upload(base, "First."))
    desk.embedding.spoil = [[1.0, 0.0, 0.0]]
    failed = await desk.settled(await desk.upload(base, "Second."))
    desk.embedding.spoil, desk.embedding.faults = None, [AWAY]
    await desk.do(ChangeBase(base.id, embedder="hash-6"))
    await desk.workers.settle()  # the move has another attempt later
    await desk.do(RetryDocument(failed.id))
    desk.embedding.spoil, asked = [[1.0, 0.0, 0.0]], []
    for _ in range(MOST_ATTEMPTS + 2):
        waiting = await desk.settled(failed)
        assert (waiting.state, waiting.problem, waiting.words) == ("embedding", "embedder_dimension", MOVING)
        asked.append(len(desk.embedding.asked))
        await desk.database.apply((Statement("UPDATE jobs SET not_before = 0 WHERE kind = 'ingest'", {}, 1),))
    assert len(set(asked)) == 1
    await desk.do(ChangeBase(base.id, embedder="hash-4"))
    again = await desk.settled(failed)
    assert (again.state, again.problem) == ("failed", "embedder_dimension") and "choose the embedder" in again.words


async def test_small_documents_are_embedded_together(desk: Desk) -> None:
    """More of them than there are workers: those that wait for the embedder leave theirs to others. Each is found with
    its own vectors; what is deleted meanwhile leaves nothing, and what is wrong fails one document alone."""
    base = await desk.base()
    desk.embedding.gate.clear()
    documents = [await desk.upload(base, f"Tea number {n}.", name=f"{n}.txt") for n in range(8)]
    real = desk.embedding.embed

    async def spoilt(tenant: str, user: str, model: str, texts: Any, query: bool = False) -> Any:
        given = await real(tenant, user, model, texts, query)
        return [[float("nan")] * 4 if "number 5" in text else each for text, each in zip(texts, given, strict=True)]

    desk.embedding.embed = spoilt  # type: ignore[method-assign]
    desk.workers.start()

    async def waiting() -> bool:
        return await desk.count("documents", "state = 'embedding'") == 8

    await until(waiting)
    await desk.do(DeleteDocument(documents[6].id))
    desk.embedding.gate.set()

    async def over() -> bool:
        return await desk.count("jobs") == 0

    await until(over)
    states = [(await desk.read(each)).state for each in documents if each is not documents[6]]
    assert states == ["ready"] * 5 + ["failed", "ready"]
    assert (await desk.read(documents[5])).problem == "embedder_nonsense"
    assert await desk.count("chunk_vectors") == 6 and len(desk.embedding.asked) < 8
    said = await desk.do(RetrievePassages(base.id, "Tea number 3."))
    assert (said.passages[0].name, said.remarks) == ("3.txt", ())


async def test_those_that_stand_aside_are_given_back_by_a_worker_that_is_stopped(desk: Desk) -> None:
    """Another one has them at once, without asking for what was written."""
    base = await desk.base()
    desk.embedding.gate.clear()
    documents = [await desk.upload(base, f"Tea number {n}.", name=f"{n}.txt") for n in range(4)]
    desk.workers.start()

    async def waiting() -> bool:
        return await desk.count("documents", "state = 'embedding'") == 4

    await until(waiting)
    await desk.workers.stop()
    assert await desk.count("jobs", "lease IS NULL AND attempts = 0") == 4
    desk.embedding.gate.set()
    await desk.workers.settle()
    assert [(await desk.read(each)).state for each in documents] == ["ready"] * 4
    assert sorted(desk.parsing.read) == [f"{n}.txt" for n in range(4)]


async def test_one_that_failed_aside_is_tried_again_in_time(desk: Desk) -> None:
    """Although every worker had found nothing more to do before it did, and sleeps."""
    base = await desk.base()
    desk.embedding.gate.clear()
    desk.embedding.faults = [AWAY]
    real, sleeps = desk.jobs.due_in, list[float | None]()

    async def due_in(*kinds: Any) -> float | None:
        sleeps.append(await real(*kinds))
        return sleeps[-1]

    desk.jobs.due_in = due_in  # type: ignore[method-assign, assignment]
    document = await desk.upload(base, "Tea.")
    desk.workers.start()

    async def asleep() -> bool:
        return (await desk.read(document)).state == "embedding" and len(sleeps) >= 2

    await until(asleep)
    assert sleeps[-1] is not None and sleeps[-1] > 20, "until the lease ends"
    desk.embedding.gate.set()

    async def noticed() -> bool:
        return sleeps[-1] is not None and sleeps[-1] <= 7

    await until(noticed)


async def test_an_embedder_that_fails_half_way_is_tried_again_for_the_rest(desk: Desk) -> None:
    """What is embedded already is not asked for again."""
    base = await desk.base(options=ChunkOptions(size=50, overlap=0, separators=("\n\n",)))
    text = "\n\n".join(f"Sentence {n} says that tea number {n} is good to drink." for n in range(400))
    document = await desk.upload(base, text)
    desk.embedding.faults = []
    real, calls = desk.embedding.embed, []

    async def failing(*args: Any) -> Any:
        calls.append(len(args[3]))
        if len(calls) == 8:
            raise AWAY
        return await real(*args)

    desk.embedding.embed = failing  # type: ignore[method-assign, assignment]
    waiting = await desk.settled(document)
    there = await desk.vectors(document)
    assert waiting.state == "embedding" and 0 < there < waiting.chunks
    assert (waiting.problem, waiting.words) == ("upstream", "The engine is away."), "why it takes so long"
    assert (await desk.do(ReadDocument(document.id))).chunks == waiting.chunks
    assert await found(desk, base.id) == []
    await desk.due()
    ready = await desk.settled(document)
    assert ready.state == "ready" and await desk.vectors(document) == ready.chunks
    assert (ready.problem, ready.words) == ("", "")
    assert sum(calls) - calls[7] <= ready.chunks + 128
    assert desk.parsing.read == ["tea.txt"]


async def test_an_engine_that_stays_away_fails_the_document_in_the_end(desk: Desk) -> None:
    """After as many attempts as are made."""
    base = await desk.base()
    document = await desk.upload(base)
    desk.embedding.faults = [AWAY] * 20
    for _ in range(MOST_ATTEMPTS):
        assert (await desk.read(document)).state in ("waiting", "embedding")
        await desk.settled(document)
        await desk.due()
    failed = await desk.read(document)
    assert (failed.state, failed.problem, failed.words) == ("failed", "upstream", "The engine is away.")
    assert len(desk.embedding.faults) == 20 - MOST_ATTEMPTS


async def test_a_rate_that_is_used_up_fails_nothing(desk: Desk) -> None:
    """The document waits until its user may ask again, however often that is."""
    document = await desk.upload(await desk.base())
    desk.embedding.faults = [Fault(Kind.over_budget, "So many a minute.", retry_after=30.0)] * (3 * MOST_ATTEMPTS)
    while desk.embedding.faults:
        assert (await desk.settled(document)).state == "embedding"
        await desk.due()
    assert (await desk.settled(document)).state == "ready"


async def test_a_worker_that_died_is_followed_by_another(desk: Desk) -> None:
    """It goes on from what was written; a slow one writes nothing more, and no chunk is there twice."""
    base = await desk.base(options=SMALL)
    document = await desk.upload(base)
    desk.parsing.gate.clear()
    slow = asyncio.ensure_future(desk.workers.settle())
    await desk.parsing.began.wait()
    await desk.due()
    desk.parsing.gate.set()
    other = Desk(desk.database, desk.folder)
    await other.workers.settle()
    await slow
    ready = await desk.read(document)
    assert ready.state == "ready" and await desk.count("chunks") == ready.chunks == await desk.vectors(document)
    assert desk.on_disk() == 3 and await found(desk, base.id) == [(document.id, ready.chunks)]
    await other.close()


async def test_what_ends_its_worker_every_time_is_given_up(desk: Desk) -> None:
    """Attempts are counted when they begin."""
    base = await desk.base()
    document = await desk.upload(base)
    for n in range(MOST_ATTEMPTS):
        assert await desk.jobs.claim(("ingest",), f"lost-{n}", 60) is not None
        await desk.due()
    failed = await desk.settled(document)
    assert (failed.state, failed.problem) == ("failed", "worker_died") and desk.parsing.read == []


async def test_a_worker_that_is_stopped_gives_its_job_back(desk: Desk) -> None:
    """The next one has it at once."""
    base = await desk.base()
    document = await desk.upload(base)
    desk.parsing.gate.clear()
    desk.workers.start()
    await desk.parsing.began.wait()
    await desk.workers.stop()
    assert (await desk.read(document)).state == "parsing"
    desk.parsing.gate.set()
    assert (await desk.settled(document)).state == "ready"


async def test_a_document_that_is_deleted_while_it_is_read_leaves_nothing(desk: Desk) -> None:
    """Its worker breaks off at once; its room comes back, and the same bytes may come again."""
    base = await desk.base()
    document = await desk.upload(base)
    desk.parsing.gate.clear()
    desk.workers.start()
    await desk.parsing.began.wait()
    await desk.do(DeleteDocument(document.id))
    assert await refused(desk, ReadDocument(document.id)) == "document_not_found"

    async def gone() -> bool:
        return await desk.count("documents") == 0 and await desk.count("jobs") == 0

    await until(gone)
    assert await desk.used() == (0, 0, 0) and desk.on_disk() == 0
    desk.parsing.gate.set()
    again = await desk.upload(base)
    assert again.id != document.id

    async def ready() -> bool:
        return (await desk.read(again)).state == "ready"

    await until(ready)


async def test_a_document_that_is_deleted_is_found_no_more(desk: Desk) -> None:
    """From the moment on; its rows, vectors and blobs go after."""
    base = await desk.base(options=SMALL)
    first, second = await desk.upload(base), await desk.upload(base, "Other words.")
    await desk.workers.settle()
    await desk.do(DeleteDocument(first.id))
    assert [id for id, chunks in await found(desk, base.id) if chunks] == [second.id]
    await desk.workers.settle()
    assert await desk.count("chunks", f"document = '{first.id}'") == 0 == await desk.vectors(first)
    assert await desk.used() == (12, 0, 1) and desk.on_disk() == 3
    assert await found(desk, base.id) == [(second.id, 1), (first.id, 0)]


async def test_a_base_goes_with_all_that_is_in_it(desk: Desk) -> None:
    """Whatever is being done with its documents."""
    base, other = await desk.base(options=SMALL), await desk.base()
    kept = await desk.upload(other)
    for n in range(5):
        await desk.upload(base, f"{TEXT} {n}")
    await desk.workers._next()
    await desk.do(DeleteBase(base.id))
    assert await refused(desk, ReadBase(base.id)) == "base_not_found"
    await desk.workers.settle()
    assert await desk.count("bases") == 1 == await desk.count("documents")
    assert await desk.used() == (len(TEXT), 0, 1) and await desk.used(base.id) == (0, 0, 0)
    assert (await desk.read(kept)).state == "ready" and desk.on_disk() == 3 and await desk.count("jobs") == 0


async def test_a_base_moves_to_another_embedder_without_going_dark(desk: Desk) -> None:
    """It is searched with the old vectors until all new ones are there; what comes meanwhile is there too."""
    base = await desk.base(options=SMALL)
    first = await desk.settled(await desk.upload(base))
    before = await desk.stores.bases(DEFAULT_TENANT).base(base.id)
    moving = await desk.do(ChangeBase(base.id, embedder="hash-6"))
    assert (moving.embedder, moving.coming) == ("hash-4", "hash-6")
    second = await desk.upload(base, "Comes meanwhile.")
    desk.embedding.faults = [AWAY]
    await desk.workers.settle()
    assert before is not None and dict(await found(desk, base.id)) == {first.id: first.chunks, second.id: 1}
    await desk.due()
    await desk.workers.settle()
    after = await desk.stores.bases(DEFAULT_TENANT).base(base.id)
    assert after is not None and (after.embedder, after.coming, after.dimension) == ("hash-6", None, 6)
    assert after.generation > before.generation
    mark = Mark(before.revision + 1, "z")
    assert dict(await found(desk, base.id, mark)) == {first.id: first.chunks, second.id: 1}
    assert await desk.vectors(first) == first.chunks == await desk.vectors(first, after.generation)
    third = await desk.settled(await desk.upload(base, "Comes after."))
    assert third.state == "ready" and await desk.count("jobs") == 0


async def test_a_move_to_another_embedder_can_be_broken_off(desk: Desk) -> None:
    """Nothing is left of it; one that fails says why, and the base stays as it is."""
    base = await desk.base(options=SMALL)
    first = await desk.settled(await desk.upload(base))
    await desk.do(ChangeBase(base.id, embedder="hash-6"))
    desk.embedding.spoil = [[float("inf")] * 6] * 9
    await desk.workers.settle()
    stayed = await desk.do(ReadBase(base.id))
    assert (stayed.embedder, stayed.coming, stayed.problem) == ("hash-4", None, "embedder_nonsense") and stayed.words
    desk.embedding.spoil = None
    await desk.do(ChangeBase(base.id, embedder="hash-6"))
    back = await desk.do(ChangeBase(base.id, embedder="hash-4"))
    assert (back.coming, back.problem) == (None, "")
    await desk.workers.settle()
    assert await desk.vectors(first) == first.chunks and await desk.count("jobs") == 0
    words = await desk.do(ChangeBase(base.id, embedder=""))
    assert words.embedder == "" and words.coming is None
    await desk.workers.settle()
    assert await desk.vectors(first) == 0 and await found(desk, base.id, Mark(1, "z")) == [(first.id, first.chunks)]


async def test_a_document_can_be_switched_off_and_renamed(desk: Desk) -> None:
    """What is switched off is not found, and nothing else changes what is found."""
    base = await desk.base()
    document = await desk.settled(await desk.upload(base))
    named = await desk.do(ChangeDocument(document.id, name="Tea 2", metadata={"a": "b"}))
    assert (named.name, named.metadata, named.enabled) == ("Tea 2", {"a": "b"}, True)
    assert await found(desk, base.id, Mark(1, "z")) == []
    await desk.do(ChangeDocument(document.id, enabled=False))
    assert await found(desk, base.id) == [(document.id, 0)]
    await desk.do(ChangeDocument(document.id, enabled=True))
    assert await found(desk, base.id) == [(document.id, document.chunks)]


async def test_a_chunk_can_be_switched_off_and_say_something_else(desk: Desk) -> None:
    """Then it has another vector."""
    base = await desk.base(options=SMALL)
    document = await desk.settled(await desk.upload(base))
    [first, *_] = (await desk.do(ListChunks(document.id))).chunks
    changed = await desk.do(ChangeChunk(first.id, content="Something else."))
    assert changed.content == (await desk.do(ReadChunk(first.id))).content == "Something else."
    assert desk.embedding.asked[-1][1][0].endswith("Something else.")
    assert await desk.vectors(document) == document.chunks
    assert await found(desk, base.id, Mark(1, "z")) == [(document.id, document.chunks)]
    await desk.do(ChangeChunk(first.id, enabled=False))
    assert await found(desk, base.id) == [(document.id, document.chunks - 1)]
    assert await refused(desk, ChangeChunk(first.id, content="  ")) == "out_of_range"


async def test_progress_is_told_to_the_pages_that_show_it(desk: Desk) -> None:
    """Of the one who brought a document; one that is ready says how many pages it has."""
    base = await desk.base()
    feed = desk.feeds.of(DEFAULT_TENANT, "ada")
    document = await desk.settled(await desk.upload(base, "One.\fTwo.\fThree."))
    told = [entry for _, entry in feed.after(feed.last - 100) if getattr(entry, "document", "") == document.id]
    states = [entry.state for entry in told]  # type: ignore[union-attr]
    assert states[0] == "waiting" and states[-1] == "ready" and "embedding" in states
    assert (document.pages, document.done, document.title) == (3, 3, "tea.txt")


async def test_nobody_sees_or_changes_what_is_not_theirs(desk: Desk) -> None:
    """A base of the tenant is read by all of it, and changed by its owner and the tenant's admins."""
    own, shared = await desk.base(), await desk.base(access="tenant")
    document = await desk.settled(await desk.upload(own))
    theirs = await desk.settled(await desk.upload(shared))
    for who in (BOB, ADMIN, STRANGER):
        assert await refused(desk, ReadBase(own.id), who) == "base_not_found"
        assert await refused(desk, ReadDocument(document.id), who) == "document_not_found"
        assert await refused(desk, ListChunks(document.id), who) == "document_not_found"
    assert not (await desk.do(ReadBase(shared.id), BOB)).writable
    [chunk] = (await desk.do(ListChunks(theirs.id), BOB)).chunks
    assert [each.id for each in (await desk.do(ListDocuments(shared.id), BOB)).documents] == [theirs.id]
    for change in (DeleteDocument(theirs.id), ChangeChunk(chunk.id, enabled=False), ChangeBase(shared.id, name="x")):
        assert await refused(desk, change, BOB) == "only_read"
        assert (await refused(desk, change, STRANGER)).endswith("_not_found")
    assert (await desk.do(ChangeBase(shared.id, name="Theirs"), ADMIN)).name == "Theirs"
    assert (await desk.do(ReadChunk(chunk.id), ADMIN)).id == chunk.id


@pytest.mark.parametrize(
    "options",
    [ChunkOptions(size=10), ChunkOptions(overlap=400), ChunkOptions(parent_size=20), ChunkOptions(separators=("",))],
)
async def test_options_that_would_cut_everything_to_pieces_are_refused(desk: Desk, options: ChunkOptions) -> None:
    with pytest.raises(Fault, match="does not fit"):
        await desk.base(options=options)


async def test_what_is_deleted_goes_in_the_end_however_often_that_has_failed(desk: Desk) -> None:
    """Nobody else would remove its text and its file: after the last attempt of a series the first of another comes."""
    base = await desk.base()
    document = await desk.settled(await desk.upload(base, b"Tea is grown in Assam."))
    delete, away = desk.room.blobs.delete, True

    async def broken(id: str) -> None:
        if away:
            raise OSError("the disk is away")
        await delete(id)

    desk.room.blobs.delete = broken  # type: ignore[method-assign]
    await desk.do(DeleteDocument(document.id))
    for _ in range(3 * MOST_ATTEMPTS):
        await desk.workers.settle()
        await desk.due()
    assert desk.on_disk() > 0 and await desk.count("jobs") == 1
    away = False
    await desk.workers.settle()
    assert desk.on_disk() == 0 and await desk.count("jobs") == 0
