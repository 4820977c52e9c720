"""How somebody wants documents cut, their pictures looked at and their sound written down, judged."""

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
    if room.seeing is not None and judged.vision and (before is None or before.vision != judged.vision):
        judged = msgspec.structs.replace(judged, vision=await room.seeing.named(principal, judged.vision))
    wanted = judged.transcriber
    if room.hearing is not None and wanted and (before is None or before.transcriber != wanted):
        judged = msgspec.structs.replace(judged, transcriber=await room.hearing.named(principal, wanted))
    return judged
