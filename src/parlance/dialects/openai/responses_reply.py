"""A response object: what was asked, the output so far, and how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from parlance.core.runs.fold import Answer
from parlance.core.runs.run import Run
from parlance.dialects.openai.answers import finished_choices, hex_id
from parlance.dialects.openai.responses_wire import ResponsesRequest
from parlance.values.events import Choice, Usage
from parlance.values.messages import Message, Reasoning, ToolCall, text_of
from parlance.values.time import SECOND

Object = dict[str, Any]
INCOMPLETE = {"length": "max_output_tokens", "content_filter": "content_filter"}
"""Finish reasons that leave a response incomplete, in this route's own words."""


class Response(msgspec.Struct, frozen=True):
    """The response object, for the OpenAPI document; it is put together as a plain object."""

    id: str
    object: str
    created_at: int
    model: str
    status: str
    output: list[Object]
    error: Object | None
    incomplete_details: Object | None
    instructions: str | None
    metadata: Object | None
    parallel_tool_calls: bool
    tool_choice: Any
    tools: list[Object]
    usage: Object | None


def blank(asked: ResponsesRequest, run: Run) -> Object:
    """The response before anything was said: `in_progress`, with what was asked echoed."""
    return {
        "id": f"resp_{hex_id(run)}",
        "object": "response",
        "created_at": run.created // SECOND,
        "status": "in_progress",
        "background": False,
        "error": None,
        "incomplete_details": None,
        "model": run.model,
        "output": [],
        "usage": None,
        **_echoed(asked),
    }


def _echoed(asked: ResponsesRequest) -> Object:
    effort = asked.reasoning.effort if asked.reasoning is not None else None
    return {
        "instructions": asked.instructions,
        "max_output_tokens": asked.max_output_tokens,
        "max_tool_calls": asked.max_tool_calls,
        "metadata": asked.metadata or {},
        "parallel_tool_calls": asked.parallel_tool_calls is not False,
        "previous_response_id": asked.previous_response_id,
        "reasoning": {"effort": effort, "summary": None},
        "service_tier": asked.service_tier or "default",
        "store": asked.store is not False,
        "temperature": 1.0 if asked.temperature is None else asked.temperature,
        "text": {"format": _format(asked)},
        "tool_choice": "auto" if asked.tool_choice is None else asked.tool_choice,
        "tools": [msgspec.to_builtins(tool) for tool in asked.tools or ()],
        "top_logprobs": asked.top_logprobs or 0,
        "top_p": 1.0 if asked.top_p is None else asked.top_p,
        "truncation": asked.truncation or "disabled",
        "user": asked.user,
    }


def _format(asked: ResponsesRequest) -> Object:
    if asked.text is None or asked.text.format is None:
        return {"type": "text"}
    shown: Object = msgspec.to_builtins(asked.text.format)
    return {name: value for name, value in shown.items() if value is not None}


def closed(response: Object, output: list[Object], reason: str, usage: Usage | None) -> Object:
    """The response at its end, by the finish reason: completed or incomplete."""
    why = INCOMPLETE.get(reason)
    return {
        **response,
        "status": "incomplete" if why else "completed",
        "incomplete_details": {"reason": why} if why else None,
        "output": output,
        "usage": None if usage is None else usage_object(usage),
    }


def usage_object(usage: Usage) -> Object:
    """Token counts in this route's words."""
    return {
        "input_tokens": usage.prompt,
        "input_tokens_details": {"cached_tokens": usage.cached or 0, "cache_write_tokens": 0},
        "output_tokens": usage.completion,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning or 0},
        "total_tokens": usage.prompt + usage.completion,
    }


def whole_response(asked: ResponsesRequest, run: Run, answer: Answer) -> Object:
    """The response of a run that has ended well."""
    choice = answer.choices[0]
    cut = answer.ended is not None and answer.ended.outcome == "cut" and 0 not in finished_choices(run)
    reason = "length" if cut else choice.reason
    status = "incomplete" if reason in INCOMPLETE else "completed"
    return closed(blank(asked, run), output_of(choice, hex_id(run), status), reason, answer.usage)


def output_of(choice: Choice, hex: str, status: str) -> list[Object]:
    """The output items of an answer."""
    output: list[Object] = []
    for item in choice.items:
        at = f"{hex}_{len(output)}"
        if isinstance(item, Reasoning):
            sealed = {name: held for name, held in (item.foreign or {}).items() if name in ("id", "encrypted_content")}
            output.append({**reasoning_item(at, item.text or None, status), **sealed})
        elif isinstance(item, ToolCall):
            output.append(call_item(at, item.id, item.name, item.arguments, status))
        elif isinstance(item, Message):
            text = text_of(item.content)
            parts = [text_part(text, logprobs_list(choice.logprobs))] if text or not choice.refusal else []
            if choice.refusal:
                parts.append(refusal_part(choice.refusal))
            output.append(message_item(at, parts, status))
    if choice.refusal and not any(item["type"] == "message" for item in output):
        output.append(message_item(f"{hex}_{len(output)}", [refusal_part(choice.refusal)], status))
    return output


def logprobs_list(logprobs: Any) -> list[Any]:
    """The log probabilities of a text, in the list this route has for them."""
    content = logprobs.get("content") if isinstance(logprobs, dict) else None
    return content if isinstance(content, list) else []


def text_part(text: str, logprobs: list[Any]) -> Object:
    """A piece of a message that is text."""
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": logprobs}


def refusal_part(text: str) -> Object:
    """A piece of a message that refuses."""
    return {"type": "refusal", "refusal": text}


def message_item(at: str, parts: Sequence[Object], status: str = "completed") -> Object:
    """What the model said."""
    return {"id": f"msg_{at}", "type": "message", "role": "assistant", "status": status, "content": list(parts)}


def reasoning_item(at: str, text: str | None, status: str = "completed") -> Object:
    """What the model thought. There is no summary: the thoughts themselves are the content."""
    content = [] if text is None else [{"type": "reasoning_text", "text": text}]
    return {"id": f"rs_{at}", "type": "reasoning", "summary": [], "content": content, "status": status}


def call_item(at: str, call: str, name: str, arguments: str, status: str = "completed") -> Object:
    """A function the model wants called."""
    return {
        "id": f"fc_{at}",
        "type": "function_call",
        "call_id": call,
        "name": name,
        "arguments": arguments,
        "status": status,
    }
