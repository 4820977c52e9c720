"""What a request to `/v1/responses` says (openai-python 3, `types/responses/response_create_params`)."""

from __future__ import annotations

from typing import Annotated, Any

from parlance.dialects.openai.chat_wire import (
    Alternatives,
    Effort,
    FormatType,
    FunctionType,
    Known,
    Ratio,
    Temperature,
    TokenBound,
    told,
)


class InputTextPart(Known, frozen=True, tag="input_text", tag_field="type"):
    """Text a person or a system says."""

    text: str


class OutputTextPart(Known, frozen=True, tag="output_text", tag_field="type"):
    """Text a model said in an earlier answer."""

    text: str
    annotations: list[Any] | None = None
    logprobs: list[Any] | None = None


class BareTextPart(Known, frozen=True, tag="text", tag_field="type"):
    """Text as chat completions have it; some clients mix the two."""

    text: str


class SummaryTextPart(Known, frozen=True, tag="summary_text", tag_field="type"):
    """What a model thought, summed up."""

    text: str


class ReasoningTextPart(Known, frozen=True, tag="reasoning_text", tag_field="type"):
    """What a model thought."""

    text: str


class OutputRefusalPart(Known, frozen=True, tag="refusal", tag_field="type"):
    """What a model said when it refused."""

    refusal: str


class InputImagePart(Known, frozen=True, tag="input_image", tag_field="type"):
    """A picture by its `http(s)` or `data:` URL."""

    image_url: str | None = None
    file_id: str | None = None
    detail: str | None = None


class InputFilePart(Known, frozen=True, tag="input_file", tag_field="type"):
    """A document inline, or by the id the upstream gave it."""

    file_data: str | None = None
    file_id: str | None = None
    file_url: str | None = None
    filename: str | None = None
    detail: str | None = None


InputPart = (
    InputTextPart
    | OutputTextPart
    | BareTextPart
    | SummaryTextPart
    | ReasoningTextPart
    | OutputRefusalPart
    | InputImagePart
    | InputFilePart
)


class InputItem(Known, frozen=True):
    """One item: `message` (also without a `type`), `function_call`, `function_call_output` or `reasoning`."""

    type: Annotated[str, told(enum=["message", "function_call", "function_call_output", "reasoning"])] = "message"
    id: str | None = None
    status: str | None = None
    role: Annotated[str | None, told(enum=["user", "system", "developer", "assistant", None])] = None
    content: str | list[InputPart] | None = None
    phase: str | None = None
    call_id: str | None = None
    name: str | None = None
    arguments: str | None = None
    output: str | list[InputPart] | None = None
    summary: list[InputPart] | None = None
    encrypted_content: str | None = None


class ReasoningOptions(Known, frozen=True):
    """How hard to think. Summaries are not made: what the engine tells of its thoughts is shown whole."""

    effort: Effort = None
    summary: str | None = None
    generate_summary: str | None = None


class TextFormat(Known, frozen=True):
    """`text`, `json_object`, or `json_schema` with its schema beside it."""

    type: FormatType = "text"
    name: str | None = None
    schema: dict[str, Any] | None = None
    strict: bool | None = None
    description: str | None = None


class TextOptions(Known, frozen=True):
    """The shape of the text."""

    format: TextFormat | None = None
    verbosity: str | None = None


class ResponseTool(Known, frozen=True):
    """A tool. Only `function` is served; the built-in ones run at OpenAI."""

    type: FunctionType
    name: str | None = None
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class ResponseStreamOptions(Known, frozen=True):
    """Options of a stream; nothing here is needed."""

    include_obfuscation: bool | None = None


class ResponsesRequest(Known, frozen=True, kw_only=True):
    """The body of `POST /v1/responses`."""

    model: str | None = None
    input: Annotated[str | list[InputItem], told(minLength=1, minItems=1)]
    instructions: str | None = None
    previous_response_id: str | None = None
    store: bool | None = None
    stream: bool | None = None
    stream_options: ResponseStreamOptions | None = None
    max_output_tokens: TokenBound = None
    max_tool_calls: int | None = None
    temperature: Temperature = None
    top_p: Ratio = None
    top_logprobs: Alternatives = None
    include: list[str] | None = None
    text: TextOptions | None = None
    reasoning: ReasoningOptions | None = None
    tools: list[ResponseTool] | None = None
    tool_choice: str | dict[str, Any] | None = None
    parallel_tool_calls: bool | None = None
    truncation: str | None = None
    metadata: dict[str, Any] | None = None
    background: Annotated[bool | None, told(enum=[False, None])] = None
    conversation: Annotated[str | dict[str, Any] | None, told(enum=[None])] = None
    prompt: Annotated[dict[str, Any] | None, told(enum=[None])] = None
    user: str | None = None
    service_tier: str | None = None
    safety_identifier: str | None = None
    prompt_cache_key: str | None = None
    prompt_cache_options: dict[str, Any] | None = None
    prompt_cache_retention: str | None = None


RESPONSES_PASSED_ON = (
    "user",
    "metadata",
    "service_tier",
    "safety_identifier",
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
)
"""Known fields that chat completions have too, sent on to an upstream of this wire."""
