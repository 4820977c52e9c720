"""Knowledge over a real database and folder, with a parser and an embedder of the tests: what its tests stand on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest

from parlance.core.admission.gate import Gate, Rates
from parlance.core.dispatch import Dispatch
from parlance.core.feeds.feed import Feeds
from parlance.core.files.keeper import Keeper
from parlance.core.jobs.crew import JobCrew
from parlance.core.jobs.worker import Workers
from parlance.core.knowledge.bases_operations import BaseView, CreateBase
from parlance.core.knowledge.chunking.passages import chunked
from parlance.core.knowledge.document_operations import DocumentView, ReadDocument, UploadDocument
from parlance.core.knowledge.embedding import MOST_LETTERS, MOST_TEXTS
from parlance.core.knowledge.evaluating import Evaluating
from parlance.core.knowledge.handlers import AREA, loaders, projecting, tasks
from parlance.core.knowledge.joined import JoinedEmbedding
from parlance.core.knowledge.room import Chunking, KnowledgeLimits, KnowledgeRoom, Summing
from parlance.core.operation import Operation
from parlance.ports.fetching import Fetched
from parlance.ports.graph import Projection
from parlance.ports.observing import NullLog
from parlance.ports.signals import Alone
from parlance.ports.stores import Database, Statement
from parlance.stores.blobs.folder import FolderBlobs
from parlance.stores.blobs.spool import spooled
from parlance.stores.indexes.segments import SegmentIndex
from parlance.stores.sql.files import SqlFileKeeping
from parlance.stores.sql.jobs import SqlJobs
from parlance.stores.sql.knowledge import SqlKnowledgeStores
from parlance.stores.volatile.counters import MemoryCounter
from parlance.testing.clocks import HandClock
from parlance.testing.reading import (
    HashEmbedding,
    PlainParsing,
    ScriptedHearing,
    ScriptedSeeing,
    ScriptedSpeaking,
    WordReranking,
)
from parlance.values.accounts import DEFAULT_TENANT, Principal
from parlance.values.errors import Fault, Kind
from parlance.values.ids import RandomIds
from tests.unit.core.files.desk import ADA, people, pieces

AWAY = Fault(Kind.upstream, "The engine is away.")
TEXT = "Tea is grown in Assam.\n\nCoffee is grown in Kerala.\n\nRice is grown in Bihar."


class Pages:
    """A `Fetcher` of pages that the test lays out."""

    def __init__(self) -> None:
        self.pages: dict[str, Fetched] = {}

    async def fetch(self, url: str, *, max_bytes: int, **more: Any) -> Fetched:
        """The page, or what all refusals are."""
        found = self.pages.get(url)
        if found is None:
            raise Fault(Kind.invalid, "The address cannot be fetched.", code="address_refused")
        if len(found.body) > max_bytes:
            raise Fault(Kind.too_large, "The answer is too long.", code="answer_too_large")
        return found


class Answers:
    """An `Answering` by the model `parrot`, which says what is asked. `faults` are raised, one for each answer."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    async def named(self, principal: Principal, model: str) -> str:
        """The one there is."""
        if model != "parrot":
            raise Fault(Kind.missing, "There is no such model.", code="model_not_found")
        return model

    async def answer(self, tenant: str, user: str, base: str, model: str, question: str) -> str:
        """The question."""
        if self.faults:
            raise self.faults.pop(0)
        return question


class Desk:
    """The area of knowledge, put together over one database."""

    def __init__(
        self,
        database: Database,
        folder: Path,
        *,
        tenant: int | None = None,
        count: int = 2,
        graphs: bool = False,
        projection: Projection | None = None,
        summing: Summing = Summing(),  # noqa: B008 - frozen
        vision: str = "",
        hears: bool = True,
        most: int = 10_000_000,
        chunking: Chunking = chunked,
    ) -> None:
        self.clock = HandClock()
        self.database = database
        self.blobs = FolderBlobs(folder)
        self.folder = folder
        self.defects: list[Exception] = []
        self.stores, self.jobs = SqlKnowledgeStores(database), SqlJobs(database)
        self.index = SegmentIndex(self.stores.source, folder.with_name("indexes"))
        self.parsing, self.embedding, self.pages = PlainParsing(), HashEmbedding("hash-4", "hash-6"), Pages()
        self.reranking, self.speaking, self.seeing = WordReranking(), ScriptedSpeaking(), ScriptedSeeing()
        self.hearing = ScriptedHearing()
        self.feeds, self.answering = Feeds(self.clock), Answers()
        rows, ids = SqlFileKeeping(database), RandomIds(self.clock)
        kept = (self.stores, self.blobs, database, self.clock, NullLog(), self.defects.append, rows.unknown)
        self.keeper = Keeper(*kept)
        self.room = KnowledgeRoom(
            stores=self.stores,
            index=self.index,
            jobs=self.jobs,
            blobs=self.blobs,
            keeper=self.keeper,
            feeds=self.feeds,
            clock=self.clock,
            ids=ids,
            limits=KnowledgeLimits(most, tenant),
            embedding=self.embedding,
            joined=JoinedEmbedding(self.embedding, MOST_TEXTS, MOST_LETTERS, 0.0),
            parsing=self.parsing,
            chunking=chunking,
            spool=partial(spooled, self.blobs),
            fetcher=self.pages,
            hands=[],
            evaluating=Evaluating(partial(Random, 9), self.answering),
            reranking=self.reranking,
            speaking=self.speaking,
            graphs=graphs,
            projection=projection,
            seeing=self.seeing,
            vision=vision,
            hearing=self.hearing if hears else None,
            summing=summing,
        )
        self.crew = JobCrew(Alone(), self.defects.append)
        self.workers = Workers(
            self.jobs,
            {**tasks(self.room), **projecting(self.room)},
            database,
            ids,
            self.crew,
            NullLog(),
            self.defects.append,
            count=count,
            idle=60.0,
        )
        self.room.hands.append(self.crew)
        handlers = {kind: partial(handle, self.room) for kind, handle in AREA.items()}
        gate = Gate(MemoryCounter(self.clock), Rates())
        self.dispatch = Dispatch(handlers, loaders(self.room), gate, database)

    async def close(self) -> None:
        await self.workers.stop()
        await self.index.close()
        await self.blobs.close()

    async def do(self, operation: Operation[Any], who: Principal = ADA) -> Any:
        return await self.dispatch(who, "request-1", operation)

    async def base(self, who: Principal = ADA, **more: Any) -> BaseView:
        made: BaseView = await self.do(CreateBase("Tea", **more), who)
        return made

    async def upload(
        self, base: BaseView, text: str | bytes = TEXT, name: str = "tea.txt", **more: Any
    ) -> DocumentView:
        data = text if isinstance(text, bytes) else text.encode()
        who: Principal = more.pop("who", ADA)
        content: AsyncIterator[bytes] = pieces(data)
        made: DocumentView = await self.do(UploadDocument(base.id, name, content, len(data), **more), who)
        return made

    async def read(self, document: DocumentView) -> DocumentView:
        """How it stands now."""
        found: DocumentView = await self.do(ReadDocument(document.id))
        return found

    async def settled(self, document: DocumentView) -> DocumentView:
        """How it stands when all that is due is done."""
        await self.workers.settle()
        return await self.read(document)

    async def due(self) -> None:
        """Whatever waits is due now, and leases are over."""
        sql = "UPDATE jobs SET not_before = 1, leased_until = CASE WHEN leased_until > 0 THEN 1 ELSE 0 END"
        await self.database.apply((Statement(sql, {}, None),))

    async def count(self, table: str, where: str = "1 = 1") -> int:
        [[found]] = await self.database.read(f"SELECT COUNT(*) FROM {table} WHERE {where}", {})
        return int(found)  # type: ignore[arg-type]

    async def used(self, owner: str = "") -> tuple[int, int, int]:
        """Used, reserved and documents of the tenant or of a base."""
        room = await self.stores.rooms(DEFAULT_TENANT).room(owner)
        return (0, 0, 0) if room is None else (room.used, room.reserved, room.files)

    def on_disk(self) -> int:
        """How many files there are in the folder."""
        return sum(path.is_file() for path in self.folder.rglob("*"))

    async def vectors(self, document: DocumentView, generation: int | None = None) -> int:
        """How many vectors a document has."""
        which = "" if generation is None else f" AND generation = {generation}"
        return await self.count("chunk_vectors", f"document = '{document.id}'{which}")


async def opened(database: Database, folder: Path, **more: Any) -> Desk:
    """A desk with people at it."""
    await people(database)
    return Desk(database, folder, **more)


async def refused(desk: Desk, operation: Operation[Any], who: Principal = ADA) -> str:
    """The code of the refusal."""
    with pytest.raises(Fault) as caught:
        await desk.do(operation, who)
    return caught.value.code or caught.value.kind.value


async def until(condition: Any) -> None:
    """Let others run until something holds."""
    async with asyncio.timeout(20):
        while not await condition():
            await asyncio.sleep(0.01)
