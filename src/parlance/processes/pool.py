"""Several children that do the same: each works for one caller at a time, who waits until one is free."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from parlance.processes.child import ChildProcess
from parlance.values.errors import Fault, Kind


class Pool:
    """`blamed` makes of a child's fault what callers are told. `children` are there to be looked at."""

    def __init__(self, children: Sequence[ChildProcess], blamed: Callable[[Fault], Fault]) -> None:
        self.children = tuple(children)
        self._blamed = blamed
        self._free = list(children)
        self._gate = asyncio.Semaphore(len(self.children))

    @property
    def resident(self) -> int:
        """Bytes that the children have in memory now."""
        return sum(child.resident for child in self.children)

    @asynccontextmanager
    async def child(self) -> AsyncIterator[ChildProcess]:
        """One for this caller alone; it is ended where the caller goes away meanwhile. Raises `Fault`."""
        async with self._gate:
            child = self._free.pop()
            try:
                yield child
            except asyncio.CancelledError:
                child.kill(Fault(Kind.cancelled, "Nobody waits for this any more."))
                raise
            except Fault as fault:
                raise self._blamed(fault) from None
            finally:
                self._free.append(child)

    async def close(self) -> None:
        """End all children. Returns when none is left."""
        await asyncio.gather(*(child.close() for child in self.children))
