"""What was drawn out of chunks for the graph of their base, as rows that hang on these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from parlance.ports.stores import ChangeSet, Statement, Value
from parlance.stores.sql.rows import insert, listed
from parlance.values.graph import Drawing

TABLES = ("graph_relations", "graph_entities", "graph_reads")
"""In the order in which rows go: those that hang on others first."""


def graph_rows(place: Mapping[str, Value], drawing: Drawing) -> ChangeSet:
    """What was drawn out of a chunk, without the row that says so. Keys are the names'."""
    entities = (
        insert(
            "graph_entities",
            {**place, "name_key": each.key, "name": each.name, "kind": each.kind, "description": each.description},
        )
        for each in drawing.entities
    )
    relations = (
        insert(
            "graph_relations",
            {
                **place,
                "place": at,
                "source_key": each.source,
                "target_key": each.target,
                "kind": each.kind,
                "description": each.description,
                "strength": each.strength,
            },
        )
        for at, each in enumerate(drawing.relations)
    )
    return (*entities, *relations)


def drawings_of(tenant: str, document: str, chunks: Sequence[str]) -> ChangeSet:
    """What removes all that was drawn out of some chunks of a document."""
    some, names = listed("chunk", chunks)
    where: dict[str, Value] = {"tenant": tenant, "document": document, **names}
    which = f"WHERE tenant = :tenant AND document = :document AND chunk IN {some}"
    return tuple(Statement(f"DELETE FROM {table} {which}", where, None) for table in TABLES)
