"""Which models there are, and the verbs on them. Each engine's tests hold its own catalogue to this.

An engine that has none of the verbs leaves `store` and `loader` out of its `Able`; the core says so to who asks.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any, Protocol

from parlance.ports.engines import ChatEngine, EmbedEngine, RerankEngine, Sink, TranscribeEngine
from parlance.values.models import LoadedModel, ModelCard


class Catalogue(Protocol):
    """The models of one connection."""

    async def cards(self) -> Sequence[ModelCard]:
        """Every model there is now. Raises `Fault(upstream)` when the engine cannot be reached."""
        ...

    async def show(self, name: str, verbose: bool = False) -> ModelCard:
        """One model with all that is known of it in `foreign`. Raises `Fault(missing)`."""
        ...

    async def loaded(self) -> Sequence[LoadedModel]:
        """The models in memory now."""
        ...


class Loader(Protocol):
    """Engines that load models into memory and out of it."""

    async def load(self, name: str, keep_alive: str | float | None) -> None:
        """Load a model for so long (seconds, or a duration such as `15m`); 0 unloads it."""
        ...


class ModelStore(Protocol):
    """The verbs that change which models there are (an Ollama has them, most engines do not)."""

    async def pull(self, name: str, fields: dict[str, Any], sink: Sink) -> None:
        """Fetch a model; `Stepped` events for steps, `Progressed` notices for bytes."""
        ...

    async def push(self, name: str, fields: dict[str, Any], sink: Sink) -> None:
        """Publish a model; progress as for `pull`."""
        ...

    async def create(self, name: str, fields: dict[str, Any], sink: Sink) -> None:
        """Make a model out of others or of blobs; progress as for `pull`."""
        ...

    async def copy(self, source: str, destination: str) -> None:
        """Give a model a second name."""
        ...

    async def delete(self, name: str) -> None:
        """Remove a model."""
        ...

    async def has_blob(self, digest: str) -> bool:
        """Whether a blob with this digest (`sha256:<hex>`) is there."""
        ...

    async def put_blob(self, digest: str, content: AsyncIterator[bytes]) -> None:
        """Store a blob; never whole in memory."""
        ...


class Able(Protocol):
    """What an engine can do, whoever made it; `None` for what it cannot."""

    @property
    def catalogue(self) -> Catalogue:
        """Its models."""
        ...

    @property
    def chat(self) -> ChatEngine | None:
        """Answers."""
        ...

    @property
    def embed(self) -> EmbedEngine | None:
        """Vectors."""
        ...

    @property
    def rerank(self) -> RerankEngine | None:
        """Judgements of passages."""
        ...

    @property
    def transcribe(self) -> TranscribeEngine | None:
        """Transcripts of sound."""
        ...

    @property
    def store(self) -> ModelStore | None:
        """The verbs that change which models there are."""
        ...

    @property
    def loader(self) -> Loader | None:
        """Loading and unloading."""
        ...
