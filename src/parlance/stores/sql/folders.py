"""Folders in SQL: a tree by `parent`, and the files that go with each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import msgspec

from parlance.ports.library import MOST_FOLDERS
from parlance.ports.stores import ChangeSet, Database, Row, Statement, Value
from parlance.stores.sql.rows import insert
from parlance.values import json_door
from parlance.values.chats import Folder
from parlance.values.texts import folded

MOST_FILES = 100_000
_COLUMNS = "id, tenant, user_id, name, created, updated, parent, instructions, version, foreign_fields"


def _folder(row: Row, files: tuple[str, ...]) -> Folder:
    id, tenant, user, name, created, updated, parent, instructions, version, foreign = cast(Any, row)
    more = None if foreign is None else msgspec.json.decode(foreign)
    return Folder(id, tenant, user, name, created, updated, parent, instructions, files, version, more)


class SqlFolders:
    """`Folders` of one tenant over any of the databases."""

    def __init__(self, database: Database, tenant: str) -> None:
        self._database = database
        self._tenant = tenant

    async def folder(self, id: str) -> Folder | None:
        """A folder with its files."""
        found = await self._read("id = :id", {"id": id}, "folder = :id")
        return found[0] if found else None

    async def all(self, user: str) -> Sequence[Folder]:
        """All folders of a user, by name."""
        files = "folder IN (SELECT id FROM folders WHERE tenant = :tenant AND user_id = :user)"
        return await self._read("user_id = :user", {"user": user}, files)

    async def _read(self, which: str, parameters: dict[str, Value], filed: str) -> list[Folder]:
        where = {"tenant": self._tenant, **parameters}
        rows = await self._database.read(
            f"SELECT {_COLUMNS} FROM folders WHERE tenant = :tenant AND {which} ORDER BY name_key, id",
            where,
            most=MOST_FOLDERS,
        )
        if not rows:
            return []
        held = await self._database.read(
            f"SELECT folder, file_id FROM folder_files WHERE tenant = :tenant AND {filed} ORDER BY added, file_id",
            where,
            most=MOST_FILES,
        )
        files: dict[str, tuple[str, ...]] = {}
        for folder, file in cast(Sequence[Any], held):
            files[folder] = (*files.get(folder, ()), file)
        return [_folder(row, files.get(cast(str, row[0]), ())) for row in rows]

    # -- changing ---------------------------------------------------------------------------------------------------

    def insert(self, folder: Folder) -> ChangeSet:
        """A new folder. That its parent is there is looked up by the statement itself: it may be deleted meanwhile."""
        values: dict[str, Value] = {
            "tenant": self._tenant,
            "id": folder.id,
            "user_id": folder.user,
            "parent": folder.parent,
            "name": folder.name,
            "name_key": folded(folder.name),
            "instructions": folder.instructions,
            "created": folder.created,
            "updated": folder.updated,
            "version": folder.version,
            "foreign_fields": None if folder.foreign is None else json_door.encode(folder.foreign).decode(),
        }
        made = insert("folders", values)
        if folder.parent is not None:
            names, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
            sql = f"INSERT INTO folders ({names}) SELECT {marks} FROM folders WHERE tenant = :tenant AND id = :parent"
            made = Statement(sql, values)
        return made, *self._with(folder.id, folder.files, folder.created)

    def change(self, folder: Folder, fields: Mapping[str, Any], now: int) -> ChangeSet:
        """New values of some fields; a conflict when the folder has changed since it was read."""
        values = {name: value for name, value in fields.items() if name != "files"}
        if "name" in values:
            values["name_key"] = folded(values["name"])
        changed = self._touched(folder, {**values, "updated": now})
        if "files" not in fields:
            return (changed,)
        return changed, self._emptied(folder), *self._with(folder.id, fields["files"], now)

    def move(self, folder: Folder, above: Sequence[Folder], now: int) -> ChangeSet:
        """Put it under the last of `above`. Each of them is touched: two moves at once cannot make a ring."""
        parent = above[-1].id if above else None
        held = [self._touched(each, {}) for each in above]
        return *held, self._touched(folder, {"parent": parent, "updated": now})

    def delete(self, folder: Folder) -> ChangeSet:
        """A folder goes; what is in it goes up."""
        where: dict[str, Value] = {"tenant": self._tenant, "id": folder.id, "parent": folder.parent}
        up = " WHERE tenant = :tenant AND "
        gone: dict[str, Value] = {"tenant": self._tenant, "id": folder.id, "seen": folder.version + 1}
        return (
            self._touched(folder, {}),
            Statement(f"UPDATE chats SET folder = :parent, version = version + 1{up}folder = :id", where, None),
            Statement(f"UPDATE folders SET parent = :parent, version = version + 1{up}parent = :id", where, None),
            self._emptied(folder),
            Statement("DELETE FROM folders WHERE tenant = :tenant AND id = :id AND version = :seen", gone),
        )

    def _touched(self, folder: Folder, values: Mapping[str, Any]) -> Statement:
        sets = ", ".join([*(f"{name} = :{name}" for name in values), "version = version + 1"])
        return Statement(
            f"UPDATE folders SET {sets} WHERE tenant = :of_tenant AND id = :of_id AND version = :seen",
            {**values, "of_tenant": self._tenant, "of_id": folder.id, "seen": folder.version},
        )

    def _emptied(self, folder: Folder) -> Statement:
        where = {"tenant": self._tenant, "folder": folder.id}
        return Statement("DELETE FROM folder_files WHERE tenant = :tenant AND folder = :folder", where, None)

    def _with(self, folder: str, files: Sequence[str], now: int) -> ChangeSet:
        """Rows for its files, in their order."""
        found: list[Statement] = []
        for n, file in enumerate(dict.fromkeys(files)):
            row: dict[str, Value] = {"tenant": self._tenant, "folder": folder, "file_id": file, "added": now + n}
            found.append(insert("folder_files", row))
        return tuple(found)
