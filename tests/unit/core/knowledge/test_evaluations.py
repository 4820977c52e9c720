"""An evaluation tells what a search is worth: as the hand computes it, resumed, stopped, and each tenant's own."""

from __future__ import annotations

import math
from typing import Any

import pytest

from parlance.core.knowledge import evaluation_bounds
from parlance.core.knowledge.bases_operations import BaseView, ChangeBase, DeleteBase
from parlance.core.knowledge.chunk_operations import ListChunks
from parlance.core.knowledge.document_operations import AddText
from parlance.core.knowledge.evaluation_operations import (
    PIECE,
    DeleteEvaluation,
    EvaluationView,
    ListEvaluations,
    ListQuestions,
    ReadEvaluation,
    StartEvaluation,
    StopEvaluation,
)
from parlance.values.accounts import Principal
from parlance.values.errors import Fault, Kind
from parlance.values.evaluations import Question, SearchSetting
from tests.unit.core.files.desk import ADA, BOB, STRANGER
from tests.unit.core.knowledge.desk import Desk

TEXTS = {"tea": "Tea is grown in Assam.", "coffee": "Coffee is grown in Kerala.", "rice": "Rice is eaten in Bihar."}


async def shelf(desk: Desk, **more: Any) -> tuple[BaseView, dict[str, str]]:
    """A base with a document for each text, and the ids of these by their names."""
    base = await desk.base(**{"embedder": "", **more})
    made = {}
    for name, text in TEXTS.items():
        added = await desk.do(AddText(base.id, name, text, {"corpus_id": f"beir-{name} other-{name}"}))
        made[name] = added.id
    await desk.workers.settle()
    return base, made


async def evaluated(desk: Desk, base: BaseView, *asked: Question, who: Principal = ADA, **more: Any) -> EvaluationView:
    """An evaluation when all that is due is done."""
    started = await desk.do(StartEvaluation(base.id, asked, **more), who)
    await desk.workers.settle()
    found: EvaluationView = await desk.do(ReadEvaluation(started.id), who)
    return found


async def test_figures_are_what_the_hand_computes(desk: Desk) -> None:
    """The first question has its document first, the second second, the third not at all."""
    base, made = await shelf(desk)
    first = Question("q1", "tea", {made["tea"]: 1})
    second = Question("q2", "coffee grown Kerala", {made["tea"]: 1})
    third = Question("q3", "rice", {made["tea"]: 1})
    told = await evaluated(desk, base, first, second, third)
    assert (told.state, told.done, told.total, told.problem) == ("done", 3, 3, "")
    [means] = told.outcome.means
    assert means["mrr"] == means["map"] == pytest.approx((1 + 1 / 2 + 0) / 3)
    assert means["ndcg@10"] == pytest.approx((1 + 1 / math.log2(3)) / 3)
    assert means["recall@10"] == pytest.approx(2 / 3) and means["precision@10"] == pytest.approx(2 / 30)
    assert told.outcome.remarks == {"no_embedder": 3} and not told.outcome.differences
    page = await desk.do(ListQuestions(told.id))
    assert [each.question for each in page.questions] == [first, second, third] and page.cursor is None
    assert page.questions[1].measured[0].found == (made["coffee"], made["tea"])
    assert [each.measured[0].figures["mrr"] for each in page.questions] == [1.0, 0.5, 0.0]


@pytest.mark.slow
@pytest.mark.parametrize("named", ["{id}", "tea.txt", "beir-tea", "other-tea", "{chunk}"])
async def test_what_should_be_found_has_many_names(desk: Desk, named: str) -> None:
    """A document's id, its name, the id that a corpus has for it, the id of a chunk."""
    base, made = await shelf(desk)
    chunk = (await desk.do(ListChunks(made["tea"]))).chunks[0].id
    name = named.format(id=made["tea"], chunk=chunk)
    told = await evaluated(desk, base, Question("q", "tea", {name: 1}))
    assert told.outcome.means[0]["mrr"] == 1.0 and told.outcome.unknown == 0
    assert (await desk.do(ListQuestions(told.id))).questions[0].measured[0].found[0] == name


async def test_a_set_that_names_nothing_says_so(desk: Desk) -> None:
    """All of it: it fails at once. Some of it: it counts them."""
    base, made = await shelf(desk)
    some = await evaluated(desk, base, Question("q", "tea", {made["tea"]: 1, "gone": 1, "lost": 1}))
    assert (some.outcome.unknown, some.outcome.examples) == (2, ("gone", "lost"))
    assert some.outcome.means[0]["recall@10"] == pytest.approx(1 / 3)
    none = await evaluated(desk, base, Question("q", "tea", {"gone": 1}))
    assert (none.state, none.problem, none.done) == ("failed", "nothing_known", 0) and "gone" in none.words


async def test_a_document_called_as_the_question_is_left_out_where_that_is_wanted(desk: Desk) -> None:
    """As sets do whose questions are documents themselves."""
    base, _ = await shelf(desk)
    asked = Question("beir-tea", "tea grown", {"beir-coffee": 1})
    assert (await evaluated(desk, base, asked)).outcome.means[0]["mrr"] == 0.5
    assert (await evaluated(desk, base, asked, skip_own=True)).outcome.means[0]["mrr"] == 1.0


@pytest.mark.slow
async def test_two_settings_are_compared(desk: Desk) -> None:
    """With the means of both, and how often chance alone would part them as far; the same each time."""
    base, made = await shelf(desk, embedder="hash-4")
    asked = [Question(f"q{n}", name, {made[name]: 1}) for n, name in enumerate((*TEXTS, *TEXTS))]
    settings = (
        SearchSetting("words", vectors=False),
        SearchSetting("none", vectors=False, threshold=1.0, loosen=False),
    )
    told = await evaluated(desk, base, *asked, settings=settings)
    difference = told.outcome.differences["ndcg@10"]
    assert (difference.one, difference.other) == (1.0, 0.0) and difference.p < 0.05
    assert told.outcome.means[0]["mrr"] == 1.0 and told.outcome.means[1]["mrr"] == 0.0
    again = await desk.do(StartEvaluation(base.id, again=told.id, settings=settings))
    await desk.workers.settle()
    assert (await desk.do(ReadEvaluation(again.id))).outcome == told.outcome


async def test_answers_are_compared_with_model_answers(desk: Desk) -> None:
    """Those of questions that have one; by the first setting alone, and without the marks of citations."""
    base, made = await shelf(desk)
    asked = (
        Question("q1", "tea is grown [1][2].", {made["tea"]: 1}, "tea is grown in Assam"),
        Question("q2", "rice", {made["rice"]: 1}),
    )
    told = await evaluated(desk, base, *asked, model="parrot")
    assert told.outcome.answered == 1
    assert told.outcome.means[0]["rouge-1"] == pytest.approx(2 * 3 / (3 + 5))
    assert told.outcome.means[0]["bleu-1"] == pytest.approx(math.exp(1 - 5 / 3))
    assert (await desk.do(ListQuestions(told.id))).questions[0].measured[0].answer == "tea is grown [1][2]."
    with pytest.raises(Fault) as caught:
        await desk.do(StartEvaluation(base.id, asked, model="nobody"))
    assert caught.value.kind is Kind.missing


async def test_a_long_set_gives_others_their_turn_and_is_measured_whole(desk: Desk) -> None:
    """In pieces; the pages of its questions follow each other."""
    base, made = await shelf(desk)
    count = 6 * PIECE + 1
    asked = [Question(f"q{n}", "tea", {made["tea"]: 1}) for n in range(count)]
    started = await desk.do(StartEvaluation(base.id, tuple(asked)))
    assert await desk.workers._next()
    halfway = await desk.do(ReadEvaluation(started.id))
    assert halfway.state == "running" and 0 < halfway.done < count
    await desk.workers.settle()
    told = await desk.do(ReadEvaluation(started.id))
    assert (told.state, told.done, told.outcome.means[0]["mrr"]) == ("done", count, 1.0)
    seen, cursor = [], ""
    while cursor is not None:
        page = await desk.do(ListQuestions(told.id, cursor))
        seen += [each.question.id for each in page.questions]
        cursor = page.cursor
    assert seen == [each.id for each in asked]


async def test_a_slow_model_gives_others_their_turn_after_each_piece(desk: Desk) -> None:
    """An answer may take a minute, and two workers are all that there are."""
    base, made = await shelf(desk)
    asked = [Question(f"q{n}", "tea", {made["tea"]: 1}) for n in range(2 * PIECE)]
    started = await desk.do(StartEvaluation(base.id, tuple(asked)))
    commit = desk.database.apply

    async def slowly(*changes: Any) -> None:
        desk.clock.move(30.0)
        await commit(*changes)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(desk.database, "apply", slowly)
        assert await desk.workers._next()
    assert (await desk.do(ReadEvaluation(started.id))).done == PIECE
    await desk.workers.settle()
    assert (await desk.do(ReadEvaluation(started.id))).state == "done"


async def test_an_embedder_that_fails_is_tried_again_and_never_measured_as_words(desk: Desk) -> None:
    """What was measured before it failed stays."""
    base, made = await shelf(desk, embedder="hash-4")
    desk.embedding.faults.append(Fault(Kind.busy, "It is away.", code="away"))
    started = await desk.do(StartEvaluation(base.id, (Question("q", "tea", {made["tea"]: 1}),)))
    await desk.workers.settle()
    assert (await desk.do(ReadEvaluation(started.id))).state == "running"
    await desk.due()
    await desk.workers.settle()
    told = await desk.do(ReadEvaluation(started.id))
    assert told.state == "done" and "embedder_failed" not in told.outcome.remarks


async def test_an_answer_that_lastingly_fails_is_the_reason(desk: Desk) -> None:
    """The evaluation says it."""
    base, made = await shelf(desk)
    desk.answering.faults.append(Fault(Kind.missing, "There is no such model.", code="model_not_found"))
    asked = Question("q", "tea", {made["tea"]: 1}, "Assam")
    told = await evaluated(desk, base, asked, model="parrot")
    assert (told.state, told.problem) == ("failed", "model_not_found")


async def test_one_that_is_stopped_or_deleted_is_measured_no_further(desk: Desk) -> None:
    """Stopping twice is stopping once; a deleted one leaves nothing."""
    base, made = await shelf(desk)
    asked = (Question("q", "tea", {made["tea"]: 1}),)
    started = await desk.do(StartEvaluation(base.id, asked))
    assert (await desk.do(StopEvaluation(started.id))).state == "stopped"
    await desk.workers.settle()
    assert (await desk.do(StopEvaluation(started.id))).done == 0
    other = await desk.do(StartEvaluation(base.id, asked))
    await desk.do(DeleteEvaluation(other.id))
    await desk.workers.settle()
    assert [each.id for each in (await desk.do(ListEvaluations(base.id))).evaluations] == [started.id]
    await desk.do(DeleteBase(base.id))
    await desk.workers.settle()
    assert await desk.count("evaluations") == await desk.count("evaluation_pieces") == await desk.count("jobs") == 0


async def test_who_reads_a_base_may_evaluate_it_and_nobody_else(desk: Desk) -> None:
    """What came of it is for all readers, and is removed by who began it or may change the base."""
    base, made = await shelf(desk)
    asked = (Question("q", "tea", {made["tea"]: 1}),)
    mine = await desk.do(StartEvaluation(base.id, asked))
    for who in (BOB, STRANGER):
        with pytest.raises(Fault) as caught:
            await desk.do(StartEvaluation(base.id, asked), who)
        assert caught.value.code == "base_not_found"
        for operation in (ReadEvaluation(mine.id), ListQuestions(mine.id), DeleteEvaluation(mine.id)):
            with pytest.raises(Fault) as caught:
                await desk.do(operation, who)
            assert caught.value.code == "evaluation_not_found"
    await desk.do(ChangeBase(base.id, access="tenant"))
    his = await desk.do(StartEvaluation(base.id, again=mine.id), BOB)
    with pytest.raises(Fault):
        await desk.do(DeleteEvaluation(mine.id), BOB)
    await desk.do(DeleteEvaluation(his.id), BOB)
    with pytest.raises(Fault):
        await desk.do(ReadEvaluation(mine.id), STRANGER)


@pytest.mark.parametrize(
    ("asked", "more", "field"),
    [
        ((), {}, "questions"),
        ((Question("q", " ", {"a": 1}),), {}, "questions[0].query"),
        ((Question("q", "a", {"a": 1}), Question("q", "a", {})), {}, "questions[1].relevant"),
        ((Question("q", "a", {"a": 0}),), {}, "questions[0].relevant"),
        ((Question("q", "a", {"a": 5000}),), {}, "questions[0].relevant"),
        ((Question("q", "a", {"": 1}),), {}, "questions[0].relevant"),
        ((Question("q", "a", {"a": 1}, "x" * 9000),), {}, "questions[0].answer"),
        ((Question("q", "a", {"a": 1}),), {"settings": ()}, "settings"),
        ((Question("q", "a", {"a": 1}),), {"settings": (SearchSetting(), SearchSetting())}, "settings"),
        ((Question("q", "a", {"a": 1}),), {"settings": (SearchSetting(most=0),)}, "most"),
    ],
)
async def test_what_cannot_be_measured_is_refused(
    desk: Desk, asked: tuple[Question, ...], more: dict[str, Any], field: str
) -> None:
    """With the field."""
    base = await desk.base(embedder="")
    with pytest.raises(Fault) as caught:
        await desk.do(StartEvaluation(base.id, asked, **more))
    assert (caught.value.kind, caught.value.field) == (Kind.invalid, field)


async def test_sets_and_evaluations_are_bounded(desk: Desk) -> None:
    """By their number, and by the judgements in a set."""
    base = await desk.base(embedder="")
    asked = Question("q", "a", {str(n): 1 for n in range(1500)})
    for many in ((asked,) * 10_001, (asked,) * 140):
        with pytest.raises(Fault) as caught:
            await desk.do(StartEvaluation(base.id, many))
        assert caught.value.code == "set_too_large"
    for _ in range(evaluation_bounds.MOST_KEPT):
        await desk.do(StartEvaluation(base.id, (Question("q", "a", {"a": 1}),)))
    with pytest.raises(Fault) as caught:
        await desk.do(StartEvaluation(base.id, (Question("q", "a", {"a": 1}),)))
    assert caught.value.code == "too_many_evaluations"
