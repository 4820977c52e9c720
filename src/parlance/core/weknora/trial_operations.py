"""What a wizard of WeKnora's asks before anything is kept: whether a model answers, and what the Ollama here has."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from parlance.core.chat.tokens import text_tokens
from parlance.core.operation import Named, Operation, Weight
from parlance.core.weknora.pulls import Pull
from parlance.values.accounts import Scope
from parlance.values.weknora import ModelPlan


class Verdict(msgspec.Struct, frozen=True):
    """Whether a model answered, a sentence about it, and of an embedder how long its vectors are."""

    available: bool
    message: str
    dimension: int = 0


class TryTenantModel(Operation[Verdict], frozen=True):
    """Ask a model for next to nothing, once, to see whether it answers. With `kept` its key is that of the tenant's own
    model of the same name at the same address."""

    scope: ClassVar[Scope | None] = "admin"
    gated: ClassVar[bool] = True

    plan: ModelPlan
    api_key: str | None = None
    kept: bool = False


class AskOnce(Operation[str], frozen=True):
    """What a model says to one text, and to a picture where there is one. `kept` as in `TryTenantModel`."""

    scope: ClassVar[Scope | None] = "admin"
    gated: ClassVar[bool] = True

    plan: ModelPlan
    prompt: str
    api_key: str | None = None
    kept: bool = False
    picture: bytes = b""
    media_type: str = ""
    max_tokens: int = 1024

    def weight(self) -> Weight:
        """The prompt's estimate, and all that may be answered."""
        return Weight(text_tokens(self.prompt), self.max_tokens)


class OllamaState(msgspec.Struct, frozen=True):
    """Whether an Ollama answers, and which; `base_url` is told to operators alone."""

    available: bool
    version: str = ""
    base_url: str = ""
    error: str = ""


class ReadOllama(Operation[OllamaState], frozen=True):
    """Whether the operator's Ollama answers."""


class ListOllamaModels(Operation[tuple[str, ...]], frozen=True):
    """The names of the models on the operator's Ollamas, asked now. Raises `Fault` where there is none."""


class PullOllamaModel(Operation[Pull | None], frozen=True):
    """Pull a model; `None` where it is there already."""

    scope: ClassVar[Scope | None] = "models:write"

    model: str


class ReadPull(Operation[Pull], frozen=True):
    """How a pull stands."""

    names: ClassVar[tuple[Named, ...]] = (Named("run", "run"),)

    run: str


class ListPulls(Operation[tuple[Pull, ...]], frozen=True):
    """The caller's pulls that this process began in the last twelve hours."""
