"""Taking bytes as they come: room is reserved before the first, in one piece or in steps, and settled after the last.

Each step is one commit of dispatch's, and the next begins after it. When one fails, or the sender leaves, `abandon`
forgets the bytes and has the keeper give the room back; if even that cannot be done, the reservation expires.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import msgspec

from parlance.core.files.keeper import Keeper
from parlance.core.files.sniff import HEAD
from parlance.core.operation import Effect, Result
from parlance.ports.blobs import Blobs, Writing
from parlance.ports.files import WHOLE_TENANT, Rooms
from parlance.ports.stores import ChangeSet, Statement
from parlance.values.errors import Fault, Kind
from parlance.values.files import Hold, Room
from parlance.values.ids import Ids
from parlance.values.time import SECOND, Clock

STEP = 4 * 1024 * 1024
"""Bytes that are reserved at a time for an upload whose length nobody announced; fewer where fewer are left."""
HOLD_SECONDS = 900
"""How long a reservation outlives a server that died; one that lives renews it halfway."""


class Bounds(msgspec.Struct, frozen=True):
    """In bytes: of one upload, and of all together for whoever takes the room and for their tenant (`None`: none)."""

    upload: int
    owner: int | None = None
    tenant: int | None = None


class Refusals(msgspec.Struct, frozen=True):
    """What is said to whoever sends too much: of the most that one upload may have, and of what it needs and what is
    left. In bytes."""

    too_large: Callable[[int], Fault]
    no_room: Callable[[int, int], Fault]


class Depot(msgspec.Struct, frozen=True):
    """Where bytes go, where their room is counted, and what is said where there is none."""

    rooms: Rooms
    blobs: Blobs
    keeper: Keeper
    clock: Clock
    ids: Ids
    bounds: Bounds
    refusals: Refusals


class Received(msgspec.Struct, frozen=True):
    """What came: how many bytes, their SHA-256, and the first of them."""

    size: int
    sha256: str
    head: bytes


Settle = Callable[[Hold, Received], Awaitable[Result[Any]]]
"""Decides what is committed when all bytes are there: the room they take in place of what is held. Decided anew after
a conflict."""


class Receiving:
    """One upload on its way. `size` is what its sender announced. `hold` is what is committed as reserved."""

    def __init__(
        self,
        depot: Depot,
        tenant: str,
        owner: str,
        content: AsyncIterator[bytes],
        size: int | None,
        settle: Settle,
    ) -> None:
        self._depot = depot
        self._size = size
        self._settle = settle
        self._pieces = aiter(content)
        self._spare = b""
        self._head = b""
        self._writing: Writing | None = None
        self._sha256 = ""
        blob = depot.ids.new()
        self._hold = Hold(tenant, blob, owner, blob, size or 0, self._expiry())

    async def reserve(self) -> Result[Any]:
        """Room for it, or for its first step. Raises the depot's refusals: for more than one upload may have, and where
        there is no room."""
        bounds, size = self._depot.bounds, self._size
        if size is not None and size > bounds.upload:
            raise self._depot.refusals.too_large(bounds.upload)
        made, left = await self._room()
        room = self._some(1, left) if size is None else self._all(size, left)
        self._hold = msgspec.structs.replace(self._hold, bytes=room)
        changes = (*made, *self._depot.rooms.reserve(self._hold, bounds.owner, bounds.tenant))
        return self._then(self.store, changes)

    async def store(self) -> Result[Any]:
        """Take bytes until they end, the room is used up, or the reservation wants renewal."""
        if self._writing is None:
            self._writing = await self._depot.blobs.write(self._hold.blob)
        renewal = self._hold.expires - HOLD_SECONDS * SECOND // 2
        while self._depot.clock.now() < renewal:
            piece = self._spare or await anext(self._pieces, b"")
            if not piece:
                self._sha256 = await self._writing.finish()
                return self._then(self.settle)
            self._spare = piece
            if self._writing.size + len(piece) > self._hold.bytes:
                break
            await self._writing.add(piece)
            self._head += piece[: HEAD - len(self._head)]
            self._spare = b""
        return self._then(self.extend)

    async def extend(self) -> Result[Any]:
        """More room, where it is used up, and more time."""
        hold, bounds = self._hold, self._depot.bounds
        more = 0
        if not self._fits():
            _, left = await self._room()
            more = self._some(len(self._spare), left)
        longer = msgspec.structs.replace(hold, bytes=hold.bytes + more, expires=self._expiry())
        changes = self._depot.rooms.extend(hold, more, longer.expires, bounds.owner, bounds.tenant)

        def extended() -> None:
            self._hold = longer

        return self._then(self.store, changes, extended)

    async def settle(self) -> Result[Any]:
        """What it is from now on, and the room that it really takes."""
        writing, hold = self._writing, self._hold
        if writing is None or await self._depot.rooms.hold(hold.id) is None:
            raise Fault(Kind.timed_out, "The upload took too long.", hint="Send it again.", code="upload_expired")
        result = await self._settle(hold, Received(writing.size, self._sha256, self._head))
        return msgspec.structs.replace(result, otherwise=self.abandon)

    def abandon(self) -> None:
        """It failed, or its sender left: forget the bytes and give back the room."""
        if self._writing is not None:
            self._writing.abandon()
        self._depot.keeper.give_back(self._hold)

    def _fits(self) -> bool:
        return self._writing is not None and self._writing.size + len(self._spare) <= self._hold.bytes

    def _expiry(self) -> int:
        return self._depot.clock.now() + HOLD_SECONDS * SECOND

    def _then(self, step: _Step, changes: ChangeSet = (), *effects: Effect) -> Result[Any]:
        return Result(None, changes, effects, step, self.abandon)

    def _all(self, bytes: int, left: int) -> int:
        """So much room, or a refusal."""
        if bytes > left:
            raise self._depot.refusals.no_room(bytes, left)
        return bytes

    def _some(self, least: int, left: int) -> int:
        """Room for a step of at least so many bytes, within what one file may have and what is left."""
        allowed = self._depot.bounds.upload - self._hold.bytes
        if least > allowed:
            raise self._depot.refusals.too_large(self._depot.bounds.upload)
        return max(self._all(least, left), min(STEP, allowed, left))

    async def _room(self) -> tuple[ChangeSet, int]:
        """What makes the counts that are not there yet, and the bytes that are left for this user."""
        bounds = self._depot.bounds
        made: list[Statement] = []
        left = 1 << 62
        for who, limit in ((WHOLE_TENANT, bounds.tenant), (self._hold.user, bounds.owner)):
            room = await self._depot.rooms.room(who)
            if room is None:
                made += self._depot.rooms.make_room(who)
                room = Room(0, 0, 0)
            if limit is not None:
                left = min(left, max(0, limit - room.used - room.reserved))
        return tuple(made), left


_Step = Callable[[], Awaitable[Result[Any]]]


def shown_size(bytes: int) -> str:
    """A bound as people read it."""
    return f"{bytes >> 20} MiB" if bytes >= 1 << 20 else f"{bytes} bytes"
