"""How many bytes an event holds: what bounds logs and mirrors."""

from __future__ import annotations

from parlance.values import json_door
from parlance.values.events import Delta, Event, Whole
from parlance.values.messages import Message, Reasoning, ToolCall, text_of


def is_plain(delta: Delta) -> bool:
    """Whether a delta is nothing but a piece of text."""
    return delta.logprobs is None and delta.foreign is None


def all_bytes(event: Event) -> int:
    """All that an event holds: the text of a plain delta, else all of it as JSON."""
    if type(event) is Delta and is_plain(event):
        return _utf8(event.text)
    return len(json_door.encode(event))


def text_bytes(event: Event) -> int:
    """The text in an event: what the model said, and nothing of what stands around it."""
    if isinstance(event, Delta):
        return _utf8(event.text)
    size = 0
    if isinstance(event, Whole):
        for choice in event.choices:
            for item in choice.items:
                size += _utf8(_said(item))
    return size


def _said(item: object) -> str:
    if isinstance(item, Message):
        return text_of(item.content)
    if isinstance(item, Reasoning):
        return item.text
    return item.arguments if isinstance(item, ToolCall) else ""


def _utf8(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode(errors="replace"))
