"""Vectors for chunks: asked for in batches of texts of about one length, judged, and made one unit long."""

from __future__ import annotations

import math
import sys
from array import array
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from parlance.core.jobs.held import Held
from parlance.core.knowledge.room import Embedding, KnowledgeRoom
from parlance.ports.stores import FEW, ChangeSet
from parlance.values.errors import Fault, Kind
from parlance.values.knowledge import Base, Chunk, Document

WINDOW = 1024
"""Chunks that are read and sorted at once: some megabytes, of however long a document."""
MOST_TEXTS, MOST_LETTERS = 32, 8000
"""Of one batch: padded to its longest text, beyond that an engine only takes more memory, and no less time."""
WRITTEN = 128
"""Vectors that are written together."""
SMALL = MOST_TEXTS
"""Chunks of a document that is embedded together with others: by itself it would not fill an ask."""
WRONG_DIMENSION = "embedder_dimension"
"""The code of vectors that are not as long as the others of their base."""


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
    these are all. Raises `Fault`, `LeaseLost`."""
    chunks = room.stores.chunks(document.tenant)
    by = room.joined if held.stands_aside else room.embedding  # nobody else waits for whoever stands aside
    dimension = await chunks.dimension(document.base, generation)
    waiting: list[tuple[Chunk, bytes]] = []
    window = FEW if document.chunks < FEW else WINDOW  # few rows are read without a trip to a thread
    while found := await chunks.unembedded(document.id, generation, window, cut=document.cut):
        for batch in batches(found):
            vectors = await embedded(by or room.embedding, document, embedder, batch, dimension)
            dimension = len(vectors[0]) // 4
            waiting += zip(batch, vectors, strict=True)
            if len(waiting) >= WRITTEN:
                await held.commit(_taken(room, document, generation, waiting))
        if len(found) < window:
            break
        await held.commit(_taken(room, document, generation, waiting))
    return Last(_taken(room, document, generation, waiting), dimension)


def _taken(room: KnowledgeRoom, document: Document, generation: int, waiting: list[tuple[Chunk, bytes]]) -> ChangeSet:
    """What writes the vectors that wait, which then wait no more."""
    some, vectors = [chunk for chunk, _ in waiting], [vector for _, vector in waiting]
    waiting.clear()
    return room.stores.chunks(document.tenant).embed(some, generation, vectors)


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


def text_of(chunk: Chunk) -> str:
    """What a model reads of a chunk, be it embedded, reranked or compared: what it stands under, and what it says."""
    return f"{chunk.context}\n{chunk.content}" if chunk.context else chunk.content


async def embedded(
    by: Embedding, document: Document, embedder: str, chunks: Sequence[Chunk], dimension: int
) -> list[bytes]:
    """Their vectors as they are stored, all of one `dimension` (0: whichever the first has). Raises `Fault`."""
    texts = [text_of(chunk) for chunk in chunks]
    given = await by.embed(document.tenant, document.user, embedder, texts)
    if len(given) != len(texts):
        raise _nonsense(f"The embedder gave {len(given)} vectors for {len(texts)} texts.")
    wanted = dimension or len(given[0])
    for vector in given:
        if len(vector) != wanted or not vector:
            raise _wrong_dimension(len(vector), wanted)
    return [packed(vector) for vector in given]


def packed(vector: Sequence[float]) -> bytes:
    """Little-endian float32 of unit length. Raises `Fault` for one that has no direction."""
    numbers = array("f", unit(vector))
    if sys.byteorder == "big":  # pragma: no cover - no machine of ours
        numbers.byteswap()
    return numbers.tobytes()


def unit(vector: Sequence[float]) -> list[float]:
    """The same direction, one unit long. Raises `Fault` for one that has none."""
    length = math.sqrt(sum(each * each for each in vector))
    if not math.isfinite(length) or length < 1e-12:
        raise _nonsense("The embedder gave a vector that is not a number, or has no direction.")
    return [each / length for each in vector]


def must_fit(base: Base, dimension: int) -> None:
    """Raise `Fault` where a base has vectors of another dimension."""
    if base.dimension and dimension and base.dimension != dimension:
        raise _wrong_dimension(dimension, base.dimension)


def _wrong_dimension(found: int, wanted: int) -> Fault:
    return Fault(
        Kind.invalid,
        f"The embedder gave a vector of {found} numbers where others of this base have {wanted}.",
        hint="It is another model than before under the same name: choose the embedder of the base anew.",
        code="embedder_dimension",  # by itself: the page's list of codes is read from here
    )


def _nonsense(sentence: str) -> Fault:
    hint = "Try again, or choose another embedder for this base."
    return Fault(Kind.invalid, sentence, hint=hint, code="embedder_nonsense")
