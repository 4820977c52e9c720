"""A chat completion request into a `ChatAsk`: every field served, passed on or refused (docs/dialects/openai.md)."""

from __future__ import annotations

from operator import attrgetter

from parlance.dialects.openai.bodies import Kept
from parlance.dialects.openai.chat_items import items_of
from parlance.dialects.openai.chat_wire import CHAT_PASSED_ON, ChatRequest, PlainChatRequest
from parlance.dialects.openai.limits import count, invalid, refuse, sampling, top_logprobs
from parlance.dialects.openai.tools import choice_of, format_of, functions_of, tools_of
from parlance.values.asks import ChatAsk, Tool
from parlance.values.messages import Foreign, PlainItems

WIRE = "openai"
EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")


def chat_ask(asked: ChatRequest, kept: Kept) -> ChatAsk:
    """What the engine is asked for. Raises `Fault` (invalid, unsupported, too_large) naming the parameter."""
    _refuse_speech(asked)
    tools = _tools(asked, kept)
    wanted = bool(asked.logprobs)
    tokens, field = asked.max_completion_tokens, "max_completion_tokens"
    if tokens is None:
        tokens, field = asked.max_tokens, "max_tokens"
    return ChatAsk(
        model=asked.model or "",
        items=items_of(asked.messages, kept),
        sampling=sampling(asked, tokens, field),
        tools=tools,
        tool_choice=_choice(asked, tools),
        parallel_tool_calls=asked.parallel_tool_calls,
        format=format_of(asked.response_format),
        n=count(asked.n),
        logprobs=wanted,
        top_logprobs=top_logprobs(asked.top_logprobs, wanted),
        think=effort(asked.reasoning_effort, "reasoning_effort"),
        stream=bool(asked.stream),
        wire=WIRE,
        foreign=_foreign(asked, kept),
    )


def plain_ask(asked: PlainChatRequest) -> ChatAsk:
    """`chat_ask` for a body of nothing but texts and ordinary knobs."""
    tokens, field = asked.max_completion_tokens, "max_completion_tokens"
    if tokens is None:
        tokens, field = asked.max_tokens, "max_tokens"
    return ChatAsk(
        asked.model or "",
        PlainItems.of(asked.messages),
        sampling=sampling(asked, tokens, field),
        n=count(asked.n),
        stream=bool(asked.stream),
        wire=WIRE,
    )


def _refuse_speech(asked: ChatRequest) -> None:
    for modality in asked.modalities or ():
        if modality != "text":
            refuse("modalities", "Only answers in text are supported.")
    if asked.audio is not None:
        refuse("audio", "Answers in sound are not supported.")


def _tools(asked: ChatRequest, kept: Kept) -> tuple[Tool, ...]:
    if asked.functions:
        if asked.tools:
            raise invalid("functions", "Send `tools` or `functions`, not both.")
        return functions_of(asked.functions)
    return tools_of(asked.tools, kept) if asked.tools else ()


def _choice(asked: ChatRequest, tools: tuple[Tool, ...]) -> str | dict[str, object] | None:
    if asked.function_call is not None and asked.functions:
        return choice_of(asked.function_call, tools, "function_call")
    return choice_of(asked.tool_choice, tools)


def effort(word: str | None, field: str) -> bool | str | None:
    """How hard to think: `none` switches it off."""
    if word is None:
        return None
    if word not in EFFORTS:
        raise invalid(field, f"`{field}` must be one of {', '.join(EFFORTS)}.")
    return False if word == "none" else word


def _foreign(asked: ChatRequest, kept: Kept) -> Foreign | None:
    """Unknown fields, and the known ones that only an upstream of this wire has a use for."""
    foreign: Foreign = dict(kept[()]) if () in kept else {}
    values = _passed_on(asked)
    if values != _NONE:
        foreign |= {name: value for name, value in zip(CHAT_PASSED_ON, values, strict=True) if value is not None}
    return foreign or None


_passed_on = attrgetter(*CHAT_PASSED_ON)
_NONE = (None,) * len(CHAT_PASSED_ON)
