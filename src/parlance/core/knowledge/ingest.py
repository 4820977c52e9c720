"""From a document's bytes to chunks that are found: fetch, parse, cut, embed, ready.

Each step is written before the next begins, so that whoever takes the job over goes on from there: a document that is
`embedding` has all its chunks, and those that have vectors keep them. Nobody sees any of it until the last change set
makes the document ready and raises its base's revision (decision 0018).
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import msgspec

from parlance.core.jobs.held import LASTING, Elsewhere, Held, LeaseLost
from parlance.core.knowledge.changing import changed
from parlance.core.knowledge.embedding import SMALL, Last, embed_nearly, raised_with, seat_of
from parlance.core.knowledge.fetch import fetched
from parlance.core.knowledge.graph.drawing import again
from parlance.core.knowledge.hearing.transcripts import is_speech
from parlance.core.knowledge.misfits import met
from parlance.core.knowledge.progress import Progress
from parlance.core.knowledge.reading import chunked, read, write_nearly
from parlance.core.knowledge.remarks import BY_WORDS_ONLY, without
from parlance.core.knowledge.room import KnowledgeRoom
from parlance.core.knowledge.seeing.captions import forgotten, kept, model_of
from parlance.core.knowledge.summing import summed_up
from parlance.core.knowledge.takeover import taken_over
from parlance.core.knowledge.texts import forget_text, keep_text
from parlance.core.knowledge.vectors import MISFITS
from parlance.core.steps import Steps
from parlance.ports.knowledge import TOGETHER
from parlance.ports.stores import ChangeSet, Conflict
from parlance.values.errors import Fault, Kind
from parlance.values.knowledge import Base, Document, Parsed
from parlance.values.remarks import RemarkCode

MOVING = "It waits until the base has been embedded anew."
WAITS = "waits"
"""What the payload of such a job says."""
MOVING_SECONDS = 5.0
"""How long a document waits before it looks again whether its base has gone over to another embedder."""
LASTING_CODES = frozenset({"no_room_for_documents", "parser_too_slow"})
"""What fails again however often it is tried, whatever its kind."""


class Ingest:
    """The task `ingest`: its subject is a document's id."""

    def __init__(self, room: KnowledgeRoom) -> None:
        self._room = room

    def lasts(self, fault: Fault) -> bool:
        """A file that cannot be read stays so; an engine or a disk may come back."""
        if fault.code == "content_lost":  # perhaps it lies in another host's folder: let that one have a try
            return False
        return fault.kind in LASTING or fault.code in LASTING_CODES

    async def run(self, held: Held) -> None:
        """Do what is still to be done."""
        held.steps = Steps(self._room.clock)
        with held.steps.step("document"):
            try:
                await self._done(held, held.steps)
            except Elsewhere as other:
                await held.move(other.lane)
                await self._room.wake()
            except Fault as fault:
                if not self.lasts(fault):
                    await self._told(held, fault)
                raise

    async def _done(self, held: Held, steps: Steps) -> None:
        base, document = await self._found(held)
        if base is None or document is None or document.state == "ready":
            return await held.finish()
        if not document.blob:
            document = await fetched(self._room, held, document)
        if document.state != "embedding":
            document = await self._read(held, base, document, steps)
        with steps.step("embed"):
            await self._make_ready(held, base, document)

    async def give_up(self, held: Held, fault: Fault) -> None:
        """The document says why."""
        base, document = await self._found(held)
        if base is None or document is None:
            return await held.finish()
        fields = {"state": "failed", "problem": fault.code or fault.kind.value, "words": fault.sentence()}
        documents, now = self._room.stores.documents(document.tenant), self._room.clock.now()
        # Some of its own may be the wrong ones: tried once more, it begins without.
        forgets = fault.code in MISFITS
        vectors = (self._room.stores.chunks(document.tenant).forget_all_vectors(document.id),) if forgets else ()

        async def failed() -> ChangeSet:
            return documents.change(document.id, fields, now), *vectors, *await met(self._room, base, fault)

        await held.finish(failed)
        self._room.tell(base, msgspec.structs.replace(document, **fields))

    async def _told(self, held: Held, fault: Fault) -> None:
        """Why it is not done yet: it may be tried again for some twenty minutes, and who waits looks at it."""
        base, document = await self._found(held)
        if base is None or document is None or (base.coming and held.job.payload.get(WAITS)):
            return
        said: dict[str, Any] = {"problem": fault.code or fault.kind.value, "words": fault.sentence()}
        with suppress(Conflict):  # it went meanwhile: what is raised is still why it failed
            self._room.tell(base, await self._changed(held, document, **said))

    async def _found(self, held: Held) -> tuple[Base | None, Document | None]:
        tenant = held.job.tenant
        document = await self._room.stores.documents(tenant).document(held.job.subject)
        base = None if document is None else await self._room.stores.bases(tenant).base(document.base)
        return base, document

    # -- reading ----------------------------------------------------------------------------------------------------

    async def _read(self, held: Held, base: Base, document: Document, steps: Steps) -> Document:
        """Parse and cut: its text is a blob, its chunks are rows that nobody sees yet."""
        room = self._room
        seen = await kept(room, document) if document.text else {}
        document = await self._begun(held, document)
        if "origin" in held.job.payload:
            if (copy := await self._taken_over(held, base, document)) is not None:
                return copy
            document = await self._begun(held, document)
        async with Progress(room, held, base, document) as progress:
            try:
                found = await read(room, held, base, document, seen, progress)
                with steps.step("cut"):
                    document = await self._cut(held, base, document, found, progress.document.pages)
            except LeaseLost:  # whoever has the job now writes its own
                await forget_text(room, document)
                raise
        room.tell(base, document)
        return document

    async def _begun(self, held: Held, document: Document) -> Document:
        """With names for what is read. What an attempt has left that was broken off goes, once it is sure whose the job
        is: a store that is away keeps nobody from reading on."""
        names: dict[str, Any] = {"text": self._room.ids.new(), "structure": self._room.ids.new()}
        names |= {"text_size": 0, "structure_size": 0}
        after = await self._changed(held, document, state="parsing", done=0, pages=0, **names)
        await forget_text(self._room, document)
        await self._cleared(held, after)
        return after

    async def _taken_over(self, held: Held, base: Base, document: Document) -> Document | None:
        """Read by way of another document that says the same; none where there is none."""
        room, said = self._room, None
        try:
            said = await taken_over(room, held, document)
        except LeaseLost:
            await forget_text(room, document)
            raise
        except Fault as fault:
            if fault.code != "content_lost":
                raise
        if said is None:
            return None
        document = await self._changed(held, document, state="embedding", **said)
        room.tell(base, document)
        return document

    async def _cut(self, held: Held, base: Base, document: Document, read: Parsed, pages: int) -> Document:
        """Its text and its chunks; when all are there, it says so."""
        sizes = await keep_text(self._room, base, document, read)
        chunks = await chunked(self._room, base, document, read)
        last = await write_nearly(self._room, held, document, chunks)
        pages = len(read.pages) or pages
        said: dict[str, Any] = {"state": "embedding", "language": read.language[:100]}
        said["remarks"] = read.remarks
        said |= {"pages": pages, "done": pages, "chunks": len(chunks), **sizes}
        asked = is_speech(read) or model_of(self._room, base)
        also = await forgotten(self._room, document) if asked else ()
        return await self._noted(held, document, read, said, (*last, *also))

    async def _noted(
        self, held: Held, document: Document, read: Parsed, said: Mapping[str, Any], also: ChangeSet
    ) -> Document:
        """As `_changed`; what people have noted of it by then stays."""
        documents, after = self._room.stores.documents(document.tenant), document

        async def noting() -> ChangeSet:
            nonlocal after
            was = await documents.document(document.id)
            noted, now = was or document, self._room.clock.now()
            own = {"title": noted.title or read.title, "metadata": {**read.metadata, **noted.metadata}}
            after = changed(document, now, {**said, **own})
            return (documents.change(document.id, {**said, **own}, now, was=was), *also)

        await held.decided(noting)
        return after

    async def _cleared(self, held: Held, document: Document) -> None:
        """Without what an attempt that was broken off has left."""
        remains = self._room.stores.remains(document.tenant)
        while found := await remains.pieces(document.id, TOGETHER):
            await held.commit(remains.clear(document.id, found))

    async def _changed(self, held: Held, document: Document, also: ChangeSet = (), **fields: Any) -> Document:
        now = self._room.clock.now()
        change = self._room.stores.documents(document.tenant).change(document.id, fields, now)
        await held.commit((change, *also))
        return changed(document, now, fields)

    # -- the end ----------------------------------------------------------------------------------------------------

    async def _make_ready(self, held: Held, base: Base, document: Document) -> None:
        """Embed, and have it found. A base that meanwhile went over to another embedder has it embedded once more; one
        that is on its way there, and whose present embedder fails, is waited for."""
        bases, last = self._room.stores.bases(document.tenant), Last((), 0)
        if document.chunks <= SMALL:
            await held.step_aside(seat_of(document, base.embedder))
        waits = held.job.payload.get(WAITS)
        while not (base.coming and waits):  # where it waits already, it is known that the embedder fails
            try:
                if base.embedder:
                    last = await embed_nearly(self._room, held, document, base.embedder, base.generation)
                return await self._finish(held, base, document, last)
            except (Conflict, Fault) as error:
                now = await bases.base(base.id)
                if now is None or (now.generation == base.generation and not (now.coming and isinstance(error, Fault))):
                    raise
                if now.generation == base.generation and isinstance(error, Fault):
                    problem = error.code or error.kind.value
                    waits, noted = True, held.note(**{WAITS: True})
                    document = await self._changed(held, document, noted, problem=problem, words=MOVING)
                base = now
        await held.postpone(MOVING_SECONDS, Fault(Kind.busy, MOVING, code=document.problem), counts=False)

    async def _finish(self, held: Held, base: Base, document: Document, last: Last) -> None:
        """Have it found, with its `last` vectors."""
        stores, now = self._room.stores, self._room.clock.now()
        documents, bases = stores.documents(document.tenant), stores.bases(document.tenant)
        dimension = last.dimension if base.embedder else 0
        remarks = without(document.remarks, RemarkCode.WORDS_ONLY)
        fields: dict[str, Any] = {"state": "ready", "problem": "", "words": "", "generation": base.generation}
        fields["remarks"] = remarks if base.embedder else (*remarks, BY_WORDS_ONLY)

        jobs: ChangeSet = ()

        async def ready() -> ChangeSet:
            nonlocal jobs
            found, of = await bases.base(base.id), msgspec.structs.replace(base, dimension=0)
            if found is not None and found.generation == base.generation:  # else it is a conflict
                of = found
            raised = await raised_with(self._room, of, dimension)
            drawn = found is not None and found.graph.enabled and self._room.graphs
            jobs = again(self._room, document) if drawn else ()
            jobs = jobs if found is None else (*jobs, *summed_up(self._room, found, document))
            seen = documents.change(document.id, fields, now), documents.found_anew(document.id)
            return *last.changes, raised, *seen, *jobs

        await held.finish(ready)
        self._room.tell(base, msgspec.structs.replace(document, **fields))
        if jobs:  # for those of another lane, who would else look by themselves
            await self._room.wake()
