"""What is left of bases and documents that have gone, in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from parlance.ports.files import WHOLE_TENANT
from parlance.ports.remains import Leaving
from parlance.ports.stores import ChangeSet, Database, Row, Statement, Value
from parlance.stores.sql.chunks import PLACES
from parlance.stores.sql.drawings import drawings_of
from parlance.stores.sql.evaluations import evaluations_of
from parlance.stores.sql.rows import listed


class SqlRemains:
    """`Remains` of one tenant over any of the databases."""

    def __init__(self, database: Database, tenant: str) -> None:
        self._database = database
        self._tenant = tenant

    async def document(self, id: str) -> Leaving | None:
        """A document, leaving or not."""
        found = await self._leaving("id = :id", {"id": id}, 1)
        return found[0] if found else None

    async def documents(self, base: str, most: int) -> Sequence[Leaving]:
        """Some documents of a base."""
        return await self._leaving("base = :base", {"base": base}, most)

    async def pieces(self, document: str, most: int, *, but: int | None = None) -> Sequence[str]:
        """Some of its chunks."""
        of: dict[str, Value] = {} if but is None else {"begin": but * PLACES, "end": (but + 1) * PLACES}
        others = " AND (place < :begin OR place >= :end)" if of else ""
        sql = f"SELECT id FROM chunks WHERE tenant = :tenant AND document = :document{others} LIMIT :most"
        return [str(row[0]) for row in await self._read(sql, {"document": document, "most": most, **of}, most)]

    async def outdated(self, base: str, generation: int, most: int) -> Sequence[tuple[str, str, int]]:
        """Vectors of other generations."""
        sql = (
            "SELECT document, chunk, generation FROM chunk_vectors WHERE tenant = :tenant AND base = :base"
            " AND generation <> :generation LIMIT :most"
        )
        where: dict[str, Value] = {"base": base, "generation": generation, "most": most}
        return [cast(Any, tuple(row)) for row in await self._read(sql, where, most)]

    def clear(self, document: str, chunks: Sequence[str]) -> ChangeSet:
        """What hangs on them first."""
        some, names = listed("chunk", chunks)
        where: dict[str, Value] = {"tenant": self._tenant, "document": document, **names}
        vectors = f"DELETE FROM chunk_vectors WHERE tenant = :tenant AND document = :document AND chunk IN {some}"
        rows = f"DELETE FROM chunks WHERE tenant = :tenant AND document = :document AND id IN {some}"
        drawn = drawings_of(self._tenant, document, chunks)
        return Statement(vectors, where, None), *drawn, Statement(rows, where, None)

    def clear_vectors(self, vectors: Sequence[tuple[str, str, int]]) -> ChangeSet:
        """One by one: each has a key of its own."""
        sql = (
            "DELETE FROM chunk_vectors WHERE tenant = :tenant AND document = :document AND chunk = :chunk"
            " AND generation = :generation"
        )
        return tuple(
            Statement(sql, {"tenant": self._tenant, "document": of, "chunk": chunk, "generation": generation}, None)
            for of, chunk, generation in vectors
        )

    def remove(self, document: Leaving) -> ChangeSet:
        """Its room, a stone in its place, and its row."""
        counted = (
            "UPDATE knowledge_rooms SET used = used - :size, documents = documents - 1"
            " WHERE tenant = :tenant AND base = :base"
        )
        stone = (
            "INSERT INTO base_tombstones (tenant, base, document, revision)"
            " SELECT tenant, base, id, revision FROM documents WHERE tenant = :tenant AND id = :id"
        )
        row = "DELETE FROM documents WHERE tenant = :tenant AND id = :id"
        where: dict[str, Value] = {"tenant": self._tenant, "id": document.id}
        taken: dict[str, Value] = {"tenant": self._tenant, "size": document.size}
        rooms = [Statement(counted, {**taken, "base": owner}) for owner in (WHOLE_TENANT, document.base)]
        return (*rooms, Statement(stone, where), Statement(row, where))

    def remove_base(self, base: str) -> ChangeSet:
        """Its room, unless an upload holds some of it, its stones, and its row."""
        where: dict[str, Value] = {"tenant": self._tenant, "base": base}
        room = "DELETE FROM knowledge_rooms WHERE tenant = :tenant AND base = :base AND reserved = 0"
        stones = "DELETE FROM base_tombstones WHERE tenant = :tenant AND base = :base"
        row = "DELETE FROM bases WHERE tenant = :tenant AND id = :base"
        measured = evaluations_of(self._tenant, base)
        return Statement(room, where), Statement(stones, where, None), *measured, Statement(row, where)

    async def _leaving(self, which: str, parameters: dict[str, Value], most: int) -> Sequence[Leaving]:
        sql = (
            f"SELECT id, base, size, blob_id, text_blob, layout_blob FROM documents WHERE tenant = :tenant AND {which}"
            " ORDER BY id LIMIT :most"
        )
        rows = cast(Any, await self._read(sql, {"most": most, **parameters}, most))
        return [Leaving(id, base, size, tuple(blob for blob in blobs if blob)) for id, base, size, *blobs in rows]

    async def _read(self, sql: str, parameters: dict[str, Value], most: int) -> Sequence[Row]:
        return await self._database.read(sql, {"tenant": self._tenant, **parameters}, most=most)
