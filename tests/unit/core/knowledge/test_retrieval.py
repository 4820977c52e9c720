"""Searching a base: what is found is what is there now, in bases that one may see, with the scores of each stage."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from parlance.core.knowledge.bases_operations import BaseView, ChangeBase, CreateBase, DeleteBase
from parlance.core.knowledge.document_operations import ChangeDocument, DeleteDocument
from parlance.core.knowledge.retrieval_operations import FoundPassages, RetrievePassages
from parlance.core.knowledge.search.exam_texts import LATIN, PAIRS
from parlance.core.knowledge.search.exams import LASTS
from parlance.core.knowledge.searching import chosen_reranker
from parlance.values.errors import Fault, Kind
from parlance.values.knowledge import ChunkOptions, Filter
from tests.unit.core.files.desk import ADA, BOB, STRANGER
from tests.unit.core.knowledge.desk import Desk

SMALL = ChunkOptions(size=50, overlap=0)


async def contents(desk: Desk, base: BaseView, query: str, **more: Any) -> list[str]:
    """What is found."""
    found: FoundPassages = await desk.do(RetrievePassages(base.id, query, **more))
    return [passage.chunk.content.strip() for passage in found.passages]


async def test_the_passage_that_answers_comes_first_with_its_scores(desk: Desk) -> None:
    """And says in which document, and where in it, it stands."""
    base = await desk.base(options=SMALL, embedder="hash-4")
    document = await desk.settled(await desk.upload(base))
    found: FoundPassages = await desk.do(RetrievePassages(base.id, "Where is coffee grown?"))
    best = found.passages[0]
    assert best.chunk.content.strip() == "Coffee is grown in Kerala."
    assert (best.chunk.document, best.name, best.title) == (document.id, "tea.txt", document.title)
    assert best.scores.words and best.scores.vector is not None and best.scores.fused is not None
    assert 0 < best.score <= 1 and found.passages[-1].score <= best.score
    assert desk.embedding.questions == ["Where is coffee grown?"], "models may mark questions otherwise than passages"


async def test_an_embedder_is_examined_anew_when_it_is_another_under_its_name(desk: Desk) -> None:
    """By its digest; and after a day by the clock of the house."""
    base = await desk.base(options=SMALL, embedder="hash-4")
    await desk.settled(await desk.upload(base))

    async def examined() -> int:
        before = len(desk.embedding.asked)
        await desk.do(RetrievePassages(base.id, "Where is coffee grown?"))
        return sum(len(texts) == 2 * len(PAIRS[LATIN]) for _, texts in desk.embedding.asked[before:])

    assert [await examined(), await examined()] == [1, 0]
    desk.embedding.digests["hash-4"] = "pulled anew"
    assert [await examined(), await examined()] == [1, 0]
    desk.clock.move(LASTS)
    assert [await examined(), await examined()] == [1, 0]


async def test_a_base_without_an_embedder_is_searched_by_words_and_says_so(desk: Desk) -> None:
    """Nothing of it is an error."""
    base = await desk.base(options=SMALL, embedder="")
    await desk.settled(await desk.upload(base))
    found: FoundPassages = await desk.do(RetrievePassages(base.id, "rice"))
    assert [passage.chunk.content.strip() for passage in found.passages] == ["Rice is grown in Bihar."]
    assert found.remarks == ("no_embedder",) and found.passages[0].scores.vector is None


async def test_a_bases_reranker_judges_what_was_found(desk: Desk) -> None:
    """The first so many of it, unless it is not wanted; when it fails the first order stays, and it is said."""
    base = await desk.base(options=SMALL, embedder="hash-4", reranker="judge")
    await desk.settled(await desk.upload(base))
    query = "rice grown bihar"
    found: FoundPassages = await desk.do(RetrievePassages(base.id, query))
    assert [passage.scores.reranked for passage in found.passages] == [1.0, pytest.approx(1 / 3), pytest.approx(1 / 3)]
    assert found.passages[0].score > 0.8 and desk.reranking.asked == [(query, 3)]
    plain = await desk.do(RetrievePassages(base.id, query, rerank=False))
    some = await desk.do(RetrievePassages(base.id, query, depth=2))
    assert len(desk.reranking.asked) == 2 and some.passages[2].scores.reranked is None
    desk.reranking.fault = Fault(Kind.timed_out, "Too slow.")
    failed = await desk.do(RetrievePassages(base.id, query))
    assert (failed.passages, failed.remarks) == (plain.passages, (*plain.remarks, "reranker_failed"))
    await desk.do(ChangeBase(base.id, reranker=""))
    assert await desk.do(RetrievePassages(base.id, query)) == plain


async def test_only_what_reranks_becomes_a_bases_reranker(desk: Desk) -> None:
    """At the beginning and later; one that has gone since does not keep the base from being changed."""
    base = await desk.base(reranker="judge")
    for asked in (CreateBase("Tea", reranker="other"), ChangeBase(base.id, reranker="other")):
        with pytest.raises(Fault, match="no such model"):
            await desk.do(asked)
    assert (await desk.do(ChangeBase(base.id, name="Other", reranker="judge"))).name == "Other"
    bare = msgspec.structs.replace(desk.room, reranking=None)
    with pytest.raises(Fault, match="Nothing here reranks"):
        await chosen_reranker(bare, ADA, "judge")
    assert await chosen_reranker(bare, ADA, "") == ""


async def test_what_is_switched_off_or_deleted_is_found_no_more(desk: Desk) -> None:
    """From the next search on; a base that has gone is not there."""
    base = await desk.base(options=SMALL, embedder="")
    one = await desk.settled(await desk.upload(base))
    two = await desk.settled(await desk.upload(base, "Tea is grown in Darjeeling.", "other.txt"))
    assert len(await contents(desk, base, "tea")) == 2
    await desk.do(ChangeDocument(one.id, enabled=False))
    assert await contents(desk, base, "tea") == ["Tea is grown in Darjeeling."]
    await desk.do(DeleteDocument(two.id))
    assert await contents(desk, base, "tea") == []
    await desk.do(ChangeDocument(one.id, enabled=True))
    assert await contents(desk, base, "tea") == ["Tea is grown in Assam."]
    await desk.do(DeleteBase(base.id))
    with pytest.raises(Fault, match="no such base"):
        await contents(desk, base, "tea")
    await desk.workers.settle()
    assert not list(desk.folder.with_name("indexes").rglob("*.seg*")), "what search had made of it goes along"


async def test_a_filter_holds_before_the_best_are_chosen(desk: Desk) -> None:
    """By document and by what was noted of it."""
    base = await desk.base(options=SMALL, embedder="")
    await desk.settled(await desk.upload(base, "Tea, tea, tea and tea.", "loud.txt"))
    quiet = await desk.settled(await desk.upload(base, "One cup of tea.", "quiet.txt"))
    await desk.do(ChangeDocument(quiet.id, metadata={"year": "1999"}))
    assert await contents(desk, base, "tea", most=1) == ["Tea, tea, tea and tea."]
    for which in (Filter(documents=(quiet.id,)), Filter(metadata={"year": "1999"})):
        assert await contents(desk, base, "tea", most=1, filter=which) == ["One cup of tea."]


GARDEN = """Green tea is grown in the shade of Uji.

Green tea is grown in the shade of Uji!

Green tea is drunk in Kyoto.

Black tea is grown in Assam.

Nobody there drinks coffee."""
HIGH = {"threshold": 0.99}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("before", "changed"),
    [
        ({}, {"most": 1}),
        ({}, {**HIGH, "loosen": False}),
        (HIGH, {**HIGH, "loosen": False}),
        ({}, {"words": False}),
        ({}, {"vectors": False}),
        ({}, {"rerank": False}),
        ({}, {"depth": 1}),
        ({"most": 2, "parents": False}, {"most": 2, "parents": False, "diversity": 0.9}),
        ({"most": 1, "parents": False}, {"most": 1, "parents": False, "neighbours": 1}),
        ({}, {"parents": False}),
        ({}, {"filter": Filter(documents=())}),
        ({}, {"filter": Filter(sources=("text",))}),
        ({}, {"filter": Filter(metadata={"year": "1999"})}),
    ],
    ids=lambda given: "+".join(given) or "usual",
)
async def test_each_option_changes_what_is_found(desk: Desk, before: dict[str, Any], changed: dict[str, Any]) -> None:
    """Where there is something that it can change."""
    cut = ChunkOptions(size=50, overlap=0, parent_size=120)
    base = await desk.base(options=cut, embedder="hash-6", reranker="judge")
    await desk.settled(await desk.upload(base, GARDEN))

    async def found(options: dict[str, Any]) -> list[tuple[str, float, bool]]:
        passages: FoundPassages = await desk.do(RetrievePassages(base.id, "green tea grown", **options))
        return [(each.chunk.content, each.score, each.neighbour) for each in passages.passages]

    first = await found(before)
    assert first and await found(before) == first
    assert await found(changed) != first


async def test_nobody_searches_in_a_base_of_somebody_else(desk: Desk) -> None:
    """Unless it is the whole tenant's; another tenant never."""
    own, shared = await desk.base(embedder=""), await desk.base(access="tenant", embedder="")
    for who, base in ((BOB, own), (STRANGER, own), (STRANGER, shared)):
        with pytest.raises(Fault, match="no such base"):
            await desk.do(RetrievePassages(base.id, "tea"), who)
    await desk.settled(await desk.upload(shared))
    for who in (ADA, BOB):
        assert (await desk.do(RetrievePassages(shared.id, "tea"), who)).passages


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("query", " "),
        ("query", "x" * 4001),
        ("most", 0),
        ("most", 101),
        ("neighbours", -1),
        ("depth", 0),
        ("threshold", 1.5),
        ("diversity", float("nan")),
        ("words", False),
    ],
    ids=lambda value: str(value)[:5],
)
async def test_what_cannot_be_searched_for_is_refused(desk: Desk, field: str, wrong: Any) -> None:
    """With the field that does not fit."""
    base = await desk.base(embedder="")
    asked = {"query": "tea", "vectors": field != "words", field: wrong}
    with pytest.raises(Fault) as refused:
        await desk.do(RetrievePassages(base.id, **asked))
    assert refused.value.field == field
