"""Text completions on the wire (openai-python 3, `types/completion_create_params`, `types/completion`)."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from parlance.dialects.openai.answers import TokenUsage
from parlance.dialects.openai.chat_wire import Alternatives, SamplingFields, told


class CompletionRequest(SamplingFields, frozen=True, kw_only=True):
    """The body of `POST /v1/completions`."""

    prompt: str | list[str | int | list[int]] | None = None
    suffix: str | None = None
    echo: bool | None = None
    best_of: Annotated[int | None, told(minimum=1, maximum=16)] = None
    logprobs: Alternatives = None


class TextChoice(msgspec.Struct, frozen=True):
    """One answer, or a piece of one."""

    index: int
    text: str
    logprobs: Any = None
    finish_reason: str | None = None


class TextCompletion(msgspec.Struct, frozen=True):
    """A whole answer; the upstream's own fields stand beside these."""

    id: str
    created: int
    model: str
    choices: list[TextChoice]
    object: str = "text_completion"
    usage: Any = msgspec.UNSET


class TextCompletionShown(TextCompletion, frozen=True, kw_only=True):
    """A whole answer, and the shape of each frame of a streamed one, for the OpenAPI document."""

    usage: TokenUsage | msgspec.UnsetType | None = msgspec.UNSET
