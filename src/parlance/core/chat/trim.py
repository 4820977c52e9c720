"""Shortening a conversation that a stateless client sent whole and that its model cannot take whole.

Only where its dialect means it so: what is cut is told by the run's ledger, its events and a header.
"""

from __future__ import annotations

import msgspec

from parlance.core.chat.assemble import REASON, WHY, Step, beside_passages, choose, room
from parlance.core.chat.tokens import estimate, prompt_tokens
from parlance.core.ledger.draft import parts_of
from parlance.values.asks import ChatAsk
from parlance.values.events import Trimmed
from parlance.values.ledger import Drawn, LedgerCut
from parlance.values.messages import Item, Message
from parlance.values.models import ModelCard


class Shortened(msgspec.Struct, frozen=True):
    """What is left of an ask, what its prompt was drawn from, and the word for the caller."""

    ask: ChatAsk
    drawn: Drawn
    trimmed: Trimmed


def shortened(ask: ChatAsk, card: ModelCard, *, passages: bool = False) -> Shortened | None:
    """The ask without its oldest messages, where it does not fit the model's context; `None` where it does. `passages`
    are still to come, and want their room.

    Instructions and the newest message stay. An Ollama shortens by itself what comes over its own wire, as its clients
    know it.
    """
    space = room(card.context, ask.sampling.max_tokens)
    space = beside_passages(space) if passages else space
    if space is None or ask.wire == card.engine == "ollama" or prompt_tokens(ask) <= space:
        return None
    space -= prompt_tokens(msgspec.structs.replace(ask, items=()))
    steps = [Step(str(place), _role(item), estimate(item)) for place, item in enumerate(ask.items)]
    stay = {int(step.id) for step in choose(steps, space)}
    left = tuple(item for place, item in enumerate(ask.items) if place in stay)
    gone = [item for place, item in enumerate(ask.items) if place not in stay]
    if not gone:
        return None
    parts = tuple(part for item in left for part in parts_of(item))
    cuts = tuple(
        LedgerCut(part.kind, part.tokens, WHY, part.id, part.name, REASON) for item in gone for part in parts_of(item)
    )
    what = "the oldest message" if len(gone) == 1 else f"the {len(gone)} oldest messages"
    trimmed = Trimmed(what, WHY, sum(map(estimate, gone)), REASON, len(gone))
    return Shortened(msgspec.structs.replace(ask, items=left), Drawn(parts, cuts), trimmed)


def _role(item: Item) -> str:
    """Whatever follows from a question goes with it: thoughts, calls, and what tools said."""
    if not isinstance(item, Message):
        return "assistant"
    return "system" if item.role == "developer" else item.role
