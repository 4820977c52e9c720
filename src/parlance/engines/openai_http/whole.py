"""A chat or text completion in one block into a `Whole`."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from parlance.engines.openai_http.decoding import UNREADABLE, list_of, mapping_of, rest_of, text_of, troubled
from parlance.engines.openai_http.telling import (
    MAX_CALLS,
    MAX_CHOICE,
    arguments_of,
    logprobs_of,
    made_id,
    reason_of,
    spoken,
    usage_of,
)
from parlance.values.events import Choice, Usage, Whole
from parlance.values.messages import Foreign, Item, Message, Reasoning, ToolCall

_TOP = frozenset({"id", "object", "created", "model", "choices", "usage", "error"})
_CHOICE = frozenset({"index", "message", "text", "finish_reason", "logprobs"})
_MESSAGE = frozenset(
    {"role", "content", "refusal", "tool_calls", "function_call", "reasoning_content", "reasoning", "thinking"}
)
_CALL = frozenset({"index", "id", "type", "function"})


class PlainMessage(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A message of nothing but text."""

    content: str | None = None
    role: str | None = None
    refusal: None = None
    tool_calls: None = None
    function_call: None = None
    annotations: Annotated[list[Any], msgspec.Meta(max_length=0)] | None = None


class PlainChoice(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """One choice that holds such a message."""

    message: PlainMessage
    index: int = 0
    finish_reason: str | None = None
    logprobs: None = None


Count = Annotated[int, msgspec.Meta(ge=0, lt=2**53)]
"""Tokens; what cannot be a count sends the answer to the free reading."""


class PlainDetails(msgspec.Struct, gc=False):
    """What is told of some of the tokens."""

    cached_tokens: Count | None = None
    reasoning_tokens: Count | None = None


class PlainUsage(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """Token counts as OpenAI gives them."""

    prompt_tokens: Count
    completion_tokens: Count
    total_tokens: Count | None = None
    prompt_tokens_details: PlainDetails | None = None
    completion_tokens_details: PlainDetails | None = None

    def told(self) -> Usage:
        """As `usage_of` gives them."""
        before, after = self.prompt_tokens_details, self.completion_tokens_details
        cached = None if before is None else before.cached_tokens
        reasoning = None if after is None else after.reasoning_tokens
        return Usage(self.prompt_tokens, self.completion_tokens, cached, reasoning)


class PlainCompletion(msgspec.Struct, forbid_unknown_fields=True):
    """What most answers in one block are; anything else is read freely, which takes 5 µs more."""

    choices: list[PlainChoice]
    id: str = ""
    object: str | None = None
    created: int | None = None
    model: str = ""
    usage: PlainUsage | None = None
    service_tier: str | None = None
    system_fingerprint: str | None = None


_plain = msgspec.json.Decoder(PlainCompletion).decode


def plain_whole(data: bytes) -> tuple[PlainCompletion, Whole] | None:
    """An answer of one choice in plain text, and what it tells; `None` for any other."""
    if troubled(data):
        return None
    try:
        plain = _plain(data)
    except UNREADABLE:
        return None
    if len(plain.choices) != 1:
        return None
    choice = plain.choices[0]
    items: tuple[Item, ...] = (Message("assistant", choice.message.content or ""),)
    foreign: Foreign = {}
    if plain.service_tier is not None:
        foreign["service_tier"] = plain.service_tier
    if plain.system_fingerprint is not None:
        foreign["system_fingerprint"] = plain.system_fingerprint
    choices = (Choice(items, reason_of(choice.finish_reason or "") or "stop"),)
    return plain, Whole(choices, None if plain.usage is None else plain.usage.told(), foreign or None)


def chat_whole(value: Any) -> Whole | None:
    """The answer that a body tells; `None` when it is no chat completion and no text completion."""
    fields = mapping_of(value)
    choices = [choice for choice in list_of(fields.get("choices")) if isinstance(choice, dict)]
    if not choices or fields.get("error"):
        return None
    choices.sort(key=_index)
    id = text_of(fields.get("id"))
    made = tuple(_choice(choice, id) for choice in choices[: MAX_CHOICE + 1])
    return Whole(made, usage_of(fields.get("usage")), rest_of(fields, _TOP) or None)


def _index(choice: dict[str, Any]) -> int:
    index = choice.get("index")
    return index if isinstance(index, int) else 0


def _choice(fields: dict[str, Any], id: str) -> Choice:
    message = mapping_of(fields.get("message"))
    calls = calls_of(message, id)
    reason = text_of(fields.get("finish_reason"))
    said, thought = spoken(message.get("content", fields.get("text")))
    thought = text_of(message.get("reasoning_content")) or text_of(message.get("reasoning")) or thought
    items: list[Item] = [Reasoning(thought)] if thought else []
    if said or not calls:
        foreign = {name: held for name, held in rest_of(message, _MESSAGE).items() if held not in ("", [], {})}
        items.append(Message("assistant", said, foreign=foreign or None))
    return Choice(
        (*items, *calls),
        reason_of(reason) or ("tool_calls" if calls else "stop"),
        text_of(message.get("refusal")) or None,
        logprobs_of(fields.get("logprobs")),
        rest_of(fields, _CHOICE) or None,
    )


def calls_of(message: dict[str, Any], id: str) -> list[ToolCall]:
    """The tool calls of a message, the older `function_call` among them."""
    found = [mapping_of(call) for call in list_of(message.get("tool_calls"))[:MAX_CALLS]]
    legacy = mapping_of(message.get("function_call"))
    if legacy and not found:
        found.append({"function": legacy})
    calls: list[ToolCall] = []
    for place, call in enumerate(found):
        function = mapping_of(call.get("function"))
        name = text_of(function.get("name"))
        if name:
            made = text_of(call.get("id")) or made_id(id, place)
            calls.append(ToolCall(made, name, arguments_of(function.get("arguments")), rest_of(call, _CALL) or None))
    return calls
