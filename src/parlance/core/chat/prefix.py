"""A chained hash over what was said, equal for the same conversation whatever the wire it came over.

It is how a client that sends the whole conversation every time is found in the chat that it continues. What wires spell
differently or leave out goes in normalised or not at all: ids of tool calls, names, reasoning, white space at the ends.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import msgspec

from parlance.values.messages import Audio, File, Image, Item, Message, Part, Text, ToolCall, ToolResult, text_of

_encoder = msgspec.json.Encoder(order="sorted")


def prefix_of(head: str | None, items: Iterable[Item]) -> str | None:
    """The hash of a conversation that is these items longer than the one with the hash `head` (at the start: empty).

    Of a conversation whose beginning has no hash there is none.
    """
    if head is None:
        return None
    for item in items:
        said = _normal(item)
        if said is not None:
            head = hashlib.sha256(head.encode() + b"\n" + _encoder.encode(said)).hexdigest()
    return head


def _normal(item: Item) -> list[object] | None:
    """An item as every wire can tell it; `None` for what some of them do not."""
    if isinstance(item, Message):
        role = "system" if item.role == "developer" else item.role
        text, media = text_of(item.content).strip(), _media(item.content)
        return [role, text, media] if text or media else None
    if isinstance(item, ToolCall):
        return ["call", item.name, _arguments(item.arguments)]
    if isinstance(item, ToolResult):
        return ["result", text_of(item.content).strip(), _media(item.content)]
    return None


def _arguments(text: str) -> object:
    """Arguments as a value: one wire has them as text, the other as an object."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return text.strip()


def _media(content: str | tuple[Part, ...]) -> list[str]:
    """What stands for each part that is no text."""
    return [] if isinstance(content, str) else [_medium(part) for part in content if not isinstance(part, Text)]


def _medium(part: Image | Audio | File) -> str:
    if part.data is not None:
        return hashlib.sha256(part.data).hexdigest()
    return getattr(part, "url", None) or getattr(part, "id", None) or getattr(part, "name", None) or ""
