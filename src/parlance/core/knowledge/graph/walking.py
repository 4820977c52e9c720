"""From a question's entities to passages, in at most two steps: its own passages, and those of what it is related to.

Nearness is between 0 and 1, by hand: 1 where a passage relates two entities of the question, less where it relates one
of them to something, less where it only speaks of that, and less still where it only speaks of the question's own,
which the words find as well. A weak relation counts half of a strong one, and an entity of many passages says little
about any.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

import msgspec

from parlance.ports.graph import MOST_KEYS, Graphs
from parlance.values.errors import Fault
from parlance.values.graph import EntityNode, Mention, Tie, keys_in
from parlance.values.knowledge import Base

BETWEEN, TIED, NEXT, OWN = 1.0, 0.8, 0.75, 0.4
"""The nearness of a passage that relates two of the question's entities, one of them, speaks of a neighbour, of one."""
SEEDS, NEIGHBOURS = 8, 24
"""Entities that are gone out from, and gone to."""
HUB = 50
"""Passages of an entity above which it leads nowhere."""
TIES, MENTIONS, REACHED = 400, 1000, 50
"""Rows that are looked at, and passages that come along at most."""
ATOMS, NAME_ATOMS = 150, 12
"""Of a question, and of a name that is looked for in it."""
PATIENCE = 10.0
"""Seconds for the model that names what a question is about."""


class Reached(msgspec.Struct, frozen=True):
    """A chunk that the graph leads to: how near, and the names of the entities on the way."""

    document: str
    near: float
    way: tuple[str, ...]


Names = Callable[[Base, str], Awaitable[Sequence[str]]]
"""What a base's own model says that a question is about. Raises `Fault`."""


class Walker:
    """Walks the graphs of a tenant; `names` asks the model of a base that has one for it."""

    def __init__(self, graphs: Callable[[str], Graphs], names: Names, patience: float = PATIENCE) -> None:
        self._graphs = graphs
        self._names = names
        self._patience = patience

    async def reach(
        self, base: Base, question: str, texts: Sequence[str], only: AbstractSet[str] | None
    ) -> tuple[Mapping[str, Reached], bool]:
        """The chunks that the entities of some texts lead to, the nearest of them, by their ids; and whether the model
        that should have named them did not."""
        named, failed = await self._named(base, question)
        keys = dict.fromkeys(key for text in (*named, *texts) for key in keys_in(text, NAME_ATOMS, ATOMS))
        graphs = self._graphs(base.tenant)
        seeds = chosen(await nodes(graphs, base.id, list(keys)))
        if not seeds:
            return {}, failed
        ties = await graphs.ties(base.id, list(seeds), TIES)
        next_ = await neighbours(graphs, base.id, seeds, ties)
        mentions = await graphs.mentions(base.id, [*seeds, *next_], MENTIONS)
        found = _best(_steps(seeds, next_, ties, mentions))
        nearest = sorted(found.items(), key=lambda one: (-one[1].near, one[0]))
        return dict([each for each in nearest if only is None or each[1].document in only][:REACHED]), failed

    async def _named(self, base: Base, question: str) -> tuple[Sequence[str], bool]:
        if not base.graph.asking:
            return (), False
        try:
            async with asyncio.timeout(self._patience):
                return await self._names(base, question), False
        except (Fault, TimeoutError):
            return (), True


class Neighbour(msgspec.Struct, frozen=True):
    """An entity that is related to one of the question's (`seed`, a name), and how strongly at best."""

    node: EntityNode
    seed: str
    strength: int


async def nodes(graphs: Graphs, base: str, keys: Sequence[str]) -> list[EntityNode]:
    """The entities with these keys, however many keys there are."""
    found: list[EntityNode] = []
    for start in range(0, len(keys), MOST_KEYS):
        found += await graphs.named(base, keys[start : start + MOST_KEYS])
    return found


def chosen(found: Sequence[EntityNode]) -> dict[str, EntityNode]:
    """Where to go out from: no hubs, and nothing that is part of a longer name; the rarest, then the longest."""
    padded = [f" {node.key} " for node in found]
    whole = [node for node in found if node.chunks <= HUB and sum(f" {node.key} " in longer for longer in padded) == 1]
    best = sorted(whole, key=lambda node: (node.chunks, -len(node.key), node.key))[:SEEDS]
    return {node.key: node for node in best}


async def neighbours(
    graphs: Graphs, base: str, seeds: Mapping[str, EntityNode], ties: Iterable[Tie]
) -> dict[str, Neighbour]:
    """What the seeds are related to: no hubs; those that are most strongly."""
    best: dict[str, Tie] = {}
    for tie in ties:
        for key in {tie.source, tie.target} - seeds.keys():
            if key not in best or best[key].strength < tie.strength:
                best[key] = tie
    found: dict[str, Neighbour] = {}
    for node in await nodes(graphs, base, list(best)):
        tie = best[node.key]
        if node.chunks <= HUB:
            seed = seeds[tie.source if tie.source in seeds else tie.target].name
            found[node.key] = Neighbour(node, seed, tie.strength)
    ordered = sorted(found.items(), key=lambda one: (-one[1].strength * rarity(one[1].node.chunks), one[0]))
    return dict(ordered[:NEIGHBOURS])


def _steps(
    seeds: Mapping[str, EntityNode], next_: Mapping[str, Neighbour], ties: Iterable[Tie], mentions: Iterable[Mention]
) -> Iterable[tuple[str, Reached]]:
    """Every way to a chunk."""
    for tie in ties:
        ends = [seeds[key].name for key in (tie.source, tie.target) if key in seeds]
        others = [next_[key].node.name for key in (tie.source, tie.target) if key in next_]
        if len(ends) == 2:
            yield tie.chunk, Reached(tie.document, BETWEEN, tuple(ends))
        elif others:
            yield tie.chunk, Reached(tie.document, TIED * firmness(tie.strength), (*ends, *others))
    for mention in mentions:
        if (node := seeds.get(mention.key)) is not None:
            yield mention.chunk, Reached(mention.document, OWN * rarity(node.chunks), (node.name,))
        else:
            beside = next_[mention.key]
            near = NEXT * firmness(beside.strength) * rarity(beside.node.chunks)
            yield mention.chunk, Reached(mention.document, near, (beside.seed, beside.node.name))


def _best(steps: Iterable[tuple[str, Reached]]) -> dict[str, Reached]:
    """Of each chunk the shortest way."""
    found: dict[str, Reached] = {}
    for chunk, step in steps:
        if chunk not in found or found[chunk].near < step.near:
            found[chunk] = step
    return found


def firmness(strength: int) -> float:
    """From a half to the whole, for a strength from 0 to 10."""
    return 0.5 + 0.05 * strength


def rarity(chunks: int) -> float:
    """1 for an entity of one chunk, two thirds for one of four, half for one of sixteen."""
    return 1 / (1 + 0.25 * math.log2(max(1, chunks)))
