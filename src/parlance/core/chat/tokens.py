"""How many tokens something is, estimated without the model's own tokenizer (`docs/decisions/0005`)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import repeat
from operator import attrgetter, floordiv

import msgspec

from parlance.values.asks import ChatAsk, Tool
from parlance.values.messages import Item, Message, Part, PlainItems, Reasoning, Text, ToolCall, ToolResult

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


def plain_sizes(items: Collection[Item]) -> Sequence[int] | None:
    """UTF-8 bytes of each text of a conversation that holds nothing but messages of plain text, as nearly every one;
    else `None`. Asked twice in every chat, so all messages are looked at together, in C: half of what a loop takes.
    """
    if type(items) is PlainItems:
        return items.sizes
    if {*map(type, items)} != _MESSAGES:
        return None
    texts = list(map(_content, items))
    if {*map(type, texts)} != _TEXTS:
        return None
    return list(map(len, texts if all(map(str.isascii, texts)) else map(str.encode, texts)))


def size_tokens(size: int) -> int:
    """Tokens of a message whose text has this many bytes."""
    return MESSAGE_TOKENS + (size + 3) // 4


def sizes_tokens(sizes: Sequence[int]) -> int:
    """The same of many, in C: a division by -4 rounds a quarter up, and turns its sign."""
    quarters: Iterable[int] = map(floordiv, sizes, repeat(-4))
    return MESSAGE_TOKENS * len(sizes) - sum(quarters)


_MESSAGES, _TEXTS = {Message}, {str}
_content: Callable[[Item], str] = attrgetter("content")
"""Of a message; asked only where all contents turn out to be texts."""


def estimate_all(items: Collection[Item]) -> int:
    """Tokens of a conversation."""
    if type(items) is PlainItems and items.tokens is not None:
        return items.tokens
    sizes = plain_sizes(items)
    tokens = sum(map(estimate, items)) if sizes is None else sizes_tokens(sizes)
    if type(items) is PlainItems:
        items.tokens = tokens
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
