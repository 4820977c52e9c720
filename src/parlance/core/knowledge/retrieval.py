"""What the operation on search does."""

from __future__ import annotations

from parlance.core.knowledge.bounds import judged_query
from parlance.core.knowledge.chunks import chunk_view
from parlance.core.knowledge.misfits import searched
from parlance.core.knowledge.retrieval_operations import FoundPassage, FoundPassages, RetrievePassages
from parlance.core.knowledge.room import KnowledgeRoom
from parlance.core.knowledge.search.options import options_of
from parlance.core.knowledge.searching import queries_for, retriever_for
from parlance.core.operation import Context, Result
from parlance.values.feeds import ListChanged
from parlance.values.knowledge import Base, Hit


async def retrieve_passages(room: KnowledgeRoom, context: Context, op: RetrievePassages) -> Result[FoundPassages]:
    """Handle `RetrievePassages`."""
    base: Base = context.subject
    judged_query(op)
    options = options_of(op)
    queries = await queries_for(room, context.principal, op.query, options, op.history, op.model)
    found = await retriever_for(room, context.principal).find(base, queries, options)
    hits = await room.page_starts.found(room.blobs, found.hits)
    told = queries.texts if queries.texts != (op.query,) else ()
    shown = FoundPassages(tuple(map(_shown, hits)), found.threshold, found.remarks, told, found.problem)
    changes = searched(room, base, found.problem, found.hits)
    return Result(shown, changes, (room.tells(base, ListChanged("bases")),) if changes else ())


def _shown(hit: Hit) -> FoundPassage:
    document = hit.document
    return FoundPassage(chunk_view(hit.chunk), document.name, hit.score, hit.scores, hit.neighbour, document.title)
