"""The contract of `Graphs` in `ports/graph.py`, on every database."""

from __future__ import annotations

import msgspec
import pytest

from parlance.ports.graph import Graphs
from parlance.ports.knowledge import KnowledgeStores
from parlance.ports.stores import Conflict, Database
from parlance.stores.sql.knowledge import SqlKnowledgeStores
from parlance.testing.knowledge import base, chunk, document, kept, ready
from parlance.values.accounts import DEFAULT_TENANT
from parlance.values.graph import (
    Drawing,
    Entity,
    EntityLink,
    EntityNode,
    Extent,
    GraphNode,
    GraphOptions,
    Mention,
    Relation,
    Tie,
)
from tests.unit.core.files.desk import people

LAMP = Drawing(
    (Entity("Lantern X2", "product", "A lamp."), Entity("Acme 工坊", "company")),
    (Relation("lantern x2", "acme 工 坊", "made by", "Acme makes it.", 9),),
)
MAKER = Drawing(
    (Entity("ACME 工坊", "company", "From Lyon."), Entity("Lyon", "place")),
    (
        Relation("acme 工 坊", "lyon", "comes from", strength=7),
        Relation("acme 工 坊", "lyon", "comes from", strength=3),
    ),
)


@pytest.fixture
async def stores(database: Database) -> KnowledgeStores:
    """A base with two documents of two chunks each."""
    await people(database)
    made = SqlKnowledgeStores(database)
    await kept(database, made, base(graph=GraphOptions(True, tags=("茶",), nodes=(GraphNode("Téa", ("warm",)),))))
    await kept(database, made, base("b2"))
    await ready(database, made, document(), chunk("k0"), chunk("k1", place=1))
    await ready(database, made, document("d2"), chunk("k2", "d2"), chunk("k3", "d2", 1))
    return made


async def drawn(database: Database, stores: KnowledgeStores) -> Graphs:
    """With a product in one document and its maker in the other."""
    graphs = stores.graphs(DEFAULT_TENANT)
    await database.apply(graphs.draw(chunk("k0"), LAMP))
    await database.apply(graphs.draw(chunk("k2", "d2"), MAKER))
    return graphs


async def test_a_base_says_how_its_graph_is_drawn(stores: KnowledgeStores) -> None:
    """And one that never heard of graphs has none."""
    bases = stores.bases(DEFAULT_TENANT)
    found, other = await bases.base("b1"), await bases.base("b2")
    assert found is not None and found.graph.tags == ("茶",) and found.graph.nodes[0].attributes == ("warm",)
    assert other is not None and other.graph == GraphOptions()


async def test_a_chunk_is_drawn_once(database: Database, stores: KnowledgeStores) -> None:
    """Whatever was found in it; one that is gone, or says something else by now, is not drawn at all."""
    graphs = stores.graphs(DEFAULT_TENANT)
    assert [each.id for each in await graphs.undrawn("d1", 9)] == ["k0", "k1"]
    await database.apply(graphs.draw(chunk("k0"), LAMP))
    await database.apply(graphs.draw(chunk("k1", place=1), Drawing(nonsense=True)))
    assert await graphs.undrawn("d1", 9) == [] and await graphs.nonsense("d1") == 1 and await graphs.nonsense("d2") == 0
    assert await graphs.pieces("b1", 9, nonsense=True) == [("d1", "k1")]
    found = await graphs.drawings("d1", ["k0", "k1", "k2"])
    ordered = msgspec.structs.replace(LAMP, entities=tuple(reversed(LAMP.entities)))
    assert found == {"k0": ordered, "k1": Drawing(nonsense=True)}
    for late in (chunk("k0"), chunk("gone"), chunk("k2", "d2", content="other words")):
        with pytest.raises(Conflict):
            await database.apply(graphs.draw(late, LAMP))
    assert [each.id for each in await graphs.undrawn("d2", 1)] == ["k2"]


async def test_an_entity_is_all_its_mentions(database: Database, stores: KnowledgeStores) -> None:
    """However its name is written; nothing is counted twice."""
    graphs = await drawn(database, stores)
    assert await graphs.extent("b1") == Extent(3, 2, 2)
    acme = EntityNode("acme 工 坊", "ACME 工坊", 2, "company")
    assert await graphs.named("b1", ["acme 工 坊", "nobody"]) == [acme]
    assert [each.key for each in await graphs.common("b1", "", 2)] == ["acme 工 坊", "lantern x2"]
    assert await graphs.common("b1", "工 坊", 9) == [acme] and await graphs.common("b1", "%", 9) == []
    mentions = await graphs.mentions("b1", ["acme 工 坊"], 9)
    assert mentions == [Mention("acme 工 坊", "k0", "d1"), Mention("acme 工 坊", "k2", "d2", "From Lyon.")]
    ties = await graphs.ties("b1", ["acme 工 坊", "lyon"], 2)
    assert ties[0] == Tie("lantern x2", "acme 工 坊", "made by", 9, "k0", "d1") and ties[1].strength == 7
    assert [each.strength for each in await graphs.ties("b1", ["lyon"], 9)] == [7, 3]
    links = await graphs.links("b1", ["acme 工 坊", "lyon"], 9)
    assert links == [EntityLink("acme 工 坊", "lyon", "comes from", 1, 7)]


async def test_only_what_is_found_is_told(database: Database, stores: KnowledgeStores) -> None:
    """Nothing of another base or tenant, nor of a document or chunk that is switched off or gone."""
    graphs = await drawn(database, stores)
    documents, chunks = stores.documents(DEFAULT_TENANT), stores.chunks(DEFAULT_TENANT)
    empty = Extent(0, 0, 0)
    assert await graphs.extent("b2") == empty and await stores.graphs("elsewhere").extent("b1") == empty
    await database.apply((chunks.change(chunk("k0"), {"enabled": False}),))
    assert await graphs.extent("b1") == Extent(2, 1, 1)
    await database.apply((documents.change("d2", {"enabled": False}, 5),))
    assert await graphs.extent("b1") == empty and await graphs.common("b1", "", 9) == []
    assert await graphs.ties("b1", ["acme 工 坊"], 9) == [] == await graphs.links("b1", ["lyon", "acme 工 坊"], 9)
    await database.apply((documents.change("d2", {"enabled": True}, 6),))
    await database.apply((stores.bases(DEFAULT_TENANT).leave("b1"),))
    assert await graphs.named("b1", ["lyon"]) == [] == await graphs.mentions("b1", ["lyon"], 9)


async def test_a_drawing_goes_with_its_chunk(database: Database, stores: KnowledgeStores) -> None:
    """Whether one is taken out, or a whole document is cleared, or the base has no graph any more."""
    graphs = await drawn(database, stores)
    await database.apply(stores.chunks(DEFAULT_TENANT).remove(chunk("k0")))
    assert await graphs.extent("b1") == Extent(2, 1, 1)
    assert await graphs.pieces("b1", 9) == [("d2", "k2")] and await graphs.pieces("b2", 9) == []
    await database.apply(graphs.forget("d2", ["k2", "k3"]))
    assert await graphs.extent("b1") == Extent(0, 0, 0) and await graphs.pieces("b1", 9) == []
    assert [each.id for each in await graphs.undrawn("d2", 9)] == ["k2", "k3"]
    await database.apply(graphs.draw(chunk("k2", "d2"), MAKER))
    remains = stores.remains(DEFAULT_TENANT)
    await database.apply(remains.clear("d2", await remains.pieces("d2", 9)))
    assert await graphs.pieces("b1", 9) == []


async def test_what_was_read_and_is_found_is_listed(database: Database, stores: KnowledgeStores) -> None:
    """By places, page by page, but for what is switched off or was not read; bases are listed by their ids."""
    graphs = await drawn(database, stores)
    assert await graphs.found("d1", -1, 9) == [("k0", 0)]
    await database.apply(graphs.draw(chunk("k1", place=1), MAKER))
    assert await graphs.found("d1", -1, 9) == [("k0", 0), ("k1", 1)]
    assert await graphs.found("d1", -1, 1) == [("k0", 0)] and await graphs.found("d1", 0, 9) == [("k1", 1)]
    await database.apply((stores.chunks(DEFAULT_TENANT).change(chunk("k0"), {"enabled": False}),))
    assert await graphs.found("d1", -1, 9) == [("k1", 1)]
    await database.apply((stores.documents(DEFAULT_TENANT).change("d1", {"enabled": False}, 9),))
    assert await graphs.found("d1", -1, 9) == [] and await graphs.found("d2", -1, 9) == [("k2", 0)]
    assert await graphs.bases("", 9) == ["b1"] and await graphs.bases("b1", 9) == []
    assert list(await stores.tenants()) == [DEFAULT_TENANT, "elsewhere"]
