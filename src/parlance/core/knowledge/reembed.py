"""Taking a base to another embedder while it is searched with the one that it has.

The new vectors are of another generation, which nobody looks for, until every document that is ready has them; then one
change set makes them those of the base, and the old ones are removed piece by piece.
"""

from __future__ import annotations

import msgspec

from parlance.core.jobs.held import LASTING, STINT_SECONDS, Held
from parlance.core.knowledge.embedding import embed_document
from parlance.core.knowledge.room import EMBED_BASE, KnowledgeRoom
from parlance.core.knowledge.vectors import ANOTHER, WRONG_DIMENSION, nonsense
from parlance.ports.knowledge import TOGETHER
from parlance.ports.stores import ChangeSet, Conflict
from parlance.values.errors import Fault
from parlance.values.feeds import ListChanged
from parlance.values.knowledge import Base

_SOME = 20


class EmbedBase:
    """The task `embed_base`: its subject is a base's id, its payload says which generation the new vectors are of.
    Where the base moves nowhere, it removes the vectors that are not those of the base."""

    def __init__(self, room: KnowledgeRoom) -> None:
        self._room = room

    def lasts(self, fault: Fault) -> bool:
        """An engine may come back; a model that is not there does not."""
        return fault.kind in LASTING

    async def run(self, held: Held) -> None:
        """Embed what is not yet, switch, clean up."""
        tenant, bases = held.job.tenant, self._room.stores.bases(held.job.tenant)
        base = await bases.base(held.job.subject)
        generation, until = held.job.payload.get("generation"), self._room.clock.monotonic() + STINT_SECONDS
        while base is not None and base.coming and isinstance(generation, int):
            if not await self._embedded(held, base, base.coming, generation, until):
                dimension = await self._room.stores.chunks(tenant).dimension(base.id, generation)
                try:
                    now = max(self._room.clock.now(), base.changed + 1)  # who breaks it off now meets a conflict
                    await held.commit(bases.switch(base, base.coming, generation, dimension, now))
                    self._tell(base)
                except Conflict:
                    pass  # a document came or went meanwhile: look again
            base = await bases.base(base.id)
        if base is not None:
            await self._cleaned(held, base)
        await held.finish()

    async def give_up(self, held: Held, fault: Fault) -> None:
        """The base says why, and stays with what it has."""
        bases = self._room.stores.bases(held.job.tenant)
        base = await bases.base(held.job.subject)
        if base is None:
            return await held.finish()
        why = _of_the_coming(base, fault)
        fields = {"coming": None, "problem": why.code or why.kind.value, "words": why.sentence()}

        async def failed() -> ChangeSet:
            return (bases.note(base.id, fields),)

        await held.finish(failed)
        self._tell(base)

    async def _embedded(self, held: Held, base: Base, embedder: str, generation: int, until: float) -> bool:
        """Embed some documents anew; gives whether there were any. Raises `Crowded` between two of them, as soon as
        the stint is over, where another base waits for the same slow embedder: they take turns."""
        documents = self._room.stores.documents(base.tenant)
        found = await documents.lagging(base.id, generation, _SOME)
        for document in found:
            if self._room.clock.monotonic() >= until:
                held.must_be_wanted()
            mine = msgspec.structs.replace(document, user=base.user)
            try:
                await embed_document(self._room, held, mine, embedder, generation)
                fields = {"generation": generation}
                done = documents.change(document.id, fields, None, among=("ready",), cut=document.cut)
                await held.commit((done,))
            except Conflict:
                continue  # it went meanwhile, or was cut anew: then it is found here once more
        return bool(found)

    async def _cleaned(self, held: Held, base: Base) -> None:
        remains = self._room.stores.remains(base.tenant)
        while old := await remains.outdated(base.id, base.generation, TOGETHER):
            await held.commit(remains.clear_vectors(old))

    def _tell(self, base: Base) -> None:
        pending = self._room.tells(base, ListChanged("bases"))()
        assert pending is None


async def embedded_anew(room: KnowledgeRoom, base: Base) -> int:
    """How many chunks of a base that is on its way are those of documents with new vectors, as far as these tell how
    many they have. The one that is in work counts as far as it is, since a single book may take hours."""
    job = await room.jobs.find(base.tenant, EMBED_BASE, base.id)
    generation = None if job is None else job.payload.get("generation")
    if not isinstance(generation, int):
        return 0
    done = await room.stores.bases(base.tenant).chunks(base.id, generation)
    for document in await room.stores.documents(base.tenant).lagging(base.id, generation, 1):
        counts = await room.stores.chunks(base.tenant).embedded([document.id], generation)
        there, wanted = counts.get(document.id, (0, 1))
        done += document.chunks * there // wanted
    return done


_NEVER_ITS_OWN = {
    WRONG_DIMENSION: "The embedder gave vectors of different lengths.",
    ANOTHER: "The embedder became another model while the base was embedded with it.",
}


def _of_the_coming(base: Base, fault: Fault) -> Fault:
    """What a fault says of a move. Vectors that are not those of before mean that the embedder of a base has become
    another model only where it is chosen anew; of one that was never its own, that it gives vectors of several."""
    why = None if base.coming == base.embedder else _NEVER_ITS_OWN.get(fault.code or "")
    return fault if why is None else nonsense(why)
