"""Chats and prompts into a `ChatAsk`: every field served, passed on or refused (docs/dialects/ollama.md)."""

from __future__ import annotations

from typing import Any

from parlance.dialects.ollama.bodies import NOTHING_KEPT, Kept, required
from parlance.dialects.ollama.images import images_of
from parlance.dialects.ollama.items import items_of, tools_of
from parlance.dialects.ollama.options import format_of, sampling_of, think_of, top_logprobs_of
from parlance.dialects.ollama.wire import AskFields, ChatRequest, GenerateRequest
from parlance.values.asks import ChatAsk
from parlance.values.messages import Foreign, Item, Message, Part, Text

WIRE = "ollama"
PROMPTED = frozenset({"prompt", "suffix", "system", "template", "context", "raw", "images"})
"""Fields of a prompt: an unknown field of a chat that is called so means nothing."""


def chat_ask(asked: ChatRequest, kept: Kept = NOTHING_KEPT) -> ChatAsk:
    """What the engine is asked for by `/api/chat`. Raises `Fault` naming the field."""
    foreign = {name: value for name, value in kept.top.items() if name not in PROMPTED}
    return _ask(
        asked,
        foreign,
        items=items_of(asked.messages or [], kept),
        tools=tools_of(asked.tools),
    )


def generate_ask(asked: GenerateRequest, kept: Kept = NOTHING_KEPT) -> ChatAsk:
    """What the engine is asked for by `/api/generate`.

    With `raw` or a `suffix` it is a text to go on with. Otherwise it is a question, so that every chat engine can
    answer it; `context` (empty where the client gave none) and `template` travel along for an Ollama.
    """
    foreign: Foreign = dict(kept.top)
    if asked.raw or asked.suffix:
        if asked.images:
            images_of(asked.images, "images")
            foreign["images"] = asked.images
        if asked.raw:
            foreign["raw"] = True
        foreign |= _given(asked, "system", "template", "context")
        return _ask(asked, foreign, prompt=asked.prompt or "", suffix=asked.suffix or None)
    foreign["context"] = asked.context or []
    foreign |= _given(asked, "template")
    return _ask(asked, foreign, items=_question(asked))


def _question(asked: GenerateRequest) -> tuple[Item, ...]:
    """The chat of one question that a prompt is."""
    text = asked.prompt or ""
    images = images_of(asked.images, "images")
    content: str | tuple[Part, ...] = (*((Text(text),) if text else ()), *images) if images else text
    question = Message("user", content)
    return (Message("system", asked.system), question) if asked.system else (question,)


def _given(asked: GenerateRequest, *names: str) -> Foreign:
    return {name: value for name in names if (value := getattr(asked, name))}


def _ask(asked: AskFields, foreign: Foreign, **more: Any) -> ChatAsk:
    """What chats and prompts share."""
    sampling, options = sampling_of(asked.options)
    if options:
        foreign["options"] = options
    return ChatAsk(
        model=required(asked.model),
        sampling=sampling,
        format=format_of(asked.format),
        logprobs=bool(asked.logprobs),
        top_logprobs=top_logprobs_of(asked),
        think=think_of(asked.think),
        keep_alive=asked.keep_alive,
        stream=asked.stream is not False,
        wire=WIRE,
        foreign=foreign or None,
        **more,
    )
