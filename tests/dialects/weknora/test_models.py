"""Models of tenants: remote ones with an address and a key, local ones of an Ollama, and those that all share."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from parlance.testing.upstreams import MockOllama, MockOpenAI
from tests.dialects.weknora.served import Client, Json, serving, unknown_id
from tests.dialects.weknora.test_auth import first, let_in

KEY = "-".join(("sk", "upstream", "0123456789"))


def remote(upstream: MockOpenAI, type: str = "KnowledgeQA", name: str = "tea", **parameters: object) -> Json:
    """The body of a remote model."""
    told = {"base_url": upstream.base_url, "api_key": KEY, **parameters}
    return {"name": name, "type": type, "source": "remote", "parameters": told, "description": "for tests"}


def allowing(upstream: MockOpenAI) -> str:
    """Settings with which tenants may name a fake upstream."""
    return f'[weknora]\nprivate_origins = ["{upstream.base_url}"]\n'


async def two(client: Client) -> tuple[Client, Client]:
    """The machine's owner, and somebody in a tenant of their own."""
    entered = await first(client)
    await let_in(client, entered["token"])
    await client.register("bob")
    return client.with_token(entered["token"]), await client.signed_in("bob")


async def test_a_model_is_made_shown_changed_and_removed(tmp_path: Path) -> None:
    """In the fields of that system, its key masked; a mask that comes back leaves the key."""
    async with MockOpenAI(models=("tea",)) as upstream, serving(tmp_path, toml=allowing(upstream)) as client:
        ada, _ = await two(client)
        body = remote(upstream, embedding_parameters={"dimension": 3, "truncate_prompt_tokens": 511})
        made = (await ada.ask("POST /models", body, 201))["data"]
        assert (made["tenant_id"], made["name"], made["type"], made["source"]) == (
            10000,
            "tea",
            "KnowledgeQA",
            "remote",
        )
        assert (made["status"], made["is_default"], made["deleted_at"]) == ("active", False, None)
        assert made["parameters"]["api_key"] == "***"
        assert made["parameters"]["embedding_parameters"] == {"dimension": 3, "truncate_prompt_tokens": 511}
        path = f"/models/{made['id']}"
        assert (await ada.ask(f"GET {path}"))["data"] == made
        again = {"name": "tea", "description": "green", "parameters": made["parameters"], "is_default": True}
        changed = (await ada.ask(f"PUT {path}", again))["data"]
        assert (changed["description"], changed["is_default"]) == ("green", True)
        assert changed["parameters"] == made["parameters"]
        await ask(ada, made["id"])
        assert upstream.calls[-1].headers["authorization"] == f"Bearer {KEY}"
        assert (await ada.ask(f"DELETE {path}"))["message"] == "Model deleted"
        gone = await ada.ask(f"GET {path}", status=404)
        assert gone["error"] == {"code": 1003, "message": "Model not found", "details": None}


async def ask(client: Client, model: str, status: int = 200) -> Json:
    """An answer of a model, as an OpenAI client asks for it."""
    body = {"model": model, "messages": [{"role": "user", "content": "Which tea?"}]}
    found: Json = await client.ask("POST //v1/chat/completions", body, status)
    return found


async def test_a_model_is_seen_and_asked_by_its_tenant_alone(tmp_path: Path) -> None:
    """Through every dialect: for all others there is none of that id."""
    async with MockOpenAI(models=("tea",)) as upstream, serving(tmp_path, toml=allowing(upstream)) as client:
        ada, bob = await two(client)
        id = (await bob.ask("POST /models", remote(upstream), 201))["data"]["id"]
        assert (await ask(bob, id))["choices"][0]["message"]["content"]
        assert id in [each["id"] for each in (await bob.ask("GET //v1/models"))["data"]]
        assert id not in [each["id"] for each in (await ada.ask("GET //v1/models"))["data"]]
        await ask(ada, id, 404)
        for head, body in (("GET", None), ("PUT", {"name": "mine"}), ("DELETE", None)):
            theirs = await ada.ask(f"{head} /models/{id}", body, 404)
            assert theirs == await ada.ask(f"{head} /models/{unknown_id()}", body, 404)
        shown = (await ada.ask("GET /models"))["data"]
        assert id not in [each["id"] for each in shown]


async def test_an_embedder_and_a_reranker_of_a_tenant_are_used_as_any_other(tmp_path: Path) -> None:
    """By the id that bases name them by."""
    async with MockOpenAI(models=("tea",)) as upstream, serving(tmp_path, toml=allowing(upstream)) as client:
        _, bob = await two(client)
        id = (await bob.ask("POST /models", remote(upstream, "Embedding"), 201))["data"]["id"]
        made = await bob.ask("POST //v1/embeddings", {"model": id, "input": ["one", "two"]})
        assert len(made["data"]) == 2
        base = await bob.ask("POST //parlance/v1/bases.create", {"name": "teas", "embedder": id})
        assert base["embedder"] == id
        reranker = (await bob.ask("POST /models", remote(upstream, "Rerank"), 201))["data"]["id"]
        kept = await bob.ask("POST //parlance/v1/bases.create", {"name": "cups", "embedder": "", "reranker": reranker})
        assert kept["reranker"] == reranker


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/v1",
        "http://localhost/v1",
        "http://169.254.169.254/latest",
        "http://[::1]/v1",
        "http://10.0.0.1/v1",
        "http://gpu.lan/v1",
        "http://0x7f000001/v1",
        "file:///etc/passwd",
        "",
    ],
)
async def test_a_tenant_names_no_address_of_the_operators_network(tmp_path: Path, url: str) -> None:
    """One sentence for all of them; what the operator lists is allowed."""
    async with serving(tmp_path) as client:
        ada = client.with_token((await first(client))["token"])
        body = {"name": "tea", "type": "KnowledgeQA", "source": "remote", "parameters": {"base_url": url}}
        refused = await ada.ask("POST /models", body, 400)
        assert refused["error"]["details"] == {"field": "parameters.base_url"}


async def test_a_key_does_not_follow_to_another_server(tmp_path: Path) -> None:
    """It has to be given again there (decision 0014)."""
    async with MockOpenAI(models=("tea",)) as upstream, serving(tmp_path, toml=allowing(upstream)) as client:
        ada = client.with_token((await first(client))["token"])
        made = (await ada.ask("POST /models", remote(upstream), 201))["data"]
        moved = {"parameters": {"base_url": "https://elsewhere.example/v1", "api_key": "***"}}
        refused = await ada.ask(f"PUT /models/{made['id']}", moved, 400)
        assert refused["error"]["details"] == {"field": "parameters.api_key"}
        moved["parameters"]["api_key"] = KEY
        assert (await ada.ask(f"PUT /models/{made['id']}", moved))["data"]["parameters"]["api_key"] == "***"


async def test_the_servers_models_are_shared_and_stay_as_they_are(tmp_path: Path) -> None:
    """`tenant_id` is 0, nothing of their addresses is told, and no tenant changes them."""
    async with MockOpenAI(models=("mock", "mock-embed")) as upstream:
        toml = f'[[connections]]\nname = "lab"\nbase_url = "{upstream.base_url}"\n'
        async with serving(tmp_path, toml=toml) as client:
            ada, bob = await two(client)
            for person in (ada, bob):
                shown = {each["id"]: each for each in (await person.ask("GET /models"))["data"]}
                assert (shown["mock"]["tenant_id"], shown["mock"]["type"]) == (0, "KnowledgeQA")
                assert shown["mock"]["parameters"]["base_url"] == ""
            assert (await bob.ask("GET /models/mock"))["data"]["tenant_id"] == 0
            await ada.ask("PUT /models/mock", {"name": "mine"}, 409)
            await ada.ask("DELETE /models/mock", status=409)


async def test_a_local_model_is_there_on_its_way_or_not_to_be_had(tmp_path: Path) -> None:
    """Whoever may pull has it pulled; for who may not it is there if it is."""
    async with MockOllama(models=("shelved",)) as upstream:
        toml = f'[[connections]]\nname = "shelf"\nkind = "ollama"\nbase_url = "{upstream.base_url}"\n'
        async with serving(tmp_path, toml=toml) as client:
            ada, bob = await two(client)
            body = {"name": "shelved", "type": "KnowledgeQA", "source": "local", "parameters": {}}
            await ada.ask("GET /models")
            made = (await bob.ask("POST /models", body, 201))["data"]
            assert made["status"] == "active"
            assert (await ask(bob, made["id"]))["choices"]
            lacking = (await bob.ask("POST /models", {**body, "name": "doomed"}, 201))["data"]
            told = (await bob.ask(f"GET /models/{lacking['id']}"))["data"]
            assert told == lacking and told["status"] == "download_failed"
            assert "pulled" in told["error_message"] and told["description"] == ""
            await ask(bob, lacking["id"], 400)
            pulled = (await ada.ask("POST /models", {**body, "name": "doomed"}, 201))["data"]
            assert pulled["status"] == "downloading" and pulled["error_message"] == ""
            async with asyncio.timeout(20):
                while (await ada.ask(f"GET /models/{pulled['id']}"))["data"]["status"] != "active":
                    await asyncio.sleep(0.01)
            now = (await bob.ask(f"GET /models/{lacking['id']}"))["data"]
            assert (now["status"], now["error_message"]) == ("active", "")
            again = (await bob.ask(f"PUT /models/{lacking['id']}", {**told, "is_default": True}))["data"]
            assert again["is_default"] is True and again["description"] == "", "what was told of it has changed since"


async def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    """400 for what lacks or has another type; 403 for who administers nothing."""
    async with serving(tmp_path) as client:
        ada = client.with_token((await first(client))["token"])
        body = {"name": "tea", "type": "KnowledgeQA", "source": "local", "parameters": {}}
        for odd in ({"name": ""}, {"type": "Other"}, {"source": "cloud"}, {"parameters": None}):
            await ada.ask("POST /models", {**body, **odd}, 400)
        who = {"name": "cy", "email": "cy@example.org", "password": "five tall ladders"}
        await ada.ask("POST //parlance/v1/users.create", who)
        cy = await client.signed_in("cy")
        await cy.ask("POST /models", body, 403)
        assert (await cy.ask("GET /models"))["success"]
