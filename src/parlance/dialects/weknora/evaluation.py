"""How well a base is searched, and what a model makes of it.

A dataset is the set of an evaluation that is kept here: it is named by that evaluation's id, or by its name in the base
that is asked; no name is the newest one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from parlance.core.knowledge.bases_operations import BaseView, ListBases, ReadBase
from parlance.core.knowledge.evaluation_operations import (
    EvaluationView,
    ListEvaluations,
    ReadEvaluation,
    StartEvaluation,
)
from parlance.core.weknora.operations import ReadPlace
from parlance.dialects.table import Do, Reply, Request, Row
from parlance.dialects.weknora.bases_shown import summary_model
from parlance.dialects.weknora.bodies import number_of, taking, unfit
from parlance.dialects.weknora.envelope import Success, given
from parlance.dialects.weknora.wire import BASE, stamp
from parlance.values.errors import Fault, Kind
from parlance.values.evaluations import EvaluationState

PENDING, RUNNING, SUCCESS, FAILED = range(4)
STATES: Mapping[EvaluationState, int] = {
    "waiting": PENDING,
    "running": RUNNING,
    "done": SUCCESS,
    "failed": FAILED,
    "stopped": FAILED,
}
USUAL = "default"
_PAGE = 199


class Wanted(msgspec.Struct, frozen=True):
    """What is to be evaluated: a set, the base that is searched, and the model that answers."""

    dataset_id: str | None = None
    knowledge_base_id: str | None = None
    chat_id: str | None = None
    rerank_id: str | None = None


class TaskShown(msgspec.Struct, frozen=True):
    """An evaluation, and how far it is."""

    id: str
    tenant_id: int
    dataset_id: str
    start_time: str
    status: int
    total: int
    finished: int
    err_msg: str | msgspec.UnsetType = msgspec.UNSET


class Params(msgspec.Struct, frozen=True):
    """How it is searched."""

    session_id: str
    knowledge_base_id: str
    vector_threshold: float
    keyword_threshold: float
    embedding_top_k: int
    vector_database: str
    rerank_model_id: str
    rerank_top_k: int
    rerank_threshold: float
    chat_model_id: str
    summary_config: dict[str, Any]
    fallback_strategy: str
    fallback_response: str


class Found(msgspec.Struct, frozen=True):
    """How well was found, each between 0 and 1; `precision` and `recall` are those of the first ten."""

    precision: float
    recall: float
    ndcg3: float
    ndcg10: float
    mrr: float
    map: float


class Answered(msgspec.Struct, frozen=True):
    """How near answers are to the model answers, each between 0 and 1; 0 where nothing was to be answered."""

    bleu1: float
    bleu2: float
    bleu4: float
    rouge1: float
    rouge2: float
    rougel: float


class Metric(msgspec.Struct, frozen=True):
    """What was measured."""

    retrieval_metrics: Found
    generation_metrics: Answered


class Started(msgspec.Struct, frozen=True):
    """An evaluation that has just begun."""

    task: TaskShown
    params: Params


class Evaluated(Started, frozen=True):
    """An evaluation with what was measured, once that is whole."""

    metric: Metric | None = None


async def start(request: Request, do: Do, body: Wanted) -> Reply:
    """`POST /evaluation`: begin, and go on in the background."""
    try:
        base, again = await _set(do, body.knowledge_base_id or "", body.dataset_id or "")
    except Fault as fault:
        if fault.kind is not Kind.invalid:
            raise
        return unfit(fault.sentence())
    model = body.chat_id or summary_model(base)
    name = again.name or body.dataset_id or USUAL
    made = await do(StartEvaluation(base.id, again=again.id, name=name, model=model, skip_own=again.skip_own))
    task = _task(made, await number_of(do), made.name or USUAL)
    return given(Started(task, _params(made, base)))


async def read(request: Request, do: Do) -> Reply:
    """`GET /evaluation?task_id=…`."""
    id = request.query.get("task_id", "")
    if not id:
        return unfit("The parameter task_id is required.")
    found = await do(ReadEvaluation(id))
    base, task = await do(ReadBase(found.base)), _task(found, await number_of(do), found.name or USUAL)
    return given(Evaluated(task, _params(found, base), _metric(found)))


async def _set(do: Do, base: str, dataset: str) -> tuple[BaseView, EvaluationView]:
    """The base that is asked, and the evaluation whose set is taken. Raises `Fault`."""
    named = await _by_id(do, dataset)
    if base or named is not None:
        asked = await do(ReadBase(base or (named.base if named else "")))
        found = named or await _by_name(do, asked.id, dataset)
        if found is not None:
            return asked, found
    else:
        for each in (await do(ListBases(limit=_PAGE))).bases:
            if (found := await _by_name(do, each.id, dataset)) is not None:
                return each, found
    raise Fault(
        Kind.missing,
        "There is no such dataset.",
        hint="Make one with `parlance evaluate BASE --set FILE`, and name it by that evaluation's id or name.",
        code="dataset_not_found",
    )


async def _by_id(do: Do, id: str) -> EvaluationView | None:
    try:
        return await do(ReadEvaluation(id)) if id else None
    except Fault as fault:
        if fault.kind is not Kind.missing:
            raise
        return None


async def _by_name(do: Do, base: str, name: str) -> EvaluationView | None:
    """The newest evaluation of a base that has this name; no name and the usual one fit every one."""
    cursor: str | None = ""
    while cursor is not None:
        page = await do(ListEvaluations(base, cursor, _PAGE))
        for each in page.evaluations:
            if name in ("", USUAL, each.name):
                return each
        cursor = page.cursor
    return None


def _task(made: EvaluationView, number: int, dataset: str) -> TaskShown:
    state = STATES[made.state]
    why = made.words or "It was stopped."
    return TaskShown(
        id=made.id,
        tenant_id=number,
        dataset_id=dataset,
        start_time=stamp(made.created),
        status=state,
        total=made.total,
        finished=made.done,
        err_msg=why if state == FAILED else msgspec.UNSET,
    )


def _params(made: EvaluationView, base: BaseView) -> Params:
    setting = made.settings[0]
    return Params(
        session_id="",
        knowledge_base_id=made.base,
        vector_threshold=setting.threshold,
        keyword_threshold=setting.threshold,
        embedding_top_k=setting.most,
        vector_database="",
        rerank_model_id=base.reranker if setting.rerank else "",
        rerank_top_k=setting.depth,
        rerank_threshold=setting.threshold,
        chat_model_id=made.model,
        summary_config={},
        fallback_strategy="fixed",
        fallback_response="",
    )


def _metric(made: EvaluationView) -> Metric | None:
    """Those of the one setting there is, when all questions are measured."""
    if made.state != "done" or not made.outcome.means:
        return None
    known = made.outcome.means[0]
    found = ("precision@10", "recall@10", "ndcg@3", "ndcg@10", "mrr", "map")
    answered = ("bleu-1", "bleu-2", "bleu-4", "rouge-1", "rouge-2", "rouge-l")
    return Metric(
        Found(*(known.get(name, 0.0) for name in found)), Answered(*(known.get(name, 0.0) for name in answered))
    )


def _rows() -> tuple[Row, ...]:
    """With a slash at the end, as the original registers them, and without, as clients call."""
    rows: list[Row] = []
    for mark, path in (("", f"{BASE}/evaluation"), (".slash", f"{BASE}/evaluation/")):
        starting = (StartEvaluation, ReadEvaluation, ListEvaluations, ListBases, ReadBase, ReadPlace)
        begin = Row("POST", path, f"weknora.evaluation.start{mark}", taking(Wanted, start), starting, "Evaluate a base")
        begin = msgspec.structs.replace(begin, body="bytes", takes=Wanted, gives=Success[Started])
        reading = (ReadEvaluation, ReadBase, ReadPlace)
        told = Row("GET", path, f"weknora.evaluation.read{mark}", read, reading, "An evaluation and its figures")
        queries = (("task_id", "The id of an evaluation."),)
        more = {"queries": queries, "required": frozenset({"task_id"}), "gives": Success[Evaluated]}
        rows += [begin, msgspec.structs.replace(told, **more)]
    return tuple(rows)


ROWS = _rows()
