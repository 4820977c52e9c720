"""`Projection` into a Neo4j."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Protocol

from parlance.ports.graph import Projected, Projecting
from parlance.stores.neo4j import statements as cypher
from parlance.values.errors import Fault, Kind

ROWS = 500
"""That one statement writes: some hundred kilobytes, and a transaction that is over in a moment."""
OLD_ROWS = 2000
"""That one statement removes."""
Row = Mapping[str, Any]


class Asking(Protocol):
    """The way to a Neo4j."""

    async def __call__(self, statement: str, parameters: Mapping[str, Any]) -> Sequence[Any]:
        """The first column of the rows that a statement gives. Raises `Fault(busy)`."""
        ...


class Neo4jProjection:
    """See `statements`, which says what is where."""

    def __init__(self, ask: Asking) -> None:
        self._ask = ask

    async def prepare(self) -> None:
        """Constraints and indexes, each of which may be there."""
        for statement in cypher.SCHEMA:
            await self._ask(statement, {})

    async def claim(self, of: Projecting) -> None:
        """Written to the document's node, which is made for it."""
        await self._ask(cypher.CLAIM, _place(of))

    async def write(self, of: Projecting, name: str, chunks: Sequence[Projected]) -> None:
        """Passages, then what they mention, then how that is related: each needs what is before it."""
        passages: Iterator[Row] = ({"passage": each.chunk, "place": each.place} for each in chunks)
        await self._rows(cypher.PASSAGES, of, passages, name=name)
        # In one order everywhere: two that write at a time wait for each other, and do not hold each other up for good.
        await self._rows(cypher.MENTIONS, of, iter(sorted(_mentions(chunks), key=lambda row: str(row["key"]))))
        await self._rows(cypher.RELATIONS, of, iter(sorted(_relations(chunks), key=lambda row: str(row["source"]))))

    async def settle(self, of: Projecting, *, gone: bool) -> None:
        """Some at a time, and last of all a look whether the claim was the last one all the time."""
        for statement in cypher.OLD:
            while _number(await self._ask(statement, {**_place(of), "most": OLD_ROWS})):
                continue
        if not _number(await self._ask(cypher.DROP if gone else cypher.STILL, _place(of))):
            raise lost()

    async def documents(self, tenant: str, base: str, after: str, most: int) -> Sequence[str]:
        """By the index of their bases."""
        place = {"tenant": tenant, "base": base, "after": after, "most": most}
        return [str(id) for id in await self._ask(cypher.DOCUMENTS, place)]

    async def bases(self, tenant: str, after: str, most: int) -> Sequence[str]:
        """Those of the documents."""
        return [str(id) for id in await self._ask(cypher.BASES, {"tenant": tenant, "after": after, "most": most})]

    async def size(self) -> int:
        """By the count that Neo4j keeps."""
        return _number(await self._ask(cypher.ASKED, {}))

    async def _rows(self, statement: str, of: Projecting, rows: Iterator[Row], **more: str) -> None:
        while some := list(islice(rows, ROWS)):
            done = _number(await self._ask(statement, {**_place(of), **more, "rows": some}))
            if done != len(some):
                raise lost()


def lost() -> Fault:
    """Somebody else claimed the document, or what we wrote before is not there any more."""
    return Fault(Kind.conflict, "This document is being projected by somebody else.", code="claim_lost")


def _place(of: Projecting) -> dict[str, Any]:
    return {"tenant": of.tenant, "base": of.base, "document": of.document, "claim": of.claim}


def _number(rows: Sequence[Any]) -> int:
    """The number that a statement gives. Raises `Fault(busy)` where it is none."""
    if len(rows) != 1 or not isinstance(rows[0], int):
        raise Fault(Kind.busy, "The Neo4j that graphs are projected to gave no count.", code="neo4j_failed")
    return rows[0]


def _mentions(chunks: Sequence[Projected]) -> Iterator[Row]:
    for each in chunks:
        for entity in each.drawing.entities:
            said = {"name": entity.name, "kind": entity.kind, "description": entity.description}
            yield {"passage": each.chunk, "key": entity.key, **said}


def _relations(chunks: Sequence[Projected]) -> Iterator[Row]:
    for each in chunks:
        for place, one in enumerate(each.drawing.relations):
            ends = {"source": one.source, "target": one.target}
            said = {"kind": one.kind, "description": one.description, "strength": one.strength}
            yield {"passage": each.chunk, "place": place, **ends, **said}
