"""Documents whose chunks are stretches of one text, as hits of a search."""

from __future__ import annotations

from collections.abc import Sequence

from parlance.core.knowledge.asking.context import Context, context
from parlance.testing.knowledge import chunk, document
from parlance.values.knowledge import Hit, Span
from parlance.values.messages import Message

KEY = "01932c07-209c-7a4e-9b6d-5f0e8c1d2a3b"
QUESTION = Message("user", "Where is tea grown?")


def hit(text: str, start: int, stop: int, *, of: str = "d1", score: float = 0.9, neighbour: bool = False) -> Hit:
    """The chunk from `start` to `stop` of a document's text."""
    made = chunk(f"{of}:{start}:{stop}", of, start, content=text[start:stop], span=Span(start, stop, 1))
    return Hit(made, document(of), score, neighbour=neighbour)


def whole(text: str, of: str = "d1", score: float = 0.9) -> Hit:
    """A document that is one chunk."""
    return hit(text, 0, len(text), of=of, score=score)


def asked(hits: Sequence[Hit], question: Message = QUESTION, room: int | None = None) -> Context:
    """The prompt for a question about them."""
    return context(question, hits, KEY, room=room)
