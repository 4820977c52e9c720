"""WeKnora's `extract_config` has a base's graph drawn, where the server draws graphs."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from parlance.dialects.weknora.bases_shown import graph_of
from parlance.testing.upstreams import in_thread
from parlance.values.graph import GraphNode, GraphOptions, GraphRelation
from tests.dialects.weknora.desk import KEY, PATIENCE, Desk
from tests.dialects.weknora.served import Json, serving
from tests.dialects.weknora.test_initialization import INIT, setup
from tests.flows.callers import connection_toml, key_toml
from tests.flows.test_graph import Clerk
from tests.unit.core.knowledge.graph.test_walking import LAMP, MAKER, OTHER, QUESTION

EXAMPLE = {
    "text": "Tea comes from Assam.",
    "tags": ["comes from"],
    "nodes": [{"name": "Tea", "attributes": ["warm"]}, {"name": "Assam"}],
    "relations": [{"node1": "Tea", "node2": "Assam", "type": "comes from"}],
}


@pytest.mark.slow
@pytest.mark.parametrize("on", [True, False])
async def test_a_base_with_an_example_has_a_graph(tmp_path: Path, on: bool) -> None:
    """Its searches find what is two steps away; where the server draws none, no model is asked, and all is kept."""
    with in_thread(Clerk(models=("mock",))) as model:
        toml = connection_toml(model.base_url, "mock", "mock") + key_toml(KEY, "program", "ada", scopes=["all"])
        async with serving(tmp_path, toml=toml, flags={"knowledge.graph": on}) as client:
            ada = client.with_key(KEY)
            desk = Desk(ada, ada)
            base = await desk.base(extract_config=EXAMPLE, summary_model_id="mock")
            assert base["extract_config"] == EXAMPLE
            for name, text in (("lamp.txt", LAMP), ("maker.txt", MAKER), ("pots.txt", OTHER)):
                assert (await desk.document(base["id"], text.encode(), name))["parse_status"] == "completed"
            graph = await drawn(desk, base["id"], 3 if on else 0)
            asked = {"query": QUESTION, "knowledge_base_id": base["id"]}
            found = (await ada.ask("POST /knowledge-search", asked))["data"]
    told = [str(call.payload["messages"][0]["content"]) for call in model.calls_to("/chat/completions")]
    drawings = [each for each in told if "You read passages" in each]
    assert ("maker.txt" in [each["knowledge_filename"] for each in found]) is on is bool(graph.get("entities"))
    assert len(drawings) == (3 if on else 0) and all("Tea comes from Assam." in each for each in drawings)


async def drawn(desk: Desk, base: str, count: int) -> Json:
    """The base's graph when so many passages were read for it."""
    deadline = time.monotonic() + PATIENCE
    while True:
        found: Json = await desk.client.ask(f"GET //parlance/v1/graphs.read?base={base}")
        if found.get("drawn", 0) == count:
            return found
        assert time.monotonic() < deadline, found
        await asyncio.sleep(0.05)


@pytest.mark.slow
async def test_the_wizard_switches_a_graph_on_and_off(tmp_path: Path) -> None:
    """By the model that it makes; one that it did not make it leaves alone."""
    with in_thread(Clerk(models=("tea",))) as model:
        toml = f'[weknora]\nprivate_origins = ["{model.base_url}"]\n' + key_toml(KEY, "program", "ada", scopes=["all"])
        toml += connection_toml(model.base_url, "mock", "tea")
        async with serving(tmp_path, toml=toml, flags={"knowledge.graph": True}) as client:
            ada = client.with_key(KEY)
            made = await ada.ask("POST //parlance/v1/bases.create", {"name": "x", "graph": {"enabled": True}})
            base, read = made["id"], f"GET //parlance/v1/bases.read?base={made['id']}"
            await ada.ask(f"POST {INIT}/initialize/{base}", setup(model))
            assert (await ada.ask(read))["graph"] == {"enabled": True}
            done = await ada.ask(
                f"POST {INIT}/initialize/{base}", setup(model, nodeExtract={"enabled": True, **EXAMPLE})
            )
            graph = (await ada.ask(read))["graph"]
            assert graph["model"] == done["data"]["models"][0]["id"] and graph["tags"] == ["comes from"]
            await ada.ask(f"POST {INIT}/initialize/{base}", setup(model))
            assert (await ada.ask(read))["graph"] == {}


def test_what_does_not_fit_an_example_is_left_out() -> None:
    """Whatever a client writes into it."""
    assert graph_of(EXAMPLE, "m") == GraphOptions(
        True,
        "m",
        "",
        ("comes from",),
        "Tea comes from Assam.",
        (GraphNode("Tea", ("warm",)), GraphNode("Assam")),
        (GraphRelation("Tea", "Assam", "comes from"),),
    )
    odd = {"text": 5, "tags": [1, " ", "x" * 500], "nodes": [3, {"name": 7}], "relations": "none"}
    assert graph_of(odd, "") == GraphOptions(True, tags=("x" * 120,), nodes=(GraphNode(""),))
    assert graph_of({**EXAMPLE, "enabled": False}, "m") == GraphOptions() == graph_of({}, "m") == graph_of(None, "m")
