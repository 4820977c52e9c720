"""What has some fields of a document be others, wherever that is decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from parlance.core.knowledge.graph.projecting import projected
from parlance.core.knowledge.room import KnowledgeRoom, standing
from parlance.core.operation import Effect
from parlance.ports.stores import ChangeSet
from parlance.values.knowledge import Base, Document

PROJECTED = frozenset({"name", "enabled"})
"""Fields on which depends what a graph database has of a document."""


def changed(document: Document, now: int, fields: Mapping[str, Any]) -> Document:
    """A document as it is after a change: later than before, as the store has it, also by a clock that stands."""
    after: Document = msgspec.structs.replace(document, **fields, changed=max(now, document.changed + 1))
    return after


def changing(
    room: KnowledgeRoom, base: Base, document: Document, fields: Mapping[str, Any], *, guarded: bool
) -> tuple[Document, ChangeSet, tuple[Effect, ...]]:
    """The document as it is then, what makes it so, and what follows: where its graph goes, it is called by the same
    name. `guarded`: they were made of what it had, so that it must have that still."""
    now = room.clock.now()
    change = room.stores.documents(base.tenant).change(document.id, fields, now, was=document if guarded else None)
    after = changed(document, now, fields)
    told = room.tells(base, standing(after), also=document.user)
    again = () if PROJECTED.isdisjoint(fields) else projected(room, base, document.id)
    return after, (change, *again), (told, room.wake) if again else (told,)
