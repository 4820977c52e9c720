"""What can be wanted of models. A model that the caller's key may not use looks like one that does not exist."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, ClassVar, Literal

import msgspec

from parlance.core.chat.tokens import text_tokens
from parlance.core.operation import Operation, Weight
from parlance.core.runs.run import Run
from parlance.values.accounts import Scope
from parlance.values.asks import EmbedAsk, Embedded, RerankAsk, Reranked, TranscribeAsk, Transcript
from parlance.values.models import LoadedModel, ModelCard


class ListModels(Operation[tuple[ModelCard, ...]], frozen=True):
    """Every model the caller may use: chat models first, the default one at the head."""

    wire_name: ClassVar[str] = "models.list"


class ShowModel(Operation[ModelCard], frozen=True):
    """One model with all that its engine tells of it (in `foreign`)."""

    wire_name: ClassVar[str] = "models.show"

    model: str
    verbose: bool = False


class ListLoaded(Operation[tuple[LoadedModel, ...]], frozen=True):
    """The models in memory now."""

    wire_name: ClassVar[str] = "models.loaded"


class LoadModel(Operation[ModelCard], frozen=True):
    """Load a model, or with `keep_alive` 0 unload it. Where an engine has no such verb, nothing happens."""

    wire_name: ClassVar[str] = "models.load"
    gated: ClassVar[bool] = True

    model: str
    keep_alive: str | float | None = None


class Embed(Operation[Embedded], frozen=True):
    """Turn texts into vectors. `ask.model` is the id the client says (empty: the default embedder)."""

    wire_name: ClassVar[str] = "models.embed"
    gated: ClassVar[bool] = True

    ask: EmbedAsk

    def weight(self) -> Weight:
        """The texts' estimates."""
        return Weight(sum(map(text_tokens, self.ask.texts)), 0, self.ask.model, embed=True)


class Rerank(Operation[Reranked], frozen=True):
    """Judge how well texts answer a query. `ask.model` is the id of a model that can `rerank`. Gives a score for each
    text, in order, as the model says it: a chance, or a logit."""

    wire_name: ClassVar[str] = "models.rerank"
    gated: ClassVar[bool] = True

    ask: RerankAsk

    def weight(self) -> Weight:
        """The texts' estimates, and the query's, which is read with each."""
        texts = self.ask.texts
        return Weight(sum(map(text_tokens, texts)) + len(texts) * text_tokens(self.ask.query), 0, self.ask.model)


class Transcribe(Operation[Transcript], frozen=True):
    """Write down what is said in a file of sound: MP3, WAV, M4A, OGG, FLAC or WebM of at most 25 MiB, told apart by its
    bytes. `ask.model` is the id of a model that can `transcribe` (empty: the first there is). Times come where they are
    wanted and the model has them."""

    wire_name: ClassVar[str] = "audio.transcribe"
    gated: ClassVar[bool] = True

    ask: TranscribeAsk

    def weight(self) -> Weight:
        """Nobody knows what an engine will count before it has heard it."""
        return Weight(text_tokens(self.ask.prompt or ""), 0, self.ask.model)


class ChangeModel(Operation[Run], frozen=True):
    """Pull, push or create a model. Gives a run whose `Stepped` events and `Progressed` notices tell the progress.

    `fields` are the rest of the request as the engine's wire has them. `connection` picks one of several engines.
    """

    scope: ClassVar[Scope | None] = "models:write"
    wire_name: ClassVar[str] = "models.change"
    starts: ClassVar[bool] = True

    verb: Literal["pull", "push", "create"]
    model: str
    fields: dict[str, Any] = msgspec.field(default_factory=dict)
    connection: str | None = None
    detached: bool = False


class CopyModel(Operation[None], frozen=True):
    """Give a model a second name."""

    scope: ClassVar[Scope | None] = "models:write"
    wire_name: ClassVar[str] = "models.copy"

    source: str
    destination: str


class DeleteModel(Operation[None], frozen=True):
    """Remove a model."""

    scope: ClassVar[Scope | None] = "models:write"
    wire_name: ClassVar[str] = "models.delete"

    model: str


class FindBlob(Operation[bool], frozen=True):
    """Whether the model store holds a blob with this digest."""

    scope: ClassVar[Scope | None] = "models:write"
    wire_name: ClassVar[str] = "blobs.find"

    digest: str


class PutBlob(Operation[None], frozen=True):
    """Store a blob under its digest (`sha256:<hex>`)."""

    scope: ClassVar[Scope | None] = "models:write"

    digest: str
    content: AsyncIterator[bytes]
