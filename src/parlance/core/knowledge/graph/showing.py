"""What the operations on graphs do."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

from parlance.core.knowledge.graph.operations import MOST, EntityPassage, EntityView, GraphView, ReadGraph, ShowEntity
from parlance.core.knowledge.room import KnowledgeRoom
from parlance.core.operation import Context, Result
from parlance.ports.graph import Graphs
from parlance.values.errors import out_of_range
from parlance.values.graph import EntityNode, Mention, key_of
from parlance.values.knowledge import Base

LINKS_EACH = 4
"""Links that are told for each entity: more is a knot that nobody reads."""
TIES = 400
"""Relations of one entity that are looked at."""
PASSAGES = 50
MOST_SAID = 200
"""Code points of what is looked for."""


async def read_graph(room: KnowledgeRoom, context: Context, op: ReadGraph) -> Result[GraphView]:
    """Handle `ReadGraph`."""
    base: Base = context.subject
    if not 1 <= op.most <= MOST:
        raise out_of_range("most", f"a number from 1 to {MOST}")
    if max(len(op.around), len(op.piece)) > MOST_SAID:
        raise out_of_range("around", f"at most {MOST_SAID} characters")
    if not (room.graphs and base.graph.enabled):
        return Result(GraphView())
    graphs = room.stores.graphs(base.tenant)
    if op.around:
        nodes = await _around(graphs, base, op.around, op.most)
    else:
        nodes = await graphs.common(base.id, key_of(op.piece), op.most)
    links = await graphs.links(base.id, [node.key for node in nodes], LINKS_EACH * op.most)
    extent, chunks = await graphs.extent(base.id), await room.stores.bases(base.tenant).chunks(base.id)
    counted = (extent.entities, extent.relations, extent.drawn, chunks)
    return Result(GraphView(tuple(nodes), tuple(links), *counted, enabled=True))


async def show_entity(room: KnowledgeRoom, context: Context, op: ShowEntity) -> Result[EntityView]:
    """Handle `ShowEntity`."""
    base: Base = context.subject
    if len(op.entity) > MOST_SAID:
        raise out_of_range("entity", f"at most {MOST_SAID} characters")
    graphs = room.stores.graphs(base.tenant)
    drawn = await _around(graphs, base, op.entity, MOST) if room.graphs and base.graph.enabled else []
    if not drawn:
        return Result(EntityView(EntityNode(key_of(op.entity), op.entity, 0)))
    node, *others = drawn
    every = await graphs.links(base.id, [node.key, *(each.key for each in others)], LINKS_EACH * MOST)
    own = tuple(link for link in every if node.key in (link.source, link.target))
    mentions = await graphs.mentions(base.id, [node.key], PASSAGES)
    return Result(EntityView(node, own, tuple(others), await _passages(room, base, mentions)))


async def _around(graphs: Graphs, base: Base, said: str, most: int) -> Sequence[EntityNode]:
    """An entity, and what it is most strongly related to; nothing for one that nothing speaks of."""
    found = await graphs.named(base.id, [key_of(said)])
    if not found:
        return []
    node = found[0]
    ties = await graphs.ties(base.id, [node.key], TIES)
    keys = dict.fromkeys(key for tie in ties for key in (tie.source, tie.target) if key != node.key)
    others = await graphs.named(base.id, list(keys)[: most - 1])
    return [node, *others]


async def _passages(room: KnowledgeRoom, base: Base, mentions: Sequence[Mention]) -> tuple[EntityPassage, ...]:
    """Where they stand; without what has gone in the meantime."""
    rows = await room.stores.chunks(base.tenant).several([each.chunk for each in mentions])
    ids = list(dict.fromkeys(each.document for each in mentions))
    read = await asyncio.gather(*(room.stores.documents(base.tenant).document(id) for id in ids))
    there = [one for one in read if one is not None]
    of = ([row for row in rows if row.document == one.id] for one in there)
    told = await asyncio.gather(*map(partial(room.page_starts.turned, room.blobs), there, of))
    spans, names = {row.id: row.span for some in told for row in some}, {one.id: one.name for one in there}
    return tuple(
        EntityPassage(each.chunk, each.document, names[each.document], spans[each.chunk], each.description)
        for each in mentions
        if each.chunk in spans and each.document in names
    )
