"""The graphs of bases in SQL.

What was drawn out of a chunk hangs on its row in `graph_reads`, and that on the chunk. What is counted and searched
joins the chunks that are found (`FOUND`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from parlance.ports.graph import MOST_KEYS
from parlance.ports.stores import ChangeSet, Database, Row, Statement, Value
from parlance.stores.sql.chunks import CHUNK_COLUMNS, PLACES, READY, chunk_of
from parlance.stores.sql.drawings import TABLES, drawings_of, graph_rows
from parlance.stores.sql.rows import listed, piece
from parlance.values.graph import Drawing, Entity, EntityLink, EntityNode, Extent, Mention, Relation, Tie
from parlance.values.knowledge import Chunk

_ON = (
    "JOIN chunks ON chunks.tenant = {table}.tenant AND chunks.document = {table}.document AND chunks.id = {table}.chunk"
    f" AND chunks.enabled = 1 AND chunks.searched = 1 {READY} AND documents.enabled = 1"
    " WHERE {table}.tenant = :tenant AND {table}.base = :base"
)
FOUND = {table: _ON.format(table=table) for table in TABLES}
"""Of each table the rows that rest on chunks which are found."""


class SqlGraphs:
    """`Graphs` of one tenant over any of the databases."""

    def __init__(self, database: Database, tenant: str) -> None:
        self._database = database
        self._tenant = tenant

    # -- what is still to be drawn ----------------------------------------------------------------------------------

    async def undrawn(self, document: str, most: int) -> Sequence[Chunk]:
        """Those without a row of their own."""
        sql = (
            f"SELECT {CHUNK_COLUMNS} FROM chunks {READY} LEFT JOIN graph_reads ON graph_reads.tenant = chunks.tenant"
            " AND graph_reads.document = chunks.document AND graph_reads.chunk = chunks.id"
            " WHERE chunks.tenant = :tenant AND chunks.document = :document AND chunks.searched = 1"
            " AND chunks.enabled = 1 AND graph_reads.chunk IS NULL ORDER BY chunks.place LIMIT :most"
        )
        return [chunk_of(row) for row in await self._read(sql, {"document": document}, most)]

    async def nonsense(self, document: str) -> int:
        """By the rows that say so."""
        sql = "SELECT COUNT(*) FROM graph_reads WHERE tenant = :tenant AND document = :document AND nonsense = 1"
        rows = await self._database.read(sql, {"tenant": self._tenant, "document": document}, most=1)
        return int(cast(Any, rows[0][0]))

    async def drawings(self, document: str, chunks: Sequence[str]) -> Mapping[str, Drawing]:
        """Three reads, whatever was drawn."""
        some, names = listed("chunk", chunks)
        where = f"WHERE tenant = :tenant AND document = :document AND chunk IN {some}"
        values: dict[str, Value] = {"document": document, **names}
        reads = await self._whole(f"SELECT chunk, nonsense FROM graph_reads {where}", values)
        entities: dict[str, list[Entity]] = {}
        for chunk, *entity in await self._whole(
            f"SELECT chunk, name, kind, description FROM graph_entities {where} ORDER BY chunk, name_key", values
        ):
            entities.setdefault(chunk, []).append(Entity(*entity))
        relations: dict[str, list[Relation]] = {}
        said = "chunk, source_key, target_key, kind, description, strength"
        for chunk, *relation in await self._whole(
            f"SELECT {said} FROM graph_relations {where} ORDER BY chunk, place", values
        ):
            relations.setdefault(chunk, []).append(Relation(*relation))
        return {
            chunk: Drawing(tuple(entities.get(chunk, ())), tuple(relations.get(chunk, ())), bool(nonsense))
            for chunk, nonsense in reads
        }

    async def pieces(self, base: str, most: int, *, nonsense: bool = False) -> Sequence[tuple[str, str]]:
        """Whether they are found or not."""
        only = " AND nonsense = 1" if nonsense else ""
        sql = f"SELECT document, chunk FROM graph_reads WHERE tenant = :tenant AND base = :base{only} LIMIT :most"
        return [(str(document), str(chunk)) for document, chunk in await self._read(sql, {"base": base}, most)]

    async def found(self, document: str, after: int, most: int) -> Sequence[tuple[str, int]]:
        """By their places in the cut that is found."""
        place = f"chunks.place - documents.cut * {PLACES}"
        sql = (
            f"SELECT chunks.id, {place} FROM chunks {READY} JOIN graph_reads ON graph_reads.tenant = chunks.tenant"
            " AND graph_reads.document = chunks.document AND graph_reads.chunk = chunks.id"
            f" WHERE chunks.tenant = :tenant AND chunks.document = :document AND {place} > :after"
            " AND chunks.searched = 1 AND chunks.enabled = 1 AND documents.enabled = 1"
            " ORDER BY chunks.place LIMIT :most"
        )
        rows = cast(Any, await self._read(sql, {"document": document, "after": after}, most))
        return [(str(chunk), int(place)) for chunk, place in rows]

    async def bases(self, after: str, most: int) -> Sequence[str]:
        """By the index of their reads."""
        sql = "SELECT DISTINCT base FROM graph_reads WHERE tenant = :tenant AND base > :after ORDER BY base LIMIT :most"
        return [str(row[0]) for row in await self._read(sql, {"after": after}, most)]

    def draw(self, chunk: Chunk, drawing: Drawing) -> ChangeSet:
        """The row that says so first: what was drawn hangs on it. That the chunk is there, and says what was read, is
        looked up by the statement itself."""
        place: dict[str, Value] = {"tenant": self._tenant, "document": chunk.document, "chunk": chunk.id}
        sql = (
            "INSERT INTO graph_reads (tenant, document, chunk, base, nonsense) SELECT tenant, document, id, base,"
            " :nonsense FROM chunks WHERE chunks.tenant = :tenant AND chunks.document = :document"
            " AND chunks.id = :chunk AND chunks.content = :content"
        )
        read = Statement(sql, {**place, "nonsense": int(drawing.nonsense), "content": chunk.content})
        return (read, *graph_rows({**place, "base": chunk.base}, drawing))

    def forget(self, document: str, chunks: Sequence[str]) -> ChangeSet:
        """Those that hang on others first."""
        return drawings_of(self._tenant, document, chunks)

    # -- the graph --------------------------------------------------------------------------------------------------

    async def extent(self, base: str) -> Extent:
        """Each counted for itself."""
        entities = "COUNT(DISTINCT graph_entities.name_key) FROM graph_entities"
        pairs = (
            "SELECT DISTINCT graph_relations.source_key, graph_relations.target_key, graph_relations.kind"
            f" FROM graph_relations {FOUND['graph_relations']}"
        )
        counted = []
        for sql in (
            f"SELECT {entities} {FOUND['graph_entities']}",
            f"SELECT COUNT(*) FROM ({pairs}) AS pairs",
            f"SELECT COUNT(*) FROM graph_reads {FOUND['graph_reads']}",
        ):
            rows = await self._database.read(sql, {"tenant": self._tenant, "base": base}, most=1)
            counted.append(int(cast(Any, rows[0][0])))
        return Extent(*counted)

    async def named(self, base: str, keys: Sequence[str]) -> Sequence[EntityNode]:
        """By their keys."""
        if not keys:
            return []
        some, names = listed("key", keys[:MOST_KEYS])
        return await self._nodes(f"AND graph_entities.name_key IN {some}", {"base": base, **names}, MOST_KEYS)

    async def common(self, base: str, piece_: str, most: int) -> Sequence[EntityNode]:
        """By how many chunks speak of them."""
        if not piece_:
            return await self._nodes("", {"base": base}, most)
        which = "AND graph_entities.name_key LIKE :piece ESCAPE '!'"
        return await self._nodes(which, {"base": base, "piece": piece(piece_)}, most)

    async def mentions(self, base: str, keys: Sequence[str], most: int) -> Sequence[Mention]:
        """By document and chunk."""
        if not keys:
            return []
        some, names = listed("key", keys)
        said = ", ".join(f"graph_entities.{name}" for name in ("name_key", "chunk", "document", "description"))
        sql = (
            f"SELECT {said} FROM graph_entities {FOUND['graph_entities']} AND graph_entities.name_key IN {some}"
            " ORDER BY graph_entities.document, chunks.place, graph_entities.name_key LIMIT :most"
        )
        return [Mention(*cast(Any, row)) for row in await self._read(sql, {"base": base, **names}, most)]

    async def ties(self, base: str, keys: Sequence[str], most: int) -> Sequence[Tie]:
        """Two reads, one for each index; what both find counts once."""
        if not keys:
            return []
        some, names = listed("key", keys)
        columns = ("source_key", "target_key", "kind", "strength", "chunk", "document", "place")
        said = ", ".join(f"graph_relations.{name}" for name in columns)
        found: dict[tuple[Any, ...], Tie] = {}
        for end in ("source_key", "target_key"):
            sql = (
                f"SELECT {said} FROM graph_relations {FOUND['graph_relations']} AND graph_relations.{end} IN {some}"
                " ORDER BY graph_relations.strength DESC, graph_relations.document, graph_relations.chunk,"
                " graph_relations.place LIMIT :most"
            )
            for *tie, place in cast(Any, await self._read(sql, {"base": base, **names}, most)):
                found[(tie[4], place)] = Tie(*tie)
        ordered = sorted(found.items(), key=lambda one: (-one[1].strength, one[1].document, one[0]))
        return [tie for _, tie in ordered[:most]]

    async def links(self, base: str, keys: Sequence[str], most: int) -> Sequence[EntityLink]:
        """Grouped by what they say."""
        if not keys:
            return []
        some, names = listed("key", keys)
        triple = "graph_relations.source_key, graph_relations.target_key, graph_relations.kind"
        sql = (
            f"SELECT {triple}, COUNT(DISTINCT graph_relations.chunk), MAX(graph_relations.strength)"
            f" FROM graph_relations {FOUND['graph_relations']} AND graph_relations.source_key IN {some}"
            f" AND graph_relations.target_key IN {some} GROUP BY {triple}"
            f" ORDER BY 4 DESC, 5 DESC, {triple} LIMIT :most"
        )
        rows = cast(Any, await self._read(sql, {"base": base, **names}, most))
        return [
            EntityLink(source, target, kind, int(chunks), int(most_)) for source, target, kind, chunks, most_ in rows
        ]

    # -- inside -------------------------------------------------------------------------------------------------------

    async def _nodes(self, which: str, values: dict[str, Value], most: int) -> list[EntityNode]:
        sql = (
            "SELECT graph_entities.name_key, MIN(graph_entities.name), COUNT(*), MAX(graph_entities.kind)"
            f" FROM graph_entities {FOUND['graph_entities']} {which} GROUP BY graph_entities.name_key"
            " ORDER BY 3 DESC, graph_entities.name_key LIMIT :most"
        )
        rows = cast(Any, await self._read(sql, values, most))
        return [EntityNode(key, name, int(chunks), kind) for key, name, chunks, kind in rows]

    async def _read(self, sql: str, values: dict[str, Value], most: int) -> Sequence[Row]:
        return await self._database.read(sql, {"tenant": self._tenant, "most": most, **values}, most=most)

    async def _whole(self, sql: str, values: dict[str, Value]) -> Sequence[Any]:
        rows: Sequence[Any] = await self._database.read(sql, {"tenant": self._tenant, **values})
        return rows
