"""Multimodal bases: their model says what is to be seen in the pictures of documents."""

from __future__ import annotations

from pathlib import Path

import msgspec

from parlance.testing.documents import pictured
from parlance.testing.upstreams import MockOpenAI, in_thread
from parlance.testing.upstreams.scripts import Script
from tests.dialects.weknora.desk import KEY, Desk
from tests.dialects.weknora.served import Json, serving
from tests.dialects.weknora.talks import read
from tests.dialects.weknora.test_initialization import INIT, a_base, model, setup
from tests.dialects.weknora.test_models import allowing, two
from tests.flows.callers import connection_toml, key_toml

SEEN = "A flag with dark stripes."
CUT = {"chunk_size": 60, "chunk_overlap": 0}


async def options(desk: Desk, base: Json) -> Json:
    """How the core has it."""
    found: Json = (await desk.client.ask(f"GET //parlance/v1/bases.read?base={base['id']}"))["options"]
    return found


async def test_a_caption_is_found_as_a_chunk_of_its_kind(tmp_path: Path) -> None:
    """With what the front-end reads in `image_info`, and nothing that the model only thought; a base that has it
    switched off shows nobody anything."""
    flag = pictured.markdown(tmp_path / "flag.md").read_bytes()
    with in_thread(MockOpenAI(models=("mock",), script=Script(text=f"<think>Is it a flag?</think>{SEEN}"))) as upstream:
        toml = connection_toml(upstream.base_url, "mock", "mock") + key_toml(KEY, "program", "ada", scopes=["all"])
        async with serving(tmp_path, toml=toml, flags={"knowledge.vision": "mock"}) as nobody:
            desk = Desk(nobody.with_key(KEY), nobody)
            blind = await desk.base(chunking_config={**CUT, "enable_multimodal": False}, vlm_model_id="mock")
            assert (await desk.document(blind["id"], flag, "flag.md"))["parse_status"] == "completed"
            assert upstream.calls_to("/chat/completions") == []
            base = await desk.base(chunking_config={**CUT, "enable_multimodal": True}, vlm_model_id="mock")
            assert (await desk.document(base["id"], flag, "flag.md"))["parse_status"] == "completed"
            wanted = {"query_text": "dark stripes", "vector_threshold": 0, "keyword_threshold": 0, "match_count": 3}
            found = (await desk.client.ask(f"GET /knowledge-bases/{base['id']}/hybrid-search", wanted))["data"]
            [caption] = [each for each in found if each["chunk_type"] == "image_caption"]
            [told] = msgspec.json.decode(caption["image_info"])
            assert caption["content"] == SEEN == told["caption"] and told["ocr_text"] == ""
            assert told["end_pos"] - told["start_pos"] == len(SEEN)
            listed = await desk.client.ask(f"GET /chunks/{caption['knowledge_id']}")
            [row] = [each for each in listed["data"] if each["chunk_type"] == "image_caption"]
            assert listed["total"] == len(listed["data"]) and row["image_info"] == caption["image_info"]
            strategy = {"embedding_top_k": 5, "summary_model_id": "mock"}
            body = {"knowledge_base_id": base["id"], "session_strategy": strategy}
            session = (await desk.client.ask("POST /sessions", body, 201))["data"]["id"]
            answer = await desk.client.call(f"POST /knowledge-chat/{session}", {"query": "dark stripes"})
            [first, *_] = read(answer.body)
            [shown] = [each for each in first["knowledge_references"] if each["content"] == SEEN]
            assert (shown["chunk_type"], shown["image_info"]) == ("image_caption", caption["image_info"])
            kept = (await desk.client.ask(f"GET /messages/{session}/load"))["data"][1]["knowledge_references"]
            assert "image_caption" in {each["chunk_type"] for each in kept}


async def test_which_model_looks_is_what_the_base_says(tmp_path: Path) -> None:
    """Also where that changes; a model that is not there is refused."""
    with in_thread(MockOpenAI(models=("mock",))) as upstream:
        toml = connection_toml(upstream.base_url, "mock", "mock") + key_toml(KEY, "program", "ada", scopes=["all"])
        async with serving(tmp_path, toml=toml) as nobody:
            desk = Desk(nobody.with_key(KEY), nobody)
            base = await desk.base(chunking_config=CUT)
            assert "vision" not in await options(desk, base)
            change: Json = {"chunking_config": {**CUT, "enable_multimodal": True}}
            change["image_processing_config"] = {"model_id": "mock"}
            await desk.client.ask(f"PUT /knowledge-bases/{base['id']}", {"name": "a", "config": change})
            assert (await options(desk, base))["vision"] == "mock"
            off = {"chunking_config": {**CUT, "enable_multimodal": False}}
            await desk.client.ask(f"PUT /knowledge-bases/{base['id']}", {"name": "a", "config": off})
            assert (await options(desk, base))["vision"] == ""
            lost = {"chunking_config": {**CUT, "enable_multimodal": True}, "vlm_model_id": "gone"}
            await desk.client.ask("POST /knowledge-bases", lost, 404)


async def test_the_wizards_model_looks(tmp_path: Path) -> None:
    """The one that it has made, under its own id."""
    async with MockOpenAI(models=("tea",)) as upstream, serving(tmp_path, toml=allowing(upstream)) as client:
        ada, _ = await two(client)
        base = await a_base(ada)
        seeing = {**model(upstream), "interfaceType": "openai"}
        minio = {"storageType": "minio", "minio": {"bucketName": "b", "pathPrefix": "p"}}
        body = setup(upstream, multimodal={"enabled": True, "vlm": seeing, **minio})
        done = (await ada.ask(f"POST {INIT}/initialize/{base}", body))["data"]
        [made] = [each["id"] for each in done["models"] if each["type"] == "VLLM"]
        assert (await options(Desk(ada, ada), {"id": base}))["vision"] == made
        await ada.ask(f"POST {INIT}/initialize/{base}", setup(upstream))
        assert (await options(Desk(ada, ada), {"id": base}))["vision"] == ""
