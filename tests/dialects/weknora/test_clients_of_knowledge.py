"""The requests that the MCP server and the Go SDK make for knowledge, as these put them on the wire."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.dialects.weknora.desk import BOUNDARY as FRONT_END
from tests.dialects.weknora.desk import TEA, Desk, form, standing
from tests.dialects.weknora.served import Json, serving

BOUNDARY = "b61f0bd7ea7bd2a8ba2b0f5a4a2b9d3c"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with standing(tmp_path) as made:
        yield made


async def asked(desk: Desk, head: str, body: Any = None, status: int = 200, **headers: str) -> Json:
    """One request with the headers of that server's session, which names JSON also where there is no body."""
    told = {"content-type": "application/json", "user-agent": "python-requests/2.32.3", "accept": "*/*", **headers}
    sent = b"" if body is None else body if isinstance(body, bytes) else msgspec.json.encode(body)
    answer = await desk.client.call(head, sent, **told)
    assert answer.status == status, (head, answer.body)
    found: Json = answer.json
    return found


async def test_its_tools_of_bases_and_documents_work(desk: Desk) -> None:
    """Make, list, read, search and delete, in the order in which an assistant goes."""
    cutting = {"chunk_size": 1000, "chunk_overlap": 200, "separators": ["."], "enable_multimodal": True}
    wanted = {
        "name": "Docs",
        "description": "",
        "chunking_config": cutting,
        "image_processing_config": {},
        "embedding_model_id": "",
        "summary_model_id": "",
        "rerank_model_id": "",
    }
    base = (await asked(desk, "POST /knowledge-bases", wanted, 201))["data"]["id"]
    assert base in [each["id"] for each in (await asked(desk, "GET /knowledge-bases"))["data"]]
    assert (await asked(desk, f"GET /knowledge-bases/{base}"))["data"]["chunking_config"] == cutting
    file = (
        f"--{BOUNDARY}\r\n"
        'Content-Disposition: form-data; name="enable_multimodel"\r\n\r\ntrue\r\n'
        f"--{BOUNDARY}\r\n"
        'Content-Disposition: form-data; name="file"; filename="gardens.md"\r\n\r\n'
    ).encode()
    sent = file + TEA + f"\r\n--{BOUNDARY}--\r\n".encode()
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    made = await asked(desk, f"POST /knowledge-bases/{base}/knowledge/file", sent, content_type=kind)
    document = made["data"]["id"]
    url = {"url": "http://127.0.0.1:9/tea", "enable_multimodel": True}
    assert (await asked(desk, f"POST /knowledge-bases/{base}/knowledge/url", url, 201))["data"]["type"] == "url"
    assert (await desk.ended(document))["parse_status"] == "completed"
    listed = await asked(desk, f"GET /knowledge-bases/{base}/knowledge?page=1&page_size=20")
    assert listed["total"] == 2 and document in [each["id"] for each in listed["data"]]
    assert (await asked(desk, f"GET /knowledge/{document}"))["data"]["id"] == document
    config = {"query_text": "Where is coffee grown?", "vector_threshold": 0.5, "keyword_threshold": 0.3}
    found = await asked(desk, f"GET /knowledge-bases/{base}/hybrid-search", {**config, "match_count": 5})
    assert "Kerala" in found["data"][0]["content"]
    chunks = await asked(desk, f"GET /chunks/{document}?page=1&page_size=20")
    assert chunks["total"] == len(chunks["data"]) > 0
    assert (await asked(desk, f"DELETE /chunks/{document}/{chunks['data'][0]['id']}"))["success"] is True
    assert (await asked(desk, f"DELETE /knowledge/{document}"))["success"] is True
    assert (await asked(desk, f"DELETE /knowledge-bases/{base}"))["success"] is True


async def test_the_go_sdk_searches_without_a_body(desk: Desk) -> None:
    """`HybridSearch` says what it looks for in the address; an upload has its fields behind the file."""
    base = (await desk.base())["id"]
    boundary = "9051914041544843365972754266efad95d5e1d5f4b2"
    file = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="gardens.md"\r\n'
    rest = "".join(
        f'\r\n--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}'
        for name, value in (("metadata", '{"team":"tea"}'), ("enable_multimodel", "false"))
    )
    head = f"{file}Content-Type: application/octet-stream\r\n\r\n".encode()
    sent = head + TEA + f"{rest}\r\n--{boundary}--\r\n".encode()
    kind = f"multipart/form-data; boundary={boundary}"
    path = f"POST /knowledge-bases/{base}/knowledge/file"
    made = (await desk.client.ask(path, sent, content_type=kind, user_agent="Go-http-client/1.1"))["data"]
    assert made["metadata"] == {"team": "tea"}
    await desk.ended(made["id"])
    asks = f"GET /knowledge-bases/{base}/hybrid-search?query=coffee+is+grown+in+Kerala%3F"
    found = await desk.client.ask(asks, content_type="application/json", user_agent="Go-http-client/1.1")
    assert "Kerala" in found["data"][0]["content"]


async def test_a_login_and_the_key_of_its_tenant_have_the_same_bases(tmp_path: Path) -> None:
    """As the front-end makes them and programs go on with them, and the other way round."""
    async with serving(tmp_path) as client:
        await client.register("ada")
        await client.with_token((await client.login("ada"))["token"]).ask(
            "POST //parlance/v1/preferences.change", {"sign_up": "user"}
        )
        await client.register("bob")
        entered = await client.login("bob")
        people = (client.with_token(entered["token"]), client.with_key(entered["tenant"]["api_key"]))
        for maker, other in (people, people[::-1]):
            base = (await maker.ask("POST /knowledge-bases", {"name": "Ours"}, 201))["data"]["id"]
            changed = {"name": "Still ours", "config": {}}
            assert (await other.ask(f"PUT /knowledge-bases/{base}", changed))["data"]["name"] == "Still ours"
            sent, kind = form(TEA, "gardens.md"), f"multipart/form-data; boundary={FRONT_END}"
            path = f"POST /knowledge-bases/{base}/knowledge/file"
            made = (await other.ask(path, sent, content_type=kind))["data"]
            assert (await maker.ask(f"GET /knowledge/{made['id']}"))["data"]["id"] == made["id"]
            await maker.ask(f"DELETE /knowledge-bases/{base}")
        ada = await client.signed_in("ada")
        base = (await people[0].ask("POST /knowledge-bases", {"name": "Bob's"}, 201))["data"]["id"]
        await ada.ask(f"GET /knowledge-bases/{base}", status=404)
