"""What requests of this wire say, field by field as Ollama's API has them (api/types.go of release 0.12).

`null` counts as absent everywhere. Unknown fields of a body and of its messages are kept beside the struct (`bodies`).
"""

from __future__ import annotations

from typing import Any

import msgspec

Duration = str | float
"""Seconds as a number, or a duration such as `5m`."""


class Known(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A struct whose unknown fields send the body to its second reading."""


class CalledFunction(msgspec.Struct, frozen=True):
    """A tool and its arguments, as an object."""

    name: str
    arguments: dict[str, Any] = {}
    index: int | None = None


class CallPart(msgspec.Struct, frozen=True):
    """A call the assistant made in an earlier turn."""

    function: CalledFunction
    id: str | None = None


class WireMessage(Known, frozen=True):
    """One message. `images` are base64; `tool_name` says which tool a message of the role `tool` is from."""

    role: str
    content: str | None = None
    thinking: str | None = None
    images: list[str] | None = None
    tool_calls: list[CallPart] | None = None
    tool_name: str | None = None
    name: str | None = None
    tool_call_id: str | None = None


class AskFields(Known, frozen=True):
    """Fields that chats and prompts share."""

    model: str | None = None
    stream: bool | None = None
    format: str | dict[str, Any] | None = None
    options: dict[str, Any] | None = None
    keep_alive: Duration | None = None
    think: bool | str | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = None


class ChatRequest(AskFields, frozen=True):
    """The body of `POST /api/chat`."""

    messages: list[WireMessage] | None = None
    tools: list[dict[str, Any]] | None = None


class GenerateRequest(AskFields, frozen=True):
    """The body of `POST /api/generate`."""

    prompt: str | None = None
    suffix: str | None = None
    system: str | None = None
    template: str | None = None
    context: list[int] | None = None
    raw: bool | None = None
    images: list[str] | None = None


class EmbedRequest(Known, frozen=True):
    """The body of `POST /api/embed`."""

    model: str | None = None
    input: str | list[str] | None = None
    truncate: bool | None = None
    dimensions: int | None = None
    options: dict[str, Any] | None = None
    keep_alive: Duration | None = None


class EmbeddingsRequest(Known, frozen=True):
    """The body of `POST /api/embeddings`: Ollama's older form with `prompt`, or OpenAI's with `input`."""

    model: str | None = None
    prompt: str | None = None
    input: str | list[str] | None = None
    options: dict[str, Any] | None = None
    keep_alive: Duration | None = None
    encoding_format: str | None = None
    dimensions: int | None = None
    user: str | None = None


class NamedRequest(msgspec.Struct, frozen=True):
    """A body that names a model; `name` is what older clients call it."""

    model: str | None = None
    name: str | None = None


class ShowRequest(NamedRequest, frozen=True):
    """The body of `POST /api/show`."""

    verbose: bool | None = None


class PullRequest(NamedRequest, frozen=True):
    """The body of `POST /api/pull` and `/api/push`."""

    insecure: bool | None = None
    stream: bool | None = None


class CreateRequest(NamedRequest, frozen=True, rename={"source": "from"}):
    """The body of `POST /api/create`; every field but `model` and `stream` is passed on to the Ollama behind."""

    source: str | None = None
    files: dict[str, str] | None = None
    adapters: dict[str, str] | None = None
    template: str | None = None
    license: str | list[str] | None = None
    system: str | None = None
    parameters: dict[str, Any] | None = None
    messages: list[dict[str, Any]] | None = None
    quantize: str | None = None
    stream: bool | None = None


class CopyRequest(msgspec.Struct, frozen=True):
    """The body of `POST /api/copy`."""

    source: str
    destination: str
