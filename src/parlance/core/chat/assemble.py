"""The prompt of a saved chat: instructions, then the way from the root to the newest turn, as much as the model takes.

The oldest turns go first when the model's context is full; instructions and the newest turn always stay. What was kept
and what was left out is handed over beside the prompt, for the run's ledger, and as a `Trimmed` event.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import msgspec

from parlance.core.chat.tokens import estimate_all
from parlance.core.ledger.draft import parts_of
from parlance.values.chats import Turn
from parlance.values.events import CutReason, Trimmed
from parlance.values.ledger import Drawn, LedgerCut
from parlance.values.messages import Item, Message, Reasoning

MOST_ANSWER = 1024
"""Tokens kept free for an answer whose length nobody bounded, where the context is large enough."""
WHY = "The conversation is longer than the model's context."
REASON: CutReason = "context"


PASSAGES = 8192
"""Tokens kept free for passages that are still to be found, where the context is large enough: ten of the largest
usual size."""


class Step(msgspec.Struct, frozen=True):
    """One turn on the way: its id, role, and tokens; what it says is read only if it stays."""

    id: str
    role: str
    tokens: int


class Assembled(msgspec.Struct, frozen=True):
    """A prompt, what it was drawn from, and the word for the caller when something was left out."""

    items: tuple[Item, ...]
    drawn: Drawn
    trimmed: Trimmed | None = None
    ids: tuple[str | None, ...] = ()
    """The turn that each of the items is from."""


Read = Callable[[Sequence[str]], Awaitable[dict[str, Turn]]]
"""Gives turns by their ids."""


def history(items: Sequence[Item]) -> tuple[Item, ...]:
    """What of a turn goes into a later prompt: not what a model thought, and nothing that is empty."""
    return tuple(
        item
        for item in items
        if not isinstance(item, Reasoning) and not (isinstance(item, Message) and not item.content)
    )


def room(context: int | None, max_tokens: int | None) -> int | None:
    """Tokens that a prompt may take; `None` where nobody knows the model's context."""
    if context is None:
        return None
    answer = MOST_ANSWER if max_tokens is None else max_tokens
    return max(context - min(answer, context // 2), 1)


def beside_passages(space: int | None) -> int | None:
    """What of the room is left for a conversation where passages come with its last question."""
    return None if space is None else space - min(PASSAGES, space // 2)


def choose(steps: Sequence[Step], space: int | None) -> tuple[Step, ...]:
    """The newest steps that fit into so many tokens, the last one whatever it takes, and those of the role system.

    What is left begins with a question: an answer whose question is gone says little.
    """
    if space is None or not steps:
        return tuple(steps)
    first = len(steps) - 1
    space -= sum(step.tokens for step in steps if step.role == "system") + steps[-1].tokens
    while first > 0:
        step = steps[first - 1]
        if step.role != "system":
            space -= step.tokens
            if space < 0:
                break
        first -= 1
    while 0 < first < len(steps) - 1 and steps[first].role == "assistant":
        first += 1
    return tuple(step for n, step in enumerate(steps) if n >= first or step.role == "system")


async def assemble(instructions: tuple[Item, ...], steps: Sequence[Step], space: int | None, read: Read) -> Assembled:
    """The prompt that the steps lead to, the last of which always stays; `space` as `room` gives it."""
    stay = choose(steps, None if space is None else space - estimate_all(instructions))
    turns = await read([step.id for step in stay])
    items: list[Item] = list(instructions)
    parts = [part for item in instructions for part in parts_of(item)]
    ids: list[str | None] = [None] * len(items)
    for step in stay:
        said = history(turns[step.id].said) if step.id in turns else ()
        items += said
        ids += [step.id] * len(said)
        parts += [part for item in said for part in parts_of(item, step.id)]
    kept = {step.id for step in stay}
    left = [step for step in steps if step.id not in kept]
    cuts = tuple(LedgerCut("message", step.tokens, WHY, step.id, step.role, REASON) for step in left)
    trimmed = None
    if left:
        what = "the oldest turn" if len(left) == 1 else f"the {len(left)} oldest turns"
        trimmed = Trimmed(what, WHY, sum(step.tokens for step in left), REASON, len(left))
    return Assembled(tuple(items), Drawn(tuple(parts), cuts), trimmed, tuple(ids))
