"""How many tokens something is, estimated without the model's own tokenizer (`docs/decisions/0005`)."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from parlance.values.asks import ChatAsk, Tool
from parlance.values.messages import Item, Message, Part, Reasoning, Text, ToolCall, ToolResult

PICTURE_TOKENS = 768
"""What vision models commonly spend on one picture; a sound or a file is taken for as much."""
MESSAGE_TOKENS = 4
"""What a chat template puts around one message."""


def text_tokens(text: str) -> int:
    """Tokens of a text: a quarter of its UTF-8 bytes, as is usual."""
    return ((len(text) if text.isascii() else len(text.encode())) + 3) // 4


def part_tokens(part: Part) -> int:
    """Tokens of one part of a message."""
    return text_tokens(part.text) if isinstance(part, Text) else PICTURE_TOKENS


def estimate(item: Item) -> int:
    """Tokens of one item with what stands around it: the sum of its parts' and a constant."""
    if isinstance(item, Message | ToolResult):
        if isinstance(item.content, str):
            return MESSAGE_TOKENS + text_tokens(item.content)
        return MESSAGE_TOKENS + sum(part_tokens(part) for part in item.content)
    if isinstance(item, Reasoning):
        return MESSAGE_TOKENS + text_tokens(item.text)
    if isinstance(item, ToolCall):
        return MESSAGE_TOKENS + text_tokens(item.name + item.arguments)
    return MESSAGE_TOKENS


def estimate_all(items: Iterable[Item]) -> int:
    """Tokens of a conversation. Plain messages, which nearly all are, are added up here: a third of what calls took."""
    tokens = 0
    for item in items:
        text = item.content if type(item) is Message else None
        if type(text) is str:
            tokens += MESSAGE_TOKENS + ((len(text) if text.isascii() else len(text.encode())) + 3) // 4
        else:
            tokens += estimate(item)
    return tokens


def tool_tokens(tool: Tool) -> int:
    """Tokens of a tool's description, as JSON, which is how models are told of it."""
    return MESSAGE_TOKENS + text_tokens(_encode((tool.name, tool.description, tool.parameters)).decode())


def prompt_tokens(ask: ChatAsk) -> int:
    """Tokens of all that an engine is given: the conversation, a raw prompt, and the tools."""
    tokens = estimate_all(ask.items)
    if ask.prompt is not None:
        tokens += text_tokens(ask.prompt) + text_tokens(ask.suffix or "")
    return tokens + sum(tool_tokens(tool) for tool in ask.tools)


_encode = msgspec.json.Encoder().encode
