"""A model that reads query and passage together has the next word, not the only one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec

from parlance.core.knowledge.embedding import text_of
from parlance.core.knowledge.search.fusion import squashed
from parlance.ports.engines import RerankEngine
from parlance.values.asks import RerankAsk
from parlance.values.errors import Fault
from parlance.values.knowledge import Hit

SHARE = 0.8
"""Of the reranker in the score; the rest is the first stage's. Models trained on web questions rank some kinds of text
worse than the words do."""
PATIENCE = 15.0
"""Seconds: whoever searches has the first stage's order by then."""


async def reranked(hits: Sequence[Hit], query: str, engine: RerankEngine, model: str, depth: int) -> list[Hit] | None:
    """The first `depth` hits in the model's order, the others behind them as they were; none where it failed or took
    too long."""
    read, rest = hits[:depth], hits[depth:]
    ask = RerankAsk(model, query, tuple(text_of(hit.chunk) for hit in read))
    try:
        async with asyncio.timeout(PATIENCE):
            scores = squashed((await engine.rerank(ask)).scores)
    except (Fault, TimeoutError):
        return None
    judged = [_judged(hit, score) for hit, score in zip(read, scores, strict=True)]
    return [*sorted(judged, key=lambda hit: (-hit.score, hit.chunk.id)), *(_behind(hit) for hit in rest)]


def _judged(hit: Hit, score: float) -> Hit:
    scores = msgspec.structs.replace(hit.scores, reranked=score)
    return msgspec.structs.replace(hit, score=SHARE * score + (1 - SHARE) * hit.score, scores=scores)


def _behind(hit: Hit) -> Hit:
    return msgspec.structs.replace(hit, score=(1 - SHARE) * hit.score)
