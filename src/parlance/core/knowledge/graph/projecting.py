"""Graphs go to a database that is made for them, where the server has one: a job for each document whose graph changed.

What is enqueued says which document, and not what became of it: the job looks, writes what is found now, and removes
the rest. So it may be done twice, late, or for a document that is gone (decision 0035).
"""

from __future__ import annotations

from collections.abc import Sequence

from parlance.core.jobs.held import ENQUEUED_TOGETHER, Held
from parlance.core.knowledge.graph.operations import ProjectGraphs
from parlance.core.knowledge.room import PROJECT_BASE, PROJECT_GRAPH, PROJECT_TENANT, KnowledgeRoom
from parlance.core.operation import Context, Result
from parlance.ports.graph import Graphs, Projected, Projecting, Projection
from parlance.ports.knowledge import PAGE
from parlance.ports.stores import ChangeSet
from parlance.values.errors import Fault, Kind
from parlance.values.knowledge import Base, Document, Job

AGAIN_SECONDS = 600.0
"""Between two attempts of a job that has had all of its pauses: there is no last one."""
CHUNKS = 100
"""That are read and written together."""


def projected(room: KnowledgeRoom, base: Base, document: str) -> ChangeSet:
    """What has a document of a base projected as it is then, whatever is being done with it; nothing where graphs go
    nowhere, or the base has none: what was there of it goes with `base_projected`. Where this server has no graphs the
    job removes what an earlier one wrote."""
    if not base.graph.enabled:
        return ()
    return _anew(room, room.job(base.tenant, PROJECT_GRAPH, document, base=base.id))


def base_projected(room: KnowledgeRoom, tenant: str, base: str) -> ChangeSet:
    """The same with all documents of a base."""
    return _anew(room, room.job(tenant, PROJECT_BASE, base))


async def project_graphs(room: KnowledgeRoom, context: Context, op: ProjectGraphs) -> Result[int]:
    """Handle `ProjectGraphs`."""
    if room.projection is None:
        said = "Graphs are kept in the database alone."
        raise Fault(Kind.unsupported, said, hint="`knowledge.neo4j` says where else they go.", code="no_projection")
    tenants = await room.stores.tenants()
    changes = [_anew(room, room.job(tenant, PROJECT_TENANT, tenant)) for tenant in tenants]
    return Result(len(tenants), tuple(each for some in changes for each in some), (room.wake,))


def _anew(room: KnowledgeRoom, job: Job) -> ChangeSet:
    if room.projection is None:
        return ()
    return room.jobs.drop(job.tenant, job.kind, job.subject), *room.jobs.enqueue(job)


class _Projecting:
    """What the three tasks have in common: they are never given up, for nobody else would do it."""

    def __init__(self, room: KnowledgeRoom, projection: Projection) -> None:
        self._room = room
        self._projection = projection
        self._prepared = False

    def lasts(self, fault: Fault) -> bool:
        """Nothing does: a wrong password is mended by somebody."""
        return False

    async def give_up(self, held: Held, fault: Fault) -> None:
        """Not even then: a new series of attempts begins, whatever ended the last one."""
        await held.postpone(AGAIN_SECONDS, fault, anew=True)

    async def _prepare(self) -> None:
        """Once in this process, before the first job of a kind: a house that is new has only documents to project."""
        if not self._prepared:
            await self._projection.prepare()
            self._prepared = True

    async def _enqueue(self, held: Held, jobs: Sequence[Job]) -> None:
        for start in range(0, len(jobs), ENQUEUED_TOGETHER):
            await held.commit(*(_anew(self._room, job) for job in jobs[start : start + ENQUEUED_TOGETHER]))


class ProjectGraph(_Projecting):
    """The task `project_graph`: its subject is a document's id, which may be gone; its payload names the base."""

    async def run(self, held: Held) -> None:
        """Claim it, and only then look what there is."""
        job = held.job
        of = Projecting(job.tenant, str(job.payload.get("base", "")), job.subject, str(job.lease))
        await self._prepare()
        await self._projection.claim(of)
        document = await projectable(self._room, job.tenant, job.subject)
        kept = document is not None and document.base == of.base and await self._written(held, of, document)
        await self._projection.settle(of, gone=not kept)
        await held.finish()

    async def _written(self, held: Held, of: Projecting, document: Document) -> bool:
        """Whether there was anything."""
        graphs, after, some = self._room.stores.graphs(of.tenant), -1, False
        while found := await graphs.found(document.id, after, CHUNKS):
            after = found[-1][1]
            if chunks := await _drawn(graphs, document, found):
                await self._projection.write(of, document.name, chunks)
                some = True
            await held.renew()
        return some


class ProjectBase(_Projecting):
    """The task `project_base`: its subject is a base's id. All its documents get jobs, here and there."""

    async def run(self, held: Held) -> None:
        """Those that are here, then those that are there alone."""
        tenant, base = held.job.tenant, held.job.subject
        await self._prepare()
        found = await self._room.stores.bases(tenant).base(base)
        documents, before = self._room.stores.documents(tenant), None
        while (
            found is not None and found.graph.enabled and (page := await documents.page(base, before, PAGE, ("ready",)))
        ):
            before = page[-1].id
            await self._enqueue(held, [self._job(held, each.id) for each in page])
        after = ""
        while ids := await self._projection.documents(tenant, base, after, PAGE):
            after = ids[-1]
            gone = [id for id in ids if await projectable(self._room, tenant, id) is None]
            await self._enqueue(held, [self._job(held, id) for id in gone])
        await held.finish()
        await self._room.wake()

    def _job(self, held: Held, document: str) -> Job:
        return self._room.job(held.job.tenant, PROJECT_GRAPH, document, base=held.job.subject)


class ProjectTenant(_Projecting):
    """The task `project_tenant`: its subject is a tenant's id. All its bases with a graph get jobs, here and there."""

    async def run(self, held: Held) -> None:
        """A base that is both gets one job: the later takes the place of the first. Whoever has all looked through may
        have emptied that database, so it is prepared each time."""
        tenant, after = held.job.tenant, ""
        await self._projection.prepare()
        graphs = self._room.stores.graphs(tenant)
        while bases := await graphs.bases(after, PAGE):
            after = bases[-1]
            await self._enqueue(held, [self._room.job(tenant, PROJECT_BASE, base) for base in bases])
        after = ""
        while bases := await self._projection.bases(tenant, after, PAGE):
            after = bases[-1]
            await self._enqueue(held, [self._room.job(tenant, PROJECT_BASE, base) for base in bases])
        await held.finish()
        await self._room.wake()


async def projectable(room: KnowledgeRoom, tenant: str, id: str) -> Document | None:
    """A document that searches may find by a graph."""
    document = await room.stores.documents(tenant).document(id)
    if document is None or document.state != "ready" or not document.enabled or not room.graphs:
        return None
    base = await room.stores.bases(tenant).base(document.base)
    return document if base is not None and base.graph.enabled else None


async def _drawn(graphs: Graphs, document: Document, found: Sequence[tuple[str, int]]) -> Sequence[Projected]:
    """Those that mention anything."""
    drawings = await graphs.drawings(document.id, [chunk for chunk, _ in found])
    read = (Projected(chunk, place, drawings[chunk]) for chunk, place in found if chunk in drawings)
    return [each for each in read if each.drawing.entities]
