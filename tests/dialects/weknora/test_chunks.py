"""Chunks as WeKnora's clients list, change and delete them, and what is said of pictures."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.dialects.weknora.desk import TEA, Desk, standing
from tests.dialects.weknora.served import Json, unknown_id

FIELDS = {
    **dict.fromkeys(("id", "knowledge_id", "knowledge_base_id", "content", "pre_chunk_id", "next_chunk_id"), str),
    **dict.fromkeys(("chunk_type", "parent_chunk_id", "image_info", "created_at", "updated_at"), str),
    **dict.fromkeys(("tenant_id", "chunk_index", "start_at", "end_at"), int),
    **dict.fromkeys(("relation_chunks", "indirect_relation_chunks", "deleted_at"), type(None)),
    "is_enabled": bool,
}
MARKUP = "# Sums\n\n1 < 2 && 3 > 2, <b>truly</b>.\n\n" + "\n\n".join(f"# Part {n}\n\nTea no. {n}." for n in range(6))


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with standing(tmp_path) as made:
        yield made


async def chunks(desk: Desk, document: str, query: str = "?page_size=100") -> Json:
    found: Json = await desk.client.ask(f"GET /chunks/{document}{query}")
    return found


async def found(desk: Desk, base: str, text: str) -> list[str]:
    """The ids of what is found."""
    body = {"query_text": text, "match_count": 10}
    answer = await desk.client.ask(f"POST /knowledge-bases/{base}/hybrid-search", body)
    return [each["id"] for each in answer["data"] or [] if each["match_type"] != 2]


async def test_chunks_are_listed_by_pages_as_they_stand(desk: Desk) -> None:
    """In their order, with the ids beside them also over the end of a page; `total` counts what is shown, and no letter
    is written as an entity."""
    base = (await desk.base())["id"]
    document = (await desk.document(base, MARKUP.encode()))["id"]
    whole = await chunks(desk, document)
    rows = whole["data"]
    assert {name: type(value) for name, value in rows[0].items()} == FIELDS
    assert whole["total"] == len(rows) > 4 and any("1 < 2 && 3 > 2, <b>" in each["content"] for each in rows)
    assert all(MARKUP[each["start_at"] : each["end_at"]] == each["content"] for each in rows)
    assert [each["pre_chunk_id"] for each in rows] == ["", *(each["id"] for each in rows[:-1])]
    assert [each["next_chunk_id"] for each in rows] == [*(each["id"] for each in rows[1:]), ""]
    assert {each["chunk_type"] for each in rows} == {"text"} and rows[0]["tenant_id"] >= 10000
    page = await chunks(desk, document, "?page=2&page_size=2")
    assert page["data"] == rows[2:4] and (page["page"], page["page_size"], page["total"]) == (2, 2, whole["total"])
    await desk.other.ask(f"GET /chunks/{document}", status=404)
    await desk.client.ask(f"GET /chunks/{document}?page_size=101", status=400)


async def test_a_changed_chunk_is_found_by_what_it_says_now(desk: Desk) -> None:
    """Switched off it is not found; what is left out stays; what else is sent is not taken."""
    base = (await desk.base())["id"]
    document = (await desk.document(base))["id"]
    row = next(each for each in (await chunks(desk, document))["data"] if "Kerala" in each["content"])
    path = f"/chunks/{document}/{row['id']}"
    body: dict[str, Any] = {"content": "Coffee is grown in Coorg.", "chunk_index": 9, "start_at": 1, "embedding": [1.0]}
    changed = (await desk.client.ask(f"PUT {path}", body))["data"]
    assert changed["content"] == body["content"] and changed["is_enabled"] is True
    assert (changed["chunk_index"], changed["start_at"]) == (row["chunk_index"], row["start_at"])
    assert row["id"] in await found(desk, base, "Coorg")
    off = (await desk.client.ask(f"PUT {path}", {"content": "", "is_enabled": False}))["data"]
    assert (off["content"], off["is_enabled"]) == (body["content"], False)
    assert row["id"] not in await found(desk, base, "Coorg")
    await desk.client.ask(f"PUT {path}", {"is_enabled": True, "image_info": "[]"})
    [now] = [each for each in (await chunks(desk, document))["data"] if each["id"] == row["id"]]
    assert (now["is_enabled"], now["image_info"]) == (True, "[]")


async def test_a_chunk_is_one_of_its_document(desk: Desk) -> None:
    """Under another document, or asked for by a stranger, it is not there."""
    base = (await desk.base())["id"]
    one, two = (await desk.document(base))["id"], (await desk.document(base, b"Another text."))["id"]
    [row, *_] = (await chunks(desk, one))["data"]
    for head in (f"PUT /chunks/{two}/{row['id']}", f"DELETE /chunks/{two}/{row['id']}"):
        refused = await desk.client.ask(head, {"content": "No."} if head.startswith("PUT") else None, 404)
        assert refused["error"] == {"code": 1003, "message": "chunk not found", "details": None}
        await desk.other.ask(head.replace(two, one), {"content": "No."} if head.startswith("PUT") else None, 404)
    await desk.client.ask(f"DELETE /chunks/{one}/{unknown_id()}", status=404)
    await desk.other.ask(f"DELETE /chunks/{one}", status=404)
    assert len((await chunks(desk, one))["data"]) > 0


async def test_a_deleted_chunk_is_found_no_more(desk: Desk) -> None:
    """Nor any of a document whose chunks all went; the document stays."""
    base = (await desk.base())["id"]
    document = (await desk.document(base))["id"]
    before = (await chunks(desk, document))["data"]
    gone = next(each for each in before if "Kerala" in each["content"])
    assert (await desk.client.ask(f"DELETE /chunks/{document}/{gone['id']}"))["message"] == "Chunk deleted"
    left = await chunks(desk, document)
    assert left["total"] == len(before) - 1 and gone["id"] not in await found(desk, base, "Kerala")
    told = await desk.client.ask(f"DELETE /chunks/{document}")
    assert told == {"success": True, "message": "All chunks under knowledge deleted"}
    assert (await chunks(desk, document))["total"] == 0 and await found(desk, base, "Assam") == []
    assert (await desk.client.ask(f"GET /knowledge/{document}"))["data"]["parse_status"] == "completed"


async def test_what_is_in_a_picture_can_be_said_anew(desk: Desk) -> None:
    """It is noted with the chunk; a text that holds no list of one picture is refused."""
    base = (await desk.base())["id"]
    document = (await desk.document(base))["id"]
    [row, *_] = (await chunks(desk, document))["data"]
    path = f"PUT /knowledge/image/{document}/{row['id']}"
    info = msgspec.json.encode([{"url": "u", "caption": "A field of tea", "ocr_text": "TEA"}]).decode()
    done = await desk.client.ask(path, {"image_info": info})
    assert done == {"success": True, "message": "Knowledge chunk image updated successfully"}
    [now, *_] = (await chunks(desk, document))["data"]
    assert now["image_info"] == info and now["content"] == row["content"]
    for odd in ("", "[]", "{}", "[1]", "[{}, {}]", '[{"caption": 1}]'):
        await desk.client.ask(path, {"image_info": odd}, 400)
    await desk.other.ask(path, {"image_info": info}, 404)
    assert len(TEA) > 0
