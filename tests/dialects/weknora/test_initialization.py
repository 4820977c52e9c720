"""The wizard that sets up a base, as the Vue front-end asks for it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from parlance.testing.upstreams import MockOllama, MockOpenAI, Script
from tests.dialects.weknora.served import Client, Json, serving, unknown_id
from tests.dialects.weknora.test_auth import first
from tests.dialects.weknora.test_models import KEY, allowing, remote, two

INIT = "/initialization"


def model(upstream: MockOpenAI, **more: object) -> Json:
    """A remote model in the wizard's spelling."""
    return {"source": "remote", "modelName": "tea", "baseUrl": upstream.base_url, "apiKey": KEY, **more}


def setup(upstream: MockOpenAI, **more: object) -> Json:
    """The body of a set-up."""
    cutting = {"chunkSize": 512, "chunkOverlap": 100, "separators": ["\n\n", "。"]}
    return {
        "llm": model(upstream),
        "embedding": model(upstream, dimension=3),
        "documentSplitting": cutting,
        "rerank": {"enabled": False},
        "multimodal": {"enabled": False},
        "nodeExtract": {"enabled": False},
        **more,
    }


async def a_base(client: Client) -> str:
    """The id of a new base."""
    made = await client.ask("POST //parlance/v1/bases.create", {"name": "teas", "embedder": "", "access": "tenant"})
    return str(made["id"])


async def test_a_base_is_set_up_and_told_again(tmp_path: Path) -> None:
    """Models are made for it, keys are masked, and another tenant has no such base."""
    async with MockOpenAI(models=("tea",)) as upstream, serving(tmp_path, toml=allowing(upstream)) as client:
        ada, bob = await two(client)
        base = await a_base(ada)
        empty = (await ada.ask(f"GET {INIT}/config/{base}"))["data"]
        assert "llm" not in empty and "embedding" not in empty and empty["hasFiles"] is False
        reranker = {"enabled": True, "modelName": "reranker", "baseUrl": upstream.base_url, "apiKey": ""}
        done = await ada.ask(f"POST {INIT}/initialize/{base}", setup(upstream, rerank=reranker))
        assert done["message"] == "知识库配置更新成功"
        assert [each["type"] for each in done["data"]["models"]] == ["KnowledgeQA", "Embedding", "Rerank"]
        shown = done["data"]["knowledge_base"]
        assert shown["chunking_config"]["chunk_size"] == 512
        assert shown["embedding_model_id"] == done["data"]["models"][1]["id"]
        told = (await ada.ask(f"GET {INIT}/config/{base}"))["data"]
        assert told["llm"] == {"source": "remote", "modelName": "tea", "baseUrl": upstream.base_url, "apiKey": "***"}
        assert told["embedding"]["dimension"] == 3 and told["rerank"]["modelName"] == "reranker"
        assert told["documentSplitting"] == {"chunkSize": 512, "chunkOverlap": 100, "separators": ["\n\n", "。"]}
        assert KEY not in str(told)
        for head, body in ((f"GET {INIT}/config", None), (f"POST {INIT}/initialize", setup(upstream))):
            theirs = await bob.ask(f"{head}/{base}", body, 404)
            assert theirs == await bob.ask(f"{head}/{unknown_id()}", body, 404)


async def test_what_is_said_again_as_it_was_told_keeps_its_models(tmp_path: Path) -> None:
    """With their keys, which a mask would lose; what is said otherwise is another model, without the former's key. A
    model of the server's is named without an address."""
    async with MockOpenAI(models=("tea",)) as upstream, serving(tmp_path, toml=allowing(upstream)) as client:
        ada = client.with_token((await first(client))["token"])
        base = await a_base(ada)
        head = f"POST {INIT}/initialize/{base}"
        made = [each["id"] for each in (await ada.ask(head, setup(upstream)))["data"]["models"]]
        told = (await ada.ask(f"GET {INIT}/config/{base}"))["data"]
        cutting = {"chunkSize": 300, "chunkOverlap": 30, "separators": ["\n"]}
        again = (await ada.ask(head, {**told, "documentSplitting": cutting}))["data"]
        assert [each["id"] for each in again["models"]] == made
        assert again["knowledge_base"]["chunking_config"]["chunk_size"] == 300
        assert sum(each["tenant_id"] != 0 for each in (await ada.ask("GET /models"))["data"]) == 2
        other = {**told, "llm": {**told["llm"], "modelName": "more tea"}}
        [renamed, embedder] = (await ada.ask(head, other))["data"]["models"]
        assert renamed["id"] != made[0] and renamed["parameters"]["api_key"] == "" and embedder["id"] == made[1]
        served = {**told, "llm": {"source": "remote", "modelName": "quote", "baseUrl": "", "apiKey": ""}}
        assert (await ada.ask(head, served))["data"]["models"][0]["id"] == "quote"
        assert (await ada.ask(f"GET {INIT}/config/{base}"))["data"]["llm"]["modelName"] == "quote"
        nobody = {**told, "llm": {"source": "remote", "modelName": "no-such-model", "baseUrl": "", "apiKey": ""}}
        await ada.ask(head, nobody, 400)
        own = (await ada.ask("GET /models"))["data"]
        assert len([each for each in own if each["tenant_id"] != 0]) == 3, "nothing is left of what was refused"


async def test_a_model_that_makes_no_vectors_stays_whatever_dimension_it_was_made_with(tmp_path: Path) -> None:
    """The wizard has no word for it, so it comes back as none; with another model the key would be lost."""
    async with MockOpenAI(models=("tea",)) as upstream, serving(tmp_path, toml=allowing(upstream)) as client:
        ada = client.with_token((await first(client))["token"])
        body = remote(upstream, embedding_parameters={"dimension": 12})
        answers = (await ada.ask("POST /models", body, 201))["data"]["id"]
        base = (await ada.ask("POST /knowledge-bases", {"name": "Teas", "summary_model_id": answers}, 201))["data"][
            "id"
        ]
        told = (await ada.ask(f"GET {INIT}/config/{base}"))["data"]
        again = (await ada.ask(f"POST {INIT}/initialize/{base}", {**told, "embedding": model(upstream, dimension=3)}))[
            "data"
        ]
        assert again["models"][0]["id"] == answers
        assert (await ada.ask(f"GET {INIT}/config/{base}"))["data"]["llm"]["apiKey"] == "***"


async def test_what_the_wizard_has_no_word_for_stays(tmp_path: Path) -> None:
    """How large parents are, whether headings begin passages, and that nothing is to listen to sound."""
    async with MockOpenAI(models=("tea",)) as upstream, serving(tmp_path, toml=allowing(upstream)) as client:
        ada = client.with_token((await first(client))["token"])
        base = await a_base(ada)
        options = {"size": 200, "overlap": 0, "parent_size": 2000, "headings": False, "transcriber": ""}
        await ada.ask("POST //parlance/v1/bases.change", {"base": base, "options": options})
        await ada.ask(f"POST {INIT}/initialize/{base}", setup(upstream))
        now = (await ada.ask(f"GET //parlance/v1/bases.read?base={base}"))["options"]
        assert now["size"] == 512 and now["vision"] == ""
        assert (now["parent_size"], now["headings"], now["transcriber"]) == (2000, False, "")


async def test_what_is_switched_on_must_be_whole(tmp_path: Path) -> None:
    """400 in the wizard's language; nothing is made of it."""
    async with MockOpenAI(models=("tea",)) as upstream, serving(tmp_path, toml=allowing(upstream)) as client:
        ada = client.with_token((await first(client))["token"])
        base = await a_base(ada)
        for odd in (
            {"multimodal": {"enabled": True}},
            {"multimodal": {"enabled": True, "vlm": {"modelName": "x"}}},
            {"rerank": {"enabled": True}},
            {"nodeExtract": {"enabled": True, "text": "tea"}},
            {"documentSplitting": {"chunkSize": 99, "chunkOverlap": 0, "separators": ["x"]}},
            {"llm": {**model(upstream), "baseUrl": "http://10.0.0.1/v1"}},
        ):
            await ada.ask(f"POST {INIT}/initialize/{base}", setup(upstream, **odd), 400)
        assert all(each["tenant_id"] == 0 for each in (await ada.ask("GET /models"))["data"])


async def test_an_ollama_is_looked_at_and_pulls_with_progress(tmp_path: Path) -> None:
    """What it has, what it lacks, and a pull that is followed to its end."""
    async with MockOllama(models=("shelved",)) as upstream:
        toml = f'[[connections]]\nname = "shelf"\nkind = "ollama"\nbase_url = "{upstream.base_url}"\n'
        async with serving(tmp_path, toml=toml) as client:
            ada, bob = await two(client)
            status = (await ada.ask(f"GET {INIT}/ollama/status"))["data"]
            assert status["available"] is True and status["version"] and status["baseUrl"] == upstream.base_url
            assert (await bob.ask(f"GET {INIT}/ollama/status"))["data"]["baseUrl"] == ""
            assert (await bob.ask(f"GET {INIT}/ollama/models"))["data"] == {"models": ["shelved:latest"]}
            asked = {"models": ["shelved", "doomed"]}
            checked = (await bob.ask(f"POST {INIT}/ollama/models/check", asked))["data"]
            assert checked == {"models": {"shelved": True, "doomed": False}}
            there = (await ada.ask(f"POST {INIT}/ollama/models/download", {"modelName": "shelved"}))["data"]
            assert there == {"modelName": "shelved", "status": "completed", "progress": 100.0}
            await bob.ask(f"POST {INIT}/ollama/models/download", {"modelName": "doomed"}, 403)
            begun = (await ada.ask(f"POST {INIT}/ollama/models/download", {"modelName": "doomed"}))["data"]
            path = f"{INIT}/ollama/download/progress/{begun['taskId']}"
            await bob.ask(f"GET {path}", status=404)
            async with asyncio.timeout(20):
                while (task := (await ada.ask(f"GET {path}"))["data"])["status"] != "completed":
                    await asyncio.sleep(0.01)
            assert task["progress"] == 100.0 and task["endTime"] >= task["startTime"]
            assert (await ada.ask(f"GET {INIT}/ollama/download/tasks"))["data"] == [task]
            await ada.ask(f"GET {INIT}/ollama/download/progress/{unknown_id()}", status=404)


async def test_without_an_ollama_its_routes_say_so(tmp_path: Path) -> None:
    """The status is a verdict with 200, all else fails in the words of that system."""
    async with serving(tmp_path, toml='[discovery]\nollama_url = "http://127.0.0.1:9"\n') as client:
        ada = client.with_token((await first(client))["token"])
        assert (await ada.ask(f"GET {INIT}/ollama/status"))["data"]["available"] is False
        failed = await ada.ask(f"GET {INIT}/ollama/models", status=500)
        assert failed["error"]["code"] == 1007 and failed["error"]["message"].startswith("Ollama服务不可用: ")


async def test_a_model_that_does_not_answer_is_a_verdict(tmp_path: Path) -> None:
    """200 with `available` off, for private addresses as for silent ones; on where it answers."""
    async with MockOpenAI(models=("tea",)) as upstream, serving(tmp_path, toml=allowing(upstream)) as client:
        ada = client.with_token((await first(client))["token"])
        good = model(upstream)
        assert (await ada.ask(f"POST {INIT}/remote/check", good))["data"]["available"] is True
        tested = (await ada.ask(f"POST {INIT}/embedding/test", good))["data"]
        assert tested["available"] is True and tested["dimension"] > 0
        private = {**good, "baseUrl": "http://169.254.169.254/v1"}
        for path in ("remote/check", "embedding/test", "rerank/check"):
            verdict = (await ada.ask(f"POST {INIT}/{path}", private))["data"]
            assert verdict["available"] is False and verdict["message"]
        assert (await ada.ask(f"POST {INIT}/rerank/check", good))["data"]["available"] in (True, False)


async def test_null_is_nothing_as_go_reads_it(tmp_path: Path) -> None:
    """In the wizard's bodies, in those of models, and for a whole body; what is needed is missing then."""
    async with MockOpenAI(models=("tea",)) as upstream, serving(tmp_path, toml=allowing(upstream)) as client:
        ada = client.with_token((await first(client))["token"])
        good, base = model(upstream, apiKey=None), await a_base(ada)
        body = setup(upstream, llm=good, rerank=None, multimodal=None, nodeExtract={"enabled": False, "tags": None})
        done = await ada.ask(f"POST {INIT}/initialize/{base}", body)
        assert done["data"]["models"][0]["parameters"]["api_key"] == ""
        refused = await ada.ask(f"POST {INIT}/initialize/{base}", {**body, "llm": None}, 400)
        assert "llm" in str(refused["error"])
        assert (await ada.ask(f"POST {INIT}/remote/check", good))["data"]["available"] is True
        for tags in ({"llmConfig": {**good, "baseUrl": None}}, {"llmConfig": None}, b" null "):
            assert (await ada.ask(f"POST {INIT}/extract/fabri-tag", tags))["data"]["tags"]
        kept = remote(upstream, embedding_parameters={"dimension": None, "truncate_prompt_tokens": 9})
        kept = {**kept, "description": None, "is_default": None}
        made = (await ada.ask("POST /models", kept, 201))["data"]
        assert made["parameters"]["embedding_parameters"] == {"dimension": 0, "truncate_prompt_tokens": 9}
        kept["parameters"] = {"base_url": upstream.base_url, "embedding_parameters": {"dimension": None}}
        nulls = {**kept, "name": None, "type": None, "description": "green"}
        assert (await ada.ask(f"PUT /models/{made['id']}", nulls))["data"]["description"] == "green"


async def test_a_mask_is_the_key_of_the_tenants_model_at_that_address_alone(tmp_path: Path) -> None:
    """Whoever opens the settings again tries what they are shown; nobody else's key is found by that."""
    async with MockOpenAI(models=("tea",)) as upstream, serving(tmp_path, toml=allowing(upstream)) as client:
        ada, bob = await two(client)
        await ada.ask(f"POST {INIT}/initialize/{await a_base(ada)}", setup(upstream))
        for who, name, sent in ((ada, "tea", KEY), (ada, "coffee", None), (bob, "tea", None)):
            body = {**model(upstream), "modelName": name, "apiKey": "***"}
            await who.ask(f"POST {INIT}/remote/check", body)
            call = upstream.calls_to("/chat/completions")[-1]
            assert call.headers.get("authorization") == (sent and f"Bearer {sent}")
            await who.ask(f"POST {INIT}/extract/fabri-text", {"tags": ["in"], "llmConfig": body})
            assert upstream.calls_to("/chat/completions")[-1].headers.get("authorization") == (
                sent and f"Bearer {sent}"
            )


async def test_things_and_relations_are_drawn_out_of_a_text(tmp_path: Path) -> None:
    """Without what the model thought; one that says nothing of use is a failure with 200. Tags need no model."""
    graph = '{"nodes":[{"name":"tea"},{"name":"cup"}],"relations":[{"node1":"tea","node2":"cup","type":"in"},'
    graph += '{"node1":"tea","node2":"gone","type":"in"}]}'
    async with MockOpenAI(models=("tea",), script=Script(text=f"<think>{{nodes}}?</think>Here: {graph}")) as upstream:
        async with serving(tmp_path, toml=allowing(upstream)) as client:
            ada = client.with_token((await first(client))["token"])
            body = {"text": "Tea in a cup.", "tags": ["in"], "llmConfig": model(upstream)}
            drawn = (await ada.ask(f"POST {INIT}/extract/text-relation", body))["data"]
            assert [node["name"] for node in drawn["nodes"]] == ["tea", "cup"]
            assert drawn["relations"] == [{"node1": "tea", "node2": "cup", "type": "in"}]
            text = await ada.ask(f"POST {INIT}/extract/fabri-text", {"tags": ["in"], "llmConfig": model(upstream)})
            assert text["data"]["text"].startswith("Here")
            lost = {**body, "llmConfig": {**model(upstream), "baseUrl": "http://10.0.0.1/v1"}}
            failed = (await ada.ask(f"POST {INIT}/extract/text-relation", lost))["data"]
            assert failed["success"] is False and failed["message"]
            tags = (await ada.ask(f"POST {INIT}/extract/fabri-tag", {"llmConfig": model(upstream)}))["data"]["tags"]
            assert len(tags) >= 3
            await ada.ask(f"POST {INIT}/extract/text-relation", {**body, "text": "x" * 5001}, 400)


async def test_a_picture_is_described_and_read(tmp_path: Path) -> None:
    """Out of a form with a file; without the file it is 400."""
    async with MockOpenAI(models=("tea",)) as upstream, serving(tmp_path, toml=allowing(upstream)) as client:
        ada = client.with_token((await first(client))["token"])
        fields = {"vlm_model": "tea", "vlm_base_url": upstream.base_url, "vlm_interface_type": "openai"}
        parts = [f'--b\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{text}' for name, text in fields.items()]
        head = (
            '--b\r\ncontent-disposition: form-data; name="image"; filename="a.png"\r\ncontent-type: image/png\r\n\r\n'
        )
        whole = "\r\n".join([*parts, head + "picture", "--b--", ""]).encode()
        kind = "multipart/form-data; boundary=b"
        seen = (await ada.ask(f"POST {INIT}/multimodal/test", whole, content_type=kind))["data"]
        assert seen["success"] is True and seen["caption"] and seen["processing_time"] >= 0
        without = "\r\n".join([*parts, "--b--", ""]).encode()
        await ada.ask(f"POST {INIT}/multimodal/test", without, 400, content_type=kind)


async def test_the_older_paths_are_there_where_the_settings_ask_for_them(tmp_path: Path) -> None:
    """They mean the oldest base, which the first set-up makes; else there are none."""
    async with MockOpenAI(models=("tea",)) as upstream:
        toml = allowing(upstream) + "older_paths = true\n"
        async with serving(tmp_path, toml=toml) as client:
            assert (await client.ask(f"GET {INIT}/status"))["data"] == {"initialized": False}
            ada = client.with_token((await first(client))["token"])
            await client.ask(f"GET {INIT}/status", status=401)
            await ada.ask(f"GET {INIT}/config", status=404)
            await ada.ask(f"POST {INIT}/initialize", setup(upstream))
            assert (await ada.ask(f"GET {INIT}/status"))["data"] == {"initialized": True}
            assert (await ada.ask(f"GET {INIT}/config"))["data"]["llm"]["modelName"] == "tea"
    async with serving(tmp_path, toml="[weknora]\nolder_paths = false\n") as client:
        ada = await client.signed_in("ada")
        assert (await ada.call(f"GET {INIT}/status")).body == b"404 page not found"
