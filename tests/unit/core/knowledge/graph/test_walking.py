"""A question's entities lead to passages that its words do not find, with a score like any other's."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from parlance.core.knowledge.bases_operations import BaseView
from parlance.core.knowledge.graph.walking import HUB, Reached, Walker, chosen, firmness, rarity
from parlance.core.knowledge.retrieval_operations import FoundPassages, RetrievePassages
from parlance.core.knowledge.search.fusion import GRAPH, chance, fused
from parlance.ports.indexes import Found, Match
from parlance.stores.sql.sqlite import Sqlite
from parlance.testing.databases import migrated
from parlance.testing.knowledge import base as a_base
from parlance.values.accounts import DEFAULT_TENANT
from parlance.values.errors import Fault, Kind
from parlance.values.graph import EntityNode, GraphOptions
from parlance.values.knowledge import Filter
from tests.unit.core.knowledge.desk import Desk, opened

LAMP = "The Lantern X2 is built by Acme Works."
MAKER = "Acme Works, established 1931, Lyon."
OTHER = "Pots of clay break in hard frost."
QUESTION = "Which town does the Lantern X2 come from?"
DRAWN: dict[str, Any] = {
    LAMP: {
        "entities": [{"name": "Lantern X2"}, {"name": "Acme Works"}],
        "relations": [{"source": "Lantern X2", "target": "Acme Works", "kind": "built by", "strength": 9}],
    },
    MAKER: {
        "entities": [{"name": "ACME works"}, {"name": "Lyon"}],
        "relations": [{"source": "Acme works", "target": "Lyon", "kind": "comes from", "strength": 8}],
    },
    OTHER: {"entities": [{"name": "clay"}]},
}


def drawn(passage: str) -> str:
    """What is in the passage."""
    return json.dumps(next((found for text, found in DRAWN.items() if text in passage), {"entities": []}))


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    database = Sqlite(None)
    await migrated(database)
    made = await opened(database, tmp_path / "blobs", graphs=True)
    made.speaking.drawn = drawn
    yield made
    await made.close()
    assert made.defects == []
    await database.close()


async def filled(desk: Desk, **graph: Any) -> BaseView:
    """A base whose answer is two steps away."""
    made = await desk.base(embedder="", graph=GraphOptions(True, **graph))
    for name, text in (("lamp.txt", LAMP), ("maker.txt", MAKER), ("pots.txt", OTHER)):
        await desk.settled(await desk.upload(made, text, name))
    return made


async def found(desk: Desk, base: BaseView, query: str = QUESTION, **more: Any) -> FoundPassages:
    """What a search finds."""
    passages: FoundPassages = await desk.do(RetrievePassages(base.id, query, **more))
    return passages


async def test_the_graph_finds_what_shares_no_word_with_the_question(desk: Desk) -> None:
    """And says by which way; switched off, it is not found."""
    base = await filled(desk)
    with_graph, without = await found(desk, base), await found(desk, base, graph=False)
    assert [each.name for each in without.passages] == ["lamp.txt"]
    assert [each.name for each in with_graph.passages] == ["lamp.txt", "maker.txt"]
    lamp, maker = with_graph.passages
    assert maker.scores.entities == ("Lantern X2", "ACME works") and maker.scores.words is None
    assert maker.scores.graph is not None and 0 < maker.scores.graph < 1 and maker.score == maker.scores.fused
    assert lamp.scores.words and lamp.scores.graph and lamp.score > without.passages[0].score
    assert without.passages[0].scores.graph is None


async def test_what_the_graph_found_goes_through_the_later_stages(desk: Desk) -> None:
    """The threshold, the filter, the reranker, and other bases, where it leads nowhere."""
    base = await filled(desk)
    high = await found(desk, base, threshold=0.5, loosen=False)
    assert [each.name for each in high.passages] == ["lamp.txt"]
    lamp = high.passages[0].chunk.document
    only = await found(desk, base, filter=Filter(documents=(lamp,)))
    assert [each.name for each in only.passages] == ["lamp.txt"]
    other = await desk.base(embedder="", graph=GraphOptions(True))
    await desk.settled(await desk.upload(other, OTHER))
    assert (await found(desk, other)).passages == ()


async def test_a_model_names_what_a_question_is_about(desk: Desk) -> None:
    """Where the base has one for it; where that fails, the names that stand in the question are followed."""
    base = await filled(desk, asking="parrot")
    desk.speaking.answers["names"] = '{"entities": ["lantern x2"]}'
    asked = "And where is our newest lamp from?"
    told = await found(desk, base, asked)
    assert [each.name for each in told.passages] == ["lamp.txt", "maker.txt"] and "entities_failed" not in told.remarks
    assert desk.speaking.asked[-1] == asked and desk.speaking.models[-1] == "parrot"
    desk.speaking.answers["names"] = Fault(Kind.busy, "Later.")
    failed = await found(desk, base)
    assert "entities_failed" in failed.remarks and [each.name for each in failed.passages][-1] == "maker.txt"
    desk.speaking.answers["names"] = "None that I know."
    assert [each.name for each in (await found(desk, base, asked)).passages if each.name != "lamp.txt"] == []


async def test_a_model_that_is_slow_is_not_waited_for(desk: Desk) -> None:
    """What it would have named is left out."""

    async def never(of: Any, question: str) -> Sequence[str]:
        await asyncio.Event().wait()
        return ()

    base = await filled(desk)
    row = await desk.stores.bases(DEFAULT_TENANT).base(base.id)
    assert row is not None
    asking = a_base(row.id, graph=GraphOptions(True, asking="parrot"))
    reached, failed = await Walker(desk.stores.graphs, never, 0.01).reach(asking, QUESTION, (QUESTION,), None)
    assert failed and len(reached) == 2


def test_hubs_and_parts_of_names_lead_nowhere() -> None:
    """The rest are the rarest first."""
    nodes = [
        EntityNode("acme", "Acme", 9),
        EntityNode("acme works", "Acme Works", 3),
        EntityNode("tea", "Tea", HUB + 1),
    ]
    nodes.append(EntityNode("lyon", "Lyon", 2))
    assert list(chosen(nodes)) == ["lyon", "acme works"]
    assert firmness(10) == 1.0 and rarity(1) == 1.0 and rarity(16) == 0.5


def test_nearness_is_added_before_the_chance_is_told() -> None:
    """Of what other ways found, and of what they did not; without any it changes nothing."""
    lexical = Found((Match("a", "d", 2.0), Match("b", "d", 1.0)), ideal=4.0)
    plain = fused(lexical)
    assert [each.score for each in plain] == [chance(0.5), chance(0.25)] and fused(lexical, {}) == plain
    led = fused(lexical, {"b": Reached("d", 1.0, ("x", "y")), "c": Reached("e", 0.5, ("x",))})
    assert [each.match.chunk for each in led] == ["b", "a", "c"]
    assert led[0].score == chance(0.25 + GRAPH) and led[0].scores.words == 1.0 and led[0].scores.entities == ("x", "y")
    assert led[2].score == chance(0.5 * GRAPH) and led[2].scores.words is None and led[2].match.document == "e"
