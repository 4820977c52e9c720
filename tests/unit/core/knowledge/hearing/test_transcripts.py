"""Files of sound while they are read: asked once, kept, and a state with a reason where nobody hears them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from parlance.core.jobs.worker import MOST_ATTEMPTS
from parlance.core.knowledge.bases_operations import ChangeBase
from parlance.core.knowledge.chunk_operations import ListChunks
from parlance.core.knowledge.chunking.passages import chunked
from parlance.core.knowledge.document_operations import AddAddress, DeleteDocument, DocumentView, RetryDocument
from parlance.core.knowledge.hearing.laying import SILENT
from parlance.core.knowledge.hearing.transcripts import MOST_PIECES, PIECE
from parlance.core.knowledge.recutting_operations import RecutDocument
from parlance.core.knowledge.retrieval_operations import RetrievePassages
from parlance.core.knowledge.room import Chunking
from parlance.ports.fetching import Fetched
from parlance.stores.sql.sqlite import Sqlite
from parlance.testing.databases import migrated
from parlance.testing.documents.sounds import silence
from parlance.values.accounts import DEFAULT_TENANT
from parlance.values.asks import Segment, Transcript
from parlance.values.errors import Fault, Kind
from parlance.values.knowledge import ChunkOptions, Parsed, Passage
from parlance.values.sounds import MOST_SOUND
from tests.unit.core.files.desk import ADA
from tests.unit.core.knowledge.desk import AWAY, Desk, opened, until

SAID = Transcript(
    "Tea is grown in Assam. Coffee is grown in Kerala.",
    (Segment(0.0, 31.5, "Tea is grown in Assam."), Segment(31.5, 40.0, " Coffee is grown in Kerala.", {"mark": 1})),
    "en",
    40.25,
)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    database = Sqlite(None)
    await migrated(database)
    made = await opened(database, tmp_path / "blobs")
    made.hearing.says = lambda content: SAID
    yield made
    await made.close()
    assert made.defects == []
    await database.close()


@asynccontextmanager
async def other_desk(folder: Path, **more: Any) -> AsyncIterator[Desk]:
    """A desk that is made otherwise."""
    database = Sqlite(None)
    await migrated(database)
    desk = await opened(database, folder / "blobs", **more)
    desk.hearing.says = lambda content: SAID
    yield desk
    await desk.close()
    await database.close()


def failing(broken: list[bool]) -> Chunking:
    """What cuts documents, once there is nothing left that is broken."""

    def cut(parsed: Parsed, options: ChunkOptions) -> Sequence[Passage]:
        if broken:
            broken.pop()
            raise Fault(Kind.busy, "The disk is full.")
        return chunked(parsed, options)

    return cut


async def talk(desk: Desk, name: str = "talk.wav", **options: str) -> DocumentView:
    """A file of sound in a base."""
    base = await desk.base(options=ChunkOptions(**options))  # type: ignore[arg-type]
    return await desk.upload(base, silence(), name)


async def text_of(desk: Desk, document: DocumentView) -> str:
    """The text that it has become."""
    row = await desk.stores.documents(DEFAULT_TENANT).document(document.id)
    assert row is not None
    return b"".join([piece async for piece in desk.blobs.read(row.text, 0, row.text_size)]).decode()


async def test_what_is_said_is_found_with_its_time(desk: Desk) -> None:
    """Asked in the name of whoever sent it, once; no parser sees it, and nothing is left beside its passages."""
    sent = await talk(desk)
    document = await desk.settled(sent)
    assert (document.state, document.remarks, document.pages, document.language) == ("ready", (), 1, "en")
    assert document.metadata == {"words": "speech", "transcriber": "ear", "seconds": "40.25"}
    chunks = (await desk.do(ListChunks(document.id))).chunks
    text = await text_of(desk, document)
    assert [one.content for one in chunks] == [
        "0:00:00 \u2013 0:00:32\n\nTea is grown in Assam.",
        "0:00:31 \u2013 0:00:40\n\nCoffee is grown in Kerala.",
    ]
    assert all(text[one.span.start : one.span.stop] == one.content for one in chunks)
    found = await desk.do(RetrievePassages(document.base, "coffee Kerala", most=1))
    assert found.passages[0].chunk.id == chunks[1].id
    assert [(model, who.user) for model, who in desk.hearing.asked] == [("ear", ADA.user)] and not desk.parsing.read
    assert await desk.count("chunks") == document.chunks == 2 and desk.on_disk() == 3


async def test_the_bytes_say_that_it_is_sound_and_not_the_name(desk: Desk) -> None:
    """A remark says so, where the name says something else; a text that is called sound is none."""
    document = await desk.settled(await talk(desk, "talk.pdf"))
    assert document.state == "ready"
    assert document.remarks == ("Its name ends in .pdf, which it is not: it was read as what it is.",)
    plain = await desk.settled(await desk.upload(await desk.base(), "Words.", "talk.mp3"))
    assert desk.parsing.read == ["talk.mp3"] and plain.state == "ready"  # real parsers refuse it: test_kinds
    assert not (await desk.settled(await talk(desk, "talk"))).remarks


async def test_the_base_says_which_model_hears_or_that_none_does(desk: Desk) -> None:
    """And what is no model cannot be named; one that has gone stays where it was named before."""
    desk.hearing.ears = ["ear", "other"]
    await desk.settled(await talk(desk, transcriber="other"))
    assert [model for model, _ in desk.hearing.asked] == ["other"]
    deaf = await desk.settled(await talk(desk, transcriber=""))
    assert (deaf.state, deaf.problem) == ("failed", "no_sound_wanted") and "options.transcriber" in deaf.words
    with pytest.raises(Fault) as caught:
        await desk.base(options=ChunkOptions(transcriber="gone"))
    assert caught.value.code == "model_not_found"
    with pytest.raises(Fault) as caught:
        await desk.base(options=ChunkOptions(transcriber="x" * 300))
    assert caught.value.field == "options.transcriber"
    base = await desk.base(options=ChunkOptions(transcriber="other"))
    desk.hearing.ears = []
    await desk.do(ChangeBase(base.id, options=ChunkOptions(size=100, transcriber="other")))


async def test_what_was_written_down_is_cut_anew_without_being_heard_again(desk: Desk) -> None:
    """Also where the model is named that it was, or none is any more; another one hears it for itself."""
    desk.hearing.ears = ["ear", "other"]
    document = await desk.settled(await talk(desk))
    for size, named, heard in ((100, None, 1), (110, "ear", 1), (120, "", 1), (130, "other", 2), (140, "other", 2)):
        await desk.do(ChangeBase(document.base, options=ChunkOptions(size=size, transcriber=named)))
        await desk.do(RecutDocument(document.id))
        now = await desk.settled(document)
        assert (now.state, now.remarks) == ("ready", ()) and len(desk.hearing.asked) == heard, named
    assert now.metadata["transcriber"] == "other"


async def test_where_nobody_hears_the_document_says_how_that_is_mended(desk: Desk) -> None:
    """At once; and tried again once there is a model, it is read."""
    desk.hearing.ears = []
    document = await desk.settled(await talk(desk))
    assert (document.state, document.problem) == ("failed", "no_transcriber") and "whisper" in document.words
    desk.hearing.ears = ["ear"]
    await desk.do(RetryDocument(document.id))
    assert (await desk.settled(document)).state == "ready"


async def test_an_installation_without_hearing_says_the_same(tmp_path: Path) -> None:
    async with other_desk(tmp_path, hears=False) as desk:
        document = await desk.settled(await talk(desk))
        assert (document.state, document.problem) == ("failed", "no_transcriber")


async def test_an_engine_that_is_away_is_asked_again_and_then_told_of(desk: Desk) -> None:
    """A failed one can be tried again."""
    desk.hearing.says = lambda content: AWAY
    document = await talk(desk)
    for _ in range(MOST_ATTEMPTS):
        assert (await desk.settled(document)).state in ("parsing", "failed")
        await desk.due()
    failed = await desk.settled(document)
    assert (failed.state, failed.problem, failed.words) == ("failed", "upstream", "The engine is away.")
    assert len(desk.hearing.asked) == MOST_ATTEMPTS
    desk.hearing.says = lambda content: SAID
    await desk.do(RetryDocument(document.id))
    assert (await desk.settled(document)).state == "ready"


async def test_a_rate_that_is_used_up_is_waited_for(desk: Desk) -> None:
    """However often."""
    faults = [Fault(Kind.over_budget, "So many a minute.", retry_after=30.0)] * 2 * MOST_ATTEMPTS
    desk.hearing.says = lambda content: faults.pop() if faults else SAID
    document = await talk(desk)
    while faults:
        assert (await desk.settled(document)).state == "parsing"
        await desk.due()
    assert (await desk.settled(document)).state == "ready"


async def test_what_the_engine_refuses_is_not_sent_again(desk: Desk) -> None:
    desk.hearing.says = lambda content: Fault(Kind.invalid, "This file is damaged.", code="upstream_refused")
    document = await desk.settled(await talk(desk))
    assert (document.state, document.problem) == ("failed", "upstream_refused") and len(desk.hearing.asked) == 1


async def test_a_transcript_is_asked_for_once_however_often_the_rest_fails(tmp_path: Path) -> None:
    """By whoever goes on with it; a long one is kept in pieces."""
    words = "Tea is grown in Assam. " * (3 * PIECE // 23)
    async with other_desk(tmp_path, chunking=failing([True, True])) as desk:
        desk.hearing.says = lambda content: Transcript(words, (Segment(0.0, 9.0, words),))
        document = await talk(desk)
        assert (await desk.settled(document)).state == "parsing"
        assert await desk.count("chunks") == 7 and (await desk.do(ListChunks(document.id))).chunks == ()
        await desk.due()
        await desk.settled(document)
        assert len(desk.hearing.asked) == 1 and await desk.count("chunks") == 7
        await desk.due()
        ready = await desk.settled(document)
        assert ready.state == "ready" and len(desk.hearing.asked) == 1
        assert await desk.count("chunks") == ready.chunks


async def test_another_model_hears_anew(tmp_path: Path) -> None:
    """What the one heard is not what the other would say; and what is very long is not kept."""
    broken = [True, True]
    async with other_desk(tmp_path, chunking=failing(broken)) as desk:
        words = "x" * (MOST_PIECES * PIECE)
        heard = [SAID, SAID, Transcript(words)]
        desk.hearing.says = lambda content: heard.pop()
        document = await talk(desk)
        await desk.settled(document)
        assert await desk.count("chunks") == 0
        desk.hearing.ears = ["other"]
        await desk.due()
        await desk.settled(document)
        desk.hearing.ears = ["third"]
        await desk.due()
        assert (await desk.settled(document)).state == "ready"
        assert [model for model, _ in desk.hearing.asked] == ["ear", "other", "third"]
        assert await desk.count("chunks") == 2


async def test_silence_is_ready_without_passages(desk: Desk) -> None:
    """And what no database can hold does no harm."""
    desk.hearing.says = lambda content: Transcript("", ())
    document = await desk.settled(await talk(desk))
    assert (document.state, document.chunks, document.remarks) == ("ready", 0, (SILENT.words,))
    desk.hearing.says = lambda content: Transcript("\ud800\x00 Tea.", (Segment(0.0, 1.0, "\ud800\x00 Tea."),))
    odd = await desk.settled(await talk(desk))
    assert odd.state == "ready" and "\ufffd\ufffd Tea." in await text_of(desk, odd)


async def test_a_file_that_is_too_large_is_sent_to_nobody(tmp_path: Path) -> None:
    """Bound by what engines take, whatever a document may have otherwise."""
    async with other_desk(tmp_path, most=2 * MOST_SOUND) as desk:
        large = await desk.settled(await desk.upload(await desk.base(), silence() + bytes(MOST_SOUND), "long.wav"))
        assert (large.state, large.problem) == ("failed", "sound_too_large") and not desk.hearing.asked


async def test_sound_that_comes_by_its_address_is_read_too(desk: Desk) -> None:
    """Fetched by the guarded port; nothing of its name or type is believed."""
    base = await desk.base()
    url = "https://h.test/talk"
    desk.pages.pages[url] = Fetched(url, 200, "text/html", "", silence())
    document = await desk.settled(await desk.do(AddAddress(base.id, url)))
    assert (document.state, document.chunks) == ("ready", 2), document


async def test_a_document_that_is_deleted_while_it_is_heard_leaves_nothing(desk: Desk) -> None:
    """And nobody is listened to any longer."""
    desk.hearing.says = lambda content: None
    document = await talk(desk)
    desk.workers.start()
    await asyncio.wait_for(desk.hearing.listening.wait(), 20)
    await desk.do(DeleteDocument(document.id))

    async def gone() -> bool:
        return desk.on_disk() == 0 and await desk.count("jobs") == 0

    await until(gone)
    assert await desk.count("chunks") == 0 and await desk.used() == (0, 0, 0)
