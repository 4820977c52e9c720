"""A `ChatAsk` into the body of `POST /responses`, for upstreams that are configured to speak it."""

from __future__ import annotations

import base64
from typing import Any

from parlance.engines.openai_http.messages import WIRE, file_fields, image_url
from parlance.engines.openai_http.requests import function_of, schema_of
from parlance.values import json_door
from parlance.values.asks import ChatAsk, Format
from parlance.values.errors import Fault, Kind
from parlance.values.messages import (
    Audio,
    File,
    Image,
    Item,
    Message,
    Part,
    Reasoning,
    Text,
    ToolCall,
    ToolResult,
)


def response_body(ask: ChatAsk) -> bytes:
    """The body. Raises `Fault(unsupported)` for several answers: this route gives one."""
    if ask.n != 1:
        raise Fault(Kind.unsupported, "This engine gives one answer at a time.", field="n", code="one_answer")
    own = ask.wire == WIRE
    body: dict[str, Any] = {
        # The conversation is sent whole each time, so the upstream has no need to keep it.
        "store": False,
        **(ask.foreign if own and ask.foreign else {}),
        "model": ask.model,
        "input": [entry for item in ask.items if (entry := _entry(item, own)) is not None],
    }
    body.update({name: value for name, value in _knobs(ask).items() if value is not None})
    if ask.logprobs:
        body["include"] = [*body.get("include", ()), "message.output_text.logprobs"]
    if ask.tools:
        body["tools"] = [{"type": "function", **function_of(tool)} for tool in ask.tools]
        if ask.tool_choice is not None:
            body["tool_choice"] = _choice(ask.tool_choice)
    if ask.stream:
        body["stream"] = True
    return json_door.encode(body)


def _knobs(ask: ChatAsk) -> dict[str, Any]:
    return {
        "temperature": ask.sampling.temperature,
        "top_p": ask.sampling.top_p,
        "max_output_tokens": ask.sampling.max_tokens,
        "top_logprobs": ask.top_logprobs,
        "parallel_tool_calls": ask.parallel_tool_calls if ask.tools else None,
        "reasoning": _effort(ask),
        "text": {"format": _format(ask.format)} if ask.format is not None else None,
    }


def _entry(item: Item, own: bool) -> dict[str, Any] | None:
    """One input item; `None` for what cannot be said here."""
    match item:
        case Message(role, content):
            return {"role": role, "content": _content(content, role == "assistant")}
        case ToolCall(id, name, arguments):
            return {"type": "function_call", "call_id": id, "name": name, "arguments": arguments}
        case ToolResult(id, content):
            return {"type": "function_call_output", "call_id": id, "output": _content(content, False)}
        case Reasoning(text, foreign):
            # An upstream that keeps nothing takes a thought back only in the sealed form that it gave it.
            if not own or not foreign or "encrypted_content" not in foreign:
                return None
            summary = [{"type": "summary_text", "text": text}] if text else []
            return {**foreign, "type": "reasoning", "summary": summary}
        case _:
            return item.value if item.dialect == WIRE and "type" in item.value else None


def _content(content: str | tuple[Part, ...], said: bool) -> str | list[dict[str, Any]]:
    if isinstance(content, str):
        return content
    return [_part(part, said) for part in content]


def _part(part: Part, said: bool) -> dict[str, Any]:
    match part:
        case Text(text):
            return {"type": "output_text" if said else "input_text", "text": text}
        case Image(detail=detail):
            return {"type": "input_image", "image_url": image_url(part), "detail": detail or "auto"}
        case Audio(data, format):
            sound = {"data": base64.b64encode(data).decode(), "format": format}
            return {"type": "input_audio", "input_audio": sound}
        case File():
            return {"type": "input_file", **file_fields(part)}


def _effort(ask: ChatAsk) -> dict[str, str] | None:
    if isinstance(ask.think, str):
        return {"effort": ask.think, "summary": "auto"}
    return {"effort": "none"} if ask.think is False and ask.wire == WIRE else None


def _format(format: Format) -> dict[str, Any]:
    return {"type": "json_object"} if format.kind == "json" else {"type": "json_schema", **schema_of(format)}


def _choice(choice: str | dict[str, Any]) -> str | dict[str, Any]:
    """Here the name of the function stands beside the type, not below it."""
    if isinstance(choice, dict) and isinstance(choice.get("function"), dict):
        return {"type": "function", **choice["function"]}
    return choice
