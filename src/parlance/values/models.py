"""What a model is and can do."""

from __future__ import annotations

from typing import Literal

import msgspec

from parlance.values.messages import Foreign

Capability = Literal[
    "chat",
    "completion",
    "embed",
    "rerank",
    "transcribe",
    "tools",
    "vision",
    "json",
    "thinking",
    "n",
    "logprobs",
    "insert",
]
LOCAL = "local/"
"""What the ids of models begin with that lie as files in the data folder's `models`, in the folder of their kind."""
RERANKERS, EMBEDDERS = "rerankers", "embedders"
LoadState = Literal["loaded", "ready", "loading", "remote", "unavailable"]


class ModelRef(msgspec.Struct, frozen=True):
    """A model of one connection: `name` is what the engine calls it."""

    connection: str
    name: str


class ModelCard(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is known of a model. `id` is what clients say; `context` in tokens, `size` in bytes, times in microseconds.

    `local` says that the engine runs on this machine or is ours; `note` is a sentence for people.
    """

    id: str
    ref: ModelRef
    engine: str
    capabilities: frozenset[Capability] = frozenset({"chat"})
    context: int | None = None
    state: LoadState = "remote"
    created: int = 0
    size: int = 0
    digest: str = ""
    owner: str = "parlance"
    note: str | None = None
    prompt_price: int | None = None
    completion_price: int | None = None
    currency: str | None = None
    foreign: Foreign | None = None
    """The engine's own fields about the model (for Ollama: `details`, `model_info`, …)."""

    def can(self, capability: Capability) -> bool:
        """Whether the model has this capability."""
        return capability in self.capabilities


class LoadedModel(msgspec.Struct, frozen=True, omit_defaults=True):
    """A model that is in memory now: sizes in bytes, `expires` in microseconds."""

    card: ModelCard
    size: int = 0
    size_vram: int = 0
    expires: int | None = None
    foreign: Foreign | None = None
