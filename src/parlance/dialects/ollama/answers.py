"""What every answer of this wire shows alike: tool calls, reasons, log probabilities; and an answer in one object."""

from __future__ import annotations

from typing import Any

import msgspec

from parlance.core.runs.fold import Answer
from parlance.core.runs.run import Run
from parlance.dialects.ollama.times import ended_at, rfc3339, timings
from parlance.values import json_door
from parlance.values.events import Choice, Finished
from parlance.values.messages import Message, Reasoning, ToolCall, text_of

CONTEXT = "context"
_STOPPED = frozenset({"tool_calls", "function_call", "content_filter", ""})


def reason_of(reason: str) -> str:
    """Why an answer ended, in this wire's words: whatever is not its own is `stop`."""
    return "stop" if reason in _STOPPED else reason


def reason_shown(finished: Finished | None) -> str:
    """The same of an event; an engine that did not say stopped."""
    return "stop" if finished is None else reason_of(finished.reason)


def call_shown(id: str, name: str, arguments: str, index: int) -> dict[str, Any]:
    """A tool call with its arguments as an object; what a model spoiled is kept as the text it is."""
    try:
        found = msgspec.json.decode(arguments or "{}")
    except (ValueError, RecursionError):
        found = arguments
    shown = found if isinstance(found, dict) else {"value": found}
    return {"id": id, "function": {"index": index, "name": name, "arguments": shown}}


def logprobs_shown(logprobs: Any) -> list[Any] | None:
    """Log probabilities as a list of tokens."""
    content = logprobs.get("content") if isinstance(logprobs, dict) else logprobs
    return content if isinstance(content, list) and content else None


def whole_chat(answer: Answer, run: Run) -> bytes:
    """The body of a chat that was not streamed."""
    choice = answer.choices[0]
    text, thinking, calls = _parts(choice)
    message: dict[str, Any] = {"role": "assistant", "content": text}
    if thinking:
        message["thinking"] = thinking
    if calls:
        message["tool_calls"] = [
            call_shown(call.id, call.name, call.arguments, index) for index, call in enumerate(calls)
        ]
    return _whole(answer, run, {"message": message})


def whole_prompt(answer: Answer, run: Run) -> bytes:
    """The body of a prompt that was not streamed."""
    choice = answer.choices[0]
    text, thinking, _ = _parts(choice)
    said: dict[str, Any] = {"response": text}
    if thinking:
        said["thinking"] = thinking
    if choice.foreign and CONTEXT in choice.foreign:
        said[CONTEXT] = choice.foreign[CONTEXT]
    return _whole(answer, run, said)


def _whole(answer: Answer, run: Run, said: dict[str, Any]) -> bytes:
    choice = answer.choices[0]
    cut = answer.ended is not None and answer.ended.outcome == "cut"
    shown = {"model": run.model, "created_at": rfc3339(ended_at(run)), **said, "done": True}
    shown["done_reason"] = "length" if cut else reason_of(choice.reason)
    logprobs = logprobs_shown(choice.logprobs)
    if logprobs:
        shown["logprobs"] = logprobs
    return json_door.encode({**shown, **timings(run, answer.usage)})


def _parts(choice: Choice) -> tuple[str, str, list[ToolCall]]:
    """Text, thought and calls of an answer; a refusal is what the model says."""
    text = "".join(text_of(item.content) for item in choice.items if isinstance(item, Message))
    thinking = "".join(item.text for item in choice.items if isinstance(item, Reasoning))
    return text + (choice.refusal or ""), thinking, [item for item in choice.items if isinstance(item, ToolCall)]
