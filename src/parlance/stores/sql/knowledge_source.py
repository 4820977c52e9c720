"""What changed in a base, in SQL: what indexes are made from.

Documents and the stones of those that are gone are read by one statement, and so as they stood at one moment: read one
after the other, a document that became ready in between would lie behind a stone that is newer, and never be told of.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from parlance.ports.indexes import ChangedDocument, IndexedChunk, Mark
from parlance.ports.stores import Database, Value
from parlance.stores.sql.chunks import PLACES
from parlance.stores.sql.rows import listed

_MOST_DOCUMENTS = 100
"""Documents that are told of at once; as many stones are read with them, together `FEW`."""
_BEHIND = "(revision > :revision OR (revision = :revision AND {id} > :document))"


class SqlSource:
    """`Source` over any of the databases."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def changes(
        self, tenant: str, base: str, generation: int, after: Mark, most: int
    ) -> Sequence[ChangedDocument]:
        """By revision and id."""
        marks = await self._marks(tenant, base, after)
        chosen: list[tuple[Mark, int]] = []
        total = 0
        for mark, chunks in marks:
            total += chunks
            if chosen and total > most:
                break
            chosen.append((mark, chunks))
        found = await self._chunks(tenant, [mark.document for mark, chunks in chosen if chunks], generation, total)
        return [
            ChangedDocument(mark.document, mark.revision, tuple(found.get(mark.document, ()))) for mark, _ in chosen
        ]

    async def _marks(self, tenant: str, base: str, after: Mark) -> list[tuple[Mark, int]]:
        """Which documents changed, and how many chunks are found in each."""
        where: dict[str, Value] = {"tenant": tenant, "base": base, "most": _MOST_DOCUMENTS}
        behind: dict[str, Value] = {"revision": after.revision, "document": after.document}
        seen = "CASE WHEN state = 'ready' AND leaving = 0 AND enabled = 1 THEN chunks ELSE 0 END"
        there = (
            f"SELECT revision, id, {seen}, 0 FROM documents WHERE tenant = :tenant AND base = :base AND revision > 0"
            f" AND {_BEHIND.format(id='id')} ORDER BY revision, id LIMIT :most"
        )
        gone = (
            "SELECT revision, document, 0, 1 FROM base_tombstones WHERE tenant = :tenant AND base = :base"
            f" AND {_BEHIND.format(id='document')} ORDER BY revision, document LIMIT :most"
        )
        sql = f"SELECT * FROM ({there}) AS there UNION ALL SELECT * FROM ({gone}) AS gone"
        rows = cast(Any, await self._database.read(sql, {**where, **behind}, most=2 * _MOST_DOCUMENTS))
        found: dict[str, tuple[Mark, int]] = {}
        read: tuple[list[Mark], list[Mark]] = ([], [])
        for revision, document, chunks, which in rows:
            read[which].append(mark := Mark(revision, document))
            if document not in found or found[document][0].revision < revision:
                found[document] = (mark, int(chunks))
        ends = [max(marks) for marks in read if len(marks) == _MOST_DOCUMENTS]
        every = sorted(found.values(), key=lambda one: one[0])
        return [one for one in every if not ends or one[0] <= min(ends)]

    async def _chunks(
        self, tenant: str, documents: Sequence[str], generation: int, most: int
    ) -> dict[str, list[IndexedChunk]]:
        if not documents:
            return {}
        some, names = listed("of", documents)
        sql = (
            "SELECT chunks.document, chunks.id, chunks.context, chunks.content, chunk_vectors.vector FROM chunks"
            " JOIN documents ON documents.tenant = chunks.tenant AND documents.id = chunks.document"
            f" AND chunks.place >= documents.cut * {PLACES} AND chunks.place < (documents.cut + 1) * {PLACES}"
            " LEFT JOIN chunk_vectors ON chunk_vectors.tenant = chunks.tenant AND chunk_vectors.document ="
            " chunks.document AND chunk_vectors.chunk = chunks.id AND chunk_vectors.generation = :generation"
            f" WHERE chunks.tenant = :tenant AND chunks.document IN {some}"
            " AND chunks.enabled = 1 AND chunks.searched = 1 ORDER BY chunks.document, chunks.place"
        )
        where: dict[str, Value] = {"tenant": tenant, "generation": generation, **names}
        rows = cast(Any, await self._database.read(sql, where, most=most + 1000))
        found: dict[str, list[IndexedChunk]] = {}
        for document, id, context, content, vector in rows:
            text = f"{context}\n{content}" if context else content
            found.setdefault(document, []).append(IndexedChunk(id, text, None if vector is None else bytes(vector)))
        return found
