"""Vectors for chunks: asked for in batches of texts of about one length, judged, and made one unit long."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import NamedTuple

from parlance.core.jobs.aside import Crowded, Place
from parlance.core.jobs.held import STINT_SECONDS, Held, LeaseLost
from parlance.core.knowledge.likeness import must_be_the_same
from parlance.core.knowledge.room import Embedding, KnowledgeRoom
from parlance.core.knowledge.vectors import MISFITS, nonsense, packed, text_of, wrong_dimension
from parlance.ports.stores import FEW, ChangeSet, Conflict, Statement
from parlance.values.errors import Fault
from parlance.values.knowledge import Base, Chunk, Document

WINDOW = 1024
"""Chunks that are read and sorted at once: some megabytes, of however long a document."""
MOST_TEXTS, MOST_LETTERS = 32, 8000
"""Of one batch: padded to its longest text, beyond that an engine only takes more memory, and no less time."""
WRITTEN = 128
"""Vectors that are written together."""
WRITTEN_SECONDS = 2.0
"""After which they are written however few: those of a slow embedder are dear, and people look how many there are."""
SMALL = MOST_TEXTS
"""Chunks of a document that is embedded together with others: by itself it would not fill an ask."""
SLOW_SECONDS = 1.0
"""After which an ask keeps no worker from other jobs: an engine here has answered by then."""
AT_ONCE = 2
"""Jobs besides small documents that wait for the same slow embedder, of one tenant: as many as workers would."""


class Last(NamedTuple):
    """The last vectors of a document, fewer than `WRITTEN` with those of a batch, which are not written yet; and the
    dimension of all vectors of its base (0: there are none)."""

    changes: ChangeSet
    dimension: int


async def embed_document(room: KnowledgeRoom, held: Held, document: Document, embedder: str, generation: int) -> None:
    """Give every chunk that is searched a vector of this generation. What is there already stays, so that a document
    which was broken off goes on from where it was. Raises `Fault`, `LeaseLost`."""
    await held.commit((await embed_nearly(room, held, document, embedder, generation)).changes)


async def embed_nearly(room: KnowledgeRoom, held: Held, document: Document, embedder: str, generation: int) -> Last:
    """The same, but for the last vectors, which are to be written with whatever comes after them: of a small document
    these are all. Raises `Fault`, `LeaseLost`, and `Crowded` where others wait for the same slow embedder; what there
    is by then is written, as it may have been paid for."""
    chunks, until = room.stores.chunks(document.tenant), room.clock.monotonic() + STINT_SECONDS
    by = _asked_by(room, held, document)
    dimension = await chunks.dimension(document.base, generation, document.id)
    given = _Given(room, held, document, generation)
    window = FEW if document.chunks < FEW else WINDOW  # few rows are read without a trip to a thread
    try:
        while found := await chunks.unembedded(document.id, generation, window, cut=document.cut):
            for batch in batches(found):
                await given.write_many()
                if room.clock.monotonic() >= until:
                    held.must_be_wanted()
                with _patient(held, Place(document.tenant, embedder, AT_ONCE)):
                    await must_be_the_same(room, document, embedder, generation, begun=document.chunks > SMALL)
                vectors = await _embedded(held, by, document, embedder, batch, dimension)
                dimension = len(vectors[0]) // 4
                given.waiting += zip(batch, vectors, strict=True)
            if len(found) < window:
                break
            await held.commit(given.taken())
    except (Fault, Crowded, asyncio.CancelledError) as error:
        await given.save(error)
        raise
    return Last(given.taken(), dimension)


def _asked_by(room: KnowledgeRoom, held: Held, document: Document) -> Embedding:
    """A small document with others, where nobody else waits for the job, and not after an attempt that failed: whatever
    ends its engine by one text would have those fail each time who happened to ask along with it."""
    joins = document.chunks <= SMALL and held.stands_aside and held.job.attempts <= 1
    return room.joined if joins else room.embedding


async def _embedded(
    held: Held, by: Embedding, document: Document, embedder: str, chunks: Sequence[Chunk], dimension: int
) -> list[bytes]:
    """As `embedded`, with patience."""
    with _patient(held, Place(document.tenant, embedder, AT_ONCE)):
        return await embedded(by, document, embedder, chunks, dimension)


@contextmanager
def _patient(held: Held, place: Place) -> Iterator[None]:
    """While it takes long, the worker goes on with other jobs: with few others of the same tenant that wait for the
    same embedder, as each of them does so."""
    held.must_have_room(place)
    timer = asyncio.get_running_loop().call_later(SLOW_SECONDS, held.make_way, place)
    try:
        yield
    finally:
        timer.cancel()


class _Given:
    """Vectors of a document that are not written yet."""

    def __init__(self, room: KnowledgeRoom, held: Held, document: Document, generation: int) -> None:
        self.waiting: list[tuple[Chunk, bytes]] = []
        self._chunks, self._clock = room.stores.chunks(document.tenant), room.clock
        self._held = held
        self._generation = generation
        self._since = self._clock.monotonic()

    async def write_many(self) -> None:
        """Those that wait, if they are many, or the first of them for long."""
        now = self._clock.monotonic()
        if self.waiting and (len(self.waiting) >= WRITTEN or now - self._since >= WRITTEN_SECONDS):
            self._since = now
            await self._held.commit(self.taken())

    def taken(self) -> ChangeSet:
        """What writes those that wait, which then wait no more."""
        some, vectors = [chunk for chunk, _ in self.waiting], [vector for _, vector in self.waiting]
        self.waiting.clear()
        return self._chunks.embed(some, self._generation, vectors)

    async def save(self, error: BaseException) -> None:
        """What there is when `error` is about to be told, which is why it ends; nothing of an embedder that changes."""
        if self.waiting and not (isinstance(error, Fault) and error.code in MISFITS):
            with suppress(Fault, Conflict, LeaseLost, OSError):
                await self._held.commit(self.taken())


def seat_of(document: Document, embedder: str | None) -> Place:
    """Where a small document stands aside."""
    return Place(document.tenant, embedder or "")


def batches(chunks: Sequence[Chunk]) -> Iterator[list[Chunk]]:
    """Neighbours by length, as many as fit into one ask."""
    batch: list[Chunk] = []
    for chunk in sorted(chunks, key=lambda each: len(text_of(each))):
        longest = len(text_of(chunk))
        if batch and (len(batch) >= MOST_TEXTS or longest * (len(batch) + 1) > MOST_LETTERS):
            yield batch
            batch = []
        batch.append(chunk)
    if batch:
        yield batch


async def embedded(
    by: Embedding, document: Document, embedder: str, chunks: Sequence[Chunk], dimension: int
) -> list[bytes]:
    """Their vectors as they are stored, all of one `dimension` (0: whichever the first has). Raises `Fault`."""
    texts = [text_of(chunk) for chunk in chunks]
    given = await by.embed(document.tenant, document.user, embedder, texts)
    if len(given) != len(texts):
        raise nonsense(f"The embedder gave {len(given)} vectors for {len(texts)} texts.")
    wanted = dimension or len(given[0])
    for vector in given:
        if len(vector) != wanted or not vector:
            raise wrong_dimension(len(vector), wanted)
    return [packed(vector) for vector in given]


async def raised_with(room: KnowledgeRoom, base: Base, dimension: int) -> Statement:
    """One more change of what is found in a base, with vectors of this dimension (0: with none). Raises `Fault` where
    vectors of another one are found in it. A dimension that no vector has any more binds nobody: else what an embedder
    once gave by mistake would keep out all that is right, and that it is gone would help nobody."""
    bases, emptied = room.stores.bases(base.tenant), None
    if base.dimension and dimension and base.dimension != dimension:
        there = await room.stores.chunks(base.tenant).dimension(base.id, base.generation)
        if there not in (0, dimension):
            raise wrong_dimension(dimension, there)
        emptied = base.revision
    return bases.raise_revision(base.id, generation=base.generation, dimension=dimension, emptied=emptied)
