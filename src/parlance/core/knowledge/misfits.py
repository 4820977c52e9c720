"""Where an embedder has become another model under its name: its vectors are not those of its base.

Whoever meets that (a search, a document that is read or cut anew) has the base say so, until it is searched by vectors
again. A base whose embedder is chosen anew is then embedded again, and searched by its words meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from parlance.core.knowledge.likeness import NOW, PATIENCE, likeness
from parlance.core.knowledge.looks import Which
from parlance.core.knowledge.room import KnowledgeRoom
from parlance.core.knowledge.vectors import ANOTHER, MISFITS, WRONG_DIMENSION
from parlance.ports.stores import ChangeSet
from parlance.values.accounts import Principal
from parlance.values.errors import Fault
from parlance.values.knowledge import Base, Hit

FITS = {"problem": "", "words": ""}
"""What a base says that fits its embedder."""
WORDS = {
    WRONG_DIMENSION: (
        "The embedder gives vectors of another length than those of this base, so only its words are searched. It is"
        " another model than before under the same name: choose the embedder of the base anew."
    ),
    ANOTHER: (
        "The embedder gives other vectors for passages of this base than are kept of them, so only its words are"
        " searched. It is another model than before under the same name: choose the embedder of the base anew."
    ),
}
"""What one says that does not, by the code of why."""


async def met(room: KnowledgeRoom, base: Base, fault: Fault) -> ChangeSet:
    """What has a base say that its embedder does not fit, where that is why one of its documents failed; by what the
    base is now: of one that has gone over to other vectors nothing is known."""
    if fault.code not in MISFITS:
        return ()
    now = await room.stores.bases(base.tenant).base(base.id)
    return misfit(room, now, fault.code) if now is not None and now.generation == base.generation else ()


def misfit(room: KnowledgeRoom, base: Base, code: str) -> ChangeSet:
    """What has a base say that its embedder does not fit, unless it says so, is moving, or has no vectors."""
    if not base.dimension or base.coming is not None or base.problem == code:
        return ()
    return (room.stores.bases(base.tenant).note(base.id, said(code)),)


def said(code: str) -> Mapping[str, str]:
    """What a base says by the code of why its embedder does not fit."""
    return {"problem": code, "words": WORDS[code]}


def searched(room: KnowledgeRoom, base: Base, problem: str, hits: Sequence[Hit]) -> ChangeSet:
    """What a search has its base say, by the problem that it met: that the embedder does not fit, or that it does so
    again, which whatever was found by vectors shows."""
    if problem in MISFITS:
        return misfit(room, base, problem)
    if base.problem in MISFITS and any(hit.scores.vector is not None for hit in hits):
        return (room.stores.bases(base.tenant).note(base.id, FITS),)
    return ()


def left_as_it_was(base: Base, why: object) -> Mapping[str, str]:
    """What a base says that is embedded anew no more, by `why` it was. That its embedder is another model under the
    same name is so still, or the next search finds that it is not."""
    return said(why) if base.coming == base.embedder and isinstance(why, str) and why in MISFITS else FITS


async def misfit_code(room: KnowledgeRoom, principal: Principal, base: Base) -> str | None:
    """The code of how the vectors of a base differ from those that its embedder gives now, empty where they do not;
    none where that cannot be told now, or takes long: then what was noted counts."""
    if not base.embedder or not base.dimension:
        return None
    which = Which(base.tenant, base.id, base.generation, base.embedder)
    try:
        async with asyncio.timeout(PATIENCE):
            return await likeness(room, principal.user, which, NOW)
    except (Fault, TimeoutError):
        return None
