"""Drawing graphs: a job for each document, and one for a base that gets a graph or has none any more."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from functools import partial

from parlance.core.jobs.held import ENQUEUED_TOGETHER, STINT_SECONDS, Held
from parlance.core.knowledge.graph import prompts
from parlance.core.knowledge.graph.projecting import base_projected, projected
from parlance.core.knowledge.graph.reading import drawn
from parlance.core.knowledge.remarks import not_drawn_whole, without
from parlance.core.knowledge.room import DRAW_GRAPH, KnowledgeRoom
from parlance.ports.knowledge import PAGE, TOGETHER
from parlance.ports.stores import ChangeSet, Conflict
from parlance.values.accounts import Principal
from parlance.values.errors import Fault, Kind
from parlance.values.graph import Drawing
from parlance.values.knowledge import Base, Chunk, Document
from parlance.values.remarks import RemarkCode

AT_ONCE = 4
"""Passages of one document that a model reads at a time."""
TURN = 8
"""Times so many at most, after which other jobs have their turn: a long document keeps nobody's upload waiting."""
OF_ITS_OWN = frozenset({Kind.context_full, Kind.too_large, Kind.invalid})
"""Kinds of faults that are one passage's, and say nothing about the next."""
PASSING = frozenset({Kind.busy, Kind.upstream, Kind.timed_out, Kind.over_budget, Kind.conflict, Kind.internal})
"""Kinds of faults after which another attempt may go well."""


class DrawGraph:
    """The task `draw_graph`: its subject is a document's id."""

    def __init__(self, room: KnowledgeRoom) -> None:
        self._room = room

    def lasts(self, fault: Fault) -> bool:
        """A model that is not there stays away; one that is busy comes back."""
        return fault.kind not in PASSING

    async def run(self, held: Held) -> None:
        """Draw what is not drawn yet, some passages at a time."""
        graphs, until = self._room.stores.graphs(held.job.tenant), self._room.clock.monotonic() + STINT_SECONDS
        for _ in range(TURN):
            base, document = await self._found(held)
            if base is None or document is None:
                return await held.finish()
            chunks = await graphs.undrawn(document.id, AT_ONCE)
            if not chunks:
                return await self._finish(held, base, document)
            await self._draw(held, base, document, chunks)
            if self._room.clock.monotonic() >= until:
                break
        await held.give_back()
        await self._room.wake()

    async def give_up(self, held: Held, fault: Fault) -> None:
        """The document says why, and is found as before."""
        base, document = await self._found(held)
        if base is None or document is None:
            return await held.finish()
        await self._finish(held, base, document, fault)

    async def _found(self, held: Held) -> tuple[Base | None, Document | None]:
        """The document, and its base where that has a graph."""
        stores, tenant = self._room.stores, held.job.tenant
        document = await stores.documents(tenant).document(held.job.subject)
        if document is None or document.state != "ready" or not self._room.graphs:
            return None, None
        base = await stores.bases(tenant).base(document.base)
        return (base, document) if base is not None and base.graph.enabled else (None, None)

    async def _draw(self, held: Held, base: Base, document: Document, chunks: Sequence[Chunk]) -> None:
        """Some passages together: what came is written, also where another one failed. Raises `Fault`."""
        asked = (self._asked(base, document, chunk) for chunk in chunks)
        answers = await asyncio.gather(*asked, return_exceptions=True)
        graphs = self._room.stores.graphs(document.tenant)
        failed: BaseException | None = None
        for chunk, answer in zip(chunks, answers, strict=True):
            if isinstance(answer, BaseException):
                failed = failed or answer
                continue
            with suppress(Conflict):  # it says something else by now, or is gone: whoever asks again sees that
                await held.commit(graphs.draw(chunk, answer))
        if failed is not None:
            raise failed

    async def _asked(self, base: Base, document: Document, chunk: Chunk) -> Drawing:
        """What a model draws out of a passage."""
        speaking, who = self._room.speaking, Principal(document.tenant, document.user)
        if speaking is None:
            raise Fault(Kind.unsupported, "Nothing here chats.")
        told, shown = prompts.drawing(base.graph), prompts.passage(chunk)
        try:
            said = await speaking.say(who, base.graph.model, told, shown, prompts.ANSWER, temperature=prompts.COOL)
        except Fault as fault:
            if fault.kind not in OF_ITS_OWN:
                raise
            return Drawing(nonsense=True)
        return await asyncio.to_thread(drawn, said)

    async def _finish(self, held: Held, base: Base, document: Document, fault: Fault | None = None) -> None:
        """The last word of it: whether something lacks."""
        stores = self._room.stores
        lost = await stores.graphs(document.tenant).nonsense(document.id)
        why = fault or lost
        documents = stores.documents(document.tenant)

        async def last() -> ChangeSet:
            now = await documents.document(document.id)
            if now is None:
                return ()
            shown = projected(self._room, base, now.id)
            others = without(now.remarks, RemarkCode.UNDRAWN, RemarkCode.PASSAGES_UNDRAWN)
            remarks = (*others, not_drawn_whole(why)) if why else others
            same = remarks == now.remarks
            change = documents.change(now.id, {"remarks": remarks}, now.changed, among=("ready",), was=now)
            return shown if same else (change, *shown)

        await held.finish(last)
        self._room.tell(base, document)
        await self._room.wake()


class GraphBase:
    """The task `graph_base`: its subject is the id of a base whose graph was switched on or off. On, its documents get
    jobs, and passages of which nothing could be read another try; off, all that was drawn goes."""

    def __init__(self, room: KnowledgeRoom) -> None:
        self._room = room

    def lasts(self, fault: Fault) -> bool:
        """Nothing does: only the database is asked."""
        return False

    async def run(self, held: Held) -> None:
        """Whichever of the two it is now."""
        base = await self._room.stores.bases(held.job.tenant).base(held.job.subject)
        if base is not None:
            await self._forget(held, base, nonsense=base.graph.enabled)
            if self._is_drawn(base):
                await self._enqueue(held, base)
        await self._finish(held, base)

    async def give_up(self, held: Held, fault: Fault) -> None:
        """Whoever says it of the base again has it tried again. What was projected goes all the same, once the graph is
        off: that asks nothing of what was drawn."""
        await self._finish(held, await self._room.stores.bases(held.job.tenant).base(held.job.subject))

    def _is_drawn(self, base: Base) -> bool:
        return base.graph.enabled and self._room.graphs

    async def _finish(self, held: Held, base: Base | None) -> None:
        off = () if base is None or self._is_drawn(base) else base_projected(self._room, base.tenant, base.id)

        async def last() -> ChangeSet:
            return off

        await held.finish(last)
        await self._room.wake()

    async def _forget(self, held: Held, base: Base, *, nonsense: bool) -> None:
        graphs = self._room.stores.graphs(base.tenant)
        while pieces := await graphs.pieces(base.id, TOGETHER, nonsense=nonsense):
            of: dict[str, list[str]] = {}
            for document, chunk in pieces:
                of.setdefault(document, []).append(chunk)
            await held.commit(*(graphs.forget(document, chunks) for document, chunks in of.items()))

    async def _enqueue(self, held: Held, base: Base) -> None:
        documents, before = self._room.stores.documents(base.tenant), None
        while page := await documents.page(base.id, before, PAGE, ("ready",)):
            before = page[-1].id
            for start in range(0, len(page), ENQUEUED_TOGETHER):
                await held.commit_each([partial(self._job, each) for each in page[start : start + ENQUEUED_TOGETHER]])

    async def _job(self, document: Document) -> ChangeSet:
        """Not to be had where it has one already."""
        return self._room.jobs.enqueue(self._room.job(document.tenant, DRAW_GRAPH, document.id))


def again(room: KnowledgeRoom, document: Document) -> ChangeSet:
    """What has a document looked through for what is not drawn yet, whatever is being done with it."""
    dropped = room.jobs.drop(document.tenant, DRAW_GRAPH, document.id)
    return dropped, *room.jobs.enqueue(room.job(document.tenant, DRAW_GRAPH, document.id))
