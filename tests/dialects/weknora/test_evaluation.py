"""Evaluations as WeKnora's clients begin and follow them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from parlance.core.knowledge.evaluation_operations import EvaluationView
from parlance.dialects.weknora.evaluation import FAILED, PENDING, SUCCESS, _metric, _task
from parlance.values.evaluations import Outcome, SearchSetting
from tests.dialects.weknora.desk import PATIENCE, Desk, standing
from tests.dialects.weknora.served import Json, unknown_id

QUESTIONS = [
    {"id": "1", "query": "Where is coffee grown?", "relevant": {"gardens.md": 1}},
    {"id": "2", "query": "Where is tea grown?", "relevant": {"gardens.md": 1}},
]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with standing(tmp_path) as made:
        yield made


async def followed(desk: Desk, id: str, path: str = "/evaluation") -> Json:
    """An evaluation when it is over."""
    deadline = time.monotonic() + PATIENCE
    while True:
        found: Json = (await desk.client.ask(f"GET {path}?task_id={id}"))["data"]
        if found["task"]["status"] in (SUCCESS, FAILED):
            return found
        assert time.monotonic() < deadline, found
        await asyncio.sleep(0.05)


async def test_a_base_is_evaluated_by_a_set_that_is_kept(desk: Desk) -> None:
    """With a slash at the end and without; the figures are right, and none is there before all are."""
    base = (await desk.base())["id"]
    await desk.document(base)
    wished = {"base": base, "questions": QUESTIONS, "name": "gardens"}
    made = await desk.client.ask("POST //parlance/v1/evaluations.start", wished)
    for path, dataset in (("/evaluation", "gardens"), ("/evaluation/", made["id"]), ("/evaluation", "")):
        body = {"dataset_id": dataset, "knowledge_base_id": base, "chat_id": "", "rerank_id": ""}
        begun = (await desk.client.ask(f"POST {path}", body))["data"]
        task = begun["task"]
        assert (task["tenant_id"] >= 10000, task["total"]) == (True, 2) and task["dataset_id"] == "gardens"
        assert begun["params"]["knowledge_base_id"] == base and "metric" not in begun and "err_msg" not in task
        done = await followed(desk, task["id"], path)
        assert (done["task"]["status"], done["task"]["finished"]) == (SUCCESS, 2)
        assert done["task"]["dataset_id"] == task["dataset_id"]
        found = done["metric"]["retrieval_metrics"]
        assert found == {"precision": 0.1, "recall": 1.0, "ndcg3": 1.0, "ndcg10": 1.0, "mrr": 1.0, "map": 1.0}
        assert set(done["metric"]["generation_metrics"].values()) == {0.0}
    begun = (await desk.client.ask("POST /evaluation", {"dataset_id": "gardens"}))["data"]
    assert begun["params"]["knowledge_base_id"] == base


async def test_an_evaluation_is_its_tenants(desk: Desk) -> None:
    """What is nobody's and what is another's is not there; nor is a set that nobody made."""
    base = (await desk.base())["id"]
    await desk.document(base)
    made = await desk.client.ask("POST //parlance/v1/evaluations.start", {"base": base, "questions": QUESTIONS})
    for id in (made["id"], unknown_id()):
        refused = await desk.other.ask(f"GET /evaluation?task_id={id}", status=404)
        assert refused["error"]["code"] == 1003
        await desk.other.ask("POST /evaluation", {"dataset_id": id, "knowledge_base_id": base}, 404)
    await desk.client.ask("POST /evaluation", {"dataset_id": "odd", "knowledge_base_id": base}, 404)
    empty = (await desk.base())["id"]
    await desk.client.ask("POST /evaluation", {"dataset_id": "default", "knowledge_base_id": empty}, 404)
    await desk.other.ask("POST /evaluation", {}, 404)
    for path in ("/evaluation", "/evaluation/"):
        await desk.client.ask(f"GET {path}", status=400)
        await desk.client.ask(f"POST {path}", b"{", 400)


def test_a_failed_one_says_why_and_has_no_figures() -> None:
    """One that was stopped likewise."""
    made = EvaluationView("e", "b", "u", "", "failed", 1, 2, 3, 0, (SearchSetting(),), Outcome(), words="No room.")
    shown = _task(made, 10000, "default")
    assert (shown.status, shown.err_msg, _metric(made)) == (FAILED, "No room.", None)
    waiting = EvaluationView("e", "b", "u", "", "waiting", 1, 2, 3, 0, (SearchSetting(),), Outcome())
    assert _task(waiting, 10000, "default").status == PENDING
