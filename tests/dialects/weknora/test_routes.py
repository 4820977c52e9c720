"""All 67 routes of the original, each asked once on the way that its front-end goes, with the status that it gives."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from parlance.dialects.weknora import Options, dialect
from parlance.dialects.weknora.telling import route
from parlance.testing.upstreams import MockOllama, MockOpenAI
from tests.dialects.weknora.desk import BOUNDARY, TEA, form
from tests.dialects.weknora.served import PASSWORD, Client, Json, serving
from tests.dialects.weknora.test_evaluation import QUESTIONS
from tests.dialects.weknora.test_initialization import INIT, model, setup
from tests.dialects.weknora.test_models import allowing

ROUTES = """
GET /health
POST /auth/register 201, POST /auth/login, POST /auth/refresh, GET /auth/validate, POST /auth/logout, GET /auth/me
POST /auth/change-password
POST /tenants 201, GET /tenants, GET /tenants/:id, PUT /tenants/:id, DELETE /tenants/:id
POST /knowledge-bases 201, GET /knowledge-bases, GET /knowledge-bases/:id, PUT /knowledge-bases/:id
DELETE /knowledge-bases/:id, GET /knowledge-bases/:id/hybrid-search, POST /knowledge-bases/copy
POST /knowledge-bases/:id/knowledge/file, POST /knowledge-bases/:id/knowledge/url 201
GET /knowledge-bases/:id/knowledge
GET /knowledge/batch, GET /knowledge/:id, PUT /knowledge/:id, DELETE /knowledge/:id, GET /knowledge/:id/download
PUT /knowledge/image/:id/:chunk_id
GET /chunks/:knowledge_id, PUT /chunks/:knowledge_id/:id, DELETE /chunks/:knowledge_id/:id, DELETE /chunks/:knowledge_id
POST /sessions 201, GET /sessions, GET /sessions/:id, PUT /sessions/:id, DELETE /sessions/:id
POST /sessions/:session_id/generate_title, GET /sessions/continue-stream/:session_id
POST /knowledge-chat/:session_id, POST /knowledge-search
GET /messages/:session_id/load, DELETE /messages/:session_id/:id
POST /models 201, GET /models, GET /models/:id, PUT /models/:id, DELETE /models/:id
POST /evaluation/, GET /evaluation/
GET /initialization/config/:kbId, POST /initialization/initialize/:kbId
GET /initialization/ollama/status, GET /initialization/ollama/models, POST /initialization/ollama/models/check
POST /initialization/ollama/models/download, GET /initialization/ollama/download/progress/:taskId
GET /initialization/ollama/download/tasks
POST /initialization/remote/check, POST /initialization/embedding/test, POST /initialization/rerank/check
POST /initialization/multimodal/test, POST /initialization/extract/text-relation
POST /initialization/extract/fabri-tag, POST /initialization/extract/fabri-text
GET /system/info
"""
"""Section 4 of the contract; 200 where no status is said."""
LISTED = [part.split() for line in ROUTES.strip().splitlines() for part in line.split(", ")]
STATUS = {f"{words[0]} {words[1]}": int(words[2]) if len(words) > 2 else 200 for words in LISTED}
MORE = {
    *("GET /auth/tenant", "POST /evaluation", "GET /evaluation", "POST /knowledge-bases/:id/hybrid-search"),
}
"""What clients ask for besides."""
FORM = f"multipart/form-data; boundary={BOUNDARY}"


class Walk:
    """Asks, and keeps in mind which routes that were."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.seen: set[str] = set()

    async def go(self, head: str, body: Any = None, **headers: str) -> Any:
        """The answer of a route, with the status that it must have; decoded where it is JSON."""
        path = head.partition("?")[0]
        [called] = [each for each in STATUS if each == path] or [each for each in STATUS if _fits(each, path)]
        self.seen.add(called)
        answer = await self.client.call(f"GET /{path[4:]}" if path == "GET /health" else head, body, **headers)
        assert answer.status == STATUS[called], (head, answer.status, answer.body)
        return answer.json if answer.headers["content-type"].startswith("application/json") else answer.body


def _fits(called: str, path: str) -> bool:
    return re.fullmatch(re.sub(r":\w+", r"[^/]+", called), path) is not None


def test_the_rows_are_those_routes_and_no_others() -> None:
    """67, and four that clients ask for."""
    rows = {f"{row.method} {route(row.path).removeprefix('/api/v1')}" for row in dialect(Options()).rows}
    assert len(STATUS) == 67 and rows == STATUS.keys() | MORE


@pytest.mark.slow
async def test_each_of_them_answers_on_the_way_that_the_front_end_goes(tmp_path: Path) -> None:
    """From the first account to its end."""
    async with MockOpenAI(models=("tea",)) as upstream, MockOllama(models=("shelved",)) as shelf:
        toml = f'[[connections]]\nname = "shelf"\nkind = "ollama"\nbase_url = "{shelf.base_url}"\n'
        async with serving(tmp_path, toml=toml + allowing(upstream)) as client:
            walk = Walk(client)
            await _enter(walk)
            base = await _set_up(walk, upstream)
            document = await _documents(walk, base)
            await _talk(walk, base)
            await _look_around(walk, base, document)
            await _leave(walk, base, document)
    assert walk.seen == STATUS.keys(), STATUS.keys() - walk.seen


async def _enter(walk: Walk) -> None:
    """Register, sign in, and stay so."""
    await walk.go("GET /health")
    person = {"username": "ada", "email": "ada@example.org", "password": PASSWORD}
    await walk.go("POST /auth/register", person)
    entered = await walk.go("POST /auth/login", {"email": "ada@example.org", "password": PASSWORD})
    assert {"user", "tenant", "token", "refresh_token"} <= entered.keys()
    fresh = await walk.go("POST /auth/refresh", {"refreshToken": entered["refresh_token"]})
    walk.client = walk.client.with_token(fresh["access_token"])
    assert (await walk.go("GET /auth/validate"))["user"] == (await walk.go("GET /auth/me"))["data"]["user"]
    assert (await walk.go("GET /system/info"))["code"] == 0


async def _set_up(walk: Walk, upstream: MockOpenAI) -> str:
    """The wizard: what there is, what answers, and a base."""
    base = str((await walk.go("POST /knowledge-bases", {"name": "Gardens"}))["data"]["id"])
    await walk.go(f"GET {INIT}/ollama/status")
    await walk.go(f"GET {INIT}/ollama/models")
    await walk.go(f"POST {INIT}/ollama/models/check", {"models": ["shelved"]})
    task = (await walk.go(f"POST {INIT}/ollama/models/download", {"modelName": "another"}))["data"]["taskId"]
    await walk.go(f"GET {INIT}/ollama/download/progress/{task}")
    await walk.go(f"GET {INIT}/ollama/download/tasks")
    asked = model(upstream)
    for path in ("remote/check", "embedding/test", "rerank/check"):
        await walk.go(f"POST {INIT}/{path}", asked)
    picture = form(b"picture", "a.png", {"vlm_model": "tea", "vlm_base_url": upstream.base_url})
    await walk.go(f"POST {INIT}/multimodal/test", picture.replace(b'name="file"', b'name="image"'), content_type=FORM)
    for path, more in (("text-relation", {"text": "Tea.", "tags": ["in"]}), ("fabri-tag", {}), ("fabri-text", {})):
        await walk.go(f"POST {INIT}/extract/{path}", {"tags": ["in"], **more, "llmConfig": asked})
    body = setup(upstream)
    del body["embedding"]["dimension"]
    await walk.go(f"POST {INIT}/initialize/{base}", body)
    assert (await walk.go(f"GET {INIT}/config/{base}"))["data"]["llm"]["modelName"] == "tea"
    return base


async def _documents(walk: Walk, base: str) -> str:
    """Sent, watched, looked at and changed."""
    made = await walk.go(f"POST /knowledge-bases/{base}/knowledge/file", form(TEA, "gardens.md"), content_type=FORM)
    document = str(made["data"]["id"])
    await walk.go(f"POST /knowledge-bases/{base}/knowledge/url", {"url": "http://127.0.0.1:9/tea"})
    async with asyncio.timeout(60):
        while (found := (await walk.go(f"GET /knowledge/batch?ids={document}&"))["data"][0])["parse_status"] not in (
            "completed",
            "failed",
        ):
            await asyncio.sleep(0.05)
    assert found["parse_status"] == "completed", found
    assert (await walk.go(f"GET /knowledge-bases/{base}/knowledge"))["total"] == 2
    assert (await walk.go(f"GET /knowledge/{document}"))["data"]["file_name"] == "gardens.md"
    await walk.go(f"PUT /knowledge/{document}", {"id": document, "title": "Gardens"})
    assert await walk.go(f"GET /knowledge/{document}/download") == TEA
    chunk = (await walk.go(f"GET /chunks/{document}"))["data"][0]
    await walk.go(f"PUT /chunks/{document}/{chunk['id']}", {"content": chunk["content"], "is_enabled": True})
    return document


async def _talk(walk: Walk, base: str) -> None:
    """A session from its beginning to its end."""
    session = (await walk.go("POST /sessions", {"knowledge_base_id": base}))["data"]
    path = f"/sessions/{session['id']}"
    answer = await walk.go(f"POST /knowledge-chat/{session['id']}", {"query": "Where is tea grown?"})
    assert answer.startswith(b'event:message\ndata:{"id":') and answer.endswith(b"}\n\n")
    asked, answered = (await walk.go(f"GET /messages/{session['id']}/load"))["data"]
    follow = f"GET /sessions/continue-stream/{session['id']}?message_id={answered['id']}"
    assert (await walk.go(follow))["done"] is True
    titled = {"messages": [{"role": "user", "content": asked["content"]}]}
    await walk.go(f"POST {path}/generate_title", titled)
    assert (await walk.go(f"GET {path}"))["data"]["knowledge_base_id"] == base
    assert (await walk.go("GET /sessions"))["total"] == 1
    await walk.go(f"PUT {path}", {**session, "title": "Tea"})
    await walk.go(f"DELETE /messages/{session['id']}/{asked['id']}")
    await walk.go(f"DELETE {path}")


async def _look_around(walk: Walk, base: str, document: str) -> None:
    """Searches, figures, models and tenants."""
    wanted: Json = {"query_text": "Where is tea grown?", "match_count": 3}
    assert (await walk.go(f"GET /knowledge-bases/{base}/hybrid-search", wanted))["data"]
    search = {"query": "Where is tea grown?", "knowledge_base_id": base}
    assert (await walk.go("POST /knowledge-search", search))["data"][0]["knowledge_id"] == document
    questions = {"base": base, "questions": QUESTIONS, "name": "gardens"}
    await walk.client.ask("POST //parlance/v1/evaluations.start", questions)
    begun = await walk.go("POST /evaluation/", {"dataset_id": "gardens", "knowledge_base_id": base})
    await walk.go(f"GET /evaluation/?task_id={begun['data']['task']['id']}")
    plan = {"name": "tea", "type": "KnowledgeQA", "source": "remote", "parameters": {"base_url": "http://h.example/v1"}}
    made = (await walk.go("POST /models", plan))["data"]
    assert made["id"] in [each["id"] for each in (await walk.go("GET /models"))["data"]]
    assert (await walk.go(f"GET /models/{made['id']}"))["data"]["name"] == "tea"
    await walk.go(f"PUT /models/{made['id']}", {**plan, "name": "more tea"})
    await walk.go(f"DELETE /models/{made['id']}")
    other = (await walk.go("POST /tenants", {"name": "Others", "business": "tea"}))["data"]
    assert other["api_key"].startswith("sk-") and len((await walk.go("GET /tenants"))["data"]["items"]) == 2
    assert (await walk.go(f"GET /tenants/{other['id']}"))["data"]["name"] == "Others"
    await walk.go(f"PUT /tenants/{other['id']}", {**other, "name": "Other others"})
    await walk.go(f"DELETE /tenants/{other['id']}")


async def _leave(walk: Walk, base: str, document: str) -> None:
    """Everything goes, and so does who made it."""
    changed = {"name": "More gardens", "config": {"chunking_config": {"chunk_size": 300}}}
    assert (await walk.go(f"PUT /knowledge-bases/{base}", changed))["data"]["name"] == "More gardens"
    assert (await walk.go(f"GET /knowledge-bases/{base}"))["data"]["name"] == "More gardens"
    await walk.go("POST /knowledge-bases/copy", {"source_id": base, "target_id": ""})
    assert len((await walk.go("GET /knowledge-bases"))["data"]) >= 1
    chunk = (await walk.go(f"GET /chunks/{document}"))["data"][0]["id"]
    said = '[{"url":"","original_url":"","start_pos":0,"end_pos":1,"caption":"A cup","ocr_text":""}]'
    await walk.go(f"PUT /knowledge/image/{document}/{chunk}", {"image_info": said})
    await walk.go(f"DELETE /chunks/{document}/{chunk}")
    await walk.go(f"DELETE /chunks/{document}")
    await walk.go(f"DELETE /knowledge/{document}")
    await walk.go(f"DELETE /knowledge-bases/{base}")
    await walk.go("POST /auth/change-password", {"old_password": PASSWORD, "new_password": "six taller ladders"})
    await walk.go("POST /auth/logout")
