"""Items into the messages of a chat request. Neighbours that one wire message was split into are joined again."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from parlance.values.messages import (
    Audio,
    File,
    Foreign,
    Image,
    Item,
    Message,
    Part,
    PlainItems,
    Reasoning,
    Said,
    Text,
    ToolCall,
    ToolResult,
)

WIRE = "openai"


def messages_of(items: Sequence[Item], foreign: bool, thoughts: str) -> Sequence[Said] | list[dict[str, Any]]:
    """The messages of a conversation; `foreign` and `thoughts` as a `Writer` has them."""
    return items.said if type(items) is PlainItems else Writer(foreign, thoughts).write(items)


class Writer:
    """Writes one conversation. `foreign`: unknown fields are sent on; `thoughts`: the field for reasoning, or none."""

    __slots__ = ("_foreign", "_open", "_thoughts", "messages")

    def __init__(self, foreign: bool, thoughts: str) -> None:
        self.messages: list[dict[str, Any]] = []
        self._foreign = foreign
        self._thoughts = thoughts
        self._open: dict[str, Any] | None = None
        """The assistant's message that may still grow."""

    def write(self, items: Sequence[Item]) -> list[dict[str, Any]]:
        """The messages of these items."""
        messages = self.messages
        for item in items:
            kind = type(item)
            if kind is Message:
                opened = self._open
                plain = type(item.content) is str and item.name is item.foreign is None  # type: ignore[union-attr]
                if plain and (opened is None or "content" in opened):
                    # Nearly all of every conversation; the calls for each took half of this loop.
                    message = {"role": item.role, "content": item.content}  # type: ignore[union-attr]
                    messages.append(message)
                    self._open = message if item.role == "assistant" else None  # type: ignore[union-attr]
                elif item.role == "assistant":  # type: ignore[union-attr]
                    self._said(item)  # type: ignore[arg-type]
                else:
                    self._open = None
                    messages.append(self._message(item))  # type: ignore[arg-type]
            elif kind is Reasoning:
                self._thought(item)  # type: ignore[arg-type]
            elif kind is ToolCall:
                self._called(item)  # type: ignore[arg-type]
            elif kind is ToolResult:
                self._open = None
                messages.append(self._result(item))  # type: ignore[arg-type]
            elif item.dialect == WIRE and "role" in item.value:  # type: ignore[union-attr]
                self._open = None
                messages.append(item.value)  # type: ignore[union-attr]
        # A lone thought is no message that an upstream takes.
        return [message for message in messages if "content" in message or "tool_calls" in message]

    def _message(self, item: Message) -> dict[str, Any]:
        content = item.content if type(item.content) is str else self._content(item.content)  # type: ignore[arg-type]
        if item.name is None and item.foreign is None:
            return {"role": item.role, "content": content}
        message = self._with(item.foreign, {"role": item.role, "content": content})
        if item.name is not None:
            message["name"] = item.name
        return message

    def _said(self, item: Message) -> None:
        message = self._message(item)
        opened = self._open
        if opened is not None and "content" not in opened and "tool_calls" not in opened:
            opened.update({**message, **opened, "content": message["content"]})
        else:
            self.messages.append(message)
            self._open = message

    def _thought(self, item: Reasoning) -> None:
        self._open = {"role": "assistant"}
        if self._thoughts:
            self._open[self._thoughts] = item.text
        self.messages.append(self._open)

    def _called(self, item: ToolCall) -> None:
        opened = self._open
        if opened is None:
            opened = self._open = {"role": "assistant", "content": None}
            self.messages.append(opened)
        if not opened.get("content"):
            opened["content"] = None
        function = {"name": item.name, "arguments": item.arguments}
        call = {"id": item.id, "type": "function", "function": function}
        opened.setdefault("tool_calls", []).append(self._with(item.foreign, call))

    def _result(self, item: ToolResult) -> dict[str, Any]:
        content = item.content if isinstance(item.content, str) else self._content(item.content)
        message = self._with(item.foreign, {"role": "tool", "tool_call_id": item.id, "content": content})
        if item.name is not None and self._foreign:
            message["name"] = item.name
        return message

    def _content(self, parts: tuple[Part, ...]) -> str | list[dict[str, Any]]:
        """What a client cut into parts stays cut; what was cut here, to tell whence each piece is, is one text again:
        not every upstream takes parts where there are no pictures."""
        if any(type(part) is Text and part.source is not None for part in parts):
            parts = _joined(parts)
            if len(parts) == 1 and type(parts[0]) is Text and parts[0].foreign is None:
                return parts[0].text
        return [self._part(part) for part in parts]

    def _part(self, part: Part) -> dict[str, Any]:
        match part:
            case Text(text, foreign):
                return self._with(foreign, {"type": "text", "text": text})
            case Image(foreign=foreign, detail=detail):
                image = {"url": image_url(part)} | ({"detail": detail} if detail else {})
                return self._with(foreign, {"type": "image_url", "image_url": image})
            case Audio(data, format):
                sound = {"data": base64.b64encode(data).decode(), "format": format}
                return {"type": "input_audio", "input_audio": sound}
            case File(foreign=foreign):
                return self._with(foreign, {"type": "file", "file": file_fields(part)})

    def _with(self, foreign: Foreign | None, known: dict[str, Any]) -> dict[str, Any]:
        """What we know wins over an unknown field of the same name."""
        return {**foreign, **known} if foreign and self._foreign else known


def _joined(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """The same with neighbouring texts as one, but for those with fields that we do not know."""
    whole: list[Part] = []
    pieces: list[str] = []
    for part in parts:
        if type(part) is Text and part.foreign is None:
            pieces.append(part.text)
            continue
        if pieces:
            whole.append(Text("".join(pieces)))
            pieces = []
        whole.append(part)
    return (*whole, Text("".join(pieces))) if pieces else tuple(whole)


def image_url(image: Image) -> str:
    """Where the picture is, or the picture itself as a data URL (RFC 2397)."""
    if image.data is not None:
        return data_url(image.data, image.media_type or "image/png")
    return image.url or ""


def file_fields(file: File) -> dict[str, str]:
    """A document inline as a data URL, or by the id that the upstream gave it."""
    fields: dict[str, str] = {}
    if file.data is not None:
        fields["file_data"] = data_url(file.data, file.media_type or "application/octet-stream")
    if file.id is not None:
        fields["file_id"] = file.id
    if file.name is not None:
        fields["filename"] = file.name
    return fields


def data_url(data: bytes, media_type: str) -> str:
    """The bytes as a data URL."""
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"
