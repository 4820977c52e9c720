"""What is told of a connection: what it is, and how it fares in this process. Of a key never more than its ending."""

from __future__ import annotations

from typing import Any

import msgspec

from parlance.core.models.connections import Connection
from parlance.core.models.roster import Added, Fixed
from parlance.values.connections import ConnectionFacts, ConnectionTrouble
from parlance.values.errors import Fault

NAMED = 50
"""Models that are named; the others are counted."""


def facts_of_fixed(one: Fixed) -> ConnectionFacts:
    """One of the settings, or that was found or is always there."""
    told: dict[str, Any] = {
        **msgspec.structs.asdict(one.plan),
        **_live(one.connection),
        "origin": one.origin,
        "has_key": one.has_key,
        "standing": "off" if one.connection is None else "used",
    }
    return ConnectionFacts(id=one.id, owner=one.owner, **told)


def facts_of_added(one: Added, now: int) -> ConnectionFacts:
    """One of the database. `now` is when it was found that it cannot be used, where that is so."""
    kept = one.stored.kept
    told: dict[str, Any] = {
        **msgspec.structs.asdict(kept.plan),
        **_live(one.connection),
        "has_key": one.stored.key is not None,
        "key_ending": kept.key_ending or "",
        "standing": one.standing,
        "created": kept.created,
        "updated": kept.updated,
    }
    if one.fault is not None:
        told["last_error"] = trouble_of(now, one.fault)
    return ConnectionFacts(id=kept.id, owner="database", **told)


def trouble_of(at: int, fault: Fault) -> ConnectionTrouble:
    """A fault as it is told to who looks after connections."""
    return ConnectionTrouble(at, fault.kind.value, fault.message, fault.hint, fault.code)


def _live(connection: Connection | None) -> dict[str, Any]:
    if connection is None:
        return {}
    names = [card.id for card in connection.cards]
    line, last = connection.line.state, connection.circuit.last
    return {
        "circuit": connection.circuit.state,
        "serving": line.serving,
        "waiting": line.waiting,
        "model_count": len(names),
        "model_names": tuple(names[:NAMED]),
        "last_error": None if last is None else trouble_of(*last),
    }
