"""What may be asked for at all. It is judged before the gate: a negative length would give back tokens there that were
never reserved."""

from __future__ import annotations

from parlance.values.asks import ChatAsk, Sampling
from parlance.values.errors import Fault, Kind

MOST_ANSWERS = 128
"""Answers to one ask: as many as OpenAI allows."""
MOST_INSTRUCTIONS = 100_000
"""Code points that go before a prompt: no model's context takes more beside a conversation."""


def judged(ask: ChatAsk, field: str = "ask") -> ChatAsk:
    """An ask within its bounds. `field` is what its sender calls it. Raises `Fault(invalid)`."""
    if not 1 <= ask.n <= MOST_ANSWERS:
        raise _out_of_range(f"{field}.n", f"a number from 1 to {MOST_ANSWERS}")
    judged_sampling(ask.sampling, f"{field}.sampling")
    return ask


def judged_sampling(sampling: Sampling, field: str = "sampling") -> Sampling:
    """The same of what an ask says about how it is answered."""
    if sampling.max_tokens is not None and sampling.max_tokens < 1:
        raise _out_of_range(f"{field}.max_tokens", "a number from 1 on")
    return sampling


def judged_instructions(instructions: str) -> str:
    """What goes before a prompt, where it is not too long. Raises `Fault(too_large)`."""
    if len(instructions) > MOST_INSTRUCTIONS:
        raise Fault(
            Kind.too_large,
            f"Instructions have at most {MOST_INSTRUCTIONS} characters.",
            field="instructions",
            code="too_long",
        )
    return instructions


def _out_of_range(field: str, expected: str) -> Fault:
    return Fault(
        Kind.invalid, f"The field {field} does not fit: expected {expected}.", field=field, code="out_of_range"
    )
