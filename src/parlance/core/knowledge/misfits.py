"""Where an embedder has become another model under its name: its vectors are not as long as those of its base.

Whoever meets that (a search, a document that is read or cut anew) has the base say so, until it is searched by vectors
again. A base whose embedder is chosen anew is then embedded again, and searched by its words meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from parlance.core.knowledge.embedding import WRONG_DIMENSION
from parlance.core.knowledge.room import KnowledgeRoom
from parlance.ports.stores import ChangeSet
from parlance.values.accounts import Principal
from parlance.values.errors import Fault
from parlance.values.knowledge import Base, Hit

PATIENCE = 10.0
"""Seconds that a choice waits for an embedder; what was noted counts where it takes longer."""
FITS = {"problem": "", "words": ""}
"""What a base says that fits its embedder."""
WORDS = (
    "The embedder gives vectors of another length than those of this base, so only its words are searched. It is"
    " another model than before under the same name: choose the embedder of the base anew."
)


async def met(room: KnowledgeRoom, base: Base, fault: Fault) -> ChangeSet:
    """What has a base say that its embedder does not fit, where that is why one of its documents failed; by what the
    base is now: of one that has gone over to other vectors nothing is known."""
    if fault.code != WRONG_DIMENSION:
        return ()
    now = await room.stores.bases(base.tenant).base(base.id)
    return misfit(room, now) if now is not None and now.generation == base.generation else ()


def misfit(room: KnowledgeRoom, base: Base) -> ChangeSet:
    """What has a base say that its embedder does not fit, unless it says so, is moving, or has no vectors."""
    if not base.dimension or base.coming is not None or base.problem == WRONG_DIMENSION:
        return ()
    return (room.stores.bases(base.tenant).note(base.id, {"problem": WRONG_DIMENSION, "words": WORDS}),)


def searched(room: KnowledgeRoom, base: Base, problem: str, hits: Sequence[Hit]) -> ChangeSet:
    """What a search has its base say, by the problem that it met: that the embedder does not fit, or that it does so
    again, which whatever was found by vectors shows."""
    if problem == WRONG_DIMENSION:
        return misfit(room, base)
    if base.problem == WRONG_DIMENSION and any(hit.scores.vector is not None for hit in hits):
        return (room.stores.bases(base.tenant).note(base.id, FITS),)
    return ()


def left_as_it_was(base: Base) -> Mapping[str, str]:
    """What a base says that is embedded anew no more. That its embedder does not fit was the reason where that is
    another model under the same name; it is so still, or the next search finds that it is not."""
    misfit = base.coming == base.embedder and base.dimension
    return {"problem": WRONG_DIMENSION, "words": WORDS} if misfit else FITS


async def fits(room: KnowledgeRoom, principal: Principal, base: Base) -> bool | None:
    """Whether the embedder gives vectors as long as those of its base; none where that cannot be told now."""
    if not base.embedder or not base.dimension:
        return None
    try:
        async with asyncio.timeout(PATIENCE):
            asked = await room.embedding.embed(principal.tenant, principal.user, base.embedder, ["length"])
    except (Fault, TimeoutError):
        return None
    return len(asked[0]) == base.dimension if asked else None
