"""What the operations on evaluations do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from parlance.core.cursors import cursor, page, place, within
from parlance.core.knowledge.evaluating import no_answers
from parlance.core.knowledge.evaluation_bounds import MOST_KEPT, judged_name, judged_questions, judged_settings
from parlance.core.knowledge.evaluation_operations import (
    PIECE,
    DeleteEvaluation,
    EvaluationPage,
    EvaluationView,
    ListEvaluations,
    ListQuestions,
    MeasuredQuestion,
    QuestionPage,
    ReadEvaluation,
    StartEvaluation,
    StopEvaluation,
)
from parlance.core.knowledge.room import EVALUATE, KnowledgeRoom
from parlance.core.operation import Context, Result
from parlance.values.accounts import Principal
from parlance.values.errors import Fault, Kind
from parlance.values.evaluations import Evaluated, Evaluation, EvaluationState, Piece, Question
from parlance.values.knowledge import Base

OPEN: tuple[EvaluationState, ...] = ("waiting", "running")


def evaluation_view(evaluation: Evaluation) -> EvaluationView:
    """An evaluation as those who may read its base see it."""
    return EvaluationView(**{name: getattr(evaluation, name) for name in EvaluationView.__struct_fields__})


async def start_evaluation(room: KnowledgeRoom, context: Context, op: StartEvaluation) -> Result[EvaluationView]:
    """Handle `StartEvaluation`: the set, the evaluation and its job are there together."""
    base: Base = context.subject
    evaluations, now = room.stores.evaluations(base.tenant), room.clock.now()
    settings = judged_settings(op.settings)
    asked = judged_questions(await _again(room, context.named.get("again")) or op.questions)
    if await evaluations.count(base.id) >= MOST_KEPT:
        raise Fault(
            Kind.over_budget,
            f"This base has {MOST_KEPT} evaluations already.",
            hint="Delete those that are not needed any more.",
            code="too_many_evaluations",
        )
    model = await _model(room, context.principal, op.model)
    made = Evaluation(
        room.ids.new(),
        base.tenant,
        base.id,
        context.principal.user,
        judged_name(op.name),
        now,
        now,
        len(asked),
        settings=settings,
        model=model,
        skip_own=op.skip_own,
    )
    job = room.jobs.enqueue(room.job(base.tenant, EVALUATE, made.id))
    return Result(evaluation_view(made), (*evaluations.insert(made, list(pieces(asked))), *job), (room.wake,))


async def _model(room: KnowledgeRoom, principal: Principal, named: str) -> str:
    """The id of the model that is to answer, if one is."""
    if room.evaluating is None:
        raise Fault(Kind.unsupported, "Nothing is evaluated here.")
    if not named:
        return ""
    if room.evaluating.answering is None:
        raise no_answers()
    return await room.evaluating.answering.named(principal, named)


async def _again(room: KnowledgeRoom, found: Evaluated | None) -> tuple[Question, ...]:
    """The set of an earlier evaluation."""
    asked: list[Question] = []
    if found is not None:
        evaluations = room.stores.evaluations(found.evaluation.tenant)
        while some := await evaluations.pieces(found.evaluation.id, len(asked) - 1, 20):
            asked += [question for piece in some for question in piece.questions]
    return tuple(asked)


def pieces(asked: Sequence[Question]) -> Iterator[Piece]:
    """A set in pieces that are measured together."""
    for start in range(0, len(asked), PIECE):
        yield Piece(start, tuple(asked[start : start + PIECE]))


async def read_evaluation(room: KnowledgeRoom, context: Context, op: ReadEvaluation) -> Result[EvaluationView]:
    """Handle `ReadEvaluation`."""
    return Result(evaluation_view(context.subject.evaluation))


async def list_evaluations(room: KnowledgeRoom, context: Context, op: ListEvaluations) -> Result[EvaluationPage]:
    """Handle `ListEvaluations`."""
    base: Base = context.subject
    limit, which = within(op.limit), ("evaluations", base.id)
    before: tuple[str] | None = place(which, op.cursor, str)
    evaluations = room.stores.evaluations(base.tenant)
    found = await evaluations.page(base.id, None if before is None else before[0], limit + 1)
    shown, more = page(which, found, limit, lambda evaluation: (evaluation.id,))
    return Result(EvaluationPage(tuple(map(evaluation_view, shown)), more))


async def list_questions(room: KnowledgeRoom, context: Context, op: ListQuestions) -> Result[QuestionPage]:
    """Handle `ListQuestions`."""
    evaluation: Evaluation = context.subject.evaluation
    which = ("questions", evaluation.id)
    after: tuple[int] | None = place(which, op.cursor, int)
    found = await room.stores.evaluations(evaluation.tenant).pieces(evaluation.id, -1 if after is None else after[0], 2)
    told: list[MeasuredQuestion] = []
    for piece in found[:1]:
        measured: Any = piece.measured or ((),) * len(piece.questions)
        told += [MeasuredQuestion(asked, each) for asked, each in zip(piece.questions, measured, strict=True)]
    return Result(QuestionPage(tuple(told), cursor(which, found[0].place) if len(found) > 1 else None))


async def stop_evaluation(room: KnowledgeRoom, context: Context, op: StopEvaluation) -> Result[EvaluationView]:
    """Handle `StopEvaluation`."""
    evaluation: Evaluation = context.subject.evaluation
    if evaluation.state not in OPEN:
        return Result(evaluation_view(evaluation))
    tenant, now = evaluation.tenant, room.clock.now()
    changed = room.stores.evaluations(tenant).change(evaluation.id, {"state": "stopped"}, now, among=OPEN)
    after = msgspec.structs.replace(evaluation, state="stopped", changed=now)
    dropped = room.jobs.drop(tenant, EVALUATE, evaluation.id)
    return Result(evaluation_view(after), (changed, dropped), (room.drops(tenant, EVALUATE, evaluation.id),))


async def delete_evaluation(room: KnowledgeRoom, context: Context, op: DeleteEvaluation) -> Result[None]:
    """Handle `DeleteEvaluation`."""
    evaluation: Evaluation = context.subject.evaluation
    tenant = evaluation.tenant
    changes = (
        *room.stores.evaluations(tenant).remove(evaluation.id),
        room.jobs.drop(tenant, EVALUATE, evaluation.id),
    )
    return Result(None, changes, (room.drops(tenant, EVALUATE, evaluation.id),))
