"""What a client may ask for, on the wire, and the same as a `ChatAsk`.

Unknown fields are ignored and `null` stands for an absent text, as in that system; everywhere else it is an error.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from parlance.values.asks import ChatAsk
from parlance.values.messages import Item, Message

LINE = "chatqueue"
"""The line that queued asks wait in."""
POOL = "chatqueue"
"""The caches of this dialect."""


class Options(msgspec.Struct, frozen=True):
    """What the dialect is told of its configuration.

    `model` answers where an ask names none; empty for the server's own default. `keep_alive` is a duration as Ollama
    writes it (`15m`).
    """

    model: str = ""
    system_prompt: str = ""
    keep_alive: str | None = None


class WireMessage(msgspec.Struct, frozen=True):
    """One message of a conversation."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str


class QueuedAsk(msgspec.Struct, frozen=True):
    """The body of `POST /api/chat-queue`. `systemPrompt` is what older clients call `system_prompt`."""

    messages: Annotated[tuple[WireMessage, ...], msgspec.Meta(min_length=1)]
    model: str | None = None
    system_prompt: str | None = None
    system_prompt_as_before: str | None = msgspec.field(default=None, name="systemPrompt")


class DirectAsk(QueuedAsk, frozen=True):
    """The body of `POST /api/chat-optimized`. A higher `priority` is served earlier where the engine has a line."""

    stream: bool = True
    use_cache: bool = True
    priority: int = 0


def chat_ask(asked: QueuedAsk, options: Options, *, stream: bool) -> ChatAsk:
    """The ask with the configured model and system prompt where it brings none."""
    prompt = asked.system_prompt
    if prompt is None:
        prompt = asked.system_prompt_as_before
    if prompt is None:
        prompt = options.system_prompt
    said: tuple[Item, ...] = tuple(Message(message.role, message.content) for message in asked.messages)
    return ChatAsk(
        asked.model or options.model,
        (Message("system", prompt), *said) if prompt else said,
        keep_alive=options.keep_alive,
        stream=stream,
    )
