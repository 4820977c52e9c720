"""Cutting documents anew, with the options that their base has by now, while they are found as they were.

The chunks of the new cut, and their vectors, are written beside those that are there, which are all that anybody sees
until one change set has the document name the new cut; then the others go piece by piece (decision 0018). Whoever takes
the job over cuts the text once more: where the same chunks are written already they stay, with the vectors they have.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import msgspec

from parlance.core.jobs.held import ENQUEUED_TOGETHER, LASTING, Elsewhere, Held, LeaseLost
from parlance.core.knowledge.bases import base_view
from parlance.core.knowledge.bases_operations import BaseView
from parlance.core.knowledge.changing import changed
from parlance.core.knowledge.document_operations import DocumentView
from parlance.core.knowledge.embedding import SMALL, embed_document, raised_with, seat_of
from parlance.core.knowledge.graph.drawing import again
from parlance.core.knowledge.hearing.transcripts import is_speech
from parlance.core.knowledge.ingest import LASTING_CODES, MOVING, MOVING_SECONDS
from parlance.core.knowledge.misfits import met
from parlance.core.knowledge.reading import chunked, read, write_chunks
from parlance.core.knowledge.recutting_operations import RecutBase, RecutDocument
from parlance.core.knowledge.remarks import (
    BEING_RECUT,
    BY_WORDS_ONLY,
    Remarks,
    not_cut_anew,
    without,
    without_recutting,
)
from parlance.core.knowledge.room import RECUT, RECUT_BASE, KnowledgeRoom, standing
from parlance.core.knowledge.seeing.captions import BEHIND, forgotten, kept
from parlance.core.knowledge.summing import summed_up
from parlance.core.knowledge.texts import forget_text, keep_text, kept_text
from parlance.core.knowledge.uploads import document_view
from parlance.core.operation import Context, Result
from parlance.ports.knowledge import PAGE, TOGETHER
from parlance.ports.stores import ChangeSet, Conflict
from parlance.values.errors import Fault, Kind
from parlance.values.knowledge import Base, Chunk, Document, Located, Parsed
from parlance.values.remarks import RemarkCode


async def recut_document(room: KnowledgeRoom, context: Context, op: RecutDocument) -> Result[DocumentView]:
    """Handle `RecutDocument`: where it is being done, it begins again."""
    located: Located = context.subject
    base, document = located.base, located.document
    if document.state != "ready":
        said = "The document is still being read, or could not be."
        raise Fault(Kind.conflict, said, field="document", code="not_read_yet")
    after, changes = _asked(room, document, op.anew)
    told = room.tells(base, standing(after), also=document.user)
    ended = room.drops(base.tenant, RECUT, document.id)
    return Result(document_view(room, after), changes, (ended, told, room.wake))


async def recut_base(room: KnowledgeRoom, context: Context, op: RecutBase) -> Result[BaseView]:
    """Handle `RecutBase`."""
    base: Base = context.subject
    dropped = room.jobs.drop(base.tenant, RECUT_BASE, base.id)
    job = room.jobs.enqueue(room.job(base.tenant, RECUT_BASE, base.id))
    effects = (room.drops(base.tenant, RECUT_BASE, base.id), room.wake)
    return Result(base_view(room, context.principal, base), (dropped, *job), effects)


def _asked(room: KnowledgeRoom, document: Document, anew: bool = False) -> tuple[Document, ChangeSet]:
    """A document with the remark that it is being cut anew, and the job for that."""
    now, said = room.clock.now(), {"remarks": (*without_recutting(document.remarks), BEING_RECUT)}
    change = room.stores.documents(document.tenant).change(document.id, said, now, among=("ready",), was=document)
    dropped = room.jobs.drop(document.tenant, RECUT, document.id)
    job = room.jobs.enqueue(room.job(document.tenant, RECUT, document.id, cut=document.cut + 1, anew=anew))
    return changed(document, now, said), (change, dropped, *job)


def not_recut(room: KnowledgeRoom, document: Document) -> tuple[dict[str, Any], ChangeSet]:
    """What is otherwise of a document that is not to be cut anew, if it was to be, and what has it not be."""
    said = {"remarks": without_recutting(document.remarks)}
    return said, (room.jobs.drop(document.tenant, RECUT, document.id),)


class Recut:
    """The task `recut`: its subject is a document's id, its payload says which cut of it is wanted."""

    def __init__(self, room: KnowledgeRoom) -> None:
        self._room = room

    def lasts(self, fault: Fault) -> bool:
        """As where a document is read for the first time; bytes that are not here may be on another host."""
        return fault.code != "content_lost" and (fault.kind in LASTING or fault.code in LASTING_CODES)

    async def run(self, held: Held) -> None:
        """Cut it, if that is still to be done; then what is left of other cuts goes."""
        try:
            await self._done(held)
        except Elsewhere as other:
            await held.move(other.lane)
            await self._room.wake()

    async def _done(self, held: Held) -> None:
        base, document = await self._found(held)
        if base is None or document is None:
            return await held.finish()
        if document.cut < held.job.payload["cut"]:
            if base.coming is not None:  # all would be embedded twice
                return await held.postpone(MOVING_SECONDS, Fault(Kind.busy, MOVING), counts=False)
            document = await self._recut(held, base, document)
        await self._end(held, document, ())

    async def give_up(self, held: Held, fault: Fault) -> None:
        """The document says why, and stays as it is."""
        _, document = await self._found(held)
        if document is None:
            return await held.finish()
        await self._end(held, document, (not_cut_anew(fault),), fault)

    async def _found(self, held: Held) -> tuple[Base | None, Document | None]:
        stores, tenant = self._room.stores, held.job.tenant
        document = await stores.documents(tenant).document(held.job.subject)
        if document is None or document.state != "ready":
            return None, None
        return await stores.bases(tenant).base(document.base), document

    # -- the new cut --------------------------------------------------------------------------------------------------

    async def _recut(self, held: Held, base: Base, document: Document) -> Document:
        """Gives the document as it is then."""
        coming = msgspec.structs.replace(document, cut=document.cut + 1)
        # Where nothing was found in the bytes, something that finds it may have been installed since.
        again = held.job.payload.get("anew", False) or not document.chunks
        found, fresh = None if again else await kept_text(self._room, base, document), False
        if found is None:
            seen = await kept(self._room, coming)
            await held.commit(await forgotten(self._room, coming))  # those that are still right are kept anew
            found, fresh = await read(self._room, held, base, coming, seen, lambda done, pages: None), True
        chunks = await chunked(self._room, base, coming, found)
        await self._written(held, coming, chunks)
        coming = msgspec.structs.replace(coming, chunks=len(chunks))
        if not fresh:
            return await self._embedded(held, base, coming, None)
        if base.embedder:  # before its text is written: most of what can fail lies behind it then
            await embed_document(self._room, held, coming, base.embedder, base.generation)
        coming = msgspec.structs.replace(coming, text=self._room.ids.new(), structure=self._room.ids.new())
        try:
            sizes = await keep_text(self._room, base, coming, found)
            after = await self._embedded(held, base, msgspec.structs.replace(coming, **sizes), found)
        except (LeaseLost, Conflict):  # surely not committed; what else may have failed is for the keeper to find
            await forget_text(self._room, coming)
            raise
        await forget_text(self._room, document)
        return after

    async def _written(self, held: Held, coming: Document, chunks: Sequence[Chunk]) -> None:
        """All of its chunks, and none that an earlier attempt has left, unless they are the same."""
        store, remains = self._room.stores.chunks(coming.tenant), self._room.stores.remains(coming.tenant)
        there: list[Chunk] = []
        while piece := await store.written(coming.id, there[-1].place if there else -1, TOGETHER, cut=coming.cut):
            there += [chunk for chunk in piece if chunk.place < BEHIND]
            if piece[-1].place >= BEHIND:
                break
        if list(map(_says, there)) == list(map(_says, chunks)):
            return
        for start in range(0, len(there), TOGETHER):
            await held.commit(remains.clear(coming.id, [chunk.id for chunk in there[start : start + TOGETHER]]))
        await write_chunks(self._room, held, coming, chunks)

    async def _embedded(self, held: Held, base: Base, coming: Document, fresh: Parsed | None) -> Document:
        """Embed, and have the new cut found. A base that meanwhile went over to another embedder has it embedded once
        more."""
        bases = self._room.stores.bases(coming.tenant)
        while True:
            if base.embedder:
                if fresh is None and coming.chunks <= SMALL:  # what was read anew is embedded already
                    await held.step_aside(seat_of(coming, base.embedder))
                await embed_document(self._room, held, coming, base.embedder, base.generation)
            try:
                return await self._switched(held, base, coming, fresh)
            except Conflict:
                now = await bases.base(base.id)
                if now is None or now.generation == base.generation:
                    raise
                base = now

    async def _switched(self, held: Held, base: Base, coming: Document, fresh: Parsed | None) -> Document:
        """From now on the new cut is what is found; `fresh` is what was read where that is more than what was kept."""
        stores, now = self._room.stores, self._room.clock.now()
        documents = stores.documents(coming.tenant)
        dimension = await stores.chunks(coming.tenant).dimension(base.id, base.generation) if base.embedder else 0
        raised = await raised_with(self._room, base, dimension)
        captions, after = await forgotten(self._room, coming), coming

        async def switching() -> ChangeSet:
            nonlocal after
            was = await documents.document(coming.id)
            fields = _shown(base, was or coming, coming, fresh)
            after = changed(was or coming, now, fields)
            change = documents.change(coming.id, fields, now, among=("ready",), was=was)
            summed = () if fresh is None else summed_up(self._room, base, coming)
            return raised, change, documents.found_anew(coming.id), *captions, *summed

        await held.decided(switching)
        self._room.tell(base, after)
        return after

    # -- the end ------------------------------------------------------------------------------------------------------

    async def _end(self, held: Held, document: Document, why: Remarks, fault: Fault | None = None) -> None:
        """No chunk of any other cut is left, nor the remark; what lacks in the graph is drawn."""
        remains = self._room.stores.remains(document.tenant)
        while pieces := await remains.pieces(document.id, TOGETHER, but=document.cut):
            await held.commit(remains.clear(document.id, pieces))
        stores = self._room.stores
        documents = stores.documents(document.tenant)

        async def last() -> ChangeSet:
            base, now = await stores.bases(document.tenant).base(document.base), await documents.document(document.id)
            if base is None or now is None:
                return ()
            remarks = (*without_recutting(now.remarks), *why)
            said = documents.change(now.id, {"remarks": remarks}, now.changed, among=("ready",), was=now)
            drawn = again(self._room, now) if base.graph.enabled and self._room.graphs else ()
            return (said, *drawn, *(() if fault is None else await met(self._room, base, fault)))

        await held.finish(last)
        if (base := await stores.bases(document.tenant).base(document.base)) is not None:
            self._room.tell(base, document)
        await self._room.wake()


def _says(chunk: Chunk) -> tuple[Any, ...]:
    """What tells two cuts of a text apart."""
    return chunk.place, chunk.span, chunk.content, chunk.context, chunk.kind, chunk.searched, chunk.parent is None


def _shown(base: Base, noted: Document, coming: Document, fresh: Parsed | None) -> dict[str, Any]:
    """What is otherwise of a document that shows another cut."""
    fields: dict[str, Any] = {} if fresh is None else _said(noted, coming, fresh)
    remarks = without(without_recutting(fields.get("remarks", noted.remarks)), RemarkCode.WORDS_ONLY)
    fields["remarks"] = (*remarks, *(() if base.embedder else (BY_WORDS_ONLY,)), BEING_RECUT)
    return fields | {"cut": coming.cut, "chunks": coming.chunks, "generation": base.generation}


def _said(noted: Document, coming: Document, fresh: Parsed) -> dict[str, Any]:
    """What a document says after its bytes were read once more; what people noted of it stays."""
    pages = len(fresh.pages) or noted.pages
    said: dict[str, Any] = {"pages": pages, "done": pages, "language": fresh.language[:100]}
    said["remarks"] = fresh.remarks
    heard = fresh.metadata if is_speech(fresh) else {}  # whose words they are now, which only the reading can say
    said |= {"title": noted.title or fresh.title, "metadata": {**fresh.metadata, **noted.metadata, **heard}}
    return said | {name: getattr(coming, name) for name in ("text", "text_size", "structure", "structure_size")}


class RecutAll:
    """The task `recut_base`: its subject is the id of a base, all of whose documents get jobs that are ready."""

    def __init__(self, room: KnowledgeRoom) -> None:
        self._room = room

    def lasts(self, fault: Fault) -> bool:
        """Nothing does: only the database is asked."""
        return False

    async def run(self, held: Held) -> None:
        """Some at a time; each time it is noted how far that is."""
        documents, before = self._room.stores.documents(held.job.tenant), held.job.payload.get("before")
        while page := await documents.page(held.job.subject, before, PAGE, ("ready",)):
            before = page[-1].id
            for start in range(0, len(page), ENQUEUED_TOGETHER):
                some = page[start : start + ENQUEUED_TOGETHER]
                await held.commit_each([partial(self._asked, each) for each in some], held.note(before=some[-1].id))
        await held.finish()
        await self._room.wake()

    async def give_up(self, held: Held, fault: Fault) -> None:
        """Whoever wants it again asks again."""
        await held.finish()

    async def _asked(self, document: Document) -> ChangeSet:
        """Its job, as it is now; none where it is not ready any more."""
        now = await self._room.stores.documents(document.tenant).document(document.id)
        return () if now is None or now.state != "ready" else _asked(self._room, now)[1]
