"""What may be asked for at all. It is judged before the gate: a negative length would give back tokens there that were
never reserved."""

from __future__ import annotations

from collections.abc import Sequence

from parlance.values.asks import ChatAsk, Sampling
from parlance.values.errors import Fault, Kind, out_of_range
from parlance.values.grounds import USUAL_GROUNDS, Each, Grounds, Rounds, Slot, Words

MOST_ANSWERS = 128
"""Answers to one ask: as many as OpenAI allows."""
MOST_INSTRUCTIONS = 100_000
"""Code points that go before a prompt: no model's context takes more beside a conversation."""
MOST_BASES = 20
"""Searched for one answer: each is a search of its own."""
MOST_PASSAGES, MOST_NEIGHBOURS, MOST_DEPTH, MOST_ROUNDS = 100, 5, 100, 20
MOST_REFUSAL, MOST_PREFIX = 10_000, 1000
MOST_LAYOUT, MOST_LAYOUT_PARTS = 100_000, 1000
MOST_REPEATS = 8
"""Places in a layout for a text of unknown length: each holds all that is found once more."""


def judged(ask: ChatAsk, field: str = "ask") -> ChatAsk:
    """An ask within its bounds. `field` is what its sender calls it. Raises `Fault(invalid)`."""
    if not 1 <= ask.n <= MOST_ANSWERS:
        raise out_of_range(f"{field}.n", f"a number from 1 to {MOST_ANSWERS}")
    judged_sampling(ask.sampling, f"{field}.sampling")
    return ask


def judged_sampling(sampling: Sampling, field: str = "sampling") -> Sampling:
    """The same of what an ask says about how it is answered."""
    if sampling.max_tokens is not None and sampling.max_tokens < 1:
        raise out_of_range(f"{field}.max_tokens", "a number from 1 on")
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


def judged_grounds(bases: Sequence[object], grounds: Grounds) -> Grounds:
    """What an answer is to rest on, within its bounds. Raises `Fault(invalid)`."""
    if len(bases) > MOST_BASES:
        raise out_of_range("bases", f"at most {MOST_BASES}")
    if grounds is USUAL_GROUNDS:  # on the way of every message
        return grounds
    bounds = {"most": (1, MOST_PASSAGES), "neighbours": (0, MOST_NEIGHBOURS), "depth": (1, MOST_DEPTH)}
    bounds |= {"rounds": (0, MOST_ROUNDS), "earlier": (0, MOST_ROUNDS)}
    for name, (low, high) in {**bounds, "threshold": (0, 1), "diversity": (0, 1)}.items():
        if not low <= getattr(grounds, name) <= high:
            raise out_of_range(f"grounds.{name}", f"a number from {low} to {high}")
    if not (grounds.words or grounds.vectors):
        raise out_of_range("grounds.words", "words, vectors or both")
    lengths = {"refusal": MOST_REFUSAL, "no_match_prefix": MOST_PREFIX, "instructions": MOST_INSTRUCTIONS}
    for name, most in lengths.items():
        if len(getattr(grounds, name)) > most:
            raise out_of_range(f"grounds.{name}", f"at most {most} characters")
    anew = grounds.rewriting
    for name, script in {"layout": grounds.layout, "rewriting.told": anew.told, "rewriting.asked": anew.asked}.items():
        _judge_layout(f"grounds.{name}", script)
    return grounds


_SHORT = frozenset({"number", "name", "page"})


def _judge_layout(field: str, script: Sequence[Words | Slot | Each | Rounds]) -> None:
    parts = [part for each in script for part in (each.parts if isinstance(each, Each | Rounds) else (each,))]
    length = sum(len(part.text) for part in parts if isinstance(part, Words))
    if max(len(script), len(parts)) > MOST_LAYOUT_PARTS or length > MOST_LAYOUT:
        raise out_of_range(field, f"at most {MOST_LAYOUT} characters in {MOST_LAYOUT_PARTS} parts")
    if sum(isinstance(part, Slot) and part.what not in _SHORT for part in parts) > MOST_REPEATS:
        raise out_of_range(field, f"at most {MOST_REPEATS} places for questions, answers and passages")
