"""Turns of a chat that comes in, as they are kept here."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import msgspec

from parlance.core.chat.assemble import history
from parlance.core.chat.prefix import prefix_of
from parlance.core.chat.saving import turn_items
from parlance.core.chat.tokens import estimate_all
from parlance.core.library.portable import PortableChat, PortableTurn
from parlance.values.chats import MOST_CLIENT_ID, MOST_NOTE, Chat, Turn, TurnState
from parlance.values.errors import Fault, Kind

YIELD_TURNS = 25
"""Turns that are made ready before others have their turn: a few milliseconds."""


async def planted(found: PortableChat, chat: Chat, ids: Mapping[str, str], files: frozenset[str]) -> list[Turn]:
    """The turns as they are kept here. Raises `Fault(invalid)` for what is no tree."""
    if len(ids) < len(found.turns):
        raise Fault(Kind.invalid, "Two turns have the same id.", field="turns", code="not_a_tree")
    heads: dict[str | None, str | None] = {None: ""}
    clients: set[str] = set()
    turns = []
    for n, given in enumerate(found.turns):
        if n % YIELD_TURNS == 0:
            await asyncio.sleep(0)
        if given.parent not in heads:
            raise Fault(Kind.invalid, "A turn stands before its parent.", field="turns", code="not_a_tree")
        turn = _turn(given, chat, ids, files)
        if turn.client_id in clients:
            turn = msgspec.structs.replace(turn, client_id=None)
        clients |= {turn.client_id} if turn.client_id else set()
        heads[given.id] = prefix_of(heads[given.parent], turn.said)
        turns.append(msgspec.structs.replace(turn, prefix_hash=heads[given.id] or None))
    return turns


def _turn(given: PortableTurn, chat: Chat, ids: Mapping[str, str], files: frozenset[str]) -> Turn:
    state: TurnState = "interrupted" if given.state == "running" else given.state
    said = tuple(each.item for each in given.items)
    whole = state == "complete" or given.role != "assistant"
    client = given.client_id if given.client_id and len(given.client_id) <= MOST_CLIENT_ID else None
    created = given.created if 0 < given.created <= chat.updated else chat.created
    return Turn(
        id=ids[given.id],
        chat=chat.id,
        role=given.role,
        state=state,
        created=created,
        parent=None if given.parent is None else ids[given.parent],
        items=turn_items(said, whole=whole),
        model=None if given.model is None else given.model[:255],
        files=tuple(file for file in given.files if file in files),
        usage=given.usage,
        error=given.error,
        rating=max(-1, min(1, given.rating)),
        note=None if given.note is None else given.note[:MOST_NOTE],
        client_id=client,
        sent=ids.get(given.sent, ids[given.id]),
        tokens=estimate_all(history(said)),
        ended=given.ended,
        foreign=given.foreign,
        footing=given.footing,
        evidence=given.evidence,
    )
