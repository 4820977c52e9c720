"""What an earlier answer rested on, looked at again for the question that follows it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from parlance.ports.knowledge import PAGE, KnowledgeStores
from parlance.values.events import Exhibit
from parlance.values.knowledge import Base, Hit

FADING = 0.5
"""What a score for an earlier question is worth for this one: what answers it by itself goes before, and what was only
near then is below every threshold now."""


async def recalled(base: Base, earlier: Sequence[Exhibit], stores: KnowledgeStores) -> list[Hit]:
    """The passages of this base as they are today, the best first; without those that are not there any more."""
    scores = {id: each for each in reversed(earlier) if each.base == base.id for id in _chunks(each)}
    rows = await stores.chunks(base.tenant).several(list(scores)[:PAGE]) if scores else ()
    documents = stores.documents(base.tenant)
    read = await asyncio.gather(*(documents.document(id) for id in dict.fromkeys(row.document for row in rows)))
    of = {document.id: document for document in read if document is not None and document.enabled}
    hits = [
        Hit(row, of[row.document], FADING * scores[row.id].score, scores[row.id].scores, earlier=True)
        for row in rows
        if row.enabled and row.base == base.id and row.document in of
    ]
    return sorted(hits, key=lambda hit: (-hit.score, hit.chunk.id))


def _chunks(passage: Exhibit) -> tuple[str, ...]:
    return tuple(piece.chunk for piece in passage.pieces) or (passage.chunk,)
