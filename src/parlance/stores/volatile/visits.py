"""The chatbot app's sessions in memory: all are over when the process is."""

from __future__ import annotations

from collections import OrderedDict

from parlance.ports.visits import Bounds, SealedVisit
from parlance.values.time import Clock


class _Kept:
    __slots__ = ("record", "used")

    def __init__(self, record: SealedVisit, used: float) -> None:
        self.record = record
        self.used = used


class MemoryVisits:
    """`VisitRecords` of one process. `idle` is in seconds."""

    def __init__(self, clock: Clock, idle: float, bounds: Bounds | None = None) -> None:
        self._clock = clock
        self._idle = idle
        self._bounds = bounds or Bounds()
        self._guests: OrderedDict[str, _Kept] = OrderedDict()
        self._people: OrderedDict[str, _Kept] = OrderedDict()
        self.bytes = 0
        """Of all guests' records together."""

    async def get(self, name: str) -> SealedVisit | None:
        """A record, which lives on from now."""
        self._expire()
        for records in (self._guests, self._people):
            kept = records.get(name)
            if kept is not None:
                kept.used = self._clock.monotonic()
                records.move_to_end(name)
                return kept.record
        return None

    async def put(self, name: str, sealed: bytes, *, guest: bool, version: int = 0) -> bool:
        """Keep a record, and make room."""
        self._expire()
        records = self._guests if guest else self._people
        before = records.get(name)
        if (0 if before is None else before.record.version) != version:
            return False
        self._forget(records, name)
        records[name] = _Kept(SealedVisit(sealed, version + 1), self._clock.monotonic())
        if guest:
            self.bytes += len(sealed)
        while len(self._people) > self._bounds.signed_in:
            self._forget(self._people, next(iter(self._people)))
        while len(self._guests) > self._bounds.guests:
            self._forget(self._guests, next(iter(self._guests)))
        while self.bytes > self._bounds.guest_bytes and len(self._guests) > 1:
            self._forget(self._guests, max(self._guests, key=self._size))
        return True

    def _size(self, name: str) -> int:
        return len(self._guests[name].record.sealed)

    async def drop(self, name: str) -> None:
        """A record goes."""
        for records in (self._guests, self._people):
            self._forget(records, name)

    def _forget(self, records: OrderedDict[str, _Kept], name: str) -> None:
        kept = records.pop(name, None)
        if kept is not None and records is self._guests:
            self.bytes -= len(kept.record.sealed)

    def _expire(self) -> None:
        """Forget who was idle for too long; the longest idle are in front."""
        until = self._clock.monotonic() - self._idle
        for records in (self._guests, self._people):
            while records and (first := next(iter(records.items())))[1].used < until:
                self._forget(records, first[0])
