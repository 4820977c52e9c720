"""What stands around a hit: the chunk it was cut from, and those beside it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from parlance.ports.knowledge import Chunks
from parlance.values.knowledge import Chunk, Hit, Scores

WINDOW, WIDER, WIDEST = 4, 8, 4096
"""Places looked at for each neighbour: parents stand between their children, and children between their parents. By how
much that is widened where it is not enough, and how far: a parent has as many children as fit into it."""


async def with_parents(hits: Sequence[Hit], chunks: Chunks) -> list[Hit]:
    """Each hit as the larger chunk that it is a part of; of several from one the best only."""
    wanted = list({hit.chunk.parent for hit in hits if hit.chunk.parent is not None})
    parents = {chunk.id: chunk for chunk in await chunks.several(wanted)} if wanted else {}
    found: dict[str, Hit] = {}
    for hit in hits:
        chunk = parents.get(hit.chunk.parent or "", hit.chunk)
        part = hit if chunk is hit.chunk else msgspec.structs.replace(hit, chunk=chunk, matched=hit.chunk.span)
        found.setdefault(chunk.id, part)
    return list(found.values())


async def with_neighbours(hits: Sequence[Hit], chunks: Chunks, count: int) -> list[Hit]:
    """Each hit followed by what stands beside it, up to `count` on either side, and was not found itself."""
    seen = {hit.chunk.id for hit in hits}
    found: list[Hit] = []
    for hit in hits:
        found.append(hit)
        for chunk in await _beside(hit.chunk, chunks, count):
            if chunk.id not in seen:
                seen.add(chunk.id)
                found.append(Hit(chunk, hit.document, 0.0, Scores(), neighbour=True))
    return found


async def _beside(chunk: Chunk, chunks: Chunks, count: int) -> list[Chunk]:
    reach = WINDOW * count
    while True:
        begin, most = chunk.place - reach, 2 * reach + 1
        page = await chunks.page(chunk.document, begin - 1, most)
        alike = [each for each in page if each.enabled and each.searched == chunk.searched]
        before = [each for each in alike if each.place < chunk.place][-count:]
        after = [each for each in alike if each.place > chunk.place][:count]
        enough = (len(before) == count or begin <= 0) and (len(after) == count or len(page) < most)
        if enough or reach >= WIDEST:
            return before + after
        reach = min(WIDEST, reach * WIDER)
