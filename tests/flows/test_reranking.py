"""A base's reranker, asked over HTTP as real ones are."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import pytest

from parlance.testing.servers import loaded, running
from parlance.testing.upstreams import Behaviour, MockOpenAI, MockReranker, in_thread
from tests.flows.callers import connection_toml
from tests.flows.test_accounts import Person, owner, told
from tests.flows.test_knowledge import kept
from tests.unit.engines.onnx.small_reranker import write_reranker

PAGE = b"""# Gardens

Green tea is grown in Uji, where green tea is ground to powder.

## Leaves

Who grows green leaves?
"""


class Stage(NamedTuple):
    """A server with a judge, and who runs it."""

    ada: Person
    judge: MockReranker


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    models, judge = MockOpenAI(models=("mock",)), MockReranker(logits=True)
    with in_thread(models), in_thread(judge):
        toml = connection_toml(models.base_url, "mock", "mock")
        toml += connection_toml(judge.base_url, "judges", "mock-rerank")
        async with running(loaded(tmp_path, toml=toml)) as server:
            yield Stage(await owner(server), judge)


async def test_passages_come_in_the_order_of_the_judge(stage: Stage) -> None:
    """Logits become scores between 0 and 1; while it is away the first order stays, and it is said."""
    cut = {"size": 60, "overlap": 0}
    made = await stage.ada.native("bases.create", name="Gardens", embedder="", reranker="mock-rerank", options=cut)
    assert made["reranker"] == "mock-rerank"
    await kept(stage.ada, made["id"], PAGE)
    asked = {"base": made["id"], "query": "who grows green"}
    first = (await stage.ada.native("bases.retrieve", **asked, rerank=False))["passages"]
    found = (await stage.ada.native("bases.retrieve", **asked))["passages"]
    assert found[0]["scores"]["reranked"] == pytest.approx(0.9933, abs=1e-4)
    assert all(0 < each["score"] < 1 and "reranked" in each["scores"] for each in found)
    assert [each["score"] for each in found] == sorted((each["score"] for each in found), reverse=True)
    stage.judge.behaviour = Behaviour.INTERNAL_ERROR
    failed = await stage.ada.native("bases.retrieve", **asked)
    assert failed["passages"] == first and "reranker_failed" in failed["remarks"]


@pytest.mark.slow
async def test_a_model_of_this_machine_judges_too(tmp_path: Path) -> None:
    """A folder below the data folder is all there is to it; it runs in a process of its own."""
    write_reranker(tmp_path / "data" / "models" / "rerankers" / "tiny")
    async with running(loaded(tmp_path, flags={"data.dir": str(tmp_path / "data")})) as server:
        ada = await owner(server)
        cards = await ada.native("models.list")
        assert [card["id"] for card in cards if "rerank" in card["capabilities"]] == ["local/tiny"]
        cut = {"size": 60, "overlap": 0}
        made = await ada.native("bases.create", name="Gardens", embedder="", reranker="local/tiny", options=cut)
        await kept(ada, made["id"], PAGE)
        found = await ada.native("bases.retrieve", base=made["id"], query="who grows green tea")
        scores = [each["scores"]["reranked"] for each in found["passages"]]
        assert len(scores) == 2 and scores[0] == max(scores) and "remarks" in found
        assert all(0 < score < 1 for score in scores)


async def test_a_model_that_does_not_rerank_is_refused_with_what_to_do(stage: Stage) -> None:
    """When a base is made and when it is changed; a trial of the connection says which ones do."""
    made = await told(stage.ada, "bases.create", name="Gardens", reranker="mock")
    assert (made.status, made.json["code"], made.json["field"]) == (400, "not_a_reranker", "reranker")
    assert (await told(stage.ada, "bases.create", name="Gardens", reranker="nobody")).json["code"] == "model_not_found"
    base = (await stage.ada.native("bases.create", name="Gardens"))["id"]
    assert (await told(stage.ada, "bases.change", base=base, reranker="mock")).json["code"] == "not_a_reranker"
    judged = await stage.ada.native(
        "models.rerank", ask={"model": "mock-rerank", "query": "tea", "texts": ["tea", "no"]}
    )
    assert judged["scores"] == [5.0, -5.0]


async def test_a_model_that_certainly_does_not_embed_is_refused_as_embedder(stage: Stage) -> None:
    """At once, as a reranker is, and not by the first document: a model that judges, and one of an engine without."""
    base = (await stage.ada.native("bases.create", name="Gardens", embedder=""))["id"]
    for model in ("mock-rerank", "quote"):
        refused = await told(stage.ada, "bases.change", base=base, embedder=model)
        assert (refused.status, refused.json["code"], refused.json["field"]) == (400, "not_an_embedder", "embedder")
    assert (await told(stage.ada, "bases.create", name="B", embedder="quote")).json["code"] == "not_an_embedder"
    assert "embedder" not in await stage.ada.native("bases.read", base=base)
