"""Sees that the large segments of large bases have nets: opens those that are on the disk and makes the others, one at
a time, on a thread of its own that gives way to all others. Until there is one, its segment is searched exactly.

Segments are merged four to one, so that what is below a quarter of the bound in a base is about the bound in all.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from parlance.ports.observing import Log
from parlance.stores.folder_lock import trying_lock
from parlance.stores.indexes.folder import LOCK, IndexFolder
from parlance.stores.indexes.net import Weaver
from parlance.stores.indexes.parts import Part
from parlance.stores.indexes.segment import Damaged, Neighbours, Segment
from parlance.values.time import Clock

SHARE = 4
"""A segment has a net when it has more than this part of the bound: see above."""
LATER_SECONDS = 60.0
"""After which a net is tried again that could not be written, or that another process was making."""
NICENESS = 10


class Nets:
    """The nets below `root` of bases with more than `above` vectors, as `weaver` makes them."""

    def __init__(self, root: Path, above: int, log: Log, clock: Clock, weaver: Weaver | None = None) -> None:
        self._lock = root / f"{LOCK}-nets"
        self._above = above
        self._log = log
        self._clock = clock
        self._weaver = weaver or Weaver()
        self._thread = ThreadPoolExecutor(1, "nets", initializer=_give_way)
        self._task: asyncio.Future[None] | None = None
        self._stopping = threading.Event()
        self._not_before = 0.0

    def tend(self, folder: IndexFolder, parts: Sequence[Part], numeric: Any) -> None:
        """Begin to see to the segments that have no net and should have one, the largest first. `numeric` is the module
        numpy."""
        if self._task is not None or sum(part.segment.with_vector for part in parts) <= self._above:
            return
        wanted = [part.segment for part in parts if self._wants(part.segment)]
        if not wanted or self._clock.monotonic() < self._not_before or self._stopping.is_set():
            return
        wanted.sort(key=lambda each: each.with_vector, reverse=True)
        self._task = asyncio.get_running_loop().run_in_executor(self._thread, self._see_to, folder, wanted, numeric)
        self._task.add_done_callback(self._done)

    async def rest(self) -> bool:
        """Wait for what is being seen to; false where nothing is."""
        if self._task is None:
            return False
        await asyncio.wait([self._task])
        return True

    async def close(self) -> None:
        """Make no more, and leave what is half made."""
        self._stopping.set()
        await self.rest()
        await asyncio.to_thread(self._thread.shutdown)

    def _wants(self, segment: Segment) -> bool:
        return segment.net is None and bool(segment.name) and segment.with_vector * SHARE > self._above

    def _done(self, task: asyncio.Future[None]) -> None:
        self._task = None
        if not task.cancelled() and (error := task.exception()) is not None:
            self._not_before = self._clock.monotonic() + LATER_SECONDS
            self._log.warning("net_not_made", error=error)

    def _see_to(self, folder: IndexFolder, segments: Sequence[Segment], numeric: Any) -> None:
        if not self._weaver.is_there():
            self._log.warning("large_base_searched_exactly", missing="parlance[hnsw]")
            self._not_before = float("inf")
            return
        for segment in segments:
            segment.net = self._opened(folder, segment)
        for segment in (each for each in segments if each.net is None):
            with trying_lock(self._lock) as mine:
                if not mine:
                    raise BlockingIOError("another process is making a net")
                segment.net = self._opened(folder, segment) or self._made(folder, segment, numeric)

    def _opened(self, folder: IndexFolder, segment: Segment) -> Neighbours | None:
        try:
            data = folder.net(segment.name)
            found = None if data is None else self._weaver.opened(data, segment)
        except Damaged as error:
            self._log.warning("net_damaged", error=error)
            return None
        if found is not None:
            self._log.debug("net_opened", vectors=segment.with_vector)
        return found

    def _made(self, folder: IndexFolder, segment: Segment, numeric: Any) -> Neighbours | None:
        def goes_on() -> bool:
            return not self._stopping.is_set() and folder.has(segment.name)

        began = self._clock.monotonic()
        index = self._weaver.made(segment, numeric, goes_on)
        if index is None:
            return None
        folder.add_net(segment.name, lambda path: self._weaver.save(index, segment, path))
        self._log.info("net_made", vectors=segment.with_vector, ms=(self._clock.monotonic() - began) * 1000)
        return self._opened(folder, segment)


def _give_way() -> None:
    """Let every other thread go first, where the system knows threads by number."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
