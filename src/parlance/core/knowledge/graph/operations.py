"""What can be wanted of the graph of a base."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from parlance.core.operation import Named, Operation
from parlance.values.accounts import Scope
from parlance.values.graph import EntityLink, EntityNode
from parlance.values.knowledge import Span

USUAL, MOST = 40, 200


class GraphView(msgspec.Struct, frozen=True, omit_defaults=True):
    """A part of a graph: some entities, and the links between these. `entities` and `relations` count all of them,
    `drawn` of `chunks` passages were read for it. It is not `enabled` where the base, or the server, has none."""

    nodes: tuple[EntityNode, ...] = ()
    links: tuple[EntityLink, ...] = ()
    entities: int = 0
    relations: int = 0
    drawn: int = 0
    chunks: int = 0
    enabled: bool = False


class EntityPassage(msgspec.Struct, frozen=True, omit_defaults=True):
    """A passage that speaks of an entity: what it says of it, the `name` of its document, and where in it that is."""

    chunk: str
    document: str
    name: str
    span: Span
    description: str = ""


class EntityView(msgspec.Struct, frozen=True, omit_defaults=True):
    """An entity with what it is related to (`others` names them) and the first of the passages that speak of it."""

    node: EntityNode
    links: tuple[EntityLink, ...] = ()
    others: tuple[EntityNode, ...] = ()
    passages: tuple[EntityPassage, ...] = ()


class ReadGraph(Operation[GraphView], frozen=True):
    """A part of the graph of a base, with at most `most` entities: those that most passages speak of, those whose names
    hold a `piece`, or one entity, by its key or name, with what it is related to (`around`)."""

    wire_name: ClassVar[str] = "graphs.read"
    names: ClassVar[tuple[Named, ...]] = (Named("base", "base"),)

    base: str
    around: str = ""
    piece: str = ""
    most: int = USUAL


class ShowEntity(Operation[EntityView], frozen=True):
    """One entity of the graph of a base, by its key or name, with the passages that speak of it; none speak of one that
    is not there."""

    wire_name: ClassVar[str] = "graphs.show"
    names: ClassVar[tuple[Named, ...]] = (Named("base", "base"),)

    base: str
    entity: str


class ProjectGraphs(Operation[int], frozen=True):
    """Have the graphs of all tenants projected anew to the Neo4j of the settings, in the background: into one that was
    empty or lost, or that missed something. Gives how many tenants there are."""

    scope: ClassVar[Scope | None] = "operate"
    wire_name: ClassVar[str] = "graphs.project"
