"""How a document goes: nobody sees it any more, and a job removes it piece by piece."""

from __future__ import annotations

from parlance.core.knowledge.graph.projecting import projected
from parlance.core.knowledge.room import CLEAR_DOCUMENT, DRAW_GRAPH, INGEST, RECUT, SUM_UP, KnowledgeRoom, standing
from parlance.core.operation import Effect
from parlance.ports.stores import ChangeSet
from parlance.values.knowledge import Base, Document

_DOING = (INGEST, RECUT, DRAW_GRAPH, SUM_UP)
"""What may be being done with a document."""


def departing(
    room: KnowledgeRoom, base: Base, document: Document, *, as_read: bool = False
) -> tuple[ChangeSet, tuple[Effect, ...]]:
    """What has it go, whatever is being done with it, and what follows from that; perhaps only `as_read`."""
    left = room.stores.documents(base.tenant).leave(document, room.clock.now(), as_read=as_read)
    dropped = [room.jobs.drop(base.tenant, kind, document.id) for kind in _DOING]
    job = room.jobs.enqueue(room.job(base.tenant, CLEAR_DOCUMENT, document.id))
    told = room.tells(base, standing(document, gone=True), also=document.user)
    ends = [room.drops(base.tenant, kind, document.id) for kind in _DOING]
    drawn = projected(room, base, document.id)
    return (*left, *dropped, *job, *drawn), (*ends, told, room.wake)
