"""Bounds on counts and ranges, checked before anything reaches an engine: one request must not cost a thousand."""

from __future__ import annotations

from collections.abc import Sized
from typing import Never

from parlance.dialects.openai.chat_wire import SamplingFields
from parlance.values.asks import Sampling
from parlance.values.errors import Fault, Kind

MAX_N = 16
MAX_TOP_LOGPROBS = 20
MAX_STOPS = 16
MAX_PROMPTS = 64
MAX_INPUTS = 2048
MAX_TOOLS = 256
MAX_BIASES = 1024
MAX_TOKENS = 2**31 - 1
"""What engines count tokens with is 32 bits wide in more than one of them."""


def invalid(field: str, message: str) -> Fault:
    """The fault of a parameter whose value makes no sense."""
    return Fault(Kind.invalid, message, field=field)


def unsupported(field: str, message: str, hint: str | None = None) -> Fault:
    """The fault of a parameter that is known and refused."""
    return Fault(Kind.unsupported, message, hint=hint, field=field, code="unsupported_parameter")


def within(field: str, value: float | None, low: float, high: float) -> None:
    """Raise `Fault(invalid)` unless the number is absent or in its range."""
    if value is not None and not low <= value <= high:
        raise invalid(field, f"`{field}` must be between {low:.15g} and {high:.15g}.")


def at_most(field: str, value: Sized | None, bound: int) -> None:
    """Raise `Fault(invalid)` when there are more than may be."""
    if value is not None and len(value) > bound:
        raise invalid(field, f"`{field}` may hold at most {bound}.")


def refuse(field: str, message: str, hint: str | None = None) -> Never:
    """Raise the fault of a refused parameter."""
    raise unsupported(field, message, hint)


def sampling(asked: SamplingFields, max_tokens: int | None, max_tokens_field: str) -> Sampling:
    """The tuning knobs, each within its range. A `max_tokens` of -1 stands for no bound, as local servers have it."""
    if asked.temperature is not None:
        within("temperature", asked.temperature, 0, 2)
    if asked.top_p is not None:
        within("top_p", asked.top_p, 0, 1)
    if asked.min_p is not None:
        within("min_p", asked.min_p, 0, 1)
    if asked.presence_penalty is not None:
        within("presence_penalty", asked.presence_penalty, -2, 2)
    if asked.frequency_penalty is not None:
        within("frequency_penalty", asked.frequency_penalty, -2, 2)
    if max_tokens == -1:
        max_tokens = None
    if max_tokens is not None:
        within(max_tokens_field, max_tokens, 1, MAX_TOKENS)
    if asked.logit_bias is not None:
        at_most("logit_bias", asked.logit_bias, MAX_BIASES)
    return Sampling(
        asked.temperature,
        asked.top_p,
        asked.top_k,
        asked.min_p,
        max_tokens,
        stops(asked.stop) if asked.stop else None,
        asked.seed,
        asked.presence_penalty,
        asked.frequency_penalty,
        None,
        asked.logit_bias,
    )


def stops(stop: str | list[str] | None) -> tuple[str, ...] | None:
    """The stop sequences as a tuple."""
    if not stop:
        return None
    if isinstance(stop, str):
        return (stop,)
    at_most("stop", stop, MAX_STOPS)
    return tuple(stop)


def count(n: int | None) -> int:
    """How many answers."""
    if n is None:
        return 1
    within("n", n, 1, MAX_N)
    return n


def top_logprobs(top: int | None, wanted: bool) -> int | None:
    """How many alternatives per token; only together with `logprobs`."""
    within("top_logprobs", top, 0, MAX_TOP_LOGPROBS)
    if top and not wanted:
        raise invalid("top_logprobs", "`top_logprobs` needs `logprobs` to be true.")
    return top
