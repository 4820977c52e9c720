"""A model that reads query and passage together has the next word, not the only one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec

from parlance.core.knowledge.search.chances import logistic
from parlance.core.knowledge.vectors import text_of
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
            told = await engine.rerank(ask)
    except (Fault, TimeoutError):
        return None
    scores = squashed(told.scores, logits=told.logits)
    judged = [_judged(hit, score) for hit, score in zip(read, scores, strict=True)]
    return [*sorted(judged, key=lambda hit: (-hit.score, hit.chunk.id)), *(_behind(hit) for hit in rest)]


def squashed(scores: Sequence[float], *, logits: bool = False) -> tuple[float, ...]:
    """A reranker's scores between 0 and 1: as they are, or through the logistic function where they are `logits`, by
    what the engine knows or because one of them cannot be a chance."""
    if not logits and all(0.0 <= score <= 1.0 for score in scores):
        return tuple(scores)
    return tuple(logistic(score) for score in scores)


def _judged(hit: Hit, score: float) -> Hit:
    scores = msgspec.structs.replace(hit.scores, reranked=score)
    return msgspec.structs.replace(hit, score=SHARE * score + (1 - SHARE) * hit.score, scores=scores)


def _behind(hit: Hit) -> Hit:
    return msgspec.structs.replace(hit, score=(1 - SHARE) * hit.score)
