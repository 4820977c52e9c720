"""Search in one base.

A client's threshold is turned into one of our score, which means the same in every base; where nothing reaches it, it
is lowered, so that no passage is thrown away for a number that another system measured.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from parlance.core.knowledge.bases_operations import ReadBase
from parlance.core.knowledge.bounds import MOST_QUERY
from parlance.core.knowledge.document_operations import DocumentView, ReadDocument
from parlance.core.knowledge.retrieval_operations import FoundPassages, RetrievePassages
from parlance.dialects.table import Do, Reply, Request, Row
from parlance.dialects.weknora.bodies import read as read_body
from parlance.dialects.weknora.bodies import unfit
from parlance.dialects.weknora.envelope import Success, given
from parlance.dialects.weknora.results import SearchResult, joined, our_threshold, results
from parlance.dialects.weknora.telling import looked, note, searched
from parlance.dialects.weknora.wire import BASE
from parlance.values import json_door
from parlance.values.errors import Fault, Kind

USUAL_COUNT, MOST_COUNT = 10, 100
TOP, THRESHOLD = 5, 0.5
"""Of a search without a session: how much is shown, and what it should score."""
MOST_BYTES = 10_000
"""Of a query; what is beyond `MOST_QUERY` characters of it is not looked for, as in an answer's search."""
TOO_LONG = f"A query has at most {MOST_BYTES} bytes."
_QUERIES = (
    ("query_text", "What is looked for, where the request has no body; `query` is the same."),
    ("vector_threshold", "What a passage should score, from 0 to 1."),
    ("keyword_threshold", "The same; the smaller one holds."),
    ("match_count", f"How many passages, {USUAL_COUNT} unless said, at most {MOST_COUNT}; 0 gives none."),
)


class Hybrid(msgspec.Struct, frozen=True):
    """What is looked for. `query` is what the Go SDK calls the text."""

    query_text: str | None = None
    query: str | None = None
    vector_threshold: float | None = None
    keyword_threshold: float | None = None
    match_count: int | None = None


class Search(msgspec.Struct, frozen=True):
    """What is looked for, and in which base."""

    query: Annotated[str, Meta(min_length=1)]
    knowledge_base_id: Annotated[str, Meta(min_length=1)]


async def hybrid(request: Request, do: Do) -> Reply:
    """`GET` or `POST /knowledge-bases/:id/hybrid-search`, with a body or with the same in the query."""
    try:
        body = _asked(request)
    except Fault as fault:
        return unfit(fault.sentence())
    count, text = USUAL_COUNT if body.match_count is None else body.match_count, body.query_text or body.query or ""
    if not text.strip():
        return unfit("The field query_text is required.")
    if len(text.encode("utf-8", "replace")) > MOST_BYTES:
        return unfit(TOO_LONG)
    base = request.params["base"]
    note(request, {}, searched(count, body.vector_threshold, body.keyword_threshold))
    if count <= 0:
        await do(ReadBase(base))
        return given(None)
    threshold = our_threshold(body.vector_threshold, body.keyword_threshold)
    wished = RetrievePassages(base, text[:MOST_QUERY], min(MOST_COUNT, count), threshold, neighbours=1)
    return given(await _shown(do, await do(wished)) or None)


async def search(request: Request, do: Do) -> Reply:
    """`POST /knowledge-search`."""
    try:
        body = read_body(request.body, Search)
    except Fault as fault:
        return unfit(fault.sentence())
    if len(body.query.encode("utf-8", "replace")) > MOST_BYTES:
        return unfit(TOO_LONG)
    found = await do(
        RetrievePassages(body.knowledge_base_id, body.query.strip()[:MOST_QUERY], TOP, our_threshold(THRESHOLD))
    )
    looked(request, body.knowledge_base_id, searched(TOP, THRESHOLD, None))
    return given(joined(await _shown(do, found)))


def _asked(request: Request) -> Hybrid:
    """The body, or the query where there is none."""
    if request.body.strip():
        return read_body(request.body, Hybrid)
    return json_door.convert({name: value for name, value in request.query.items() if value}, Hybrid)


async def _shown(do: Do, found: FoundPassages) -> tuple[SearchResult, ...]:
    documents: dict[str, DocumentView] = {}
    for id in dict.fromkeys(each.chunk.document for each in found.passages):
        try:
            documents[id] = await do(ReadDocument(id))
        except Fault as fault:
            if fault.kind is not Kind.missing:  # it went meanwhile
                raise
    return results(found.passages, documents)


def _hybrid_row(method: str, name: str) -> Row:
    return Row(
        method,
        f"{BASE}/knowledge-bases/{{base}}/hybrid-search",
        f"weknora.bases.{name}",
        hybrid,
        (RetrievePassages, ReadBase, ReadDocument),
        "Search in a knowledge base by words and meaning",
        body="bytes",
        takes=Hybrid,
        gives=Success[tuple[SearchResult, ...] | None],
        queries=_QUERIES if method == "GET" else (),
    )


def _search_row(**more: Any) -> Row:
    return Row("POST", f"{BASE}/knowledge-search", "weknora.search", search, (RetrievePassages, ReadDocument), **more)


ROWS = (
    _hybrid_row("GET", "hybrid_search"),
    _hybrid_row("POST", "hybrid_search.post"),
    _search_row(
        summary="Search in a knowledge base, without a session",
        body="bytes",
        takes=Search,
        gives=Success[tuple[SearchResult, ...]],
    ),
)
