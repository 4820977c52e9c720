"""What makes tokens, vectors and transcripts. Contract suites: `parlance.testing.engines`.

An engine is one coroutine per call. It pushes events into the sink straight from its protocol callback, so no task
stands between the upstream's socket and the reader. Returning means the answer is whole; raising a `Fault` means it
failed (what was pushed is kept); being cancelled means that nobody wants it any more: close the upstream at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from parlance.values.asks import ChatAsk, EmbedAsk, Embedded, RerankAsk, Reranked, TranscribeAsk, Transcript
from parlance.values.events import Event
from parlance.values.notices import Notice


class Flow(Protocol):
    """The tap of an upstream connection, handed to the sink so that a slow reader slows the model down."""

    def pause(self) -> None:
        """Stop reading from the upstream."""
        ...

    def resume(self) -> None:
        """Read on."""
        ...


class Sink(Protocol):
    """Where an engine puts what it makes. Everything here is synchronous, cheap and safe from protocol callbacks."""

    def push(self, event: Event) -> None:
        """Append an event. Raises `Fault(too_large)` when the run's bound is passed: let it propagate."""
        ...

    def say(self, texts: Sequence[str]) -> None:
        """Append a plain text delta of the first choice for each; raises as `push` does, after those that fit."""
        ...

    def notice(self, notice: Notice) -> None:
        """Show progress; the latest wins."""
        ...

    def tap(self, flow: Flow | None) -> None:
        """Hand over (or take back with `None`) the upstream's tap."""
        ...


class ChatEngine(Protocol):
    """Answers chats and text completions."""

    async def chat(self, ask: ChatAsk, sink: Sink) -> None:
        """Push `Started` when the upstream accepts, then the answer. Never push `Ended`: the flight does."""
        ...


class EmbedEngine(Protocol):
    """Turns texts into vectors."""

    async def embed(self, ask: EmbedAsk) -> Embedded:
        """One vector per text, in order. Raises `Fault`."""
        ...


class RerankEngine(Protocol):
    """Judges how well texts answer a query, reading both together."""

    async def rerank(self, ask: RerankAsk) -> Reranked:
        """One finite score per text, in order. Raises `Fault`."""
        ...


class TranscribeEngine(Protocol):
    """Writes down what is said in a file of sound."""

    async def transcribe(self, ask: TranscribeAsk) -> Transcript:
        """What is said, with times where they are wanted and the model has them. Raises `Fault`."""
        ...
