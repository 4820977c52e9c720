"""All that the operations and jobs of knowledge need, in one value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

import msgspec

from parlance.core.feeds.feed import Feeds
from parlance.core.files.keeper import Keeper
from parlance.core.files.taking import Bounds, Depot
from parlance.core.knowledge.evaluating import Evaluating
from parlance.core.knowledge.looks import Looks
from parlance.core.knowledge.page_lines import PageLines
from parlance.core.knowledge.page_sources import PageSources
from parlance.core.knowledge.pages import PageStarts
from parlance.core.knowledge.refusals import REFUSALS
from parlance.core.knowledge.search.exams import Exams
from parlance.core.operation import Effect
from parlance.ports.blobs import Blobs
from parlance.ports.drawing import PageDrawing
from parlance.ports.fetching import Fetcher
from parlance.ports.graph import Projection
from parlance.ports.indexes import BaseIndex
from parlance.ports.jobs import MODELS, WORK, Jobs
from parlance.ports.knowledge import KnowledgeStores
from parlance.ports.parsing import Parsing
from parlance.values.accounts import Principal
from parlance.values.asks import RerankAsk, Reranked, Transcript
from parlance.values.evaluations import Evaluated
from parlance.values.feeds import DocumentChanged, FeedEntry
from parlance.values.ids import Ids
from parlance.values.knowledge import Base, ChunkOptions, Document, Job, Located, Parsed, Passage, Picture
from parlance.values.time import Clock

INGEST, CLEAR_DOCUMENT, CLEAR_BASE, EMBED_BASE = "ingest", "clear_document", "clear_base", "embed_base"
EVALUATE = "evaluate"
DRAW_GRAPH, GRAPH_BASE = "draw_graph", "graph_base"
PROJECT_GRAPH, PROJECT_BASE, PROJECT_TENANT = "project_graph", "project_base", "project_tenant"
SUM_UP = "sum_up"
RECUT, RECUT_BASE = "recut", "recut_base"
"""The kinds of jobs."""
ASKING = frozenset({EVALUATE, DRAW_GRAPH, SUM_UP})
"""Those that wait for what models say."""
Spool = Callable[[str, int], AbstractAsyncContextManager[Path]]
"""A blob of so many bytes as a file, for as long as it is read."""
Chunking = Callable[[Parsed, ChunkOptions], Sequence[Passage]]


class Embedding(Protocol):
    """The embedders of this installation, asked in a user's name."""

    async def default(self, principal: Principal, model: str | None) -> str:
        """The id of a model that embeds; of none, the usual one, or an empty text where there is none. Raises
        `Fault(missing)` for one that is not there."""
        ...

    async def digest(self, principal: Principal, model: str) -> str:
        """What tells a model apart from another that comes under its name; an empty text where nobody says it now."""
        ...

    async def embed(
        self, tenant: str, user: str, model: str, texts: Sequence[str], query: bool = False
    ) -> Sequence[Sequence[float]]:
        """One vector for each text, as the model gives them; `query` says that they are questions, and no passages.
        Raises `Fault`."""
        ...


class Reranking(Protocol):
    """The rerankers of this installation, asked in a user's name."""

    async def named(self, principal: Principal, model: str) -> str:
        """The id of a model that reranks. Raises `Fault(missing)` for one that is not there, and `Fault(invalid)` for
        one that does something else."""
        ...

    async def rerank(self, tenant: str, user: str, ask: RerankAsk) -> Reranked:
        """The score of each text; `ask.model` is an id. Raises `Fault`."""
        ...


class Speaking(Protocol):
    """The models of this installation that chat, asked in somebody's name."""

    async def named(self, principal: Principal, model: str) -> str:
        """The id of a model that chats. Raises `Fault(missing)` for one that is not there, and `Fault(unsupported)` for
        one that is no language model."""
        ...

    async def say(
        self, principal: Principal, model: str, told: str, asked: str, most: int, temperature: float | None = None
    ) -> str:
        """What a model (empty: the default one) answers to `asked` in at most so many tokens, when it is told so.
        Raises `Fault`, also where there is no language model."""
        ...


class Seeing(Protocol):
    """The models of this installation that look at pictures, asked in somebody's name."""

    async def named(self, principal: Principal, model: str) -> str:
        """The id of a model that may be shown pictures. Raises `Fault(missing)` for one that is not there, and
        `Fault(unsupported)` for one that is no language model."""
        ...

    async def look(self, principal: Principal, model: str, told: str, asked: str, picture: Picture, most: int) -> str:
        """What a model answers to `asked` about a picture in at most so many tokens, when it is told so. Raises
        `Fault`."""
        ...


class Hearing(Protocol):
    """The models of this installation that write sound down, asked in somebody's name."""

    async def named(self, principal: Principal, model: str) -> str:
        """The id of a model that transcribes; of no name the first there is. Raises `Fault(missing)` for one that is
        not there, `Fault(invalid)` for one that does something else, `Fault(unsupported)` where there is none."""
        ...

    async def hear(self, principal: Principal, model: str, content: bytes) -> Transcript:
        """What is said in a file of sound, with times where the model has them. Raises `Fault`."""
        ...


class JobHands(Protocol):
    """Those who do jobs."""

    async def wake(self) -> None:
        """There is something to do."""
        ...

    async def dropped(self, job: Job) -> None:
        """A job is not to be done any more."""
        ...


class KnowledgeLimits(msgspec.Struct, frozen=True):
    """In bytes: of one document, and of all of a tenant (`None`: no bound)."""

    upload: int
    tenant: int | None = None


class Summing(msgspec.Struct, frozen=True):
    """How documents are summed up: `model` gives the id of the one that does it for a base, an empty text where nobody
    does; it is told `prompt`, or something of ours."""

    model: Callable[[Base], str] = lambda base: ""
    prompt: str = ""


class KnowledgeRoom(msgspec.Struct, frozen=True):
    """`hands` is filled in when there are workers; `joined` is `embedding` for small documents that are embedded with
    others, or the same; `graphs` says whether bases may have graphs here, and `projection` is where else these go;
    `vision` is the model that looks at the pictures of bases that name none, `transcriber` the one that writes down
    their sound (empty: the first that does so), `exams` and `looks` what was learnt of embedders."""

    stores: KnowledgeStores
    index: BaseIndex
    jobs: Jobs
    blobs: Blobs
    keeper: Keeper
    feeds: Feeds
    clock: Clock
    ids: Ids
    limits: KnowledgeLimits
    embedding: Embedding
    parsing: Parsing
    chunking: Chunking
    spool: Spool
    fetcher: Fetcher
    hands: list[JobHands]
    joined: Embedding
    evaluating: Evaluating | None = None
    reranking: Reranking | None = None
    speaking: Speaking | None = None
    graphs: bool = False
    projection: Projection | None = None
    summing: Summing = Summing()
    seeing: Seeing | None = None
    vision: str = ""
    hearing: Hearing | None = None
    transcriber: str = ""
    page_starts: PageStarts = msgspec.field(default_factory=PageStarts)
    page_drawing: PageDrawing | None = None
    """What shows pages as they look, each user's one after the other."""
    page_lines: PageLines = msgspec.field(default_factory=PageLines)
    page_sources: PageSources = msgspec.field(default_factory=PageSources)
    exams: Exams = msgspec.field(default_factory=Exams)
    looks: Looks = msgspec.field(default_factory=Looks)

    # -- dispatch's ways ----------------------------------------------------------------------------------------------

    async def find_base(self, principal: Principal, id: str) -> Base | None:
        """To a base; whether it may be seen is judged there."""
        return await self.stores.bases(principal.tenant).base(id)

    async def find_document(self, principal: Principal, id: str) -> Located | None:
        """To a document, with its base."""
        document = await self.stores.documents(principal.tenant).document(id)
        base = None if document is None else await self.find_base(principal, document.base)
        return None if base is None or document is None else Located(base, document)

    async def find_chunk(self, principal: Principal, id: str) -> Located | None:
        """To a chunk, with its document and base."""
        chunk = await self.stores.chunks(principal.tenant).chunk(id)
        found = None if chunk is None else await self.find_document(principal, chunk.document)
        return None if found is None else Located(found.base, found.document, chunk)

    async def find_evaluation(self, principal: Principal, id: str) -> Evaluated | None:
        """To an evaluation, with its base."""
        evaluation = await self.stores.evaluations(principal.tenant).evaluation(id)
        base = None if evaluation is None else await self.find_base(principal, evaluation.base)
        return None if base is None or evaluation is None else Evaluated(base, evaluation)

    # -- what many handlers do ----------------------------------------------------------------------------------------

    def job(self, tenant: str, kind: str, subject: str, **payload: object) -> Job:
        """A new one."""
        lane = MODELS if kind in ASKING else WORK
        return Job(self.ids.new(), tenant, kind, subject, 0, 0, payload=payload, lane=lane)

    def has_page_pictures(self, document: Document) -> bool:
        """Whether its pages can be looked at here, as far as its type tells."""
        drawing = self.page_drawing
        return drawing is not None and bool(document.blob) and document.media_type in drawing.media_types

    async def depot(self, tenant: str) -> Depot:
        """Where the bytes of documents go."""
        rooms = self.stores.rooms(tenant)
        own = await rooms.quota()
        bounds = Bounds(self.limits.upload, None, self.limits.tenant if own is None else own)
        return Depot(rooms, self.blobs, self.keeper, self.clock, self.ids, bounds, REFUSALS)

    async def wake(self) -> None:
        """An effect: there is a job."""
        for hands in self.hands:
            await hands.wake()

    def drops(self, tenant: str, kind: str, subject: str) -> Effect:
        """The effect that whoever does a job that was dropped breaks off."""

        async def dropped() -> None:
            for hands in self.hands:
                await hands.dropped(Job("", tenant, kind, subject, 0, 0))

        return dropped

    def tells(self, base: Base, *entries: FeedEntry, also: str = "") -> Effect:
        """The effect that tells the pages of a base's owner, and of somebody else."""

        def tell() -> None:
            for user in dict.fromkeys(filter(None, (base.user, also))):
                for entry in entries:
                    self.feeds.tell(base.tenant, user, entry)

        return tell

    def tell(self, base: Base, document: Document) -> None:
        """How a document stands now."""
        pending = self.tells(base, standing(document), also=document.user)()
        assert pending is None


def standing(document: Document, *, gone: bool = False) -> DocumentChanged:
    """A document's state, as pages are told of it."""
    return DocumentChanged(
        document.id,
        document.base,
        "deleted" if gone else document.state,
        document.done,
        document.pages,
        document.problem,
    )
