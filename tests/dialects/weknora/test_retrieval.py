"""Search in a base as the three clients ask for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from parlance.core.knowledge.chunk_operations import ChunkView
from parlance.core.knowledge.document_operations import DocumentView
from parlance.core.knowledge.retrieval_operations import FoundPassage
from parlance.dialects.weknora.results import (
    GRAPH,
    HISTORY,
    KEYWORDS,
    NEIGHBOUR,
    PARENT,
    VECTOR,
    match_type,
    our_threshold,
    results,
)
from parlance.values.knowledge import Scores, Span
from tests.dialects.weknora.desk import Desk, standing
from tests.dialects.weknora.served import unknown_id

FIELDS = {
    **dict.fromkeys(("id", "content", "knowledge_id", "knowledge_title", "chunk_type", "parent_chunk_id"), str),
    **dict.fromkeys(("image_info", "knowledge_filename", "knowledge_source"), str),
    **dict.fromkeys(("chunk_index", "start_at", "end_at", "seq", "match_type"), int),
    "score": float,
    "sub_chunk_id": type(None),
    "metadata": dict,
}


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with standing(tmp_path) as made:
        yield made


async def test_a_base_is_searched_in_whichever_way_a_client_asks(desk: Desk) -> None:
    """GET with a body (front-end, MCP server), GET with a query (Go SDK), POST: all find the same."""
    base = (await desk.base())["id"]
    document = await desk.document(base, metadata='{"year": "2026"}')
    path = f"/knowledge-bases/{base}/hybrid-search"
    body = {
        "query_text": "coffee is grown in Kerala",
        "vector_threshold": 0.5,
        "keyword_threshold": 0.3,
        "match_count": 5,
    }
    first = await desk.client.ask(f"GET {path}", body)
    best = first["data"][0]
    assert first["success"] is True and {name: type(value) for name, value in best.items()} == FIELDS
    assert "Kerala" in best["content"] and best["match_type"] in (VECTOR, KEYWORDS) and 0 < best["score"] <= 1
    assert (best["knowledge_id"], best["knowledge_filename"]) == (document["id"], "gardens.md")
    assert best["metadata"]["year"] == "2026"
    assert [each["seq"] for each in first["data"]] == list(range(len(first["data"])))
    assert all(each["score"] == 0 for each in first["data"] if each["match_type"] == NEIGHBOUR)
    assert (await desk.client.ask(f"POST {path}", body))["data"] == first["data"]
    for query in (
        "query=coffee+is+grown+in+Kerala",
        "query_text=coffee+Kerala&match_count=2&vector_threshold=0",
    ):
        assert (await desk.client.ask(f"GET {path}?{query}"))["data"][0]["id"] == best["id"]


async def test_nothing_is_null_where_nothing_is_wanted_or_found(desk: Desk) -> None:
    """And `[]` without a session; without a text it is refused."""
    base = (await desk.base(embedding_model_id=""))["id"]
    path = f"/knowledge-bases/{base}/hybrid-search"
    assert await desk.client.ask(f"GET {path}", {"query_text": "tea"}) == {"success": True, "data": None}
    await desk.document(base)
    assert (await desk.client.ask(f"GET {path}", {"query_text": "tea", "match_count": 0}))["data"] is None
    assert (await desk.client.ask(f"GET {path}?query=tea&match_count=-1"))["data"] is None
    assert len((await desk.client.ask(f"GET {path}", {"query_text": "tea", "match_count": 10**6}))["data"]) > 0
    for body in (None, {}, {"query_text": " "}, b"{", {"query_text": "x", "match_count": "many"}):
        refused = await desk.client.ask(f"GET {path}", body, 400)
        assert refused["error"]["message"] == "Invalid request parameters"
    empty = (await desk.base())["id"]
    body = {"query": "tea", "knowledge_base_id": empty}
    assert await desk.client.ask("POST /knowledge-search", body) == {"success": True, "data": []}


async def test_a_search_without_a_session_finds_in_a_base_of_ones_own(desk: Desk) -> None:
    """A high threshold hides nothing that is there: where nothing reaches it, it is lowered."""
    base = (await desk.base())["id"]
    await desk.document(base)
    body = {"query": "coffee is grown in Kerala", "knowledge_base_id": base}
    found = (await desk.client.ask("POST /knowledge-search", body))["data"]
    assert "Kerala" in found[0]["content"] and len(found) <= 5
    long = {**body, "query": "Where is coffee grown? " + "x" * 9900}
    assert "Kerala" in (await desk.client.ask("POST /knowledge-search", long))["data"][0]["content"]
    path = f"/knowledge-bases/{base}/hybrid-search"
    assert (await desk.client.ask(f"GET {path}", {"query_text": long["query"]}))["data"]
    for head, odd in (
        ("POST /knowledge-search", {**body, "query": "茶" * 3334}),
        (f"GET {path}", {"query": "茶" * 3334}),
    ):
        assert "10000 bytes" in str(await desk.client.ask(head, odd, 400))
    high = {"query_text": "coffee", "vector_threshold": 0.99, "keyword_threshold": 0.99, "match_count": 3}
    assert (await desk.client.ask(f"GET /knowledge-bases/{base}/hybrid-search", high))["data"]
    for id in (unknown_id(), base):
        await desk.other.ask("POST /knowledge-search", {"query": "tea", "knowledge_base_id": id}, 404)
        await desk.other.ask(f"GET /knowledge-bases/{id}/hybrid-search", {"query_text": "tea", "match_count": 0}, 404)
        await desk.other.ask(f"GET /knowledge-bases/{id}/hybrid-search?query=tea", status=404)
    for odd in ({"query": "tea"}, {"knowledge_base_id": base}, {"query": "", "knowledge_base_id": base}):
        await desk.client.ask("POST /knowledge-search", odd, 400)


@pytest.mark.parametrize(
    ("given", "ours"),
    [((), 0), ((None, None), 0), ((0.5, 0.3), 0.09), ((0.5, None), 0.15), ((-1.0, 7.0), 0), ((7.0,), 0.3)],
)
def test_a_threshold_of_cosines_is_a_low_score_of_ours(given: tuple[float | None, ...], ours: float) -> None:
    """The smallest holds, since a passage has one score however it was found."""
    assert our_threshold(*given) == pytest.approx(ours)


def test_how_something_was_found_is_a_number() -> None:
    """Of vectors, words, beside a hit, or as the larger one that hits were cut from."""
    chunk, parent = ChunkView("c", "d", 0, "x", Span(0, 1)), ChunkView("p", "d", 0, "x", Span(0, 1), searched=False)
    assert match_type(chunk, Scores(vector=0.5, words=3.0), neighbour=False) == VECTOR == 0
    assert match_type(chunk, Scores(words=3.0), neighbour=False) == KEYWORDS == 1
    assert match_type(chunk, Scores(words=3.0, graph=0.5), neighbour=False) == KEYWORDS
    assert match_type(chunk, Scores(graph=0.5), neighbour=False) == GRAPH == 6
    assert match_type(chunk, Scores(), neighbour=True) == NEIGHBOUR == 2
    assert match_type(parent, Scores(vector=0.5), neighbour=False) == PARENT == 4 and HISTORY == 3
    gone = FoundPassage(chunk, "a", 0.5)
    assert results([gone], {}) == ()
    document = DocumentView("d", "b", "a.md", "address", "ready", 1, 2, place="https://h.example")
    [shown] = results([gone], {"d": document})
    assert (shown.knowledge_title, shown.knowledge_source, shown.score) == ("a.md", "https://h.example", 0.5)
