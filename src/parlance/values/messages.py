"""What is said: an ordered list of items, whatever the wire it came over.

A chat is a flat list of `Item`. A wire message that holds text, reasoning and tool calls becomes several items
in a row with the same role; engines join such neighbours again. Plain text stays a `str`, so the common case is cheap.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any, Literal

import msgspec

Role = Literal["system", "developer", "user", "assistant", "tool"]
Foreign = dict[str, Any]
"""Fields of a wire that we do not know, kept to be sent on to an engine of the same wire."""


class Source(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a part was taken from, for the run's ledger: no engine is told of it."""

    kind: Literal["file", "passage", "memory"]
    id: str
    name: str | None = None


class Text(msgspec.Struct, frozen=True, tag="text", tag_field="type", omit_defaults=True):
    """Plain text inside a message of several parts."""

    text: str
    foreign: Foreign | None = None
    source: Source | None = None


class Image(msgspec.Struct, frozen=True, tag="image", tag_field="type", omit_defaults=True):
    """A picture: either `data` (raw bytes) with its `media_type`, or a `url` that only the engine may fetch."""

    data: bytes | None = None
    media_type: str | None = None
    url: str | None = None
    detail: str | None = None
    foreign: Foreign | None = None
    source: Source | None = None


class Audio(msgspec.Struct, frozen=True, tag="audio", tag_field="type", omit_defaults=True):
    """Sound as raw bytes and the format's short name (`wav`, `mp3`)."""

    data: bytes
    format: str


class File(msgspec.Struct, frozen=True, tag="file", tag_field="type", omit_defaults=True):
    """A document given inline: raw bytes, or an id that the engine knows."""

    data: bytes | None = None
    name: str | None = None
    media_type: str | None = None
    id: str | None = None
    foreign: Foreign | None = None


Part = Text | Image | Audio | File


class Message(msgspec.Struct, frozen=True, tag="message", tag_field="type", omit_defaults=True):
    """Something said in one role: text as a `str`, or several parts."""

    role: Role
    content: str | tuple[Part, ...] = ""
    name: str | None = None
    foreign: Foreign | None = None


class Reasoning(msgspec.Struct, frozen=True, tag="reasoning", tag_field="type", omit_defaults=True):
    """What a model thought before it answered."""

    text: str
    foreign: Foreign | None = None


class ToolCall(msgspec.Struct, frozen=True, tag="tool_call", tag_field="type", omit_defaults=True):
    """A model asks for a tool. `arguments` is JSON text exactly as the model wrote it."""

    id: str
    name: str
    arguments: str
    foreign: Foreign | None = None


class ToolResult(msgspec.Struct, frozen=True, tag="tool_result", tag_field="type", omit_defaults=True):
    """What a tool answered to the call with this id."""

    id: str
    content: str | tuple[Part, ...]
    name: str | None = None
    foreign: Foreign | None = None


class Opaque(msgspec.Struct, frozen=True, tag="opaque", tag_field="type", omit_defaults=True):
    """An item of one dialect that we keep and send on but do not understand."""

    dialect: str
    value: Foreign


Item = Message | Reasoning | ToolCall | ToolResult | Opaque


class Said(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """A message of a role and a text and nothing else, as most wires spell it."""

    role: Literal["user", "assistant", "system", "developer"]
    content: str


_role: Callable[[Said], Role] = attrgetter("role")
_content: Callable[[Said], str] = attrgetter("content")


class PlainItems(tuple[Item, ...]):
    """A conversation that is known to be roles and texts and nothing else, as nearly every one is: whoever handles it
    need not look at each message to find that out. What changes a conversation makes an ordinary tuple of it.
    """

    said: Sequence[Said]
    """The same messages."""
    roles: list[Role]
    sizes: Sequence[int]
    """The UTF-8 bytes of each text."""
    tokens: int | None = None
    """What they were estimated at, once somebody has asked for it."""

    @classmethod
    def of(cls, said: Sequence[Said]) -> PlainItems:
        """The conversation of these messages."""
        roles, texts = list(map(_role, said)), list(map(_content, said))
        self = cls(map(Message, roles, texts))
        self.said, self.roles = said, roles
        self.sizes = list(map(len, texts if "".join(texts).isascii() else map(str.encode, texts)))
        return self


def text_of(content: str | tuple[Part, ...]) -> str:
    """The text of a message's content, parts joined without anything between them."""
    if isinstance(content, str):
        return content
    return "".join(part.text for part in content if isinstance(part, Text))
