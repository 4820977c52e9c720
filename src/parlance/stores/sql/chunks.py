"""The chunks of documents in SQL, and their vectors.

What is not ready has chunks already, and one that is cut anew has those of another cut: a read of chunks for people
asks for those of documents that are ready, and of the cut that is found (`READY`). A row's place is counted through all
cuts, `PLACES` for each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from parlance.ports.knowledge import PAGE, Sample
from parlance.ports.stores import ChangeSet, Database, Row, Statement, Value
from parlance.stores.sql.drawings import drawings_of
from parlance.stores.sql.rows import insert, listed
from parlance.stores.sql.spelling import decoded, spelled
from parlance.values.knowledge import Chunk, ChunkKind, Span

CHUNK_COLUMNS = (
    "chunks.id, chunks.tenant, chunks.base, chunks.document, chunks.place, chunks.content, chunks.start_at,"
    " chunks.stop_at, chunks.page, chunks.box, chunks.kind, chunks.context, chunks.parent, chunks.enabled,"
    " chunks.foreign_fields, chunks.searched"
)
PLACES = 4_000_000_000
READY = (
    "JOIN documents ON documents.tenant = chunks.tenant AND documents.id = chunks.document"
    " AND documents.state = 'ready' AND documents.leaving = 0"
    f" AND chunks.place >= documents.cut * {PLACES} AND chunks.place < (documents.cut + 1) * {PLACES}"
    " JOIN bases ON bases.tenant = chunks.tenant AND bases.id = chunks.base AND bases.leaving = 0"
)
_FIELDS = {"content": "content", "enabled": "enabled", "foreign": "foreign_fields"}


class SqlChunks:
    """`Chunks` of one tenant over any of the databases."""

    def __init__(self, database: Database, tenant: str) -> None:
        self._database = database
        self._tenant = tenant

    # -- reading ----------------------------------------------------------------------------------------------------

    async def chunk(self, id: str) -> Chunk | None:
        """A chunk by its id."""
        found = await self._read(f"{READY} WHERE chunks.tenant = :tenant AND chunks.id = :id", {"id": id}, 1)
        return found[0] if found else None

    async def page(
        self,
        document: str,
        after: int,
        most: int,
        *,
        kinds: Sequence[ChunkKind] = (),
        searched: bool = False,
        skip: int = 0,
    ) -> Sequence[Chunk]:
        """By their places."""
        where, names = _of(document, kinds, searched)
        return await self._read(
            f"{READY} {where} AND chunks.place > documents.cut * {PLACES} + :after ORDER BY chunks.place",
            {**names, "after": after},
            most,
            skip,
        )

    async def count(self, document: str, kinds: Sequence[ChunkKind] = (), *, searched: bool = False) -> int:
        """How many there are."""
        where, names = _of(document, kinds, searched)
        sql = f"SELECT COUNT(*) FROM chunks {READY} {where}"
        rows = await self._database.read(sql, {"tenant": self._tenant, **names}, most=1)
        return int(cast(Any, rows[0][0]))

    async def children(self, parent: Chunk) -> Sequence[Chunk]:
        """Those that were cut from one."""
        where, names = _of(parent.document, (), searched=False)
        which = f"{READY} {where} AND chunks.parent = :parent ORDER BY chunks.place"
        return await self._read(which, {**names, "parent": parent.id}, PAGE)

    async def written(self, document: str, after: int, most: int, *, cut: int = 0) -> Sequence[Chunk]:
        """Whether it is ready or not."""
        where, names = _of(document, (), searched=False)
        begin = cut * PLACES
        return await self._read(
            f"{where} AND chunks.place > :after AND chunks.place < :end ORDER BY chunks.place",
            {**names, "after": begin + after, "end": begin + PLACES},
            most,
        )

    async def several(self, ids: Sequence[str]) -> Sequence[Chunk]:
        """By their ids."""
        if not ids:
            return []
        some, names = listed("id", ids)
        return await self._read(f"{READY} WHERE chunks.tenant = :tenant AND chunks.id IN {some}", names, len(ids))

    async def unembedded(self, document: str, generation: int, most: int, *, cut: int = 0) -> Sequence[Chunk]:
        """Those that still want a vector."""
        where = (
            "LEFT JOIN chunk_vectors ON chunk_vectors.tenant = chunks.tenant AND chunk_vectors.document ="
            " chunks.document AND chunk_vectors.chunk = chunks.id AND chunk_vectors.generation = :generation"
            " WHERE chunks.tenant = :tenant AND chunks.document = :document AND chunks.searched = 1"
            " AND chunks.place >= :begin AND chunks.place < :end"
            " AND chunk_vectors.chunk IS NULL ORDER BY chunks.place"
        )
        names: dict[str, Value] = {"document": document, "generation": generation}
        return await self._read(where, {**names, "begin": cut * PLACES, "end": (cut + 1) * PLACES}, most)

    async def embedded(self, documents: Sequence[str], generation: int) -> Mapping[str, tuple[int, int]]:
        """Counted by one statement."""
        if not documents:
            return {}
        some, names = listed("of", documents)
        sql = (
            "SELECT chunks.document, COUNT(chunk_vectors.chunk), COUNT(*) FROM chunks"
            " LEFT JOIN chunk_vectors ON chunk_vectors.tenant = chunks.tenant AND chunk_vectors.document ="
            " chunks.document AND chunk_vectors.chunk = chunks.id AND chunk_vectors.generation = :generation"
            f" WHERE chunks.tenant = :tenant AND chunks.document IN {some} AND chunks.searched = 1"
            " GROUP BY chunks.document"
        )
        where: dict[str, Value] = {"tenant": self._tenant, "generation": generation, **names}
        rows = cast(Any, await self._database.read(sql, where, most=len(documents)))
        return {str(document): (int(there), int(wanted)) for document, there, wanted in rows}

    async def dimension(self, base: str, generation: int, document: str | None = None) -> int:
        """That of the first vector; those of documents that are not found may be wrong, and bind nobody else."""
        where: dict[str, Value] = {"tenant": self._tenant, "generation": generation}
        own = (
            "SELECT LENGTH(vector) FROM chunk_vectors WHERE tenant = :tenant AND document = :document"
            " AND generation = :generation LIMIT 1"
        )
        found = (
            "SELECT LENGTH(chunk_vectors.vector) FROM chunk_vectors JOIN documents"
            " ON documents.tenant = chunk_vectors.tenant AND documents.id = chunk_vectors.document"
            " AND documents.state = 'ready' AND documents.leaving = 0 WHERE chunk_vectors.tenant = :tenant"
            " AND chunk_vectors.base = :base AND chunk_vectors.generation = :generation LIMIT 1"
        )
        rows = [] if document is None else await self._database.read(own, {**where, "document": document}, most=1)
        rows = rows or await self._database.read(found, {**where, "base": base}, most=1)
        return int(cast(Any, rows[0][0])) // 4 if rows else 0

    async def samples(self, base: str, generation: int, document: str | None = None) -> Sequence[Sample]:
        """By the documents' own word which vectors they have, so that few rows are looked at."""
        if document is not None:
            return await self._samples(document, generation)
        where: dict[str, Value] = {"tenant": self._tenant, "base": base, "generation": generation}
        of: dict[str, None] = {}
        for order in ("ASC", "DESC"):
            sql = (
                "SELECT id FROM documents WHERE tenant = :tenant AND base = :base AND state = 'ready' AND leaving = 0"
                f" AND generation = :generation AND chunks > 0 ORDER BY id {order} LIMIT 1"
            )
            of |= {str(id): None for (id,) in await self._database.read(sql, where, most=1)}
        return [each for id in of for each in await self._samples(id, generation)]

    async def _samples(self, document: str, generation: int) -> list[Sample]:
        sql = (
            f"SELECT chunk_vectors.vector, {CHUNK_COLUMNS} FROM chunks JOIN chunk_vectors"
            " ON chunk_vectors.tenant = chunks.tenant AND chunk_vectors.document = chunks.document"
            " AND chunk_vectors.chunk = chunks.id AND chunk_vectors.generation = :generation"
            " WHERE chunks.tenant = :tenant AND chunks.document = :document ORDER BY chunks.place LIMIT 2"
        )
        where: dict[str, Value] = {"tenant": self._tenant, "document": document, "generation": generation}
        rows = await self._database.read(sql, where, most=2)
        return [Sample(chunk_of(tuple(row)), bytes(cast(Any, vector))) for vector, *row in rows]

    async def _read(self, which: str, parameters: Mapping[str, Value], most: int, skip: int = 0) -> Sequence[Chunk]:
        sql = f"SELECT {CHUNK_COLUMNS} FROM chunks {which} LIMIT :most"
        if skip:
            sql, parameters = f"{sql} OFFSET :skip", {**parameters, "skip": skip}
        rows = await self._database.read(sql, {"tenant": self._tenant, "most": most, **parameters}, most=most)
        return [chunk_of(row) for row in rows]

    # -- changes ----------------------------------------------------------------------------------------------------

    def insert(self, chunks: Sequence[Chunk], *, cut: int = 0) -> ChangeSet:
        """New ones."""
        begin = cut * PLACES
        return tuple(insert("chunks", {**self._row(chunk), "place": begin + chunk.place}) for chunk in chunks)

    def embed(self, chunks: Sequence[Chunk], generation: int, vectors: Sequence[bytes]) -> ChangeSet:
        """Their vectors."""
        found: list[Statement] = []
        for chunk, vector in zip(chunks, vectors, strict=True):
            place: dict[str, Value] = {"tenant": self._tenant, "document": chunk.document, "chunk": chunk.id}
            row: dict[str, Value] = {"generation": generation, "base": chunk.base, "vector": vector}
            found.append(insert("chunk_vectors", {**place, **row}))
        return tuple(found)

    def change(self, chunk: Chunk, fields: Mapping[str, Any]) -> Statement:
        """Another content, or whether it is found."""
        row = {_FIELDS[name]: spelled(value) for name, value in fields.items()}
        sets = ", ".join(f"{name} = :{name}" for name in row)
        where: dict[str, Value] = {"tenant": self._tenant, "document": chunk.document, "id": chunk.id}
        sql = (
            f"UPDATE chunks SET {sets} WHERE tenant = :tenant AND document = :document AND id = :id"
            " AND content = :was_content"
        )
        return Statement(sql, {**row, **where, "was_content": chunk.content})

    def forget_vectors(self, chunk: str, document: str) -> Statement:
        """All of them."""
        sql = "DELETE FROM chunk_vectors WHERE tenant = :tenant AND document = :document AND chunk = :chunk"
        return Statement(sql, {"tenant": self._tenant, "document": document, "chunk": chunk}, None)

    def forget_all_vectors(self, document: str) -> Statement:
        """By the first columns of their key."""
        sql = "DELETE FROM chunk_vectors WHERE tenant = :tenant AND document = :document"
        return Statement(sql, {"tenant": self._tenant, "document": document}, None)

    def remove(self, chunk: Chunk) -> ChangeSet:
        """What hangs on it first."""
        sql = "DELETE FROM chunks WHERE tenant = :tenant AND document = :document AND id = :id"
        row: dict[str, Value] = {"tenant": self._tenant, "document": chunk.document, "id": chunk.id}
        drawn = drawings_of(self._tenant, chunk.document, [chunk.id])
        return self.forget_vectors(chunk.id, chunk.document), *drawn, Statement(sql, row)

    def _row(self, chunk: Chunk) -> dict[str, Value]:
        return {
            "tenant": self._tenant,
            "document": chunk.document,
            "id": chunk.id,
            "base": chunk.base,
            "kind": chunk.kind,
            "content": chunk.content,
            "context": chunk.context,
            "start_at": chunk.span.start,
            "stop_at": chunk.span.stop,
            "page": chunk.span.page,
            "box": spelled(chunk.span.box),
            "parent": chunk.parent,
            "searched": int(chunk.searched),
            "enabled": int(chunk.enabled),
            "foreign_fields": spelled(chunk.foreign),
        }


def _of(document: str, kinds: Sequence[ChunkKind], searched: bool) -> tuple[str, dict[str, Value]]:
    """The condition of a document's chunks, perhaps of some kinds, or those that are searched."""
    some, names = listed("kind", kinds)
    among = f" AND chunks.kind IN {some}" if kinds else ""
    found = " AND chunks.searched = 1" if searched else ""
    where = f"WHERE chunks.tenant = :tenant AND chunks.document = :document{among}{found}"
    return where, {"document": document, **(names if kinds else {})}


def chunk_of(row: Row) -> Chunk:
    """A chunk as it was written."""
    *of, place, content, start, stop, page, box, kind, context, parent, enabled, foreign, searched = cast(Any, row)
    span = Span(start, stop, page, None if box is None else tuple(decoded(box)))
    said: Any = (int(place) % PLACES, content, span, kind, context, parent)
    more: Any = (bool(enabled), decoded(foreign), bool(searched))
    return Chunk(*of, *said, *more)
