"""Removing what has gone, piece by piece, so that nobody waits long for a database's only writer.

Nobody sees any of it any more, and nobody but these jobs removes it: they are never given up.
"""

from __future__ import annotations

from parlance.core.jobs.held import Held
from parlance.core.knowledge.room import CLEAR_DOCUMENT, DRAW_GRAPH, INGEST, RECUT, SUM_UP, KnowledgeRoom
from parlance.ports.knowledge import TOGETHER
from parlance.ports.remains import Leaving
from parlance.ports.stores import ChangeSet
from parlance.values.errors import Fault

AGAIN_SECONDS = 600.0
_OF_DOCUMENTS = (INGEST, RECUT, DRAW_GRAPH, SUM_UP, CLEAR_DOCUMENT)
_SOME = 20
"""Documents that are looked for at once."""


class _Clearing:
    def __init__(self, room: KnowledgeRoom) -> None:
        self._room = room

    def lasts(self, fault: Fault) -> bool:
        """Nothing does."""
        return False

    async def give_up(self, held: Held, fault: Fault) -> None:
        """Not even then: a new series of attempts begins, whatever ended the last one."""
        await held.postpone(AGAIN_SECONDS, fault, anew=True)

    async def _emptied(self, held: Held, left: Leaving) -> None:
        """Without chunks, vectors and blobs."""
        remains = self._room.stores.remains(held.job.tenant)
        while pieces := await remains.pieces(left.id, TOGETHER):
            await held.commit(remains.clear(left.id, pieces))
        for blob in left.blobs:
            await self._room.blobs.delete(blob)


class ClearDocument(_Clearing):
    """The task `clear_document`: its subject is the id of a document that is leaving."""

    async def run(self, held: Held) -> None:
        """Remove it."""
        remains = self._room.stores.remains(held.job.tenant)
        left = await remains.document(held.job.subject)
        if left is not None:
            await self._emptied(held, left)

        async def last() -> ChangeSet:
            return () if left is None else remains.remove(left)

        await held.finish(last)


class ClearBase(_Clearing):
    """The task `clear_base`: its subject is the id of a base that is leaving."""

    async def run(self, held: Held) -> None:
        """Remove it with all its documents, whatever is being done with them."""
        tenant, base = held.job.tenant, held.job.subject
        remains, jobs = self._room.stores.remains(tenant), self._room.jobs
        while documents := await remains.documents(base, _SOME):
            for left in documents:
                await held.commit(tuple(jobs.drop(tenant, kind, left.id) for kind in _OF_DOCUMENTS))
                await self._emptied(held, left)
                if (now := await remains.document(left.id)) is not None and now == left:
                    await held.commit(remains.remove(left))

        async def last() -> ChangeSet:
            return remains.remove_base(base)

        await self._room.index.drop(tenant, base)
        await held.finish(last)
