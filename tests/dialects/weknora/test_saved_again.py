"""What is read can be written back: nothing is refused, nothing is lost, and nothing is another thing afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from parlance.testing.upstreams import MockOpenAI
from tests.dialects.weknora.served import Client, Json, serving
from tests.dialects.weknora.test_auth import first
from tests.dialects.weknora.test_initialization import INIT, a_base, model, setup
from tests.dialects.weknora.test_models import KEY, allowing

COS = {"secretId": "AK", "secretKey": "SK", "region": "r", "bucketName": "b", "appId": "1", "pathPrefix": "p"}
GRAPH = {
    "enabled": True,
    "text": "Tea in a cup.",
    "tags": ["in"],
    "nodes": [{"name": "tea", "attributes": ["green"]}, {"name": "cup", "attributes": []}],
    "relations": [{"node1": "tea", "node2": "cup", "type": "in"}],
}


def pictured(upstream: MockOpenAI, **more: Any) -> Json:
    """Pictures that a model looks at."""
    vlm = {"modelName": "tea", "baseUrl": upstream.base_url, "apiKey": KEY, "interfaceType": "openai"}
    return {"multimodal": {"enabled": True, "vlm": vlm, **more}}


def setups(upstream: MockOpenAI) -> dict[str, Json]:
    """One set-up of every kind."""
    reranker = {"enabled": True, "modelName": "tea", "baseUrl": upstream.base_url, "apiKey": KEY}
    served = {"source": "remote", "modelName": "quote", "baseUrl": "", "apiKey": ""}
    return {
        "plain": {},
        "reranked": {"rerank": reranker},
        "in cos": pictured(upstream, storageType="cos", cos=COS),
        "in minio": pictured(upstream, storageType="minio", minio={"bucketName": "b", "pathPrefix": ""}),
        "nowhere": pictured(upstream),
        "by the server": {"llm": served},
        "drawn": {"nodeExtract": GRAPH},
    }


async def kept(client: Client, base: str) -> Json:
    """All that there is to tell of a base, but for when it was changed."""
    shown = (await client.ask(f"GET /knowledge-bases/{base}"))["data"]
    native = await client.ask(f"GET //parlance/v1/bases.read?base={base}")
    models = (await client.ask("GET /models"))["data"]
    return {**shown, "updated_at": "", **{name: native.get(name) for name in ("options", "graph", "foreign")}} | {
        "models": sorted(each["id"] for each in models)
    }


async def test_every_set_up_can_be_saved_again_as_it_was_told(tmp_path: Path) -> None:
    """With the same models, and secrets that are masked and kept."""
    async with MockOpenAI(models=("tea",)) as upstream:
        async with serving(tmp_path, toml=allowing(upstream), flags={"knowledge.graph": True}) as client:
            ada = client.with_token((await first(client))["token"])
            for what, odd in setups(upstream).items():
                base = await a_base(ada)
                await ada.ask(f"POST {INIT}/initialize/{base}", setup(upstream, **odd))
                told, before = (await ada.ask(f"GET {INIT}/config/{base}"))["data"], await kept(ada, base)
                assert KEY not in str(told) and "SK" not in str(told), what
                assert [told[each]["enabled"] for each in ("multimodal", "nodeExtract", "rerank")] == [
                    each in odd for each in ("multimodal", "nodeExtract", "rerank")
                ], what
                await ada.ask(f"POST {INIT}/initialize/{base}", told)
                assert (await ada.ask(f"GET {INIT}/config/{base}"))["data"] == told, what
                assert await kept(ada, base) == before, what


async def test_where_pictures_would_lie_is_told(tmp_path: Path) -> None:
    """Of COS all but its secrets; what is set up without pictures says that they are off, and no more."""
    async with MockOpenAI(models=("tea",)) as upstream, serving(tmp_path, toml=allowing(upstream)) as client:
        ada = client.with_token((await first(client))["token"])
        base = await a_base(ada)
        await ada.ask(f"POST {INIT}/initialize/{base}", setup(upstream))
        told = (await ada.ask(f"GET {INIT}/config/{base}"))["data"]
        assert told["multimodal"] == {"enabled": False} == told["nodeExtract"]
        body = setup(upstream, **pictured(upstream, storageType="cos", cos=COS))
        await ada.ask(f"POST {INIT}/initialize/{base}", body)
        shown = (await ada.ask(f"GET {INIT}/config/{base}"))["data"]["multimodal"]
        assert shown["storageType"] == "cos" and "minio" not in shown
        assert shown["cos"] == {**COS, "secretId": "***", "secretKey": "***"}
        await ada.ask(f"POST {INIT}/initialize/{base}", {**body, "multimodal": {"enabled": False}})
        off = (await ada.ask(f"GET /knowledge-bases/{base}"))["data"]
        assert (off["cos_config"]["region"], off["chunking_config"]["enable_multimodal"]) == ("r", False)


@pytest.mark.parametrize(
    "odd",
    [
        {"chunking_config": {"chunk_size": 60, "chunk_overlap": 5, "enable_multimodal": True}},
        {"chunking_config": {"chunk_size": 20_000}, "cos_config": {"provider": "cos", "region": "r"}},
        {"extract_config": {"text": "Tea.", "tags": ["in"]}},
        {"extract_config": {"nodes": "none", "relations": [7], "text": 7}},
        {"extract_config": {**GRAPH, "enabled": False}},
    ],
)
async def test_a_base_that_was_made_elsewhere_can_be_saved_as_it_is(odd: Json, tmp_path: Path) -> None:
    """Although the wizard lets none of this through by itself."""
    async with MockOpenAI(models=("tea",)) as upstream, serving(tmp_path, toml=allowing(upstream)) as client:
        ada = client.with_token((await first(client))["token"])
        base = (await ada.ask("POST /knowledge-bases", {"name": "Teas", **odd}, 201))["data"]["id"]
        told = (await ada.ask(f"GET {INIT}/config/{base}"))["data"]
        body = {**told, "llm": model(upstream), "embedding": model(upstream, dimension=3)}
        before = await kept(ada, base)
        await ada.ask(f"POST {INIT}/initialize/{base}", body)
        again = (await ada.ask(f"GET {INIT}/config/{base}"))["data"]
        assert {**again, "llm": 0, "embedding": 0} == {**told, "llm": 0, "embedding": 0}
        after = await kept(ada, base)
        for name in ("chunking_config", "vlm_model_id", "vlm_config", "cos_config", "extract_config", "graph"):
            assert after[name] == before[name], name
        if odd.get("chunking_config", {}).get("enable_multimodal"):
            assert after["options"].get("vision") == before["options"].get("vision")


async def test_a_graph_is_refused_where_there_are_none(tmp_path: Path) -> None:
    """In the wizard's language; and a name without an address that is no model's of the server's, too."""
    async with MockOpenAI(models=("tea",)) as upstream, serving(tmp_path, toml=allowing(upstream)) as client:
        ada = client.with_token((await first(client))["token"])
        base = await a_base(ada)
        refused = await ada.ask(f"POST {INIT}/initialize/{base}", setup(upstream, nodeExtract=GRAPH), 400)
        assert "knowledge.graph" in refused["error"]["message"]
        nobody = {"enabled": True, "modelName": "nobody", "baseUrl": "", "apiKey": ""}
        refused = await ada.ask(f"POST {INIT}/initialize/{base}", setup(upstream, rerank=nobody), 400)
        assert "Rerank" in refused["error"]["message"]
        cutting = {"chunkSize": 512, "chunkOverlap": 0, "separators": []}
        await ada.ask(f"POST {INIT}/initialize/{base}", setup(upstream, documentSplitting=cutting), 400)
