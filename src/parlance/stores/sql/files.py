"""Files in SQL: their rows, and the count of the room they take."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

import msgspec

from parlance.ports.files import PAGE, WHOLE_TENANT
from parlance.ports.stores import ChangeSet, Database, Row, Statement, Value
from parlance.values import json_door
from parlance.values.files import File, Hold, Room

UNBOUND = 1 << 62
"""In place of no limit: more bytes than there are."""
_COLUMNS = "id, tenant, user_id, name, kind, media_type, size, sha256, created, blob_id, declared, foreign_fields"


def _file(row: Row) -> File:
    *known, foreign = cast(Any, row)
    values: Any = (*known, None if foreign is None else msgspec.json.decode(foreign))
    return File(*values)


class SqlFiles:
    """`Files` of one tenant over any of the databases."""

    def __init__(self, database: Database, tenant: str) -> None:
        self._database = database
        self._tenant = tenant

    # -- reading ----------------------------------------------------------------------------------------------------

    async def file(self, id: str) -> File | None:
        """A file by its id."""
        sql = f"SELECT {_COLUMNS} FROM files WHERE tenant = :tenant AND id = :id"
        found = await self._read(sql, {"id": id}, 1)
        return _file(found[0]) if found else None

    async def page(self, user: str, before: str | None, most: int) -> Sequence[File]:
        """Newest first."""
        most = min(most, PAGE)
        older = "" if before is None else " AND id < :before"
        sql = (
            f"SELECT {_COLUMNS} FROM files WHERE tenant = :tenant AND user_id = :user{older}"
            " ORDER BY id DESC LIMIT :most"
        )
        more: dict[str, Value] = {} if before is None else {"before": before}
        return [_file(row) for row in await self._read(sql, {"user": user, "most": most, **more}, most)]

    async def room(self, user: str) -> Room | None:
        """What somebody's files take."""
        sql = "SELECT used, reserved, files FROM file_rooms WHERE tenant = :tenant AND user_id = :user"
        found = await self._read(sql, {"user": user}, 1)
        return Room(*cast(Any, found[0])) if found else None

    async def hold(self, id: str) -> Hold | None:
        """Room that an upload has reserved."""
        sql = "SELECT tenant, id, user_id, blob_id, room, expires FROM file_holds WHERE tenant = :tenant AND id = :id"
        found = await self._read(sql, {"id": id}, 1)
        return Hold(*cast(Any, found[0])) if found else None

    # -- changes ----------------------------------------------------------------------------------------------------

    def make_room(self, user: str) -> ChangeSet:
        """Somebody's empty count."""
        sql = "INSERT INTO file_rooms (tenant, user_id, used, reserved, files) VALUES (:tenant, :user, 0, 0, 0)"
        return (self._statement(sql, {"user": user}),)

    def reserve(self, hold: Hold, user_limit: int | None, tenant_limit: int | None) -> ChangeSet:
        """Room for a new upload."""
        sql = (
            "INSERT INTO file_holds (tenant, id, user_id, blob_id, room, expires)"
            " VALUES (:tenant, :id, :user, :blob, :room, :expires)"
        )
        row = {"id": hold.id, "user": hold.user, "blob": hold.blob, "room": hold.bytes, "expires": hold.expires}
        return (*self._take(hold.user, hold.bytes, user_limit, tenant_limit), self._statement(sql, row))

    def extend(
        self, hold: Hold, more: int, expires: int, user_limit: int | None, tenant_limit: int | None
    ) -> ChangeSet:
        """More room for an upload."""
        sql = (
            "UPDATE file_holds SET room = room + :more, expires = :expires"
            " WHERE tenant = :tenant AND id = :id AND room = :room"
        )
        row = {"id": hold.id, "room": hold.bytes, "more": more, "expires": expires}
        taken = self._take(hold.user, more, user_limit, tenant_limit) if more else ()
        return (*taken, self._statement(sql, row))

    def settle(self, hold: Hold, file: File) -> ChangeSet:
        """From reserved to used."""
        counted = self._counted(hold.user, {"used": file.size, "reserved": -hold.bytes, "files": 1})
        return (*counted, self._unhold(hold), self._insert(file))

    def release(self, hold: Hold) -> ChangeSet:
        """From reserved to free."""
        return (*self._counted(hold.user, {"reserved": -hold.bytes}), self._unhold(hold))

    def delete(self, file: File) -> ChangeSet:
        """From used to free, and out of the folders it was in."""
        counted = self._counted(file.user, {"used": -file.size, "files": -1})
        return (*counted, *self._gone(file))

    def delete_all(self, user: str, files: Iterable[File]) -> ChangeSet:
        """A user's files and count; the tenant's count keeps what is not theirs."""
        gone = [(file, self._gone(file)) for file in files]
        total = sum(file.size for file, _ in gone)
        held = (
            "UPDATE file_rooms SET reserved = reserved - (SELECT COALESCE(SUM(room), 0) FROM file_holds"
            " WHERE tenant = :tenant AND user_id = :user) WHERE tenant = :tenant AND user_id = :whole"
        )
        rest = ("file_holds", "file_rooms")
        left = [f"DELETE FROM {table} WHERE tenant = :tenant AND user_id = :user" for table in rest]
        unheld = [self._statement(held, {"user": user, "whole": WHOLE_TENANT}, None)]
        unheld += [self._statement(sql, {"user": user}, None) for sql in left]
        counted = self._count(WHOLE_TENANT, {"used": -total, "files": -len(gone)}) if gone else ()
        return (*counted, *(one for _, some in gone for one in some), *unheld)

    def _take(self, user: str, room: int, user_limit: int | None, tenant_limit: int | None) -> ChangeSet:
        sql = (
            "UPDATE file_rooms SET reserved = reserved + :room"
            " WHERE tenant = :tenant AND user_id = :user AND used + reserved + :room <= :most"
        )
        limits = ((WHOLE_TENANT, tenant_limit), (user, user_limit))
        return tuple(
            self._statement(sql, {"user": who, "room": room, "most": UNBOUND if most is None else most})
            for who, most in limits
        )

    def _counted(self, user: str, changes: dict[str, int]) -> ChangeSet:
        return (*self._count(WHOLE_TENANT, changes), *self._count(user, changes))

    def _count(self, user: str, changes: dict[str, int]) -> ChangeSet:
        added = ", ".join(f"{name} = {name} + :{name}" for name in changes)
        sql = f"UPDATE file_rooms SET {added} WHERE tenant = :tenant AND user_id = :user"
        return (self._statement(sql, {"user": user, **changes}),)

    def _unhold(self, hold: Hold) -> Statement:
        sql = "DELETE FROM file_holds WHERE tenant = :tenant AND id = :id AND room = :room"
        return self._statement(sql, {"id": hold.id, "room": hold.bytes})

    def _insert(self, file: File) -> Statement:
        foreign = None if file.foreign is None else json_door.encode(file.foreign).decode()
        values: dict[str, Value] = {
            "id": file.id,
            "user": file.user,
            "name": file.name,
            "kind": file.kind,
            "media_type": file.media_type,
            "size": file.size,
            "sha256": file.sha256,
            "created": file.created,
            "blob": file.blob,
            "declared": file.declared,
            "foreign": foreign,
        }
        names = "tenant, id, user_id, name, kind, media_type, size, sha256, created, blob_id, declared, foreign_fields"
        places = ", ".join(f":{name}" for name in values)
        return self._statement(f"INSERT INTO files ({names}) VALUES (:tenant, {places})", values)

    def _gone(self, file: File) -> ChangeSet:
        unfiled = "DELETE FROM folder_files WHERE tenant = :tenant AND file_id = :id"
        return (
            self._statement(unfiled, {"id": file.id}, None),
            self._statement("DELETE FROM files WHERE tenant = :tenant AND id = :id", {"id": file.id}),
        )

    def _statement(self, sql: str, parameters: dict[str, Any], rows: int | None = 1) -> Statement:
        return Statement(sql, {"tenant": self._tenant, **parameters}, rows)

    async def _read(self, sql: str, parameters: dict[str, Value], most: int) -> Sequence[Row]:
        return await self._database.read(sql, {"tenant": self._tenant, **parameters}, most=most)


class SqlFileKeeping:
    """`FileKeeping` over any of the databases."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def overdue(self, now: int) -> Sequence[Hold]:
        """Of every tenant, the oldest first."""
        found: list[Hold] = []
        for tenant in await self._tenants():
            sql = (
                "SELECT tenant, id, user_id, blob_id, room, expires FROM file_holds"
                f" WHERE tenant = :tenant AND expires < :now ORDER BY expires LIMIT {PAGE}"
            )
            rows = await self._database.read(sql, {"tenant": tenant, "now": now}, most=PAGE)
            found += [Hold(*cast(Any, row)) for row in rows]
        return found

    async def unknown(self, blobs: Sequence[str]) -> Sequence[str]:
        """At most `PAGE` are asked about together."""
        left = dict.fromkeys(blobs)
        for tenant in await self._tenants():
            if left:
                names = {f"b{number}": blob for number, blob in enumerate(left)}
                listed = ", ".join(f":{name}" for name in names)
                for table in ("files", "file_holds"):
                    sql = f"SELECT blob_id FROM {table} WHERE tenant = :tenant AND blob_id IN ({listed})"
                    for row in await self._database.read(sql, {"tenant": tenant, **names}, most=len(names)):
                        left.pop(str(row[0]), None)
        return list(left)

    def files(self, tenant: str) -> SqlFiles:
        """The files of one tenant."""
        return SqlFiles(self._database, tenant)

    async def _tenants(self) -> list[str]:
        found = await self._database.read("SELECT id FROM tenants ORDER BY id", {}, most=10_000)
        return [str(row[0]) for row in found]
