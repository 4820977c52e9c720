"""How somebody wants documents cut and their pictures looked at, judged."""

from __future__ import annotations

import msgspec

from parlance.core.knowledge.bounds import judged_options
from parlance.core.knowledge.room import KnowledgeRoom
from parlance.values.accounts import Principal
from parlance.values.knowledge import ChunkOptions


async def chosen_options(
    room: KnowledgeRoom, principal: Principal, options: ChunkOptions, before: ChunkOptions | None = None
) -> ChunkOptions:
    """The options of a base. Raises `Fault` for what would cut nothing, and for a model that is none; one that was
    named `before` and has gone stays."""
    judged = judged_options(options)
    if not judged.vision or room.seeing is None or (before is not None and before.vision == judged.vision):
        return judged
    return msgspec.structs.replace(judged, vision=await room.seeing.named(principal, judged.vision))
