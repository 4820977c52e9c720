"""Whether an embedder is still the model that made the vectors of a base.

A model that has come under the name of another gives vectors of its own, perhaps as long as those of before: nothing
fails, and what is near to a question is luck. So passages that are kept are embedded once more, and what comes is
compared with the vectors that are kept of them: the same model gives the same but for its rounding.

Asked is before passages are embedded, and before a base is searched by its vectors; what was found counts for a while,
as long as whoever runs the model says no other digest of it. A model that is exchanged is so noticed within a minute
where documents come, and within an hour where there are only questions and no digest is told.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from functools import partial

from parlance.core.knowledge.looks import Lasting, Which
from parlance.core.knowledge.room import KnowledgeRoom
from parlance.core.knowledge.vectors import (
    ANOTHER,
    MISFITS,
    WRONG_DIMENSION,
    another_model,
    cosine,
    nonsense,
    text_of,
)
from parlance.ports.knowledge import Sample
from parlance.values.accounts import Principal
from parlance.values.errors import Fault
from parlance.values.knowledge import Base, Document

ALIKE = 0.85
"""The cosine of two vectors of one text from which on they are of one model. all-MiniLM-L6-v2 rounded to 8 bits was
seen to leave 0.90 to 0.98 to that of floats, and 0.984 among itself, by what else is asked with it; two models of one
length -0.41. What is nearer than that finds what the other finds."""
WRITTEN = Lasting(fit=60.0, misfit=5.0, nothing=60.0)
"""For what is written: what comes first decides what the next is to be like, and what did not fit may have gone."""
ASKED = Lasting(fit=3600.0, misfit=60.0)
"""For a question."""
DOUBTED = Lasting(fit=60.0, misfit=60.0)
"""For a question to a base that says that its embedder does not fit: that it does again is noticed soon."""
NOW = Lasting()
"""For somebody who wants to know."""
PATIENCE = 10.0
"""Seconds that a question waits for passages that are embedded again: its own text has just been embedded."""


async def likeness(room: KnowledgeRoom, user: str, which: Which, lasts: Lasting) -> str | None:
    """As `Looks.of`, asked in a user's name. Raises `Fault` where the embedder fails."""
    digest = await room.embedding.digest(Principal(which.tenant, user), which.embedder)
    find = partial(_compared, room, user, which)
    return await room.looks.of(which._replace(digest=digest), user, find, room.clock.monotonic, lasts)


async def _compared(room: KnowledgeRoom, user: str, which: Which) -> str | None:
    chunks = room.stores.chunks(which.tenant)
    samples = await chunks.samples(which.base, which.generation, which.document or None)
    if not samples:
        return None
    texts = [text_of(each.chunk) for each in samples]
    vectors = await room.embedding.embed(which.tenant, user, which.embedder, texts)
    if len(vectors) != len(texts):
        raise nonsense(f"The embedder gave {len(vectors)} vectors for {len(texts)} texts.")
    return _told(samples, vectors)


def _told(samples: Sequence[Sample], vectors: Sequence[Sequence[float]]) -> str:
    """A document counts where none of its passages is as it was: one of them may just have been written anew."""
    unlike: dict[str, bool] = {}
    for sample, vector in zip(samples, vectors, strict=True):
        if len(vector) * 4 != len(sample.vector):
            return WRONG_DIMENSION
        document = sample.chunk.document
        unlike[document] = unlike.get(document, True) and cosine(vector, sample.vector) < ALIKE
    return ANOTHER if any(unlike.values()) else ""


async def must_be_the_same(
    room: KnowledgeRoom, document: Document, embedder: str, generation: int, *, begun: bool = False
) -> None:
    """Before something of a document is embedded for this generation of its base; with `begun` its own vectors are
    compared, too. Raises `Fault` where those that are there are another model's, or the embedder fails. That they are
    not as long is told by whoever has the new ones, with figures."""
    which = Which(document.tenant, document.base, generation, embedder)
    for each in (which, which._replace(document=document.id)) if begun else (which,):
        if await likeness(room, document.user, each, WRITTEN) == ANOTHER:
            raise another_model()


async def must_be_comparable(room: KnowledgeRoom, principal: Principal, base: Base, patience: float = PATIENCE) -> None:
    """Before a base is searched by a vector. Raises `Fault` where its own are another model's. Where that cannot be
    told within `patience` seconds, what it said last is believed."""
    which = Which(base.tenant, base.id, base.generation, base.embedder)
    lasts = DOUBTED if base.problem in MISFITS else ASKED
    found: str | None = base.problem
    with suppress(Fault, TimeoutError):
        async with asyncio.timeout(patience):
            found = await likeness(room, principal.user, which, lasts)
    if found == ANOTHER:
        raise another_model()
