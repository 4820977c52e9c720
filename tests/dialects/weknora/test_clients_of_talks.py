"""The requests that the MCP server and the Go SDK make for tenants, models and sessions, as they stand on the wire."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from parlance.testing.upstreams import MockOpenAI
from tests.dialects.weknora.served import Client, Json, serving
from tests.dialects.weknora.talks import filled, read, text
from tests.dialects.weknora.test_auth import first
from tests.dialects.weknora.test_models import allowing

PYTHON = {"content-type": "application/json", "user-agent": "python-requests/2.32.3", "accept": "*/*"}
GO = {"content-type": "application/json", "user-agent": "Go-http-client/1.1", "accept-encoding": "identity"}
STRATEGY = {
    "max_rounds": 5,
    "enable_rewrite": True,
    "fallback_strategy": "FIXED_RESPONSE",
    "fallback_response": "Sorry, I cannot answer this question.",
    "embedding_top_k": 10,
    "keyword_threshold": 0.5,
    "vector_threshold": 0.7,
}


async def asked(client: Client, agent: Json, head: str, body: Any = None, status: int = 200) -> Any:
    """One request of a program, which names JSON also where there is no body."""
    sent = b"" if body is None else msgspec.json.encode(body)
    answer = await client.call(head, sent, **agent)
    assert answer.status == status, (head, answer.body)
    return answer.json if answer.headers["content-type"].startswith("application/json") else answer.body


async def test_the_mcp_servers_tools_of_tenants_models_and_sessions_work(tmp_path: Path) -> None:
    """All that it sends is taken, its unknown fallback too. With the key of a tenant, but for another tenant: that
    takes a key that operates the server."""
    async with MockOpenAI(models=("tea",)) as upstream, serving(tmp_path, toml=allowing(upstream)) as nobody:
        entered = await first(nobody)
        wish = {"name": "program", "scopes": ["chat", "operate"]}
        key = (await nobody.with_token(entered["token"]).ask("POST //parlance/v1/keys.create", wish))["key"]
        client = nobody.with_key(entered["tenant"]["api_key"])
        await _tenants(client, nobody.with_key(key))
        await _models_and_sessions(client, upstream)


async def _tenants(client: Client, operator: Client) -> None:
    engines = {"engines": [{"retriever_type": "keywords", "retriever_engine_type": "postgres"}]}
    tenant = {"name": "Others", "description": "d", "business": "tea", "retriever_engines": engines}
    await asked(client, PYTHON, "POST /tenants", tenant, 403)
    made = (await asked(operator, PYTHON, "POST /tenants", tenant, 201))["data"]
    assert made["retriever_engines"] == engines and made["api_key"].startswith("sk-")
    for who, count in ((operator, 2), (client, 1)):
        assert len((await asked(who, PYTHON, "GET /tenants"))["data"]["items"]) == count


async def _models_and_sessions(client: Client, upstream: MockOpenAI) -> None:
    parameters = {"base_url": upstream.base_url, "api_key": "a-key"}
    plan = {"name": "tea", "type": "KnowledgeQA", "source": "remote", "description": "", "is_default": False}
    model = (await asked(client, PYTHON, "POST /models", {**plan, "parameters": parameters}, 201))["data"]["id"]
    assert model in [each["id"] for each in (await asked(client, PYTHON, "GET /models"))["data"]]
    assert (await asked(client, PYTHON, f"GET /models/{model}"))["data"]["name"] == "tea"
    strategy = {**STRATEGY, "summary_model_id": model}
    body = {"knowledge_base_id": await filled(client), "session_strategy": strategy}
    session = (await asked(client, PYTHON, "POST /sessions", body, 201))["data"]["id"]
    answer = await asked(client, PYTHON, f"POST /knowledge-chat/{session}", {"query": "Where is tea grown?"})
    assert text(read(answer)) and read(answer)[-1]["done"] is True
    assert (await asked(client, PYTHON, f"GET /sessions/{session}"))["data"]["summary_model_id"] == model
    assert (await asked(client, PYTHON, "GET /sessions?page=1&page_size=20"))["total"] == 1
    assert (await asked(client, PYTHON, f"DELETE /sessions/{session}"))["success"] is True
    assert (await asked(client, PYTHON, f"GET /sessions/{session}", status=404))["success"] is False


async def test_the_go_sdks_calls_of_sessions_and_messages_work(tmp_path: Path) -> None:
    """Its spelling of a threshold; pages, a title, messages before a moment, and the end of a session."""
    async with MockOpenAI(models=("tea",)) as upstream, serving(tmp_path, toml=allowing(upstream)) as nobody:
        client = nobody.with_key((await first(nobody))["tenant"]["api_key"])
        strategy = {**STRATEGY, "fallback_strategy": "fixed", "reranking_threshold": 0.6, "rerank_top_k": 3}
        strategy["summary_parameters"] = {"max_tokens": 512, "temperature": 0.2, "prompt": "", "context_template": ""}
        body = {"knowledge_base_id": await filled(client), "session_strategy": strategy}
        made = (await asked(client, GO, "POST /sessions", body, 201))["data"]
        assert (made["rerank_threshold"], made["summary_parameters"]["temperature"]) == (0.6, 0.2)
        session = made["id"]
        answer = await asked(client, GO, f"POST /knowledge-chat/{session}", {"query": "Where is tea grown?"})
        assert read(answer)[0]["response_type"] == "references"
        title = {"messages": [{"role": "user", "content": "Where is tea grown?"}]}
        assert (await asked(client, GO, f"POST /sessions/{session}/generate_title", title))["data"]
        newest = (await asked(client, GO, f"GET /messages/{session}/load?limit=1"))["data"]
        assert [each["role"] for each in newest] == ["assistant"]
        before = f"GET /messages/{session}/load?before_time={newest[0]['created_at']}&limit=10"
        assert [each["role"] for each in (await asked(client, GO, before))["data"]] == ["user"]
        changed = {**made, "title": "Tea", "description": "About tea"}
        assert (await asked(client, GO, f"PUT /sessions/{session}", changed))["data"]["title"] == "Tea"
        assert (await asked(client, GO, f"DELETE /messages/{session}/{newest[0]['id']}"))["success"] is True
        assert (await asked(client, GO, f"DELETE /sessions/{session}"))["success"] is True
