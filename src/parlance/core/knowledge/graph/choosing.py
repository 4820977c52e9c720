"""What somebody says of a base's graph, judged."""

from __future__ import annotations

from parlance.core.knowledge.room import GRAPH_BASE, KnowledgeRoom, Speaking
from parlance.ports.stores import ChangeSet
from parlance.values.accounts import Principal
from parlance.values.errors import Fault, Kind, out_of_range
from parlance.values.graph import MOST_NAME, GraphNode, GraphOptions
from parlance.values.knowledge import Base

MOST_TAGS, MOST_EXAMPLE, MOST_THINGS = 50, 5000, 100


async def chosen_graph(
    room: KnowledgeRoom, principal: Principal, options: GraphOptions, *, if_any: bool = False
) -> GraphOptions:
    """How a base's graph is drawn. Raises `Fault` for what no model can be shown, for models that are none, and for a
    graph that nobody here draws, unless it is wanted only `if_any` does."""
    _judged(options)
    if not options.enabled:
        return options
    if not room.graphs:
        if not if_any:
            raise no_graphs()
        return options
    if room.speaking is not None:
        for model in filter(None, (options.model, options.asking)):
            await room.speaking.named(principal, model)
        if not options.model and not if_any:
            await _drawn_by_the_usual(room.speaking, principal)
    return options


async def _drawn_by_the_usual(speaking: Speaking, principal: Principal) -> None:
    try:
        await speaking.named(principal, "")
    except Fault:
        raise Fault(
            Kind.unsupported,
            "A language model draws the graph, and there is none here.",
            hint="Start Ollama or set OPENAI_API_KEY, and restart Parlance; or name a model in `graph.model`.",
            field="graph.model",
            code="no_language_model",
        ) from None


def no_graphs() -> Fault:
    """A graph is wanted where none is drawn."""
    return Fault(
        Kind.unsupported,
        "This server draws no graphs.",
        hint="Whoever runs it sets `knowledge.graph = true` in parlance.toml and restarts it.",
        field="graph.enabled",
        code="no_graphs",
    )


def _judged(options: GraphOptions) -> None:
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


def drawn_anew(room: KnowledgeRoom, base: Base) -> ChangeSet:
    """What has a base's graph drawn, or removed, as the base says by then."""
    job = room.job(base.tenant, GRAPH_BASE, base.id)
    return room.jobs.drop(base.tenant, GRAPH_BASE, base.id), *room.jobs.enqueue(job)


def _attributes(node: GraphNode) -> int:
    return len(node.attributes)
