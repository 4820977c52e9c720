"""Chat messages as the wire has them, into items: one message that says, thinks and calls becomes several in a row."""

from __future__ import annotations

from collections.abc import Sequence

from parlance.dialects.openai.bodies import NOTHING_KEPT, Kept, Place, field_name
from parlance.dialects.openai.chat_wire import ChatMessage, ContentPart, ToolCallPart
from parlance.dialects.openai.limits import invalid, unsupported
from parlance.dialects.openai.parts import part_of
from parlance.values.messages import Foreign, Item, Message, Part, Reasoning, Text, ToolCall, ToolResult

PLAIN = frozenset({"user", "system", "developer"})


def items_of(messages: Sequence[ChatMessage], kept: Kept = NOTHING_KEPT) -> tuple[Item, ...]:
    """The conversation, oldest first."""
    if not messages:
        raise invalid("messages", "`messages` must hold at least one message.")
    items: list[Item] = []
    for index, message in enumerate(messages):
        role, content = message.role, message.content
        if role in PLAIN:
            place = ("messages", index)
            said = content if isinstance(content, str) else _parts(content, kept, place)
            items.append(Message(role, said, message.name, kept.get(place) if kept else None))  # type: ignore[arg-type]
        elif role == "assistant":
            _assistant(message, kept, ("messages", index), items)
        else:
            items.append(_result(message, kept, ("messages", index), items))
    return tuple(items)


def _parts(content: list[ContentPart] | None, kept: Kept, place: Place) -> str | tuple[Part, ...]:
    """Several parts, or plain text where that is all there is."""
    if not content:
        return ""
    parts = tuple(part_of(part, kept, (*place, "content", index)) for index, part in enumerate(content))
    if len(parts) == 1 and isinstance(parts[0], Text) and parts[0].foreign is None:
        return parts[0].text
    return parts


def _assistant(message: ChatMessage, kept: Kept, place: Place, items: list[Item]) -> None:
    if not kept and type(message.content) is str and message == ChatMessage("assistant", message.content):
        items.append(Message("assistant", message.content))  # nearly every one: half of a conversation is these
        return
    thought = message.reasoning_content or message.reasoning
    if thought:
        items.append(Reasoning(thought))
    content = message.content if isinstance(message.content, str) else _parts(message.content, kept, place)
    foreign: Foreign = {
        **kept.get(place, {}),
        **({"refusal": message.refusal} if message.refusal else {}),
        **({"audio": message.audio} if message.audio else {}),
        **({"annotations": message.annotations} if message.annotations else {}),
    }
    calls = _calls(message, kept, place)
    if content or foreign or not calls:
        items.append(Message("assistant", content, message.name, foreign or None))
    items.extend(calls)


def _calls(message: ChatMessage, kept: Kept, place: Place) -> list[ToolCall]:
    calls = [
        _call(call, kept.get((*place, "tool_calls", index)) if kept else None, (*place, "tool_calls", index))
        for index, call in enumerate(message.tool_calls or ())
    ]
    legacy = message.function_call
    if legacy is not None:
        calls.append(ToolCall(_legacy_id(place), legacy.name, legacy.arguments))
    return calls


def _call(call: ToolCallPart, foreign: Foreign | None, place: Place) -> ToolCall:
    if call.type != "function":
        raise unsupported(field_name((*place, "type")), "Only tool calls of the type `function` are supported.")
    if call.function is None:
        raise invalid(field_name((*place, "function")), "A tool call needs its `function`.")
    return ToolCall(call.id or _legacy_id(place), call.function.name, call.function.arguments, foreign)


def _legacy_id(place: Place) -> str:
    """An id for a call that came without one: stable for the same body, so that equal bodies stay equal."""
    return "call_" + "_".join(str(step) for step in place if isinstance(step, int))


def _result(message: ChatMessage, kept: Kept, place: Place, before: list[Item]) -> ToolResult:
    content = message.content if isinstance(message.content, str) else _parts(message.content, kept, place)
    foreign = kept.get(place) if kept else None
    if message.tool_call_id is not None:
        return ToolResult(message.tool_call_id, content, message.name, foreign)
    if message.role == "tool":
        raise invalid(field_name((*place, "tool_call_id")), "A message of the role `tool` needs its `tool_call_id`.")
    for item in reversed(before):
        if isinstance(item, ToolCall) and item.name == message.name:
            return ToolResult(item.id, content, message.name, foreign)
    raise invalid(field_name((*place, "name")), "No earlier `function_call` has the name of this result.")
