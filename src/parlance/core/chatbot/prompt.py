"""What a model is sent: how much of a history fits, and the two forms in which the app asks (contract §11.1 to §11.3).

A token is estimated as four bytes, and nothing is rounded before the end.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from parlance.values.chatbot import Pair
from parlance.values.messages import Item, Message

BYTES_PER_TOKEN = 4
ANSWER_SHARE = 0.2
"""Of the context: left for the answer."""
WORTH_CUTTING = 100
"""Tokens that must be left for a pair that does not fit to be kept in part."""
MEMORY_CHARACTERS = 2000


def tokens(text: str) -> float:
    """The estimate for a text."""
    return len(text.encode("utf-8", "surrogatepass")) / BYTES_PER_TOKEN


def history_budget(context: int, system: str, memory: str) -> int:
    """Tokens that a history may have: a context of 1000 with four bytes each of prompt and memory leaves 798."""
    return max(0, math.floor(context - tokens(system) - tokens(memory) - ANSWER_SHARE * context))


def fitting(history: Sequence[Pair], budget: float) -> list[Pair]:
    """The newest pairs that fit, oldest first. The first that does not is kept in part where that is worth it."""
    kept: list[Pair] = []
    left = budget
    for said, answered in reversed(history):
        size = tokens(said) + tokens(answered)
        if size > left:
            if left > WORTH_CUTTING:
                most = math.floor(2 * left)
                kept.append((said[:most], answered[:most]))
            break
        kept.append((said, answered))
        left -= size
    kept.reverse()
    return kept


def messages(system: str, memory: str, history: Sequence[Pair], message: str) -> tuple[Item, ...]:
    """The conversation for a chat API."""
    items: list[Item] = [Message("system", system)]
    if memory.strip():
        items.append(Message("system", f"Memory:\n{memory[:MEMORY_CHARACTERS]}"))
    for said, answered in history:
        items.append(Message("user", said))
        if answered:
            items.append(Message("assistant", answered))
    return (*items, Message("user", message))


def written_out(system: str, memory: str, history: Sequence[Pair], message: str) -> str:
    """The same as one text, which ends in the heading of the answer, for an Ollama's `/api/generate`."""
    parts = [system, ""]
    if memory.strip():
        parts += ["### Memory:", memory[:MEMORY_CHARACTERS], ""]
    for said, answered in history:
        parts += ["### User:", said, "", "### Assistant:", answered, ""]
    return "\n".join([*parts, "### User:", message, "", "### Assistant:", ""])
