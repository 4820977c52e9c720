"""What a chat completion request says, field by field as the OpenAI API has them (openai-python 3, `types/chat`).

`null` counts as absent everywhere. Unknown fields are kept beside the struct (`bodies.read`).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from parlance.values.messages import Said


def told(**schema: Any) -> msgspec.Meta:
    """What the OpenAPI document says of a field. Our own checks come later, with an answer that says more."""
    return msgspec.Meta(extra_json_schema=schema)


Ratio = Annotated[float | None, told(minimum=0, maximum=1)]
Penalty = Annotated[float | None, told(minimum=-2, maximum=2)]
Temperature = Annotated[float | None, told(minimum=0, maximum=2)]
TokenBound = Annotated[int | None, told(minimum=1, maximum=2**31 - 1)]
Alternatives = Annotated[int | None, told(minimum=0, maximum=20)]
FunctionType = Annotated[str, told(enum=["function"])]
FormatType = Annotated[str, told(enum=["text", "json_object", "json_schema"])]
Effort = Annotated[str | None, told(enum=["none", "minimal", "low", "medium", "high", "xhigh", "max", None])]


class Known(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A struct whose unknown fields send the body to its second reading."""


class ImageUrl(Known, frozen=True):
    """Where a picture is: an `http(s)` URL, or a `data:` URL that holds it."""

    url: str
    detail: str | None = None


class InputAudio(Known, frozen=True):
    """Sound in base64 and its format (`wav`, `mp3`)."""

    data: str
    format: str


class FileInput(Known, frozen=True):
    """A file: a `data:` URL or base64 in `file_data`, or the id of one that the upstream keeps."""

    file_data: str | None = None
    file_id: str | None = None
    filename: str | None = None


class TextPart(Known, frozen=True, tag="text", tag_field="type"):
    """Text."""

    text: str


class ImagePart(Known, frozen=True, tag="image_url", tag_field="type"):
    """A picture; some clients send the bare URL."""

    image_url: ImageUrl | str


class AudioPart(Known, frozen=True, tag="input_audio", tag_field="type"):
    """Sound."""

    input_audio: InputAudio


class FilePart(Known, frozen=True, tag="file", tag_field="type"):
    """A file."""

    file: FileInput


class RefusalPart(Known, frozen=True, tag="refusal", tag_field="type"):
    """What the assistant said when it refused, in an earlier turn."""

    refusal: str


ContentPart = TextPart | ImagePart | AudioPart | FilePart | RefusalPart


class FunctionCall(Known, frozen=True):
    """A function and its arguments as JSON text."""

    name: str
    arguments: str = ""


class ToolCallPart(Known, frozen=True):
    """A call the assistant made in an earlier turn."""

    function: FunctionCall | None = None
    id: str = ""
    type: FunctionType = "function"
    index: int | None = None


class ChatMessage(Known, frozen=True):
    """One message. `reasoning_content` and `reasoning` are what reasoning upstreams gave and some clients send back."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[ContentPart] | None = None
    name: str | None = None
    tool_calls: list[ToolCallPart] | None = None
    tool_call_id: str | None = None
    function_call: FunctionCall | None = None
    refusal: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    audio: dict[str, Any] | None = None
    annotations: list[Any] | None = None


class FunctionDefinition(Known, frozen=True):
    """A function the model may call: `parameters` is a JSON schema."""

    name: str
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class ToolDefinition(Known, frozen=True):
    """A tool. Only `function` is served."""

    type: FunctionType = "function"
    function: FunctionDefinition | None = None


class SchemaFormat(Known, frozen=True):
    """A JSON schema the answer must fit."""

    name: str | None = None
    schema: dict[str, Any] | None = None
    strict: bool | None = None
    description: str | None = None


class ResponseFormat(Known, frozen=True):
    """`text`, `json_object`, or `json_schema` with its schema."""

    type: FormatType
    json_schema: SchemaFormat | None = None


class StreamOptions(Known, frozen=True):
    """`include_usage` asks for a last chunk with the token counts."""

    include_usage: bool | None = None
    include_obfuscation: bool | None = None


class SamplingFields(Known, frozen=True, kw_only=True):
    """Fields that chat and text completions share."""

    model: str | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    n: Annotated[int | None, told(minimum=1, maximum=16)] = None
    temperature: Temperature = None
    top_p: Ratio = None
    top_k: int | None = None
    min_p: Ratio = None
    seed: int | None = None
    stop: str | list[str] | None = None
    max_tokens: TokenBound = None
    presence_penalty: Penalty = None
    frequency_penalty: Penalty = None
    logit_bias: dict[str, float] | None = None
    user: str | None = None


class ChatRequest(SamplingFields, frozen=True, kw_only=True):
    """The body of `POST /v1/chat/completions`."""

    messages: Annotated[list[ChatMessage], told(minItems=1)]
    max_completion_tokens: TokenBound = None
    logprobs: bool | None = None
    top_logprobs: Alternatives = None
    response_format: ResponseFormat | None = None
    tools: list[ToolDefinition] | None = None
    tool_choice: str | dict[str, Any] | None = None
    parallel_tool_calls: bool | None = None
    functions: list[FunctionDefinition] | None = None
    function_call: str | dict[str, Any] | None = None
    reasoning_effort: Effort = None
    modalities: list[str] | None = None
    audio: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None
    store: bool | None = None
    service_tier: str | None = None
    verbosity: str | None = None
    prediction: dict[str, Any] | None = None
    prompt_cache_key: str | None = None
    prompt_cache_options: dict[str, Any] | None = None
    prompt_cache_retention: str | None = None
    safety_identifier: str | None = None
    moderation: dict[str, Any] | None = None
    web_search_options: dict[str, Any] | None = None


class PlainChatRequest(SamplingFields, frozen=True, kw_only=True):
    """What nearly every such body is. Reading it as this, and not as `ChatRequest`, is a tenth of a small chat."""

    messages: Annotated[list[Said], msgspec.Meta(min_length=1)]
    max_completion_tokens: int | None = None
    user: None = None


CHAT_PASSED_ON = (
    "user",
    "metadata",
    "store",
    "service_tier",
    "verbosity",
    "prediction",
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
    "safety_identifier",
    "moderation",
    "web_search_options",
)
"""Known fields that mean nothing to us and are sent on to an upstream of the same wire."""
