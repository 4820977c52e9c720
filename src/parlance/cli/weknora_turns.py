"""Messages of a WeKnora session as turns of a chat: one after the other, with the passages that answers rest on.

A passage keeps its words. Where they stand in the document is not told any more: that is read anew here, and its text
may differ by a blank from what it was there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from parlance.ports.weknora_original import OriginalMessage, OriginalReference
from parlance.values.events import Evidence, Exhibit
from parlance.values.knowledge import Scores
from parlance.values.messages import Message

ROLES = ("system", "user", "assistant")
MOST_PASSAGES = 100
BY_VECTOR = 0
"""How something was found: the first of that system's numbers."""


def turns(messages: Iterable[OriginalMessage], base: str) -> list[dict[str, Any]]:
    """The messages in their order; those of a role that is not known are left out."""
    placed = sorted((each for each in messages if each.role in ROLES), key=_place)
    asked: dict[str, str] = {}
    told: list[dict[str, Any]] = []
    for each in placed:
        if each.role == "user":
            asked[each.request] = each.id
        parent = told[-1]["id"] if told else None
        told.append(_turn(each, parent, asked.get(each.request, each.id), base))
    return told


def _place(message: OriginalMessage) -> tuple[int, int]:
    """A question stands before its answer, also where both have the same time."""
    return message.created, ROLES.index(message.role)


def _turn(message: OriginalMessage, parent: str | None, sent: str, base: str) -> dict[str, Any]:
    item = msgspec.to_builtins(Message(message.role, message.content))  # type: ignore[arg-type]  # one of `ROLES`
    found = tuple(_passages(message.references[:MOST_PASSAGES], base))
    return {
        "id": message.id,
        "role": message.role,
        "state": "complete" if message.whole else "interrupted",
        "created": message.created,
        "ended": message.updated or None,
        "parent": parent,
        "items": [{"id": "message-1", "item": item}] if message.content else [],
        "sent": sent,
        "foreign": {"weknora": {"request": message.request}},
        **({"evidence": msgspec.to_builtins(Evidence(found))} if found else {}),
    }


def _passages(references: Iterable[OriginalReference], base: str) -> Iterator[Exhibit]:
    """What an answer rests on, numbered from 1."""
    for place, each in enumerate(references, 1):
        share = 0.0 if each.score is None else max(0.0, min(1.0, each.score))
        start = max(0, each.start)
        yield Exhibit(
            place,
            base,
            each.document,
            each.id,
            each.content,
            start,
            max(start, each.stop),
            each.title,
            score=share,
            scores=Scores(vector=share) if each.match_type == BY_VECTOR else Scores(),
            exact=False,
        )
