"""A base's graph is drawn beside its documents: once, on and on, and never at their cost."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from parlance.core.knowledge.bases_operations import BaseView, ChangeBase, DeleteBase
from parlance.core.knowledge.chunk_operations import ChangeChunk, ListChunks
from parlance.core.knowledge.copying_operations import CopyBase
from parlance.core.knowledge.document_operations import DeleteDocument, ReadDocument
from parlance.core.knowledge.remarks import not_drawn_whole
from parlance.ports.stores import Database
from parlance.values.accounts import DEFAULT_TENANT
from parlance.values.errors import Fault, Kind
from parlance.values.graph import Extent, GraphNode, GraphOptions, GraphRelation
from parlance.values.knowledge import ChunkOptions
from tests.unit.core.knowledge.desk import Desk, opened

ON = GraphOptions(True)
SMALL = ChunkOptions(size=50, overlap=0)
TEXT = "Tea is grown in Assam.\n\nCoffee is grown in Kerala, by many.\n\nRice is grown in Bihar."


def said(passage: str) -> str:
    """What grows where, of each sentence in a passage."""
    pairs = [line.split(" is grown in ") for line in passage.splitlines() if " is grown in " in line]
    found = [(crop, place.split(",")[0].strip(".")) for crop, place in pairs]
    entities = [{"name": name} for pair in found for name in pair]
    relations = [{"source": crop, "target": place, "kind": "grown in"} for crop, place in found]
    return json.dumps({"entities": entities, "relations": relations})


@pytest.fixture
async def desk(database: Database, tmp_path: Path) -> AsyncIterator[Desk]:
    desk = await opened(database, tmp_path / "blobs", graphs=True)
    desk.speaking.drawn = said
    yield desk
    await desk.close()
    assert desk.defects == []


async def extent(desk: Desk, base: BaseView) -> Extent:
    """How large its graph is."""
    return await desk.stores.graphs(DEFAULT_TENANT).extent(base.id)


async def test_a_document_is_drawn_when_it_is_ready(desk: Desk) -> None:
    """Each passage once, by the base's model, which is shown the passage and the example."""
    example = ("Ink is made of soot.", (GraphNode("Ink", ("black",)), GraphNode("soot")))
    graph = GraphOptions(True, "parrot", "", ("grown in",), *example, (GraphRelation("Ink", "soot", "made of"),))
    base = await desk.base(options=SMALL, graph=graph)
    assert base.graph == graph
    document = await desk.settled(await desk.upload(base, TEXT))
    assert document.state == "ready" and document.remarks == ()
    assert await extent(desk, base) == Extent(6, 3, document.chunks) and document.chunks == 3
    assert desk.speaking.models == ["parrot"] * 3 and len(set(desk.speaking.asked)) == 3
    assert await desk.count("jobs") == 0


async def test_nothing_is_drawn_unless_both_want_it(database: Database, tmp_path: Path) -> None:
    """A server that draws no graphs keeps the wish for one where somebody says so; a base without one asks no model."""
    desk = await opened(database, tmp_path / "blobs")
    with pytest.raises(Fault, match="draws no graphs"):
        await desk.base(graph=ON)
    base = await desk.base(graph=ON, graph_if_any=True)
    await desk.settled(await desk.upload(base))
    assert base.graph is None and desk.speaking.asked == [] and await desk.count("graph_reads") == 0
    await desk.close()
    drawing = Desk(database, tmp_path / "blobs", graphs=True)
    plain = await drawing.base()
    await drawing.settled(await drawing.upload(plain))
    assert plain.graph == GraphOptions() and drawing.speaking.asked == []
    await drawing.do(ChangeBase(base.id, graph=ON))
    drawing.speaking.drawn = said
    await drawing.workers.settle()
    assert (await extent(drawing, base)).drawn == 1
    await drawing.close()


async def test_nonsense_is_a_remark(desk: Desk) -> None:
    """The document is found as before; said again of the base, what gave nothing has another try."""
    desk.speaking.drawn = lambda passage: "I would rather not." if "Coffee" in passage else said(passage)
    base = await desk.base(options=SMALL, graph=ON)
    document = await desk.settled(await desk.upload(base, TEXT))
    assert document.state == "ready" and document.remarks[-1] == not_drawn_whole(1).words
    assert await extent(desk, base) == Extent(4, 2, 3)
    desk.speaking.drawn, desk.speaking.asked = said, []
    await desk.do(ChangeBase(base.id, graph=ON))
    again = await desk.settled(document)
    assert len(desk.speaking.asked) == 1 and again.remarks == ()
    assert await extent(desk, base) == Extent(6, 3, 3)


async def test_a_model_that_comes_back_goes_on(desk: Desk) -> None:
    """What was drawn before it went is not drawn again."""
    away: list[Any] = [Fault(Kind.busy, "Later.")]
    desk.speaking.drawn = lambda passage: away.pop() if away and "Coffee" in passage else said(passage)
    base = await desk.base(options=SMALL, graph=ON)
    document = await desk.settled(await desk.upload(base, TEXT))
    assert document.state == "ready" and (await extent(desk, base)).drawn == 2
    await desk.due()
    await desk.workers.settle()
    assert await extent(desk, base) == Extent(6, 3, 3) and len(desk.speaking.asked) == 4


@pytest.mark.slow
@pytest.mark.parametrize("kind", [Kind.unsupported, Kind.missing, Kind.upstream])
async def test_a_model_that_stays_away_is_a_remark(desk: Desk, kind: Kind) -> None:
    """At once where it is none, in the end where it may have come back."""
    answer: Any = Fault(kind, "Nobody speaks.")
    desk.speaking.drawn = lambda passage: answer
    base = await desk.base(options=SMALL, graph=ON)
    document = await desk.upload(base, TEXT)
    for _ in range(7):
        await desk.workers.settle()
        await desk.due()
    found = await desk.read(document)
    assert (
        found.state == "ready" and found.remarks[-1] == not_drawn_whole(answer).words and await desk.count("jobs") == 0
    )


async def test_switched_on_later_all_is_drawn_and_off_all_goes(desk: Desk) -> None:
    """In the background, document by document; off while it is drawn ends that."""
    base = await desk.base(options=SMALL)
    for n in range(3):
        await desk.upload(base, f"{TEXT}\n\nCrop{n} is grown in Land{n}.", f"{n}.txt")
    await desk.workers.settle()
    assert desk.speaking.asked == []
    await desk.do(ChangeBase(base.id, graph=ON))
    await desk.workers.settle()
    assert (await extent(desk, base)).entities == 12
    await desk.do(ChangeBase(base.id, graph=GraphOptions()))
    await desk.workers.settle()
    assert await extent(desk, base) == Extent(0, 0, 0) and await desk.count("graph_reads") == 0
    await desk.do(ChangeBase(base.id, graph=ON))
    await desk.do(ChangeBase(base.id, graph=GraphOptions()))
    desk.speaking.asked = []
    await desk.workers.settle()
    assert desk.speaking.asked == [] and await desk.count("jobs") == 0


async def turn(desk: Desk) -> bool:
    """One job, done to its end or to where it steps back; gives whether there was one."""
    worked = await desk.workers._next()
    await desk.crew.aside.done()
    return worked


@pytest.mark.slow
async def test_a_long_document_lets_others_have_their_turn(desk: Desk) -> None:
    """Between its passages another one is read, and it goes on."""
    base = await desk.base(options=SMALL, graph=ON)
    await desk.upload(base, "\n\n".join(f"Crop{n} is grown in a land far away, number {n:03}." for n in range(80)))
    while len(desk.speaking.asked) < 30:
        assert await turn(desk)
    late = await desk.upload(base, "Late is grown in Haste.", "late.txt")
    for _ in range(2):
        await turn(desk)
    assert (await desk.read(late)).state == "ready" and len(desk.speaking.asked) < 80
    await desk.workers.settle()
    assert (await extent(desk, base)).drawn == 81


async def test_a_slow_model_keeps_nobody_waiting_for_more_than_one_round(desk: Desk) -> None:
    """Four passages that take half a minute are a turn."""
    base = await desk.base(options=SMALL, graph=ON)
    document = await desk.upload(
        base, "\n\n".join(f"Crop{n} is grown in a land far away, number {n}." for n in range(9))
    )
    assert await turn(desk) and (await desk.read(document)).state == "ready"

    def slowly(passage: str) -> str:
        desk.clock.move(30.0)
        return said(passage)

    desk.speaking.drawn = slowly
    for asked in (4, 8, 9):
        assert await turn(desk) and len(desk.speaking.asked) == asked
    await desk.workers.settle()
    assert (await extent(desk, base)).drawn == 9


async def test_a_rewritten_passage_is_drawn_anew(desk: Desk) -> None:
    """And what it said before is forgotten."""
    base = await desk.base(options=SMALL, graph=ON)
    document = await desk.settled(await desk.upload(base, TEXT))
    first = (await desk.do(ListChunks(document.id))).chunks[0]
    await desk.do(ChangeChunk(first.id, content="Cocoa is grown in Ghana."))
    assert (await extent(desk, base)).drawn == 2
    await desk.workers.settle()
    found = await desk.stores.graphs(DEFAULT_TENANT).named(base.id, ["cocoa", "tea", "coffee"])
    assert sorted(each.key for each in found) == ["cocoa", "coffee"]


async def test_a_copy_takes_the_graph_along(desk: Desk) -> None:
    """Without another answer of the model."""
    base = await desk.base(options=SMALL, graph=ON)
    await desk.settled(await desk.upload(base, TEXT))
    asked = len(desk.speaking.asked)
    copy = await desk.do(CopyBase(base.id))
    await desk.workers.settle()
    assert copy.graph == ON and await extent(desk, copy) == Extent(6, 3, 3) == await extent(desk, base)
    assert len(desk.speaking.asked) == asked


async def test_a_graph_goes_with_its_document_and_base(desk: Desk) -> None:
    """Also one that is being drawn."""
    base = await desk.base(options=SMALL, graph=ON)
    documents = [await desk.upload(base, f"{TEXT} {n}", f"{n}.txt") for n in range(2)]
    await desk.workers.settle()
    await desk.do(DeleteDocument(documents[0].id))
    await desk.workers.settle()
    assert (await extent(desk, base)).drawn == 3
    away: Any = Fault(Kind.busy, "Later.")
    desk.speaking.drawn = lambda passage: away
    await desk.settled(await desk.upload(base, TEXT, "late.txt"))
    assert await desk.count("jobs") == 1
    await desk.do(DeleteBase(base.id))
    await desk.workers.settle()
    tables = ("jobs", "graph_reads", "graph_entities", "graph_relations", "chunks")
    assert [await desk.count(table) for table in tables] == [0] * 5


async def test_what_is_said_of_a_graph_is_judged(desk: Desk) -> None:
    """Models that are not there, and examples that no model reads to their end."""
    base = await desk.base()
    for wrong in (
        GraphOptions(True, model="gone"),
        GraphOptions(True, asking="gone"),
        GraphOptions(True, tags=("x",) * 51),
        GraphOptions(True, text="x" * 5001),
        GraphOptions(True, nodes=(GraphNode("x" * 121),)),
        GraphOptions(True, nodes=(GraphNode("x", ("y",) * 101),)),
    ):
        with pytest.raises(Fault) as caught:
            await desk.do(ChangeBase(base.id, graph=wrong))
        assert caught.value.kind in (Kind.invalid, Kind.missing)
    assert (await desk.do(ReadDocument((await desk.upload(base)).id))).state == "waiting"
