"""One base as it is known to this process: its parts, how far they reach, and how they come to be.

Changes are taken up in the order of the source. Small ones stay in memory; once there are enough rows they are written
together, so that whatever the disk holds reaches to one mark. Of the written segments, four of a size are merged into
one, in the background: each row is written again only as often as its base has grown fourfold.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from parlance.ports.indexes import ChangedDocument, Mark, Source
from parlance.stores.indexes.building import Building, joined
from parlance.stores.indexes.folder import IndexFolder
from parlance.stores.indexes.merging import merged
from parlance.stores.indexes.parts import Part
from parlance.stores.indexes.segment import Buffer, Segment

TOGETHER = 1024
"""Chunks that are asked of the source at once: a few megabytes."""
WRITE_ROWS = 2048
"""Rows in memory that are written: fewer are read again from the database in a tenth of a second."""
BUILD_ROWS = 16_384
"""Rows of one building: about 50 MB while it is made."""
FANOUT = 4
T = TypeVar("T")
Away = Callable[[Callable[[], T]], Awaitable[T]]


class Shelf:
    """The index of one generation of one base. `folder` is where it is kept, none for memory alone; `away` does work
    in a thread."""

    def __init__(self, source: Source, key: tuple[str, str, int], folder: IndexFolder | None, away: Any) -> None:
        self.generation = key[2]
        self._source = source
        self._key = key
        self._folder = folder
        self._away = away
        self._turn = asyncio.Lock()
        self._reached = -1
        """The revision of the base that everything is known of."""
        self._mark = Mark()
        self._stamp: bytes | None = None
        """The list on the disk that this process goes on from; none before it was looked at."""
        self._written_mark = Mark()
        """How far the written parts reach."""
        self._written: list[Part] = []
        self._fresh: list[Part] = []
        self._shown: tuple[Part, ...] = ()
        """What a search looks into: a whole, while another one is being made."""
        self._taking: asyncio.Task[None] | None = None

    @property
    def nbytes(self) -> int:
        """Bytes of all segments, mapped or in memory."""
        return sum(part.segment.nbytes for part in self._shown)

    @property
    def folder(self) -> IndexFolder | None:
        """Where it is kept; none for memory alone, and once it was left."""
        return self._folder

    @property
    def is_heavy(self) -> bool:
        """Whether some segments should be merged."""
        return bool(self._folder is not None and _mergeable(self._written))

    async def parts(self, revision: int) -> tuple[Part, ...]:
        """What is there at this revision of the base, or at a later one. Raises what the source does."""
        while self._reached < revision:
            if self._taking is None or self._taking.done():
                # A task of its own: whoever asked first may leave, and the others still want it.
                self._taking = asyncio.get_running_loop().create_task(self._take_up(revision))
                self._taking.add_done_callback(_heard)
            await asyncio.shield(self._taking)
        return self._shown

    async def lighten(self) -> None:
        """Merge what should be merged."""
        async with self._turn:
            if self._stamp is None:
                return  # what was half built is not to be shown: the next change begins anew
            await self._away(self._merge)
            self._shown = self._seen()

    def stop(self) -> None:
        """Take up nothing more."""
        if self._taking is not None:
            self._taking.cancel()

    async def leave(self) -> None:
        """Write nothing from now on; whatever is being written is finished first."""
        async with self._turn:
            self._folder = None

    async def _take_up(self, revision: int) -> None:
        async with self._turn:
            try:
                await self._changes()
            except BaseException:
                self._stamp = None  # what was half built is gone: begin with what the disk has
                raise
            self._shown = self._seen()
            self._reached = max(self._reached, revision)

    def _seen(self) -> tuple[Part, ...]:
        """Those of which anything is left: one whose documents are all gone may have vectors of another dimension."""
        return tuple(part for part in (*self._written, *self._fresh) if part.size)

    async def _changes(self) -> None:
        if self._stamp is None:
            await self._away(self._read)
        whole = False
        while not whole:
            building = Building()
            while changes := await self._source.changes(*self._key, self._mark, TOGETHER):
                building = await self._away(lambda some=changes, old=building: self._add(some, old))
            whole = await self._away(lambda last=building: self._finish(last))

    def _read(self) -> None:
        """Begin with what the disk has."""
        self._stamp, mark, parts = self._folder.read() if self._folder is not None else (b"", Mark(), [])
        self._mark = self._written_mark = mark
        self._written, self._fresh = parts, []

    def _add(self, changes: Sequence[ChangedDocument], building: Building) -> Building:
        for document in changes:
            if document.id in building.documents or len(building) >= BUILD_ROWS:
                if not self._finish(building):
                    return Building()
                building = Building()
            self._remove(document.id)
            if document.chunks:
                building.add(document)
            self._mark = Mark(document.revision, document.id)
        return building

    def _remove(self, document: str) -> None:
        for parts in (self._written, self._fresh):
            for place, part in enumerate(parts):
                parts[place] = part.without((document,))

    def _finish(self, building: Building) -> bool:
        """Make a part of what was built. False says that another process has written: what it wrote is read instead,
        and the changes are to be asked for from its mark."""
        self._fresh = [part for part in self._fresh if part.size]
        pieces = building.finish() if len(building) else []
        rows = len(building) + sum(part.size for part in self._fresh)
        if self._folder is not None and rows >= WRITE_ROWS:
            try:
                return self._write(self._folder, pieces)
            except OSError:
                pass  # a full disk ends no search: it stays in memory, and the next change tries again
        if pieces:
            self._fresh.append(Part(Segment(joined(pieces))))
        if len(self._fresh) > FANOUT:
            self._fresh = [Part(Segment(joined(merged(self._fresh))))]
        return True

    def _write(self, folder: IndexFolder, pieces: Sequence[Buffer]) -> bool:
        """Write what is in memory and what was built: together where it was built of a few rows."""
        with folder.writing():
            if folder.stamp() != self._stamp:
                self._read()
                return False
            fresh = [*self._fresh, Part(Segment(joined(pieces)))] if pieces and self._fresh else self._fresh
            made = Part(folder.add(merged(fresh) if fresh else pieces))
            written = [*self._written, made]
            self._stamp = folder.keep(self._mark, written)
            self._written, self._fresh, self._written_mark = written, [], self._mark
        return True

    def _merge(self) -> None:
        """Merge what is alike in size, as long as there is anything."""
        folder = self._folder
        while folder is not None and (some := _mergeable(self._written)):
            try:
                with folder.writing():
                    if folder.stamp() != self._stamp:
                        return  # another process has written: the next change is taken up from there
                    part = Part(folder.add(merged(some)))
                    kept = [each for each in self._written if each not in some]
                    written = [*kept, part] if part.size else kept
                    self._stamp = folder.keep(self._written_mark, written)
                    self._written = written
            except OSError:
                return  # a full disk: what there is answers as well


def _heard(task: asyncio.Task[None]) -> None:
    """Whoever waited has been told; where nobody did any more, the next search is."""
    if not task.cancelled():
        task.exception()


def _mergeable(parts: Sequence[Part]) -> list[Part]:
    """Parts that should be one: four of a size, or one that has lost half of what it had."""
    worn = [part for part in parts if 2 * part.size <= part.segment.size]
    if worn:
        return worn[:1]
    sizes: dict[int, list[Part]] = {}
    for part in parts:
        sizes.setdefault((part.size // WRITE_ROWS).bit_length() // 2, []).append(part)
    return next((some[:FANOUT] for some in sizes.values() if len(some) >= FANOUT), [])
