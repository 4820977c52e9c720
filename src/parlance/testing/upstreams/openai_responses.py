"""OpenAI's `/v1/responses` as a fake model answers it: output items, and the events that build them."""

from __future__ import annotations

from typing import Any

import msgspec

from parlance.testing.upstreams import answers, samples
from parlance.testing.upstreams.answers import Answer
from parlance.testing.upstreams.calls import Call
from parlance.testing.upstreams.openai_chat import CREATED
from parlance.testing.upstreams.said import Prompt, Said, said
from parlance.testing.upstreams.scripts import Script, tokens_of

Event = tuple[str, dict[str, Any]]


def response(call: Call, script: Script) -> Answer:
    """The answer to a response request. Raises `ValueError` for a body that is no JSON object."""
    payload = call.payload
    one = said(_prompt(payload), script, call.number)
    items = _items(one, call.number)
    finished = _response(call, payload, items, one)
    if not payload.get("stream"):
        return answers.block(finished)
    opening = _response(call, payload, [], None)
    events: list[Event] = [
        ("response.created", {"response": opening}),
        ("response.in_progress", {"response": opening}),
    ]
    for index, item in enumerate(items):
        events += _item_events(index, item)
    last: Event = ("response.incomplete" if one.cut else "response.completed", {"response": finished})
    frames = [
        answers.sse({"type": name, "sequence_number": number} | fields, event=name)
        for number, (name, fields) in enumerate([*events, last])
    ]
    return answers.stream(frames[:-1], frames[-1], answers.SSE)


def _prompt(payload: dict[str, Any]) -> Prompt:
    given = payload["input"]
    items: list[dict[str, Any]] = [{"role": "user", "content": given}] if isinstance(given, str) else given
    texts = [samples.text_of(item.get("content")) for item in items]
    last = items[-1] if items else {}
    wanted = (payload.get("text") or {}).get("format") or {}
    schemas: dict[str, dict[str, Any] | None] = {"json_schema": wanted.get("schema"), "json_object": {}}
    return Prompt(
        user=samples.last_message(items, "user"),
        everything=" ".join([str(payload.get("instructions") or ""), *texts]),
        tools=payload.get("tools") or [],
        tool_result=samples.text_of(last.get("output")) if last.get("type") == "function_call_output" else None,
        schema=schemas.get(wanted.get("type", "")),
        limit=payload.get("max_output_tokens"),
    )


def _items(one: Said, number: int) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    if one.reasoning:
        summary = [{"type": "summary_text", "text": "".join(one.reasoning)}]
        items.append({"id": f"rs_mock_{number}", "type": "reasoning", "summary": summary})
    for place, wanted in enumerate(one.calls):
        items.append(
            {
                "id": f"fc_mock_{number}_{place}",
                "type": "function_call",
                "status": "completed",
                "call_id": f"call_mock_{place}",
                "name": wanted.name,
                "arguments": msgspec.json.encode(wanted.arguments).decode(),
            }
        )
    if not one.calls:
        part = {"type": "output_text", "text": one.text, "annotations": [], "logprobs": []}
        status = "incomplete" if one.cut else "completed"
        items.append(
            {"id": f"msg_mock_{number}", "type": "message", "status": status, "role": "assistant", "content": [part]}
        )
    return items


def _response(call: Call, payload: dict[str, Any], items: list[dict[str, Any]], one: Said | None) -> dict[str, Any]:
    status = "in_progress" if one is None else "incomplete" if one.cut else "completed"
    return {
        "id": f"resp_mock_{call.number}",
        "object": "response",
        "created_at": CREATED,
        "status": status,
        "error": None,
        "incomplete_details": {"reason": "max_output_tokens"} if status == "incomplete" else None,
        "instructions": payload.get("instructions"),
        "max_output_tokens": payload.get("max_output_tokens"),
        "metadata": payload.get("metadata") or {},
        "model": call.model,
        "output": items,
        "parallel_tool_calls": True,
        "previous_response_id": payload.get("previous_response_id"),
        "temperature": payload.get("temperature", 1.0),
        "tool_choice": payload.get("tool_choice", "auto"),
        "tools": payload.get("tools") or [],
        "top_p": payload.get("top_p", 1.0),
        "usage": None if one is None else _usage(one),
    }


def _usage(one: Said) -> dict[str, Any]:
    return {
        "input_tokens": one.prompt_tokens,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": one.completion_tokens,
        "output_tokens_details": {"reasoning_tokens": len(one.reasoning)},
        "total_tokens": one.prompt_tokens + one.completion_tokens,
    }


def _item_events(index: int, item: dict[str, Any]) -> list[Event]:
    """Added, deltas, done: the life of one output item."""
    builders = {"message": _message_events, "function_call": _call_events, "reasoning": _reasoning_events}
    opening = item | {"status": "in_progress"} if "status" in item else dict(item)
    for emptied, nothing in (("content", []), ("summary", []), ("arguments", "")):
        if emptied in opening:
            opening[emptied] = nothing
    place = {"item_id": item["id"], "output_index": index}
    return [
        ("response.output_item.added", {"output_index": index, "item": opening}),
        *builders[item["type"]](place, item),
        ("response.output_item.done", {"output_index": index, "item": item}),
    ]


def _message_events(place: dict[str, Any], item: dict[str, Any]) -> list[Event]:
    part = item["content"][0]
    where = place | {"content_index": 0}
    return [
        ("response.content_part.added", where | {"part": part | {"text": ""}}),
        *(
            ("response.output_text.delta", where | {"delta": token, "logprobs": []})
            for token in tokens_of(part["text"])
        ),
        ("response.output_text.done", where | {"text": part["text"], "logprobs": []}),
        ("response.content_part.done", where | {"part": part}),
    ]


def _call_events(place: dict[str, Any], item: dict[str, Any]) -> list[Event]:
    deltas: list[Event] = [
        ("response.function_call_arguments.delta", place | {"delta": piece})
        for piece in samples.fragments(item["arguments"])
    ]
    done = place | {"arguments": item["arguments"], "name": item["name"]}
    return [*deltas, ("response.function_call_arguments.done", done)]


def _reasoning_events(place: dict[str, Any], item: dict[str, Any]) -> list[Event]:
    part = item["summary"][0]
    where = place | {"summary_index": 0}
    return [
        ("response.reasoning_summary_part.added", where | {"part": part | {"text": ""}}),
        *(("response.reasoning_summary_text.delta", where | {"delta": token}) for token in tokens_of(part["text"])),
        ("response.reasoning_summary_text.done", where | {"text": part["text"]}),
        ("response.reasoning_summary_part.done", where | {"part": part}),
    ]
