"""The preferences of one tenant in SQL: a row for each that is not as it is by default."""

from __future__ import annotations

from typing import cast

import msgspec

from parlance.ports.stores import ChangeSet, Database, Statement, Value
from parlance.stores.sql.rows import insert
from parlance.values.accounts import Preferences

_VERSION = "version"
"""The row that every change moves on, so that two changes at once are one conflict."""
_NAMES = tuple(name for name in Preferences.__struct_fields__ if name != _VERSION)


class SqlChoices:
    """`Choices` of one tenant over any of the databases."""

    def __init__(self, database: Database, tenant: str) -> None:
        self._database = database
        self._tenant = tenant

    async def read(self) -> Preferences:
        """All of them; what this release does not know is left alone."""
        rows = await self._database.read(
            "SELECT name, content, version FROM preferences WHERE tenant = :tenant", {"tenant": self._tenant}
        )
        found = {name: msgspec.json.decode(cast(str, content)) for name, content, _ in rows if name in _NAMES}
        version = next((number for name, _, number in rows if name == _VERSION), 0)
        return msgspec.convert({**found, _VERSION: version}, Preferences)

    def write(self, before: Preferences, after: Preferences, at: int, by: str) -> ChangeSet:
        """What differs."""
        changed = [name for name in _NAMES if getattr(before, name) != getattr(after, name)]
        rows = [self._row(name, getattr(after, name), before.version + 1, at, by) for name in changed]
        if before.version == 0:
            return *_replaced(rows), insert("preferences", self._row(_VERSION, None, 1, at, by))
        moved = Statement(
            "UPDATE preferences SET version = version + 1, updated = :updated, updated_by = :updated_by"
            " WHERE tenant = :tenant AND name = :name AND version = :seen",
            {"tenant": self._tenant, "name": _VERSION, "seen": before.version, "updated": at, "updated_by": by},
        )
        return moved, *_replaced(rows)

    def _row(self, name: str, content: object, version: int, at: int, by: str) -> dict[str, Value]:
        return {
            "tenant": self._tenant,
            "name": name,
            "content": msgspec.json.encode(content).decode(),
            "version": version,
            "updated": at,
            "updated_by": by,
        }


def _replaced(rows: list[dict[str, Value]]) -> ChangeSet:
    """Statements that put rows in the place of those with the same names."""
    where = "DELETE FROM preferences WHERE tenant = :tenant AND name = :name"
    changes: list[Statement] = []
    for row in rows:
        changes += [Statement(where, {"tenant": row["tenant"], "name": row["name"]}, None), insert("preferences", row)]
    return tuple(changes)
