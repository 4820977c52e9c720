"""Connections that admins add, in SQL. Their keys are sealed before they come here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import msgspec

from parlance.ports.connections import MOST_CONNECTIONS, StoredConnection
from parlance.ports.secrets import Sealed
from parlance.ports.stores import ChangeSet, Database, Row, Statement, Value
from parlance.stores.sql.rows import insert
from parlance.values.connections import ConnectionPlan, KeptConnection

_COLUMNS = "id, name, kind, enabled, details, key_codec, key_id, key_sealed, key_ending, version, created, updated"
_BUMP = Statement("UPDATE versions SET number = number + 1 WHERE name = 'connections'", {})
_APART = ("name", "kind", "enabled")
"""Fields that have columns of their own."""


class SqlConnections:
    """`Connections` over any of the databases."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def version(self) -> int:
        """The number that grows with every change."""
        sql = "SELECT number FROM versions WHERE name = 'connections'"
        found = await self._database.read(sql, {}, most=1)
        return cast(int, found[0][0]) if found else 0

    async def all(self) -> Sequence[StoredConnection]:
        """Every connection, oldest first: ids grow with time."""
        sql = f"SELECT {_COLUMNS} FROM connections ORDER BY id LIMIT {MOST_CONNECTIONS}"
        return [_stored(row) for row in await self._database.read(sql, {}, most=MOST_CONNECTIONS)]

    async def find(self, id: str) -> StoredConnection | None:
        """One of them."""
        sql = f"SELECT {_COLUMNS} FROM connections WHERE id = :id"
        found = await self._database.read(sql, {"id": id}, most=1)
        return _stored(found[0]) if found else None

    def insert(self, stored: StoredConnection) -> ChangeSet:
        """A new one."""
        kept = stored.kept
        return insert("connections", {"id": kept.id, "created": kept.created, **_values(stored)}), _BUMP

    def change(self, before: StoredConnection, after: StoredConnection) -> ChangeSet:
        """Another in its place, if it is still as it was read."""
        values = _values(after)
        sets = ", ".join(f"{name} = :{name}" for name in values)
        where: dict[str, Value] = {"of_id": before.kept.id, "at_version": before.kept.version}
        sql = f"UPDATE connections SET {sets} WHERE id = :of_id AND version = :at_version"
        return Statement(sql, {**values, **where}), _BUMP

    def delete(self, kept: KeptConnection) -> ChangeSet:
        """It goes."""
        return Statement("DELETE FROM connections WHERE id = :id", {"id": kept.id}), _BUMP


def _values(stored: StoredConnection) -> dict[str, Value]:
    kept, key = stored.kept, stored.key
    details = {name: value for name, value in msgspec.structs.asdict(kept.plan).items() if name not in _APART}
    return {
        "name": kept.plan.name,
        "kind": kept.plan.kind,
        "enabled": int(kept.plan.enabled),
        "details": msgspec.json.encode(details).decode(),
        "key_codec": None if key is None else key.codec,
        "key_id": None if key is None else key.key_id,
        "key_sealed": None if key is None else key.content,
        "key_ending": kept.key_ending,
        "version": kept.version,
        "updated": kept.updated,
    }


def _stored(row: Row) -> StoredConnection:
    id, name, kind, enabled, details, codec, key_id, content, ending, version, created, updated = cast(Any, row)
    spelled = {**msgspec.json.decode(details), "name": name, "kind": kind, "enabled": bool(enabled)}
    plan = msgspec.convert(spelled, ConnectionPlan)
    key = None if content is None else Sealed(codec, key_id, bytes(content))
    return StoredConnection(KeptConnection(id, plan, created, updated, version, ending), key)
