"""What answers of this wire look like, for the OpenAPI document. Durations are in nanoseconds, sizes in bytes."""

from __future__ import annotations

from typing import Any, TypedDict

import msgspec


class Timed(msgspec.Struct, frozen=True, kw_only=True):
    """What ends every answer of a model; lines before the last have `done` false and none of the rest."""

    model: str
    created_at: str
    done: bool
    done_reason: str | None = None
    total_duration: int | None = None
    load_duration: int | None = None
    prompt_eval_count: int | None = None
    prompt_eval_duration: int | None = None
    eval_count: int | None = None
    eval_duration: int | None = None
    logprobs: list[dict[str, Any]] | None = None


class ShownFunction(msgspec.Struct, frozen=True):
    """A tool and its arguments."""

    index: int
    name: str
    arguments: dict[str, Any]


class ShownCall(msgspec.Struct, frozen=True):
    """One tool call."""

    id: str
    function: ShownFunction


class ShownMessage(msgspec.Struct, frozen=True):
    """What the model said, or a piece of it."""

    role: str
    content: str
    thinking: str | None = None
    tool_calls: list[ShownCall] | None = None


class ChatShown(Timed, frozen=True, kw_only=True):
    """An answer of `/api/chat`, or one line of it."""

    message: ShownMessage


class GenerateShown(Timed, frozen=True, kw_only=True):
    """An answer of `/api/generate`, or one line of it."""

    response: str
    thinking: str | None = None
    context: list[int] | None = None


class EmbedShown(msgspec.Struct, frozen=True):
    """The answer of `/api/embed`: one vector for each text."""

    model: str
    embeddings: list[tuple[float, ...]]
    total_duration: int
    load_duration: int
    prompt_eval_count: int


class EmbeddingShown(msgspec.Struct, frozen=True, omit_defaults=True):
    """The answer of `/api/embeddings`: `embedding` to a `prompt`, the rest (OpenAI's list) to an `input`."""

    embedding: tuple[float, ...] | None = None
    object: str | None = None
    data: list[dict[str, Any]] | None = None
    model: str | None = None
    usage: dict[str, int] | None = None


class Details(TypedDict, total=False):
    """What a model is made of; an Ollama may tell more."""

    parent_model: str
    format: str
    family: str
    families: list[str] | None
    parameter_size: str
    quantization_level: str


class ListedModel(msgspec.Struct, frozen=True):
    """A row of `/api/tags`."""

    name: str
    model: str
    modified_at: str
    size: int
    digest: str
    details: Details


class ModelList(msgspec.Struct, frozen=True):
    """The answer of `/api/tags`."""

    models: list[ListedModel]


class RunningModel(msgspec.Struct, frozen=True):
    """A row of `/api/ps`."""

    name: str
    model: str
    size: int
    digest: str
    details: Details
    expires_at: str
    size_vram: int
    context_length: int


class RunningList(msgspec.Struct, frozen=True):
    """The answer of `/api/ps`."""

    models: list[RunningModel]


class ModelShown(msgspec.Struct, frozen=True):
    """The answer of `/api/show`."""

    modelfile: str
    parameters: str
    template: str
    details: Details
    model_info: dict[str, Any]
    capabilities: list[str]
    modified_at: str
    license: str = ""
    system: str = ""


class VersionShown(msgspec.Struct, frozen=True):
    """The answer of `/api/version`: the release of Ollama whose API this is, and what Open WebUI's client looks for."""

    version: str
    deployment_id: str


class Progress(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of a pull, a push or a create."""

    status: str
    digest: str | None = None
    total: int | None = None
    completed: int | None = None
