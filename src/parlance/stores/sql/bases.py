"""Knowledge bases in SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import msgspec

from parlance.ports.knowledge import PAGE
from parlance.ports.stores import ChangeSet, Database, Row, Statement, Value
from parlance.stores.sql.rows import insert, unchanged, update
from parlance.stores.sql.spelling import decoded, spelled
from parlance.values.graph import GraphOptions
from parlance.values.knowledge import Base, ChunkOptions, DocumentState

_FIELDS: Mapping[str, str] = {
    **{name: name for name in ("id", "tenant", "name", "description", "embedder", "dimension", "generation")},
    **{name: name for name in ("revision", "reranker", "created", "coming", "problem", "words")},
    "user": "user_id",
    "changed": "updated",
    "access": "visible_to",
    "options": "cutting",
    "foreign": "foreign_fields",
    "graph": "graph",
}
"""Fields and their columns."""
_COLUMNS = ", ".join(_FIELDS.values())
_MOST_OWN = 10_000


class SqlBases:
    """`Bases` of one tenant over any of the databases."""

    def __init__(self, database: Database, tenant: str) -> None:
        self._database = database
        self._tenant = tenant

    # -- reading ----------------------------------------------------------------------------------------------------

    async def base(self, id: str) -> Base | None:
        """A base by its id."""
        found = await self._read("id = :id", {"id": id}, 1)
        return found[0] if found else None

    async def page(self, user: str, before: str | None, most: int) -> Sequence[Base]:
        """One's own and the tenant's, newest first."""
        older = "" if before is None else " AND id < :before"
        more: dict[str, Value] = {} if before is None else {"before": before}
        seen = f"(user_id = :user OR visible_to = 'tenant'){older}"
        return await self._read(seen, {"user": user, **more}, min(most, PAGE + 1))

    async def own(self, user: str) -> Sequence[Base]:
        """All that are a user's alone."""
        return await self._read("user_id = :user AND visible_to = 'own'", {"user": user}, _MOST_OWN)

    async def states(self, base: str) -> Mapping[DocumentState, int]:
        """How many documents there are in each state."""
        sql = (
            "SELECT state, COUNT(*) FROM documents WHERE tenant = :tenant AND base = :base AND leaving = 0"
            " GROUP BY state"
        )
        rows = await self._database.read(sql, {"tenant": self._tenant, "base": base}, most=5)
        return {cast(Any, state): int(cast(Any, count)) for state, count in rows}

    async def chunks(self, base: str, generation: int = 0) -> int:
        """By what the documents say of themselves."""
        sql = (
            "SELECT COALESCE(SUM(chunks), 0) FROM documents"
            " WHERE tenant = :tenant AND base = :base AND leaving = 0 AND state = 'ready' AND generation >= :generation"
        )
        where: dict[str, Value] = {"tenant": self._tenant, "base": base, "generation": generation}
        rows = await self._database.read(sql, where, most=1)
        return int(cast(Any, rows[0][0]))

    async def _read(self, which: str, parameters: dict[str, Value], most: int) -> Sequence[Base]:
        sql = (
            f"SELECT {_COLUMNS} FROM bases WHERE tenant = :tenant AND leaving = 0 AND {which} ORDER BY id DESC"
            " LIMIT :most"
        )
        rows = await self._database.read(sql, {"tenant": self._tenant, "most": most, **parameters}, most=most)
        return [_base(row) for row in rows]

    # -- changes ----------------------------------------------------------------------------------------------------

    def insert(self, base: Base) -> ChangeSet:
        """A new base."""
        values = _row({field: getattr(base, field) for field in _FIELDS})
        return (insert("bases", {**values, "tenant": self._tenant, "leaving": 0}),)

    def change(self, base: Base, fields: Mapping[str, Any], now: int) -> ChangeSet:
        """Other values, if it is as it was read."""
        condition, parameters = unchanged(base.changed)
        guard = (f"{condition} AND leaving = 0", parameters)
        return (update("bases", self._tenant, base.id, {**_row(fields), "updated": now}, guard),)

    def note(self, base: str, fields: Mapping[str, Any]) -> Statement:
        """Other values, whatever it was read as."""
        return update("bases", self._tenant, base, _row(fields), ("AND leaving = 0", {}))

    def switch(self, base: Base, embedder: str, generation: int, dimension: int, now: int) -> ChangeSet:
        """Other vectors; all that is found has changed."""
        values: dict[str, Value] = {"embedder": embedder, "dimension": dimension, "generation": generation}
        more: dict[str, Value] = {"revision": base.revision + 1, "coming": None, "problem": "", "words": ""}
        guard = (
            "AND leaving = 0 AND revision = :was_revision AND generation = :was_generation",
            {"was_revision": base.revision, "was_generation": base.generation},
        )
        where: dict[str, Value] = {"tenant": self._tenant, "base": base.id, "revision": base.revision + 1}
        sql = (
            "UPDATE documents SET revision = :revision"
            " WHERE tenant = :tenant AND base = :base AND leaving = 0 AND revision > 0"
        )
        return (
            update("bases", self._tenant, base.id, {**values, **more, "updated": now}, guard),
            Statement(sql, where, None),
        )

    def raise_revision(
        self, base: str, *, generation: int | None = None, dimension: int = 0, emptied: int | None = None
    ) -> Statement:
        """One more change."""
        sets, guard = ["revision = revision + 1"], ["leaving = 0"]
        values: dict[str, Value] = {"tenant": self._tenant, "id": base}
        if generation is not None:
            guard.append("generation = :generation")
            values["generation"] = generation
        if dimension:
            sets.append("dimension = :dimension")
            guard.append("(dimension = 0 OR dimension = :dimension)" if emptied is None else "revision = :emptied")
            values |= {"dimension": dimension} if emptied is None else {"dimension": dimension, "emptied": emptied}
        sql = f"UPDATE bases SET {', '.join(sets)} WHERE tenant = :tenant AND id = :id AND {' AND '.join(guard)}"
        return Statement(sql, values)

    def leave(self, base: str) -> Statement:
        """Nobody sees it any more."""
        return update("bases", self._tenant, base, {"leaving": 1}, ("AND leaving = 0", {}))


def _base(row: Row) -> Base:
    values: dict[str, Any] = dict(zip(_FIELDS, cast(Any, row), strict=True))
    values["options"] = msgspec.json.decode(values["options"], type=ChunkOptions)
    values["foreign"] = decoded(values["foreign"])
    values["graph"] = msgspec.json.decode(values["graph"] or "{}", type=GraphOptions)
    return Base(**values)


def _row(fields: Mapping[str, Any]) -> dict[str, Value]:
    """Fields as columns."""
    return {_FIELDS[name]: spelled(value) for name, value in fields.items()}
