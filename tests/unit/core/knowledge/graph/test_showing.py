"""A graph is read in parts, by whoever may read its base."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from parlance.core.knowledge.document_operations import DeleteDocument
from parlance.core.knowledge.graph.operations import EntityView, GraphView, ReadGraph, ShowEntity
from parlance.stores.sql.sqlite import Sqlite
from parlance.testing.databases import migrated
from parlance.values.errors import Fault, Kind
from parlance.values.graph import EntityNode, GraphOptions
from tests.unit.core.files.desk import BOB, STRANGER
from tests.unit.core.knowledge.desk import Desk, opened
from tests.unit.core.knowledge.graph.test_walking import LAMP, drawn, filled


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    database = Sqlite(None)
    await migrated(database)
    made = await opened(database, tmp_path / "blobs", graphs=True)
    made.speaking.drawn = drawn
    yield made
    await made.close()
    await database.close()


async def test_a_graph_is_read_from_its_commonest_entities_on(desk: Desk) -> None:
    """Or around one, or by a piece of a name; what is counted is all of it."""
    base = await filled(desk)
    whole: GraphView = await desk.do(ReadGraph(base.id))
    assert whole.nodes[0] == EntityNode("acme works", "ACME works", 2) and len(whole.nodes) == 4
    assert (whole.entities, whole.relations, whole.drawn, whole.chunks, whole.enabled) == (4, 2, 3, 3, True)
    assert {(link.source, link.target) for link in whole.links} == {
        ("lantern x2", "acme works"),
        ("acme works", "lyon"),
    }
    few: GraphView = await desk.do(ReadGraph(base.id, most=1))
    assert [node.key for node in few.nodes] == ["acme works"] and few.links == () and few.entities == 4
    around: GraphView = await desk.do(ReadGraph(base.id, around="Lyon"))
    assert [node.key for node in around.nodes] == ["lyon", "acme works"] and len(around.links) == 1
    piece: GraphView = await desk.do(ReadGraph(base.id, piece="Lant"))
    assert [node.key for node in piece.nodes] == ["lantern x2"]


async def test_an_entity_leads_to_the_passages_that_speak_of_it(desk: Desk) -> None:
    """With what it is related to; without what is gone."""
    base = await filled(desk)
    acme: EntityView = await desk.do(ShowEntity(base.id, "Acme WORKS"))
    where = {each.name: each for each in acme.passages}
    assert acme.node.chunks == 2 and sorted(where) == ["lamp.txt", "maker.txt"]
    assert sorted(each.key for each in acme.others) == ["lantern x2", "lyon"] and len(acme.links) == 2
    assert acme.passages[0].span.start == 0 and acme.passages[0].span.stop > 0
    await desk.do(DeleteDocument(where["maker.txt"].document))
    acme = await desk.do(ShowEntity(base.id, "acme works"))
    assert [each.name for each in acme.passages] == ["lamp.txt"] and len(acme.links) == 1


async def test_a_passage_of_an_entity_tells_all_its_pages(desk: Desk) -> None:
    """As it does where it is found by a search."""
    base = await filled(desk)
    text = f"{LAMP}\fIt is sold everywhere."
    await desk.settled(await desk.upload(base, text, "pages.txt"))
    acme: EntityView = await desk.do(ShowEntity(base.id, "acme works"))
    [passage] = [each for each in acme.passages if each.name == "pages.txt"]
    assert (passage.span.page, passage.span.page_starts) == (1, (text.index("\f") + 1,))


async def test_a_graph_is_seen_by_those_who_see_its_base(desk: Desk) -> None:
    """And by nobody else; one that is off is empty."""
    base = await filled(desk)
    for operation in (ReadGraph(base.id), ShowEntity(base.id, "lyon")):
        for who in (BOB, STRANGER):
            with pytest.raises(Fault) as caught:
                await desk.do(operation, who)
            assert caught.value.kind is Kind.missing
    off = await desk.base(graph=GraphOptions())
    assert await desk.do(ReadGraph(off.id)) == GraphView()
    for of, said in ((off, "lyon"), (base, "Nobody")):
        assert await desk.do(ShowEntity(of.id, said)) == EntityView(EntityNode(said.lower(), said, 0))
    assert (await desk.do(ReadGraph(base.id, around="nobody"))).nodes == ()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("operation", "fields"),
    [
        *((ReadGraph, {"most": 0}), (ReadGraph, {"most": 201}), (ReadGraph, {"piece": "x" * 201})),
        *((ReadGraph, {"around": "x" * 201}), (ShowEntity, {"entity": "x" * 201})),
    ],
)
async def test_what_cannot_be_shown_is_refused(desk: Desk, operation: Any, fields: dict[str, Any]) -> None:
    """Names and parts that are too large."""
    base = await filled(desk)
    with pytest.raises(Fault) as caught:
        await desk.do(operation(base.id, **fields))
    assert caught.value.kind is Kind.invalid
