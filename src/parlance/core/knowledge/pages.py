"""On which pages a chunk stands: its row tells the first, where further ones begin is kept with what was read."""

from __future__ import annotations

import asyncio
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Sequence

import msgspec

from parlance.core.knowledge.structures import page_starts
from parlance.ports.blobs import Blobs
from parlance.values.errors import Fault
from parlance.values.knowledge import Chunk, Document, Hit, Span

MOST = 256
"""Documents whose pages are remembered: those of a thousand pages take 40 kB each."""
AT_ONCE = 4
"""Of all searches together: what was kept earlier is read whole, and that of a thousand pages is megabytes."""


class PageStarts:
    """Where the pages of documents begin, read once for each and remembered."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[int, ...]] = OrderedDict()
        self._reading = asyncio.Semaphore(AT_ONCE)

    async def turned(self, blobs: Blobs, document: Document, chunks: Sequence[Chunk]) -> list[Chunk]:
        """The chunks of a document with the places in them where further pages begin; as they are where nobody knows:
        without pages, or where that is not kept or cannot be read now (a search needs no blob otherwise)."""
        if not document.structure_size or all(chunk.span.page is None for chunk in chunks):
            return list(chunks)
        starts = await self._of(blobs, document)
        return [_with(chunk, starts) for chunk in chunks]

    async def found(self, blobs: Blobs, hits: Iterable[Hit]) -> list[Hit]:
        """The same of hits, in their order."""
        hits = list(hits)
        documents = {hit.document.id: hit.document for hit in hits}
        of = {id: [hit.chunk for hit in hits if hit.document.id == id] for id in documents}
        told = await asyncio.gather(*(self.turned(blobs, documents[id], chunks) for id, chunks in of.items()))
        each = {id: iter(chunks) for id, chunks in zip(of, told, strict=True)}
        return [msgspec.structs.replace(hit, chunk=next(each[hit.document.id])) for hit in hits]

    async def _of(self, blobs: Blobs, document: Document) -> tuple[int, ...]:
        blob = document.structure  # written once: what is read anew has another
        if blob not in self._known:
            try:
                async with self._reading:
                    if blob not in self._known:  # another search may have read it while this one waited
                        self._known[blob] = await page_starts(blobs, document)
            except (Fault, msgspec.DecodeError):  # away, or damaged: a citation without its pages is better than none
                return ()
            if len(self._known) > MOST:
                self._known.popitem(last=False)
        self._known.move_to_end(blob)
        return self._known[blob]


def _with(chunk: Chunk, starts: Sequence[int]) -> Chunk:
    span: Span = chunk.span
    begin = tuple(starts[bisect_right(starts, span.start) : bisect_left(starts, span.stop)])
    if span.page is None or not begin:
        return chunk
    return msgspec.structs.replace(chunk, span=msgspec.structs.replace(span, page_starts=begin))
