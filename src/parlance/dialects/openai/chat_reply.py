"""A whole chat completion out of a folded answer."""

from __future__ import annotations

from typing import Any

import msgspec

from parlance.core.runs.fold import Answer
from parlance.core.runs.run import Run
from parlance.dialects.openai.answers import (
    TokenUsage,
    finished_choices,
    hex_id,
    reason_of,
    seconds,
    spliced,
    unclaimed,
    usage_of,
)
from parlance.values import json_door
from parlance.values.events import Choice
from parlance.values.messages import Foreign, Message, Reasoning, ToolCall, text_of

UNSET = msgspec.UNSET
Unset = msgspec.UnsetType


class CalledFunction(msgspec.Struct, frozen=True):
    """A function the model wants called, with its arguments as JSON text."""

    name: str
    arguments: str


class Called(msgspec.Struct, frozen=True):
    """One tool call."""

    id: str
    function: CalledFunction
    type: str = "function"


class AssistantMessage(msgspec.Struct, frozen=True):
    """What the model said."""

    content: str | None
    role: str = "assistant"
    refusal: str | None = None
    reasoning_content: str | Unset = UNSET
    tool_calls: list[Any] | Unset = UNSET
    function_call: CalledFunction | Unset = UNSET


class AssistantMessageShown(AssistantMessage, frozen=True, kw_only=True):
    """What the model said, without fields of the upstream's own, for the OpenAPI document."""

    tool_calls: list[Called] | Unset = UNSET


class ChatChoice(msgspec.Struct, frozen=True):
    """One answer."""

    index: int
    message: AssistantMessage
    finish_reason: str
    logprobs: Any = None


class ChatChoiceShown(ChatChoice, frozen=True, kw_only=True):
    """One answer, for the OpenAPI document."""

    message: AssistantMessageShown


class ChatCompletion(msgspec.Struct, frozen=True):
    """The body of a whole answer; the upstream's own fields (`system_fingerprint`, …) stand beside these."""

    id: str
    created: int
    model: str
    choices: list[Any]
    object: str = "chat.completion"
    usage: Any = UNSET


class ChatCompletionShown(ChatCompletion, frozen=True, kw_only=True):
    """`ChatCompletion` as it is without fields of the upstream's own, for the OpenAPI document."""

    choices: list[ChatChoiceShown]
    usage: TokenUsage | Unset = UNSET


CLAIMED = frozenset(ChatCompletion.__struct_fields__)


def completion(answer: Answer, run: Run, legacy: bool = False) -> bytes:
    """The answer's body. `legacy` shows the first tool call as `function_call`, to whom asked with `functions`."""
    cut = answer.ended is not None and answer.ended.outcome == "cut"
    whole = frozenset(range(len(answer.choices))) if not cut else finished_choices(run)
    body = json_door.encode(
        ChatCompletion(
            f"chatcmpl-{hex_id(run)}",
            seconds(run),
            run.model,
            [_choice(index, choice, index in whole, legacy) for index, choice in enumerate(answer.choices)],
            usage=UNSET if answer.usage is None else usage_of(answer.usage),
        )
    )
    foreign = answer.foreign or (answer.started.foreign if answer.started is not None else None)
    return spliced(body, unclaimed(foreign, CLAIMED)) if foreign else body


def _choice(index: int, choice: Choice, whole: bool, legacy: bool) -> ChatChoice | dict[str, Any]:
    message = _message(choice, legacy)
    extras = _extras(choice)
    reason = reason_of(choice.reason) if whole else "length"
    if legacy and reason == "tool_calls":
        reason = "function_call"
    shown = ChatChoice(index, message, reason, choice.logprobs)
    if not choice.foreign and not extras:
        return shown
    plain = {**(choice.foreign or {}), **msgspec.to_builtins(shown)}
    plain["message"] = {**extras, **plain["message"]}
    return plain


def _extras(choice: Choice) -> Foreign:
    """The upstream's own fields of the message (`annotations`, `audio`, …)."""
    for item in choice.items:
        if type(item) is Message and item.foreign:
            return item.foreign
    return {}


def _message(choice: Choice, legacy: bool) -> AssistantMessage:
    items = choice.items
    if len(items) == 1 and type(items[0]) is Message and choice.refusal is None:
        return AssistantMessage(text_of(items[0].content))
    text: list[str] = []
    thought: list[str] = []
    calls: list[Called | dict[str, Any]] = []
    functions: list[CalledFunction] = []
    for item in items:
        if isinstance(item, Message):
            text.append(text_of(item.content))
        elif isinstance(item, Reasoning):
            thought.append(item.text)
        elif isinstance(item, ToolCall):
            functions.append(CalledFunction(item.name, item.arguments))
            called = Called(item.id, functions[-1])
            calls.append({**item.foreign, **msgspec.to_builtins(called)} if item.foreign else called)
    said = "".join(text)
    return AssistantMessage(
        said if said or not (calls or choice.refusal) else None,
        refusal=choice.refusal,
        reasoning_content="".join(thought) if thought else UNSET,
        tool_calls=calls if calls and not legacy else UNSET,
        function_call=functions[0] if functions and legacy else UNSET,
    )
