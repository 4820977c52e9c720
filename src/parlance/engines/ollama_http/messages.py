"""Items into Ollama's messages: neighbours that one assistant message was made of become one again."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from parlance.engines.ollama_http.faults import unsupported
from parlance.values.messages import Image, Item, Message, Part, Reasoning, Text, ToolCall, ToolResult

WIRE = "ollama"
Wired = dict[str, Any]


def messages_of(items: Sequence[Item], wire: str) -> list[Wired]:
    """The conversation, oldest first. Raises `Fault(unsupported)` for parts that an Ollama cannot take."""
    if all(type(item) is Message and type(item.content) is str and not item.foreign for item in items):
        return [{"role": _role(item.role), "content": item.content} for item in items]  # type: ignore[union-attr]
    speech = _Speech(wire)
    for item in items:
        speech.add(item)
    return speech.messages


class _Speech:
    """Messages as they are put together."""

    def __init__(self, wire: str) -> None:
        self.messages: list[Wired] = []
        self._wire = wire
        self._names: dict[str, str] = {}
        """Of each tool call so far, by its id, the tool's name: results name the tool, not the call."""

    def add(self, item: Item) -> None:
        """One more item."""
        if isinstance(item, Message):
            self._message(item)
        elif isinstance(item, Reasoning):
            self._assistant("thinking")["thinking"] = item.text
        elif isinstance(item, ToolCall):
            self._names[item.id] = item.name
            self._call(item)
        elif isinstance(item, ToolResult):
            self._result(item)
        elif item.dialect == WIRE:
            self.messages.append(dict(item.value))

    def _message(self, item: Message) -> None:
        text, images = _content(item.content)
        if item.role == "assistant":
            message = self._assistant("content")
            message["content"] = text
        else:
            message = {"role": _role(item.role), "content": text}
            self.messages.append(message)
        if images:
            message["images"] = images
        if item.foreign and self._wire == WIRE:
            message |= {name: value for name, value in item.foreign.items() if name not in message}

    def _assistant(self, part: str) -> Wired:
        """The assistant's message that `part` still fits into: thought first, then said, then called."""
        last = self.messages[-1] if self.messages else None
        taken = {"thinking": ("thinking", "tool_calls"), "content": ("tool_calls",), "tool_calls": ()}[part]
        fits = last is not None and last["role"] == "assistant" and not any(name in last for name in taken)
        if last is None or not fits or (part != "tool_calls" and last["content"]):
            last = {"role": "assistant", "content": ""}
            self.messages.append(last)
        return last

    def _call(self, item: ToolCall) -> None:
        calls: list[Wired] = self._assistant("tool_calls").setdefault("tool_calls", [])
        calls.append({"id": item.id, "function": {"name": item.name, "arguments": _arguments(item.arguments)}})

    def _result(self, item: ToolResult) -> None:
        text, images = _content(item.content)
        message: Wired = {"role": "tool", "content": text}
        name = item.name or self._names.get(item.id)
        if name:
            message["tool_name"] = name
        message["tool_call_id"] = item.id
        if images:
            message["images"] = images
        self.messages.append(message)


def _role(role: str) -> str:
    return "system" if role == "developer" else role


def _content(content: str | tuple[Part, ...]) -> tuple[str, list[str]]:
    """The text, and the pictures as base64."""
    if isinstance(content, str):
        return content, []
    return "".join(part.text for part in content if isinstance(part, Text)), images_of(content)


def images_of(parts: Iterable[Part]) -> list[str]:
    """The pictures among the parts as base64. Raises `Fault(unsupported)` for sound, files and pictures by URL."""
    images: list[str] = []
    for part in parts:
        if isinstance(part, Text):
            continue
        if not isinstance(part, Image):
            raise unsupported("This engine takes text and pictures only.", "messages")
        if part.data is None:
            raise unsupported(
                "This engine does not fetch pictures.", "messages", "Send the picture itself as a data URL."
            )
        images.append(base64.b64encode(part.data).decode("ascii"))
    return images


def _arguments(text: str) -> dict[str, Any]:
    """The arguments as the object that an Ollama wants; a call that a model spoiled keeps its text."""
    try:
        found = msgspec.json.decode(text or "{}")
    except (ValueError, RecursionError):
        found = text
    return found if isinstance(found, dict) else {"value": found}
