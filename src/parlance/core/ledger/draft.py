"""From an ask to the parts of a ledger: what an engine is given, in order, with its tokens.

The tokens of the parts add up to `prompt_tokens` of the ask exactly: both are sums over the same pieces.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import attrgetter

import msgspec

from parlance.core.chat.tokens import (
    MESSAGE_TOKENS,
    estimate,
    estimate_all,
    part_tokens,
    plain_sizes,
    size_tokens,
    text_tokens,
    tool_tokens,
)
from parlance.values.asks import ChatAsk
from parlance.values.ledger import LedgerPart, PartKind
from parlance.values.messages import Image, Item, Message, PlainItems, Reasoning, Role, Text, ToolCall, ToolResult

MOST_IGNORED = 64
"""Names of ignored fields that are told; a request with more has made them up."""


def parts_of(item: Item, id: str | None = None) -> Iterator[LedgerPart]:
    """One item: itself, and then what it holds of files, passages and memories. `id` is that of its turn."""
    kind, name = _told(item)
    if not isinstance(item, Message | ToolResult) or isinstance(item.content, str):
        yield LedgerPart(kind, estimate(item), id, name)
        return
    own, taken = MESSAGE_TOKENS, []
    for part in item.content:
        source = part.source if isinstance(part, Text | Image) else None
        if source is None:
            own += part_tokens(part)
        else:
            taken.append(LedgerPart(source.kind, part_tokens(part), source.id, source.name))
    yield LedgerPart(kind, own, id, name)
    yield from taken


def all_parts(ask: ChatAsk, items: Iterable[LedgerPart] | None = None) -> tuple[LedgerPart, ...]:
    """Every part of an ask. `items` are those of its conversation, where somebody who assembled it knows better."""
    parts = [LedgerPart("tool", tool_tokens(tool), name=tool.name) for tool in ask.tools]
    if items is not None:
        parts += items
    else:
        for item in ask.items:
            parts += parts_of(item)
    if ask.prompt is not None:
        parts.append(LedgerPart("message", text_tokens(ask.prompt) + text_tokens(ask.suffix or ""), name="prompt"))
    return tuple(parts)


class Sketch(msgspec.Struct, frozen=True, gc=False):
    """The parts of a plain conversation, before anybody wants to see them: a tenth of what they take to make."""

    roles: list[Role]
    sizes: Sequence[int]
    tokens: int
    """Of all of them."""

    def parts(self) -> tuple[LedgerPart, ...]:
        """As `all_parts` gives them."""
        said = zip(self.roles, self.sizes, strict=True)
        return tuple(LedgerPart(_kind(role), size_tokens(size), None, role) for role, size in said)


def sketched(ask: ChatAsk) -> Sketch | None:
    """The sketch of an ask that is nothing but messages of plain text; `None` for any other."""
    sizes = None if ask.tools or ask.prompt is not None else plain_sizes(ask.items)
    if sizes is None:
        return None
    roles = ask.items.roles if type(ask.items) is PlainItems else list(map(_role, ask.items))
    return Sketch(roles, sizes, estimate_all(ask.items))


_role: Callable[[Item], Role] = attrgetter("role")
"""Of a message."""


def ignored(ask: ChatAsk, engine: str) -> tuple[str, ...]:
    """Unknown fields of the request that its engine is not sent, since it speaks another wire."""
    if not ask.wire or ask.wire == engine or engine == "unknown":
        return ()
    names = set(ask.foreign or ())
    for item in ask.items:
        names |= set(getattr(item, "foreign", None) or ())
    for tool in ask.tools:
        names |= set(tool.foreign or ())
    return tuple(sorted(names)[:MOST_IGNORED])


def _kind(role: Role) -> PartKind:
    return "instructions" if role in ("system", "developer") else "message"


def _told(item: Item) -> tuple[PartKind, str | None]:
    if isinstance(item, Message):
        return _kind(item.role), item.role
    if isinstance(item, Reasoning):
        return "reasoning", None
    if isinstance(item, ToolCall):
        return "tool_call", item.name
    if isinstance(item, ToolResult):
        return "tool_result", item.name
    return "opaque", None
