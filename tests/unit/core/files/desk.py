"""Files with a real database in memory and a folder on disk, before dispatch: what the tests of files stand on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from parlance.core.admission.gate import Gate, Rates
from parlance.core.dispatch import Dispatch
from parlance.core.files.cabinet import Cabinet, FileLimits
from parlance.core.files.handlers import AREA, find_file
from parlance.core.files.keeper import Keeper
from parlance.core.files.operations import FileView, UploadFile
from parlance.core.operation import Operation
from parlance.ports.observing import NullLog
from parlance.ports.stores import ChangeSet, Database, Value
from parlance.stores.blobs.disk import Disk
from parlance.stores.blobs.folder import FolderBlobs
from parlance.stores.sql.files import SqlFileKeeping
from parlance.stores.sql.rows import insert
from parlance.stores.sql.sqlite import Sqlite
from parlance.stores.volatile.counters import MemoryCounter
from parlance.testing.clocks import HandClock
from parlance.testing.databases import migrated
from parlance.values.accounts import DEFAULT_TENANT, Principal
from parlance.values.ids import RandomIds

ADA = Principal(DEFAULT_TENANT, "ada")
BOB = Principal(DEFAULT_TENANT, "bob")
STRANGER = Principal("elsewhere", "ada")
ADMIN = Principal(DEFAULT_TENANT, "bob", scopes=frozenset({"chat", "admin"}))


class Troubled:
    """A database that may be told to refuse, or to do something just before a change set is applied."""

    def __init__(self, database: Sqlite) -> None:
        self._database = database
        self.refusal: Exception | None = None
        self.before: list[Any] = []

    @property
    def kind(self) -> Any:
        return self._database.kind

    async def read(self, *args: Any, **more: Any) -> Any:
        if self.refusal is not None:
            raise self.refusal
        return await self._database.read(*args, **more)

    async def apply(self, changes: ChangeSet) -> None:
        if self.refusal is not None:
            raise self.refusal
        while self.before:
            await self.before.pop(0)()
        await self._database.apply(changes)

    async def close(self) -> None:
        await self._database.close()


class Desk:
    """The area of files, put together."""

    def __init__(self, folder: Path, limits: FileLimits | None = None, disk: Disk | None = None) -> None:
        self.clock = HandClock()
        self.defects: list[Exception] = []
        self.sqlite = Sqlite(None)
        self.database = Troubled(self.sqlite)
        self.folder = folder
        self.blobs = FolderBlobs(folder, disk)
        self.rows = SqlFileKeeping(self.database)
        rows = self.rows
        self.keeper = Keeper(rows, self.blobs, self.database, self.clock, NullLog(), self.defects.append, rows.unknown)
        self.cabinet = Cabinet(
            self.rows.files, self.blobs, self.keeper, self.clock, RandomIds(self.clock), limits or FileLimits()
        )
        handlers = {kind: self._handler(handle) for kind, handle in AREA.items()}
        self.dispatch = Dispatch(
            handlers,
            {"file": lambda principal, id: find_file(self.cabinet, principal, id)},
            Gate(MemoryCounter(self.clock), Rates()),
            self.database,
        )

    def _handler(self, handle: Any) -> Any:
        async def bound(context: Any, op: Any) -> Any:
            return await handle(self.cabinet, context, op)

        return bound

    async def open(self) -> None:
        """Make the tables and the people."""
        await migrated(self.sqlite)
        await people(self.database)

    async def close(self) -> None:
        await self.blobs.close()
        await self.database.close()

    async def do(self, operation: Operation[Any], who: Principal = ADA) -> Any:
        return await self.dispatch(who, "request-1", operation)

    async def upload(self, data: bytes, name: str = "notes.txt", who: Principal = ADA, **more: Any) -> FileView:
        """Keep a file whose length is announced unless `size` says otherwise."""
        more = {"size": len(data), **more}
        view: FileView = await self.do(UploadFile(name, pieces(data), **more), who)
        return view

    async def room(self, user: str = "ada") -> tuple[int, int, int]:
        """Used, reserved and files."""
        room = await self.rows.files(DEFAULT_TENANT).room(user)
        return (0, 0, 0) if room is None else (room.used, room.reserved, room.files)

    def on_disk(self) -> list[str]:
        """The names of all files in the folder."""
        return sorted(path.name for path in self.folder.rglob("*") if path.is_file())


async def people(database: Database) -> None:
    """Two users, and one called alike in another tenant."""
    when: dict[str, Value] = {"created": 0, "updated": 0}
    rows = [insert("tenants", {"id": "elsewhere", "number": 10001, "name": "E", "name_key": "e", **when})]
    for where, who in ((DEFAULT_TENANT, "ada"), (DEFAULT_TENANT, "bob"), ("elsewhere", "ada")):
        user: dict[str, Value] = {"tenant": where, "id": who, "name": who, "name_key": who}
        rows.append(insert("users", {**user, "role": "user", "owned_by": "file", **when}))
    await database.apply(tuple(rows))


async def pieces(data: bytes, size: int = 65_536) -> AsyncIterator[bytes]:
    """Bytes as a client sends them."""
    for start in range(0, len(data), size):
        yield data[start : start + size]
