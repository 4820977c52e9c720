"""Knowledge bases as WeKnora's clients make, list, change, copy and delete them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from parlance import dialect_list
from parlance.dialects.weknora.bases_shown import MASK, Cutting, cutting, notes
from parlance.testing.knowledge import base
from parlance.values.knowledge import ChunkOptions
from tests.dialects.weknora.desk import PATIENCE, TEA, Desk, standing
from tests.dialects.weknora.served import unknown_id

FIELDS = {
    "id": str,
    "name": str,
    "description": str,
    "tenant_id": int,
    "chunking_config": dict,
    "image_processing_config": dict,
    "embedding_model_id": str,
    "summary_model_id": str,
    "rerank_model_id": str,
    "vlm_model_id": str,
    "vlm_config": dict,
    "cos_config": dict,
    "extract_config": type(None),
    "created_at": str,
    "updated_at": str,
    "deleted_at": type(None),
}


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with standing(tmp_path) as made:
        yield made


async def test_a_base_needs_nothing(desk: Desk) -> None:
    """Not even a name; all fields are there, of the types that clients read."""
    usual = {"chunk_size": 512, "chunk_overlap": 50, "separators": ["\n\n", "\n", "。"], "enable_multimodal": False}
    for body in (None, {}, {"name": "", "chunking_config": None}, b"", b"  "):
        made = (await desk.client.ask("POST /knowledge-bases", body, 201))["data"]
        assert {name: type(value) for name, value in made.items()} == FIELDS
        assert made["chunking_config"] == usual and made["tenant_id"] >= 10000
        read = await desk.client.ask(f"GET /knowledge-bases/{made['id']}")
        assert read == {"success": True, "data": made}


async def test_a_base_as_the_mcp_server_and_the_front_end_make_it(desk: Desk) -> None:
    """With all that they send; secrets are masked, and a mask that comes back changes nothing."""
    body = {
        "name": "Docs",
        "description": "All of them",
        "chunking_config": {"chunk_size": 1000, "chunk_overlap": 200, "separators": ["."], "enable_multimodal": True},
        "image_processing_config": {"model_id": "mock"},
        "embedding_model_id": "mock-embed",
        "summary_model_id": "mock",
        "vlm_config": {"model_name": "see", "base_url": "http://v.example", "api_key": "very secret", "odd": 1},
        "cos_config": {"secret_id": "a", "secret_key": "very secret", "region": "x", "provider": "cos"},
        "extract_config": {"text": "t", "tags": ["a"], "nodes": [], "relations": []},
        "unknown": [1, 2],
    }
    answer = await desk.client.call("POST /knowledge-bases", body)
    assert answer.status == 201 and b"very secret" not in answer.body
    made = answer.json["data"]
    assert made["chunking_config"] == body["chunking_config"] and made["summary_model_id"] == "mock"
    assert made["embedding_model_id"] == "mock-embed" and made["image_processing_config"] == {"model_id": "mock"}
    assert made["vlm_config"]["api_key"] == MASK == made["cos_config"]["secret_key"]
    assert made["cos_config"]["region"] == "x" and made["extract_config"]["tags"] == ["a"]
    native = await desk.client.ask(f"GET //parlance/v1/bases.read?base={made['id']}")
    assert native["access"] == "tenant" and "very secret" not in str(native)


async def test_an_id_of_the_clients_is_honoured_once(desk: Desk) -> None:
    """One that is taken is a conflict, one of another form gives way to ours; another tenant has its own under it."""
    body = {"id": "kb-00000001", "name": "Old"}
    assert (await desk.client.ask("POST /knowledge-bases", body, 201))["data"]["id"] == "kb-00000001"
    refused = await desk.client.ask("POST /knowledge-bases", body, 409)
    assert (refused["success"], refused["error"]["code"]) == (False, 1005)
    for odd in ("../../etc/passwd", "x", "KB-00000001", "k" * 100):
        made = (await desk.client.ask("POST /knowledge-bases", {"id": odd}, 201))["data"]
        assert made["id"] != odd and len(made["id"]) == 36
        await desk.client.ask("POST /knowledge-bases", {"id": odd}, 409)
    await desk.other.ask("GET /knowledge-bases/kb-00000001", status=404)
    theirs = (await desk.other.ask("POST /knowledge-bases", {"id": "kb-00000001", "name": "Theirs"}, 201))["data"]
    assert theirs["name"] == "Theirs" and theirs["tenant_id"] != 0
    assert (await desk.client.ask("GET /knowledge-bases/kb-00000001"))["data"]["name"] == "Old"


async def test_a_model_that_is_not_there_is_refused_at_once(desk: Desk) -> None:
    """Whatever it is for, when the base is made and when it is changed; nothing is made of it."""
    for odd in (
        {"embedding_model_id": "nobody"},
        {"rerank_model_id": "nobody"},
        {"summary_model_id": "nobody"},
        {"vlm_model_id": "nobody"},
        {"image_processing_config": {"model_id": "nobody"}},
        {"vlm_model_id": "mock", "image_processing_config": {"model_id": "nobody"}},
    ):
        refused = await desk.client.ask("POST /knowledge-bases", {"name": "Tea", **odd}, 404)
        assert refused["error"]["code"] == 1003, odd
    assert (await desk.client.ask("GET /knowledge-bases"))["data"] == []
    made = await desk.base(summary_model_id="mock")
    body = {"name": "Tea", "config": {"image_processing_config": {"model_id": "nobody"}}}
    await desk.client.ask(f"PUT /knowledge-bases/{made['id']}", body, 404)
    body["config"] = {name: made[name] for name in ("chunking_config", "image_processing_config")}
    assert (await desk.client.ask(f"PUT /knowledge-bases/{made['id']}", body))["data"]["name"] == "Tea"


async def test_an_id_that_cannot_stay_still_leads_to_its_base(desk: Desk) -> None:
    """In paths and in bodies; what is shown is the id that it has."""
    made = await desk.base(id="KB_Sales")
    assert made["id"] != "KB_Sales"
    await desk.document("KB_Sales")
    assert (await desk.client.ask("GET /knowledge-bases/KB_Sales"))["data"]["id"] == made["id"]
    [found, *_] = (await desk.client.ask("POST /knowledge-search", {"query": "tea", "knowledge_base_id": "KB_Sales"}))[
        "data"
    ]
    session = (await desk.client.ask("POST /sessions", {"knowledge_base_id": "KB_Sales"}, 201))["data"]
    assert session["knowledge_base_id"] == made["id"] and "Assam" in found["content"]
    await desk.client.ask(f"POST /knowledge-chat/{session['id']}", {"query": ""}, 400)
    changed = {**session, "knowledge_base_id": "KB_Sales", "title": "Tea"}
    assert (await desk.client.ask(f"PUT /sessions/{session['id']}", changed))["data"]["knowledge_base_id"] == made["id"]
    await desk.client.ask("POST /knowledge-bases/copy", {"source_id": "KB_Sales"})
    await desk.client.ask("GET /knowledge-bases/kb_sales", status=404)
    await desk.other.ask("GET /knowledge-bases/KB_Sales", status=404)
    await desk.client.ask("DELETE /knowledge-bases/KB_Sales")
    await desk.client.ask(f"GET /knowledge-bases/{made['id']}", status=404)


async def test_a_body_that_is_none_is_refused_in_its_words(desk: Desk) -> None:
    """400, code 1000; `details` say more."""
    for body in (b"{", b"[]", {"name": 7}, {"chunking_config": {"chunk_size": "x"}}):
        refused = await desk.client.ask("POST /knowledge-bases", body, 400)
        assert (refused["error"]["code"], refused["error"]["message"]) == (1000, "Invalid request parameters")
        assert refused["error"]["details"]


async def test_bases_are_listed_the_newest_first(desk: Desk) -> None:
    """Those of the tenant; nothing of another one."""
    made = [(await desk.base(name=f"No. {n}"))["id"] for n in range(3)]
    listed = (await desk.client.ask("GET /knowledge-bases"))["data"]
    assert [each["id"] for each in listed if each["id"] in made] == made[::-1]
    theirs = (await desk.other.ask("GET /knowledge-bases"))["data"]
    assert not {each["id"] for each in theirs} & set(made)


async def test_a_change_takes_what_the_contract_says(desk: Desk) -> None:
    """Name, description and configuration; both name and configuration must be there."""
    base = (await desk.base(summary_model_id="mock"))["id"]
    body = {
        "name": "New",
        "description": "d",
        "config": {"chunking_config": {"chunk_size": 300, "chunk_overlap": 30, "separators": ["\n"]}},
    }
    changed = (await desk.client.ask(f"PUT /knowledge-bases/{base}", body))["data"]
    assert (changed["name"], changed["description"], changed["summary_model_id"]) == ("New", "d", "mock")
    assert changed["chunking_config"]["chunk_size"] == 300
    refused: tuple[dict[str, object], ...] = ({"name": "x"}, {"config": {}}, {"name": "", "config": {}})
    for odd in (*refused, {"name": "x", "config": None}):
        await desk.client.ask(f"PUT /knowledge-bases/{base}", odd, 400)
    await desk.other.ask(f"PUT /knowledge-bases/{base}", body, 404)
    kept = (await desk.client.ask(f"PUT /knowledge-bases/{base}", {"name": "x", "config": {}}))["data"]
    assert kept["chunking_config"]["chunk_size"] == 300 and kept["description"] == ""


async def test_a_base_is_copied_in_the_background(desk: Desk) -> None:
    """Into a new one where no target is named; else the target holds what the source holds."""
    base, target = (await desk.base(name="Source"))["id"], (await desk.base())["id"]
    await desk.document(base)
    await desk.document(target, b"Only here.", "only.txt")
    before = {each["id"] for each in (await desk.client.ask("GET /knowledge-bases"))["data"]}
    done = {"success": True, "message": "Knowledge base copy successfully"}
    assert await desk.client.ask("POST /knowledge-bases/copy", {"source_id": base, "target_id": ""}) == done
    after = {each["id"]: each for each in (await desk.client.ask("GET /knowledge-bases"))["data"]}
    [new] = set(after) - before
    assert after[new]["name"] == "Source"
    assert await desk.client.ask("POST /knowledge-bases/copy", {"source_id": base, "target_id": target}) == done
    deadline = time.monotonic() + PATIENCE
    for each in (new, target):
        while await _names(desk, each) != {"gardens.md": "completed"}:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)
    await desk.other.ask("POST /knowledge-bases/copy", {"source_id": base}, 404)
    await desk.client.ask("POST /knowledge-bases/copy", {}, 400)
    await desk.client.ask("POST /knowledge-bases/copy", {"source_id": base, "target_id": unknown_id()}, 404)


async def _names(desk: Desk, base: str) -> dict[str, str]:
    found = (await desk.client.ask(f"GET /knowledge-bases/{base}/knowledge"))["data"]
    return {each["file_name"]: each["parse_status"] for each in found}


async def test_a_base_goes_with_all_that_is_in_it(desk: Desk) -> None:
    """Its documents, too, and the room that they took."""
    before = (await desk.client.ask("GET /auth/me"))["data"]["tenant"]["storage_used"]
    base = (await desk.base())["id"]
    document = await desk.document(base)
    assert (await desk.client.ask("GET /auth/me"))["data"]["tenant"]["storage_used"] == before + len(TEA)
    await desk.other.ask(f"DELETE /knowledge-bases/{base}", status=404)
    gone = await desk.client.ask(f"DELETE /knowledge-bases/{base}")
    assert gone == {"success": True, "message": "Knowledge base deleted successfully"}
    for path in (f"/knowledge-bases/{base}", f"/knowledge/{document['id']}", f"/chunks/{document['id']}"):
        refused = await desk.client.ask(f"GET {path}", status=404)
        assert refused["error"]["code"] == 1003
    deadline = time.monotonic() + PATIENCE
    while (await desk.client.ask("GET /auth/me"))["data"]["tenant"]["storage_used"] != before:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    ("wanted", "options"),
    [
        (None, ChunkOptions()),
        (Cutting(0, 0), ChunkOptions()),
        (Cutting(1000, 200, (".",)), ChunkOptions(1000, 200, (".",))),
        (Cutting(1000, 0, ()), ChunkOptions(1000, 0)),
        (Cutting(10, 500), ChunkOptions(50, 25)),
        (Cutting(10**9, -5), ChunkOptions(20_000, 0)),
        (Cutting(split_markers=("\n",)), ChunkOptions(separators=("\n",))),
        (Cutting(100, 10, ("", "x" * 50)), ChunkOptions(100, 10)),
    ],
)
def test_what_is_out_of_our_range_is_cut_as_near_as_can_be(wanted: Cutting | None, options: ChunkOptions) -> None:
    """What is 0 or left out is as usual."""
    assert cutting(wanted) == options


def test_what_is_noted_stays_until_it_is_said_anew() -> None:
    """Each by itself."""
    before = notes({"else": 1, "weknora": {"vlm_model_id": "a"}}, summary_model_id="b")
    assert before == {"weknora": {"vlm_model_id": "a", "summary_model_id": "b"}}
    assert notes(before, vlm_config={"api_key": "", "base_url": "u"})["weknora"]["vlm_config"]["api_key"] == ""


@pytest.mark.parametrize(
    ("noted", "model"), [({"summary_model_id": "b"}, "b"), ({"summary_model_id": 7}, ""), (None, "")]
)
def test_the_model_that_a_client_chose_sums_documents_up(noted: object, model: str) -> None:
    """The core asks whoever knows what clients have noted; where nobody chose one, nothing is summed up."""
    assert dialect_list.summary_model()(base(foreign={"weknora": noted})) == model
