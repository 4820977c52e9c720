"""From settings to knowledge: bases, documents, what reads and embeds them, and who does that."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import msgspec

from parlance import dialect_list
from parlance.assembly.asking import AskedAnswering, AskedEmbedding, AskedReranking, AskedSpeaking
from parlance.assembly.files import MEBIBYTE
from parlance.assembly.hearing import AskedHearing
from parlance.assembly.job_gauges import JobGauges
from parlance.assembly.neo4j import projection
from parlance.assembly.seeing import AskedSeeing
from parlance.core.dispatch import Loader
from parlance.core.files.keeper import Keeper
from parlance.core.jobs.crew import JobCrew
from parlance.core.jobs.held import Task
from parlance.core.jobs.worker import Workers
from parlance.core.knowledge.asking.looking import Shelf
from parlance.core.knowledge.chunking.passages import chunked
from parlance.core.knowledge.embedding import MOST_LETTERS, MOST_TEXTS
from parlance.core.knowledge.evaluating import Evaluating
from parlance.core.knowledge.handlers import loaders, projecting, tasks
from parlance.core.knowledge.joined import MOMENT, JoinedEmbedding
from parlance.core.knowledge.room import KnowledgeLimits, KnowledgeRoom, Summing
from parlance.core.rounds import Rounds
from parlance.observe.metrics import Metrics
from parlance.outbound.client import Client
from parlance.outbound.guard import Guard
from parlance.outbound.urls import parse
from parlance.parsers.drawing import DrawingPool
from parlance.parsers.quarantine import Quarantine
from parlance.plugins import PARSERS, targets
from parlance.ports.jobs import MODELS, WORK
from parlance.ports.observing import Log, OnDefect
from parlance.ports.parsing import Parsing
from parlance.ports.signals import Alone, Signals
from parlance.ports.stores import Database
from parlance.settings.knowledge import Knowledge
from parlance.settings.schema import Settings
from parlance.settings.weknora import Weknora
from parlance.stores.blobs.spool import spooled
from parlance.stores.indexes.nets import Nets
from parlance.stores.indexes.segments import SegmentIndex
from parlance.stores.sql.jobs import SqlJobs
from parlance.stores.sql.knowledge import SqlKnowledgeStores
from parlance.values.time import Clock

if TYPE_CHECKING:
    from parlance.app import House

IDLE_SECONDS = 30.0
"""After which workers look for jobs that nobody told them of. On one host there are none but those that wait."""
TIDY_SECONDS, UNUSED_SECONDS = 3600.0, 30 * 86400
"""How often the files of bases that nobody searched on this host are looked for, and after how long they go."""
SEED = 9
"""Of the draws of a bootstrap."""
IDLE_AMONG_OTHERS = 2.0
"""Where other hosts enqueue, which may share no Redis with this one."""


class KnowledgeKeeping:
    """Everything about knowledge in the process of a house, whose other parts are there. `parsing` is a test's."""

    def __init__(self, house: House, parsing: Parsing | None = None) -> None:
        chosen, database, road, blobs = house.settings.knowledge, house.database, house.road, house.files.room.blobs
        log, defect = house.observer.log("parlance.core.knowledge"), house.observer.defect
        stores = SqlKnowledgeStores(database)
        self.keeper = Keeper(stores, blobs, database, road.clock, log, defect)
        self._index = index(stores, house.settings, road.clock, house.observer.log("parlance.stores.indexes"))
        self._tidying = Rounds(self._tidy, TIDY_SECONDS, "indexes of bases not tidied", log, defect, at_once=False)
        elsewhere = projection(chosen.neo4j, house.client)
        pages = DrawingPool(road.clock, environment=house.environment)
        self.room = msgspec.structs.replace(
            self._room(house, stores, parsing), projection=elsewhere, page_drawing=pages
        )
        road.grounding.use(Shelf(self.room))
        self._crew = crew(self.room, database, house.shared.signals, defect)
        self.workers = workers(self.room, database, chosen.workers, self._crew, log, defect, lane=WORK)
        # There are none beside them where `parlance worker` does the jobs.
        asking = chosen.model_workers if chosen.workers else 0
        self._lanes = [self.workers, workers(self.room, database, asking, self._crew, log, defect, lane=MODELS)]
        if others := projecting(self.room):
            self._lanes.append(workers(self.room, database, min(1, chosen.workers), self._crew, log, defect, others))
        self._watched(house.observer.metrics, log, defect)

    def _room(self, house: House, stores: SqlKnowledgeStores, parsing: Parsing | None) -> KnowledgeRoom:
        chosen, road, blobs = house.settings.knowledge, house.road, house.files.room.blobs
        asked = (road, lambda: house.dispatch)
        return KnowledgeRoom(
            stores=stores,
            index=self._index,
            jobs=SqlJobs(house.database),
            blobs=blobs,
            keeper=self.keeper,
            feeds=house.chats.room.feeds,
            clock=road.clock,
            ids=road.ids,
            limits=limits(chosen),
            embedding=AskedEmbedding(*asked),
            joined=JoinedEmbedding(AskedEmbedding(*asked), MOST_TEXTS, MOST_LETTERS, MOMENT),
            parsing=parsing or quarantine(max(1, chosen.workers), road.clock, house.environment),
            chunking=chunked,
            spool=partial(spooled, blobs),
            fetcher=fetcher(chosen, house.client),
            hands=[],
            evaluating=Evaluating(partial(Random, SEED), AskedAnswering(*asked)),
            reranking=AskedReranking(*asked),
            speaking=AskedSpeaking(*asked),
            graphs=chosen.graph,
            seeing=AskedSeeing(*asked),
            vision=chosen.vision,
            hearing=AskedHearing(*asked),
            transcriber=chosen.transcriber,
            summing=summing(house.settings.weknora),
        )

    def _watched(self, metrics: Metrics, log: Log, on_defect: OnDefect) -> None:
        self.room.hands.append(self._crew)
        self._gauges = JobGauges(self.room.jobs, {**tasks(self.room), **projecting(self.room)}, metrics, log, on_defect)

    @property
    def loaders(self) -> Mapping[str, Loader]:
        """How dispatch finds bases, documents and chunks."""
        return loaders(self.room)

    def start(self) -> None:
        """Read documents from now on."""
        self.keeper.start()
        for lane in self._lanes:
            lane.start()
        self._gauges.start()
        self._tidying.start()

    async def _tidy(self) -> None:
        await self._index.tidy(self.room.clock.now() - UNUSED_SECONDS * 1_000_000)

    async def stop(self) -> None:
        """Give back what is being read, and end the children."""
        await self._tidying.stop()
        await self._gauges.stop()
        for lane in self._lanes:
            await lane.stop()
        await self._index.close()
        await self.keeper.stop()
        await self.room.parsing.close()
        await self.room.page_sources.close()
        if self.room.page_drawing is not None:
            await self.room.page_drawing.close()


def index_folder(data: str | None) -> Path | None:
    """Where segments are kept; none where nothing is."""
    return None if data is None else Path(data) / "indexes"


def index(stores: SqlKnowledgeStores, settings: Settings, clock: Clock, log: Log) -> SegmentIndex:
    """Where chunks are found."""
    folder, above = index_folder(settings.data.dir), settings.knowledge.hnsw_above
    nets = None if folder is None or not above else Nets(folder, above, log, clock)
    return SegmentIndex(stores.source, folder, nets=nets)


def crew(room: KnowledgeRoom, database: Database, signals: Signals | None, on_defect: OnDefect) -> JobCrew:
    """That of this process. Where there is no other, no lease is anybody's at the start: what a killed process was
    doing is gone on with at once."""

    async def released() -> None:
        await database.apply((room.jobs.release_all(),))

    return JobCrew(signals or Alone(), on_defect, released if database.kind == "sqlite" else None)


def workers(
    room: KnowledgeRoom,
    database: Database,
    count: int,
    crew: JobCrew,
    log: Log,
    on_defect: OnDefect,
    others: Mapping[str, Task] | None = None,
    lane: str | None = None,
) -> Workers:
    """Those of a process, for one lane or for all; or those beside them, who do `others`."""
    return Workers(
        room.jobs,
        tasks(room) if others is None else others,
        database,
        room.ids,
        crew,
        log,
        on_defect,
        count=count,
        idle=IDLE_SECONDS if database.kind == "sqlite" else IDLE_AMONG_OTHERS,
        lane=lane,
    )


def summing(chosen: Weknora) -> Summing:
    """Bases that a dialect's clients gave a model for that have their documents summed up by it."""
    return Summing(dialect_list.summary_model(), chosen.conversation.generate_summary_prompt)


def limits(chosen: Knowledge) -> KnowledgeLimits:
    """The bounds in bytes."""
    quota = chosen.tenant_quota_mb
    return KnowledgeLimits(int(chosen.max_size_mb * MEBIBYTE), None if quota is None else int(quota * MEBIBYTE))


def fetcher(chosen: Knowledge, client: Client) -> Guard:
    """What reads the addresses that people name."""
    places = [place for url in chosen.private_origins if (place := parse(url)) is not None]
    return Guard(client, allowed=frozenset(place.origin for place in places))


def quarantine(width: int, clock: Clock, environment: Mapping[str, str]) -> Quarantine:
    """Children that read files, none of which is started before there is a file."""
    return Quarantine(targets(PARSERS), clock, environment=environment, width=width)
