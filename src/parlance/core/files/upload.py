"""Taking an upload: room is reserved before its first byte, in one piece or in steps, and settled after its last.

Each step is one commit of dispatch's, and the next begins after it. When one fails, or its sender leaves, `abandon`
forgets the bytes and has the keeper give the room back; if even that cannot be done, the reservation expires.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from parlance.core.authorize import must_keep
from parlance.core.files.cabinet import Cabinet
from parlance.core.files.operations import FileView, UploadFile
from parlance.core.files.sniff import HEAD, sniff
from parlance.core.operation import Context, Effect, Result
from parlance.ports.blobs import Writing
from parlance.ports.files import WHOLE_TENANT, Files
from parlance.ports.stores import ChangeSet, Statement
from parlance.values.accounts import Principal
from parlance.values.errors import Fault, Kind
from parlance.values.files import File, Hold, Room
from parlance.values.time import SECOND

STEP = 4 * 1024 * 1024
"""Bytes that are reserved at a time for an upload whose length nobody announced; fewer where fewer are left."""
HOLD_SECONDS = 900
"""How long a reservation outlives a server that died; one that lives renews it halfway."""
MOST_NAME = 255
"""Code points in a name: what a file system allows, and every database's column."""


def view(file: File) -> FileView:
    """A file as it is told."""
    return FileView(file.id, file.name, file.kind, file.media_type, file.size, file.sha256, file.created, file.declared)


def keeping(principal: Principal) -> str:
    """The user whose files are meant. Raises `Fault(forbidden)` for guests, who share a name and so cannot own any."""
    return must_keep(principal, "files").user


async def upload_file(cabinet: Cabinet, context: Context, op: UploadFile) -> Result[FileView]:
    """Handle `UploadFile`."""
    keeping(context.principal)
    if not 1 <= len(op.name) <= MOST_NAME or "\x00" in op.name:
        raise Fault(
            Kind.invalid, f"A file's name has between 1 and {MOST_NAME} characters.", field="name", code="bad_name"
        )
    if op.size is not None and op.size > cabinet.limits.upload:
        raise _too_large(cabinet.limits.upload)
    return await _Upload(cabinet, context.principal, op).reserve()


class _Upload:
    """One upload on its way. `hold` is what is committed as reserved."""

    def __init__(self, cabinet: Cabinet, principal: Principal, op: UploadFile) -> None:
        self._cabinet = cabinet
        self._op = op
        self._files: Files = cabinet.files(principal.tenant)
        self._pieces = aiter(op.content)
        self._spare = b""
        self._head = b""
        self._writing: Writing | None = None
        self._sha256 = ""
        blob = cabinet.ids.new()
        self._hold = Hold(principal.tenant, blob, principal.user, blob, op.size or 0, self._expiry())

    async def reserve(self) -> Result[FileView]:
        """Room for it, or for its first step."""
        made, left = await self._room()
        limits, size = self._cabinet.limits, self._op.size
        room = self._some(1, left) if size is None else self._all(size, left)
        self._hold = msgspec.structs.replace(self._hold, bytes=room)
        changes = (*made, *self._files.reserve(self._hold, limits.user, limits.tenant))
        return self._then(self.store, changes)

    async def store(self) -> Result[FileView]:
        """Take bytes until they end, the room is used up, or the reservation wants renewal."""
        if self._writing is None:
            self._writing = await self._cabinet.blobs.write(self._hold.blob)
        renewal = self._hold.expires - HOLD_SECONDS * SECOND // 2
        while self._cabinet.clock.now() < renewal:
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

    async def extend(self) -> Result[FileView]:
        """More room, where it is used up, and more time."""
        hold, limits = self._hold, self._cabinet.limits
        more = 0
        if not self._fits():
            _, left = await self._room()
            more = self._some(len(self._spare), left)
        longer = msgspec.structs.replace(hold, bytes=hold.bytes + more, expires=self._expiry())
        changes = self._files.extend(hold, more, longer.expires, limits.user, limits.tenant)

        def extended() -> None:
            self._hold = longer

        return self._then(self.store, changes, extended)

    async def settle(self) -> Result[FileView]:
        """The file's row, and the room that it really takes."""
        writing, hold = self._writing, self._hold
        if writing is None or await self._files.hold(hold.id) is None:
            raise Fault(Kind.timed_out, "The upload took too long.", hint="Send it again.", code="upload_expired")
        sniffed = sniff(self._head)
        file = File(
            id=self._cabinet.ids.new(),
            tenant=hold.tenant,
            user=hold.user,
            name=self._op.name,
            kind=sniffed.kind,
            media_type=sniffed.media_type,
            size=writing.size,
            sha256=self._sha256,
            created=self._cabinet.clock.now(),
            blob=hold.blob,
            declared=self._op.declared[:MOST_NAME],
        )
        return Result(view(file), self._files.settle(hold, file), otherwise=self.abandon)

    def abandon(self) -> None:
        """It failed, or its sender left: forget the bytes and give back the room."""
        if self._writing is not None:
            self._writing.abandon()
        self._cabinet.keeper.give_back(self._hold)

    def _fits(self) -> bool:
        return self._writing is not None and self._writing.size + len(self._spare) <= self._hold.bytes

    def _expiry(self) -> int:
        return self._cabinet.clock.now() + HOLD_SECONDS * SECOND

    def _then(self, step: _Step, changes: ChangeSet = (), *effects: Effect) -> Result[Any]:
        return Result(None, changes, effects, step, self.abandon)

    def _all(self, bytes: int, left: int) -> int:
        """So much room, or a refusal."""
        if bytes > left:
            raise _no_room(bytes, left)
        return bytes

    def _some(self, least: int, left: int) -> int:
        """Room for a step of at least so many bytes, within what one file may have and what is left."""
        allowed = self._cabinet.limits.upload - self._hold.bytes
        if least > allowed:
            raise _too_large(self._cabinet.limits.upload)
        return max(self._all(least, left), min(STEP, allowed, left))

    async def _room(self) -> tuple[ChangeSet, int]:
        """What makes the counts that are not there yet, and the bytes that are left for this user."""
        limits = self._cabinet.limits
        made: list[Statement] = []
        left = 1 << 62
        for who, limit in ((WHOLE_TENANT, limits.tenant), (self._hold.user, limits.user)):
            room = await self._files.room(who)
            if room is None:
                made += self._files.make_room(who)
                room = Room(0, 0, 0)
            if limit is not None:
                left = min(left, max(0, limit - room.used - room.reserved))
        return tuple(made), left


_Step = Callable[[], Awaitable[Result[FileView]]]


def _too_large(limit: int) -> Fault:
    most = f"{limit >> 20} MiB" if limit >= 1 << 20 else f"{limit} bytes"
    return Fault(Kind.too_large, f"A file may have at most {most} here.", field="content", code="file_too_large")


def _no_room(bytes: int, left: int) -> Fault:
    return Fault(
        Kind.over_budget,
        f"There is no room for this file: of the room for files {left} bytes are left, and it needs {bytes}.",
        hint="Delete files that are not needed any more, or ask an administrator for more room.",
        code="no_room",
    )
