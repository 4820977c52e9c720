"""Texts into vectors over `/api/embed`."""

from __future__ import annotations

import msgspec

from parlance.engines.ollama_http.requests import embed_body
from parlance.engines.ollama_http.wire import Wire
from parlance.values.asks import EmbedAsk, Embedded
from parlance.values.errors import Fault, Kind

Vectors = tuple[tuple[float, ...], ...]


class Answer(msgspec.Struct, frozen=True):
    """What `/api/embed` says, as far as we need it."""

    embeddings: Vectors
    prompt_eval_count: int = 0


class OllamaEmbed:
    """An `EmbedEngine` over `/api/embed`."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def embed(self, ask: EmbedAsk) -> Embedded:
        """One vector per text, in order. Raises `Fault`, also when the answer is not that."""
        if not ask.texts:
            return Embedded(())
        found = await self._wire.post("/api/embed", embed_body(ask))
        try:
            answer = msgspec.convert(found, Answer)
        except msgspec.ValidationError:
            raise _odd() from None
        _check(answer.embeddings, len(ask.texts))
        return Embedded(answer.embeddings, max(0, answer.prompt_eval_count))


def _check(vectors: Vectors, texts: int) -> None:
    """As many vectors as texts, all of one length; JSON has no infinite numbers."""
    if len(vectors) != texts or len({len(vector) for vector in vectors}) > 1 or not all(vectors):
        raise _odd()


def _odd() -> Fault:
    return Fault(Kind.upstream, "The engine gave other vectors than were asked for.", code="bad_vectors")
