"""A `ChatAsk` with a prompt into the body of a text completion request; its answer is read as a chat's is."""

from __future__ import annotations

from typing import Any

from parlance.engines.openai_http.messages import WIRE
from parlance.engines.openai_http.requests import Habits, finished, format_of
from parlance.values.asks import ChatAsk


def completion_body(ask: ChatAsk, habits: Habits) -> bytes:
    """The body of `POST /completions`. `echo`, `best_of` and the like come along as unknown fields of this wire."""
    body: dict[str, Any] = {
        **(ask.foreign if ask.wire == WIRE and ask.foreign else {}),
        "model": ask.model,
        "prompt": ask.prompt or "",
    }
    if ask.suffix is not None:
        body["suffix"] = ask.suffix
    if ask.logprobs:
        # Here the field is a number: how many alternatives to tell for each token.
        body["logprobs"] = 1 if ask.top_logprobs is None else ask.top_logprobs
    if ask.format is not None:
        body["response_format"] = format_of(ask.format)
    return finished(body, ask, habits, "max_tokens")
