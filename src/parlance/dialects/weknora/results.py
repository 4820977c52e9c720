"""What was found, as this wire has it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from parlance.core.knowledge.chunk_operations import ChunkView
from parlance.core.knowledge.document_operations import DocumentView
from parlance.core.knowledge.retrieval_operations import FoundPassage
from parlance.dialects.weknora.knowledge_shown import KINDS, image_info
from parlance.values import json_door
from parlance.values.errors import Fault
from parlance.values.knowledge import Scores

VECTOR, KEYWORDS, NEIGHBOUR, HISTORY, PARENT, RELATION, GRAPH = range(7)
"""How something was found."""


OURS = 0.3
"""Of our score for each 1 of a threshold."""


def our_threshold(*given: float | None) -> float:
    """What a passage must score here for clients that think of cosines, which go from about 0.2 for what has nothing to
    do with a query to 0.8 for what answers it; our score says how likely a passage answers, and is above 0.15 for most
    that do. The smallest of several holds: a passage has one score, in whichever way it is found."""
    known = [each for each in given if each is not None]
    return OURS * max(0.0, min(1.0, *known)) if known else 0.0


class SearchResult(msgspec.Struct, frozen=True):
    """A passage that was found. `score` is between 0 and 1, and 0 for one that only stands beside a hit."""

    id: str
    content: str
    knowledge_id: str
    chunk_index: int
    knowledge_title: str
    start_at: int
    end_at: int
    seq: int
    score: float
    match_type: int
    sub_chunk_id: tuple[str, ...] | None
    metadata: dict[str, str]
    chunk_type: str
    parent_chunk_id: str
    image_info: str
    knowledge_filename: str
    knowledge_source: str


def results(found: Iterable[FoundPassage], documents: Mapping[str, DocumentView]) -> tuple[SearchResult, ...]:
    """Passages in their order; without those whose document is not there any more."""
    there = [each for each in found if each.chunk.document in documents]
    return tuple(_result(each, documents[each.chunk.document], seq) for seq, each in enumerate(there))


def _result(found: FoundPassage, document: DocumentView, seq: int) -> SearchResult:
    chunk = found.chunk
    return SearchResult(
        id=chunk.id,
        content=chunk.content,
        knowledge_id=document.id,
        chunk_index=chunk.place,
        knowledge_title=document.title or document.name,
        start_at=chunk.span.start,
        end_at=chunk.span.stop,
        seq=seq,
        score=found.score,
        match_type=match_type(chunk, found.scores, neighbour=found.neighbour),
        sub_chunk_id=None,
        metadata=document.metadata,
        chunk_type=KINDS[chunk.kind],
        parent_chunk_id=chunk.parent or "",
        image_info=image_info(chunk),
        knowledge_filename=document.name,
        knowledge_source=document.place if document.source == "address" else "",
    )


def joined(found: Iterable[SearchResult]) -> tuple[SearchResult, ...]:
    """The same, the best first, with what overlaps or touches in a document as one: its text, its best score, and in
    `sub_chunk_id` the chunks that went into it. One that does not say the words of its place stays by itself."""
    whole: list[SearchResult] = []
    for each in sorted(found, key=lambda one: (one.knowledge_id, one.start_at, -one.end_at)):
        last = whole[-1] if whole else None
        if last is not None and last.knowledge_id == each.knowledge_id and _touch(last, each):
            whole[-1] = _one_of(last, each)
        else:
            whole.append(each)
    best = sorted(whole, key=lambda one: -one.score)
    return tuple(msgspec.structs.replace(each, seq=seq) for seq, each in enumerate(best))


def _touch(one: SearchResult, other: SearchResult) -> bool:
    exact = all(len(each.content) == each.end_at - each.start_at for each in (one, other))
    return exact and other.start_at <= one.end_at


def _one_of(one: SearchResult, other: SearchResult) -> SearchResult:
    return msgspec.structs.replace(
        one,
        content=one.content + other.content[one.end_at - other.start_at :],
        end_at=max(one.end_at, other.end_at),
        score=max(one.score, other.score),
        sub_chunk_id=(*(one.sub_chunk_id or ()), other.id),
        image_info=_united(one.image_info, other.image_info),
    )


def _united(one: str, other: str) -> str:
    """What is noted of the pictures of both, each address once."""
    if not one or not other:
        return one or other
    try:
        noted = [json_door.decode(text.encode(), list[dict[str, Any]]) for text in (one, other)]
    except Fault:
        return one
    pictures = {str(each.get("url")): each for each in reversed([*noted[0], *noted[1]])}
    return json_door.encode(list(reversed(pictures.values()))).decode()


def match_type(chunk: ChunkView, scores: Scores, *, neighbour: bool) -> int:
    """How a chunk was found: one that is not searched itself came for those that were cut from it."""
    if neighbour:
        return NEIGHBOUR
    if not chunk.searched:
        return PARENT
    return way(scores)


def way(scores: Scores) -> int:
    """How a passage was found by its scores: what only the graph led to came by the graph."""
    if scores.vector is not None:
        return VECTOR
    return GRAPH if scores.graph is not None and scores.words is None else KEYWORDS
