"""Captions while documents are read: asked once, kept, and never what a document fails for."""

from __future__ import annotations

from pathlib import Path

import pytest

from parlance.core.knowledge.bases_operations import BaseView, ChangeBase
from parlance.core.knowledge.chunk_operations import ChunkView, ListChunks
from parlance.core.knowledge.document_operations import DocumentView
from parlance.core.knowledge.retrieval_operations import RetrievePassages
from parlance.core.knowledge.seeing import captions
from parlance.core.knowledge.seeing.captions import AT_ONCE, ATTEMPTS, BLANK, FAILURES
from parlance.stores.sql.sqlite import Sqlite
from parlance.testing.databases import migrated
from parlance.values.accounts import DEFAULT_TENANT
from parlance.values.errors import Fault, Kind
from parlance.values.knowledge import ChunkOptions, Picture
from tests.unit.core.files.desk import ADA
from tests.unit.core.knowledge.desk import AWAY, Desk, opened

SEES = ChunkOptions(vision="eye")
TEXT = "Tea is grown in Assam.\fSee it here.\n\nPICTURE garden\n\nCoffee is grown in Kerala."


async def chunks(desk: Desk, document: DocumentView) -> list[ChunkView]:
    """All that a reader sees, each at its place in the text."""
    page = await desk.do(ListChunks(document.id, limit=150))
    blob = await desk.stores.documents(DEFAULT_TENANT).document(document.id)
    assert blob is not None
    text = b"".join([piece async for piece in desk.blobs.read(blob.text, 0, blob.text_size)]).decode()
    assert all(text[one.span.start : one.span.stop] == one.content for one in page.chunks)
    return list(page.chunks)


def many(count: int) -> str:
    """A text with so many pictures."""
    return "Words.\n\n" + "\n\n".join(f"PICTURE p{number}" for number in range(count))


async def unseen(desk: Desk, base: BaseView, text: str) -> DocumentView:
    """A document that is ready, and says in its remark what it lacks."""
    document = await desk.upload(base, text)
    for _ in range(ATTEMPTS):
        await desk.settled(document)
        await desk.due()
    ready = await desk.read(document)
    assert ready.state == "ready" and len(ready.remarks) == 1, ready
    return ready


async def test_what_a_model_sees_is_found_on_the_page_of_the_picture(desk: Desk) -> None:
    """As a passage of its own; asked in the name of whoever sent the document, once, with nothing kept of it."""
    desk.seeing.says = lambda picture: f"A {picture.content.decode()} with a  wooden\n\n gate."
    base = await desk.base(options=SEES)
    document = await desk.settled(await desk.upload(base, TEXT))
    assert document.state == "ready" and not document.remarks
    [caption] = [one for one in await chunks(desk, document) if one.kind == "caption"]
    assert (caption.content, caption.span.page) == ("A garden with a wooden\ngate.", 2)
    found = await desk.do(RetrievePassages(base.id, "wooden gate", most=1))
    assert found.passages[0].chunk.id == caption.id
    assert [(model, who.user, picture) for model, who, picture in desk.seeing.asked] == [("eye", ADA.user, b"garden")]
    assert await desk.count("chunks") == document.chunks == await desk.vectors(document) and desk.on_disk() == 3


async def test_the_base_says_which_model_looks_or_that_none_does(desk: Desk) -> None:
    """Without a word of it the server's does; without that nobody looks at any picture."""
    base = await desk.base()
    document = await desk.settled(await desk.upload(base, TEXT))
    assert (
        document.state == "ready"
        and not desk.seeing.asked
        and "caption" not in {one.kind for one in await chunks(desk, document)}
    )
    with pytest.raises(Fault) as caught:
        await desk.do(ChangeBase(base.id, options=ChunkOptions(vision="gone")))
    assert caught.value.code == "model_not_found"
    changed = await desk.do(ChangeBase(base.id, options=SEES))
    assert changed.options.vision == "eye"
    await desk.settled(await desk.upload(base, TEXT + "!"))
    assert [model for model, _, _ in desk.seeing.asked] == ["eye"]


@pytest.mark.parametrize(("options", "asked"), [(ChunkOptions(), ["server's"]), (ChunkOptions(vision=""), [])])
async def test_the_servers_model_looks_where_a_base_names_none(
    tmp_path: Path, options: ChunkOptions, asked: list[str]
) -> None:
    """And not where it wants none."""
    database = Sqlite(None)
    await migrated(database)
    desk = await opened(database, tmp_path / "blobs", vision="server's")
    document = await desk.settled(await desk.upload(await desk.base(options=options), TEXT))
    assert document.state == "ready" and [model for model, _, _ in desk.seeing.asked] == asked
    await desk.close()
    await database.close()


async def test_an_engine_that_fails_is_waited_for_and_then_done_without(desk: Desk) -> None:
    """The remark says how many lack and why; the words are found, and after some failures nobody is asked further."""
    desk.seeing.says = lambda picture: AWAY
    base = await desk.base(options=SEES)
    document = await desk.settled(await desk.upload(base, many(3 * FAILURES)))
    assert document.state == "parsing" and len(desk.seeing.asked) == FAILURES
    await desk.due()
    await desk.settled(document)
    await desk.due()
    ready = await desk.settled(document)
    assert ready.state == "ready" and ready.chunks == 1
    assert ready.remarks == (f"No caption for {3 * FAILURES} of its pictures: The engine is away.",)
    assert len(desk.seeing.asked) == ATTEMPTS * FAILURES


async def test_a_model_that_is_gone_is_not_waited_for(desk: Desk) -> None:
    """It stays away."""
    desk.seeing.says = lambda picture: Fault(Kind.missing, "There is no such model.")
    document = await desk.settled(await desk.upload(await desk.base(options=SEES), TEXT))
    assert document.state == "ready"
    assert document.remarks == ("No caption for 1 of its pictures: There is no such model.",)


async def test_captions_that_were_had_are_not_asked_for_again(desk: Desk) -> None:
    """Those that failed are, whoever goes on with it."""
    lost = {b"p2", b"p9"}
    desk.seeing.says = lambda picture: AWAY if picture.content in lost else f"Seen {picture.content.decode()}."
    base = await desk.base(options=SEES)
    document = await desk.settled(await desk.upload(base, many(12)))
    assert document.state == "parsing" and len(desk.seeing.asked) == 12
    assert await desk.count("chunks") == 10 and (await desk.do(ListChunks(document.id))).chunks == ()
    lost.clear()
    await desk.due()
    other = await opened_beside(desk)
    ready = await other.settled(document)
    assert ready.state == "ready" and not ready.remarks
    assert sorted(picture for _, _, picture in other.seeing.asked) == [b"p2", b"p9"]
    seen = [one.content for one in await chunks(desk, document) if one.kind == "caption"]
    assert seen == [f"Seen p{number}." for number in range(12)]
    assert await desk.count("chunks") == ready.chunks
    await other.close()


async def opened_beside(desk: Desk) -> Desk:
    """Another server over the same database, where the engine is back."""
    other = Desk(desk.database, desk.folder)
    other.seeing.says = lambda picture: f"Seen {picture.content.decode()}."
    return other


async def test_another_model_looks_anew(desk: Desk) -> None:
    """What the one saw is not what the other would say."""
    desk.seeing.says = lambda picture: AWAY if picture.content == b"p1" else "Seen by the first."
    base = await desk.base(options=SEES)
    document = await desk.settled(await desk.upload(base, many(2)))
    await desk.do(ChangeBase(base.id, options=ChunkOptions(vision="other")))
    desk.seeing.says = lambda picture: "Seen by the second."
    await desk.due()
    await desk.settled(document)
    assert {one.content for one in await chunks(desk, document) if one.kind == "caption"} == {"Seen by the second."}


async def test_a_rate_that_is_used_up_is_waited_for(desk: Desk) -> None:
    """However often; a budget that is used up for the month is not."""
    faults = [Fault(Kind.over_budget, "So many a minute.", retry_after=30.0)] * 8
    desk.seeing.says = lambda picture: faults.pop() if faults else "A garden."
    document = await desk.upload(await desk.base(options=SEES), TEXT)
    while faults:
        assert (await desk.settled(document)).state == "parsing"
        await desk.due()
    assert not (await desk.settled(document)).remarks
    desk.seeing.says = lambda picture: Fault(Kind.over_budget, "Nothing is left.", retry_after=86_400.0)
    spent = await desk.settled(await desk.upload(await desk.base(options=SEES), TEXT))
    assert spent.remarks == ("No caption for 1 of its pictures: Nothing is left.",)


async def test_an_engine_that_hangs_is_let_go(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """After its time; the others are seen."""
    monkeypatch.setattr(captions, "SECONDS", 0.05)
    desk.seeing.says = lambda picture: None if picture.content == b"p1" else "Seen."
    ready = await unseen(desk, await desk.base(options=SEES), many(AT_ONCE))
    assert ready.remarks == ("No caption for 1 of its pictures: The model took too long.",)
    assert len([one for one in await chunks(desk, ready) if one.kind == "caption"]) == AT_ONCE - 1


@pytest.mark.parametrize("said", ["", " \n\n\t"])
async def test_a_model_that_says_nothing_is_asked_once(desk: Desk, said: str) -> None:
    """A remark says so."""
    desk.seeing.says = lambda picture: said
    ready = await unseen(desk, await desk.base(options=SEES), TEXT)
    assert ready.remarks == ("No caption for 1 of its pictures: the model said nothing.",)
    assert len(desk.seeing.asked) == 1


async def test_what_a_model_says_is_stored_soundly(desk: Desk) -> None:
    """At most so much of it, and nothing that a database cannot hold."""
    desk.seeing.says = lambda picture: "\ud800\x00" + "very long " * 1000
    document = await desk.settled(await desk.upload(await desk.base(options=SEES), TEXT))
    assert document.state == "ready"
    said = "".join(one.content for one in await chunks(desk, document) if one.kind == "caption")
    assert said.startswith("\ufffd\ufffd") and len(said) < 3000


async def test_a_picture_of_which_nothing_is_known_is_no_failure(desk: Desk) -> None:
    """Though there is nothing else in the document."""
    parse = desk.parsing.parse

    async def blank(*args: object, **more: object) -> object:
        from parlance.values.knowledge import Parsed, Span

        await parse(*args, **more)  # type: ignore[arg-type]
        return Parsed("", images=(Picture(Span(0, 0), "image/png", b"x"),))

    desk.parsing.parse = blank  # type: ignore[method-assign, assignment]
    document = await desk.settled(await desk.upload(await desk.base(), TEXT))
    assert (document.state, document.chunks, document.remarks) == ("ready", 0, (BLANK.words,))


async def test_a_document_that_is_deleted_while_it_is_looked_at_leaves_nothing(desk: Desk) -> None:
    """Not even the captions that were kept."""
    from parlance.core.knowledge.document_operations import DeleteDocument

    desk.seeing.says = lambda picture: AWAY if picture.content == b"p1" else "Seen."
    document = await desk.settled(await desk.upload(await desk.base(options=SEES), many(3)))
    assert await desk.count("chunks") == 2
    await desk.do(DeleteDocument(document.id))
    await desk.workers.settle()
    assert await desk.count("chunks") == 0 and desk.on_disk() == 0
