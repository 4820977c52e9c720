"""What somebody says of a base's graph, judged."""

from __future__ import annotations

from parlance.core.knowledge.room import GRAPH_BASE, KnowledgeRoom
from parlance.ports.stores import ChangeSet
from parlance.values.accounts import Principal
from parlance.values.errors import out_of_range
from parlance.values.graph import MOST_NAME, GraphNode, GraphOptions
from parlance.values.knowledge import Base

MOST_TAGS, MOST_EXAMPLE, MOST_THINGS = 50, 5000, 100


async def chosen_graph(room: KnowledgeRoom, principal: Principal, options: GraphOptions) -> GraphOptions:
    """How a base's graph is drawn. Raises `Fault` for what no model can be shown, and for models that are none."""
    names = [*options.tags, *(each.name for each in options.nodes)]
    names += [said for each in options.relations for said in (each.node1, each.node2, each.type)]
    names += [said for each in options.nodes for said in each.attributes]
    if len(options.tags) > MOST_TAGS:
        raise out_of_range("graph.tags", f"at most {MOST_TAGS}")
    if len(options.text) > MOST_EXAMPLE:
        raise out_of_range("graph.text", f"at most {MOST_EXAMPLE} characters")
    if max(len(options.nodes), len(options.relations), *map(_attributes, options.nodes)) > MOST_THINGS:
        raise out_of_range("graph.nodes", f"at most {MOST_THINGS}, with as many attributes and relations")
    if any(len(name) > MOST_NAME for name in names):
        raise out_of_range("graph", f"names of at most {MOST_NAME} characters")
    if room.graphs and options.enabled and room.speaking is not None:
        for model in filter(None, (options.model, options.asking)):
            await room.speaking.named(principal, model)
    return options


def drawn_anew(room: KnowledgeRoom, base: Base) -> ChangeSet:
    """What has a base's graph drawn, or removed, as the base says by then."""
    job = room.job(base.tenant, GRAPH_BASE, base.id)
    return room.jobs.drop(base.tenant, GRAPH_BASE, base.id), *room.jobs.enqueue(job)


def _attributes(node: GraphNode) -> int:
    return len(node.attributes)
