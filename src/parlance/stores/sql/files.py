"""Files in SQL: their rows, and the count of the room they take."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

import msgspec

from parlance.ports.files import PAGE, WHOLE_TENANT
from parlance.ports.stores import ChangeSet, Database, Row, Statement, Value
from parlance.stores.sql.rooms import FILES, SqlRooms, overdue_holds, tenants_of
from parlance.values import json_door
from parlance.values.files import File, Hold

_BLOBS = (
    ("files", "blob_id"),
    ("file_holds", "blob_id"),
    ("documents", "blob_id"),
    ("documents", "text_blob"),
    ("documents", "layout_blob"),
    ("knowledge_holds", "blob_id"),
)
"""Where blobs are named."""
_COLUMNS = "id, tenant, user_id, name, kind, media_type, size, sha256, created, blob_id, declared, foreign_fields"


def _file(row: Row) -> File:
    *known, foreign = cast(Any, row)
    values: Any = (*known, None if foreign is None else msgspec.json.decode(foreign))
    return File(*values)


class SqlFiles(SqlRooms):
    """`Files` of one tenant over any of the databases."""

    def __init__(self, database: Database, tenant: str) -> None:
        super().__init__(database, tenant, FILES)

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

    # -- changes ----------------------------------------------------------------------------------------------------

    def settle(self, hold: Hold, file: File) -> ChangeSet:
        """From reserved to used."""
        counted = self._counted(hold.user, {"used": file.size, "reserved": -hold.bytes, "files": 1})
        return (*counted, self._unhold(hold.id, hold.bytes), self._insert(file))

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


class SqlFileKeeping:
    """`FileKeeping` over any of the databases."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def overdue(self, now: int) -> Sequence[Hold]:
        """Of every tenant, the oldest first."""
        return await overdue_holds(self._database, FILES, now)

    async def unknown(self, blobs: Sequence[str]) -> Sequence[str]:
        """At most `PAGE` are asked about together."""
        left = dict.fromkeys(blobs)
        for tenant in await tenants_of(self._database):
            if left:
                names = {f"b{number}": blob for number, blob in enumerate(left)}
                listed = ", ".join(f":{name}" for name in names)
                for table, column in _BLOBS:
                    sql = f"SELECT {column} FROM {table} WHERE tenant = :tenant AND {column} IN ({listed})"
                    for row in await self._database.read(sql, {"tenant": tenant, **names}, most=len(names)):
                        left.pop(str(row[0]), None)
        return list(left)

    def files(self, tenant: str) -> SqlFiles:
        """The files of one tenant."""
        return SqlFiles(self._database, tenant)

    def rooms(self, tenant: str) -> SqlFiles:
        """Their room."""
        return self.files(tenant)
