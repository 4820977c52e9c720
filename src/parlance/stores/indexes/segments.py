"""The `BaseIndex` over segments: for each base a shelf, as many as fit into the memory that is allowed."""

from __future__ import annotations

import asyncio
import shutil
from collections import OrderedDict
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from parlance.ports.indexes import Found, Match, Source
from parlance.stores.indexes.folder import IndexFolder, base_folder, remove_idle
from parlance.stores.indexes.nearest import Near, Nearest
from parlance.stores.indexes.nets import Nets
from parlance.stores.indexes.parts import Part
from parlance.stores.indexes.ranking import Ranking, Row
from parlance.stores.indexes.shelf import Shelf
from parlance.stores.indexes.words import words_of
from parlance.values.errors import Fault, Kind
from parlance.values.extras import advice
from parlance.values.knowledge import Base

THREADS = 3
"""One that takes up changes must not keep two searches waiting; numpy itself uses all cores."""
MOST_BYTES = 1 << 30
"""Of segments that are open: what is mapped from a file is given back by the system when it needs the memory."""
MOST_WORDS = 64
"""Of a query: a whole page that was pasted in is looked for by its first words."""
T = TypeVar("T")


class SegmentIndex:
    """`BaseIndex` below `root` (none: in memory only). With `plain` numpy is not used, even where it is installed;
    without `nets` all vectors are compared, however large a base is. It closes them."""

    def __init__(
        self,
        source: Source,
        root: Path | None,
        *,
        most_bytes: int = MOST_BYTES,
        plain: bool = False,
        nets: Nets | None = None,
    ) -> None:
        self._source = source
        self._root = root
        self._most_bytes = most_bytes
        self._plain = plain
        self.nets = nets
        self._threads = ThreadPoolExecutor(THREADS, "search")
        self._shelves: OrderedDict[tuple[str, str], Shelf] = OrderedDict()
        self._lightening: set[asyncio.Task[None]] = set()

    async def find(
        self, base: Base, query: str, vector: Sequence[float] | None, most: int, only: AbstractSet[str] | None = None
    ) -> Found:
        """As the port says."""
        shelf = self._shelf(base)
        parts = await shelf.parts(base.revision)
        if shelf.is_heavy and not self._lightening:
            task = asyncio.get_running_loop().create_task(shelf.lighten())
            self._lightening.add(task)
            task.add_done_callback(self._lightening.discard)
        if self.nets is not None and vector is not None and shelf.folder is not None and (numpy := self._numeric()):
            self.nets.tend(shelf.folder, parts, numpy)
        return await self._away(lambda: found(parts, query, vector, most, only, self._numeric()))

    async def drop(self, tenant: str, base: str) -> None:
        """As the port says."""
        shelf = self._shelves.pop((tenant, base), None)
        if shelf is not None:
            await shelf.leave()
        if self._root is not None:
            folder = base_folder(self._root, tenant, base)
            await self._away(lambda: shutil.rmtree(folder, ignore_errors=True))

    async def tidy(self, before: int) -> None:
        """Remove the files of bases that nobody has searched on this host since this moment (microseconds): they may
        have been dropped on another one, and are made again where they are wanted."""
        if self._root is not None:
            root, open_ = self._root, {base_folder(self._root, *key) for key in self._shelves}
            await self._away(lambda: remove_idle(root, before, open_))

    async def rest(self) -> bool:
        """When nothing is merged or made any more of what was searched; gives whether anything was."""
        merging = await self._merged()
        return (self.nets is not None and await self.nets.rest()) or merging

    async def close(self) -> None:
        """Let go of the segments, once nothing is written any more."""
        for shelf in self._shelves.values():
            shelf.stop()
        await self._merged()
        if self.nets is not None:
            await self.nets.close()
        self._shelves.clear()
        await asyncio.to_thread(self._threads.shutdown)

    @property
    def nbytes(self) -> int:
        """Bytes of all segments that are open."""
        return sum(shelf.nbytes for shelf in self._shelves.values())

    async def _merged(self) -> bool:
        merging = tuple(self._lightening)
        await asyncio.gather(*merging, return_exceptions=True)
        return bool(merging)

    def _shelf(self, base: Base) -> Shelf:
        key = (base.tenant, base.id)
        shelf = self._shelves.get(key)
        if shelf is None or shelf.generation < base.generation:
            folder = None if self._root is None else IndexFolder(self._root, *key, base.generation)
            shelf = self._shelves[key] = Shelf(self._source, (*key, base.generation), folder, self._away)
        self._shelves.move_to_end(key)
        while len(self._shelves) > 1 and self.nbytes > self._most_bytes:
            self._shelves.popitem(last=False)
        return shelf

    async def _away(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def _numeric(self) -> Any:
        if self._plain:
            return None
        try:
            import numpy
        except ImportError:
            return None
        return numpy


def found(
    parts: Sequence[Part],
    query: str,
    vector: Sequence[float] | None,
    most: int,
    only: AbstractSet[str] | None,
    numeric: Any,
) -> Found:
    """Search in these parts. `numeric` is the module numpy, or none."""
    chosen = [part.chosen(only) for part in parts]
    ranking = Ranking(parts, list(dict.fromkeys(words_of(query)))[:MOST_WORDS], chosen, numeric)
    best = ranking.best(most)
    rows: dict[Row, None] = dict.fromkeys(row for _, row in best.best)
    near, cosines = Near(), dict[Row, float]()
    if vector is not None:
        nearest = _nearest(parts, vector, numeric)
        near = nearest.best(most, chosen)
        rows |= dict.fromkeys(row for _, row in near.best)
        cosines = nearest.several(list(rows))
    matches = tuple(_match(parts[row[0]], row[1], ranking.at(row), cosines.get(row)) for row in rows)
    sizes = sum(part.size for part in parts), sum(part.vectors for part in parts)
    return Found(matches, best.ideal, near.mean, near.spread, *sizes)


def _nearest(parts: Sequence[Part], vector: Sequence[float], numeric: Any) -> Nearest:
    if numeric is None:
        raise Fault(
            Kind.unsupported,
            "Vectors cannot be compared here: numpy is not installed.",
            hint=f"{advice('embed')} Or search by words alone.",
            code="no_vectors",
        )
    return Nearest(parts, vector, numeric)


def _match(part: Part, row: int, words: float, vector: float | None) -> Match:
    segment = part.segment
    document = segment.documents[segment.document_at(row)]
    return Match(segment.chunks[row].decode(), document.decode(), words, vector)
