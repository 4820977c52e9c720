"""A `ChatAsk` into the body of a chat completion request. Nothing is passed through: every field is written anew.

Unknown fields go along only if they came in on this very wire; what we know wins over one of the same name.
"""

from __future__ import annotations

from typing import Any

import msgspec

from parlance.engines.openai_http.messages import WIRE, messages_of
from parlance.values import json_door
from parlance.values.asks import ChatAsk, Format, Sampling, Tool


class Habits(msgspec.Struct, frozen=True):
    """What OpenAI-compatible upstreams disagree about; a connection's `options` may set each of them.

    `max_tokens` names the field for the bound on the answer, `thoughts` the one for earlier reasoning (empty: not
    sent), `extended` allows sampling fields that OpenAI itself refuses, `stream_usage` asks for counts in a stream.
    """

    max_tokens: str = "max_tokens"
    thoughts: str = "reasoning_content"
    extended: bool = True
    stream_usage: bool = True


def chat_body(ask: ChatAsk, habits: Habits) -> bytes:
    """The body of `POST /chat/completions`."""
    own = ask.wire == WIRE
    body: dict[str, Any] = {
        **(ask.foreign if own and ask.foreign else {}),
        "model": ask.model,
        "messages": messages_of(ask.items, own, habits.thoughts),
    }
    if ask.tools:
        body["tools"] = [_tool(tool, own) for tool in ask.tools]
        if ask.tool_choice is not None:
            body["tool_choice"] = ask.tool_choice
        if ask.parallel_tool_calls is not None:
            body["parallel_tool_calls"] = ask.parallel_tool_calls
    if ask.format is not None:
        body["response_format"] = format_of(ask.format)
    if ask.logprobs:
        body["logprobs"] = True
        if ask.top_logprobs is not None:
            body["top_logprobs"] = ask.top_logprobs
    add_effort(body, ask)
    return finished(body, ask, habits, habits.max_tokens)


def finished(body: dict[str, Any], ask: ChatAsk, habits: Habits, bound: str) -> bytes:
    """Add what chat and text completions share, and write it down."""
    add_sampling(body, ask.sampling, habits, bound)
    if ask.n != 1:
        body["n"] = ask.n
    if ask.stream:
        body["stream"] = True
        if ask.usage and habits.stream_usage:
            body["stream_options"] = {"include_usage": True}
    else:
        body.pop("stream_options", None)
    return json_door.encode(body)


def add_sampling(body: dict[str, Any], sampling: Sampling, habits: Habits, bound: str) -> None:
    """Add the knobs that were set. One by one: a loop over a table of them took three times as long."""
    if sampling.temperature is not None:
        body["temperature"] = sampling.temperature
    if sampling.top_p is not None:
        body["top_p"] = sampling.top_p
    if sampling.max_tokens is not None:
        body[bound] = sampling.max_tokens
    if sampling.stop is not None:
        body["stop"] = sampling.stop
    if sampling.seed is not None:
        body["seed"] = sampling.seed
    if sampling.presence_penalty is not None:
        body["presence_penalty"] = sampling.presence_penalty
    if sampling.frequency_penalty is not None:
        body["frequency_penalty"] = sampling.frequency_penalty
    if sampling.logit_bias is not None:
        body["logit_bias"] = sampling.logit_bias
    if habits.extended:
        _add_extended(body, sampling)


def _add_extended(body: dict[str, Any], sampling: Sampling) -> None:
    if sampling.top_k is not None:
        body["top_k"] = sampling.top_k
    if sampling.min_p is not None:
        body["min_p"] = sampling.min_p
    if sampling.repeat_penalty is not None:
        body["repetition_penalty"] = sampling.repeat_penalty


def add_effort(body: dict[str, Any], ask: ChatAsk) -> None:
    """How hard to think. A bare yes or no from another wire is the model's own business: most would refuse it."""
    if isinstance(ask.think, str):
        body["reasoning_effort"] = ask.think
    elif ask.think is False and ask.wire == WIRE:
        body["reasoning_effort"] = "none"


def _tool(tool: Tool, own: bool) -> dict[str, Any]:
    wire = {"type": "function", "function": function_of(tool)}
    return {**tool.foreign, **wire} if own and tool.foreign else wire


def function_of(tool: Tool) -> dict[str, Any]:
    """A function as every route of this API describes it."""
    told = {
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.parameters,
        "strict": tool.strict,
    }
    return {name: value for name, value in told.items() if value is not None}


def format_of(format: Format) -> dict[str, Any]:
    """The field `response_format`."""
    if format.kind == "json":
        return {"type": "json_object"}
    return {"type": "json_schema", "json_schema": schema_of(format)}


def schema_of(format: Format) -> dict[str, Any]:
    """A JSON schema with the name that this API insists on."""
    told = {
        "name": format.name or "answer",
        "schema": format.schema or {},
        "strict": format.strict,
        "description": format.description,
    }
    return {name: value for name, value in told.items() if value is not None}
