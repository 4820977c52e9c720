"""Graphs go to a Neo4j beside the database: by jobs that say which document, and look for themselves what there is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from parlance.assembly.neo4j import projection
from parlance.core.jobs.held import Held
from parlance.core.jobs.worker import MOST_ATTEMPTS
from parlance.core.knowledge.bases_operations import BaseView, ChangeBase, DeleteBase
from parlance.core.knowledge.chunk_operations import ChangeChunk, DeleteChunk, DeleteChunks, ListChunks
from parlance.core.knowledge.document_operations import ChangeDocument, DeleteDocument, DocumentView
from parlance.core.knowledge.graph.operations import ProjectGraphs
from parlance.core.knowledge.graph.projecting import ProjectGraph
from parlance.core.knowledge.recutting_operations import RecutDocument
from parlance.core.knowledge.room import GRAPH_BASE, PROJECT_BASE, PROJECT_GRAPH
from parlance.core.knowledge.sync_operations import MoveFolderDocument, RemoveFolderDocument
from parlance.outbound.client import Client
from parlance.ports.graph import Projection
from parlance.ports.stores import Conflict, Database, Statement
from parlance.settings.neo4j import Neo4j
from parlance.stores.neo4j import statements as cypher
from parlance.testing.faulty import Faults, FaultyDatabase, Way
from parlance.testing.upstreams.mock_neo4j import MockNeo4j, wrong
from parlance.testing.upstreams.neo4j_graph import PropertyGraph
from parlance.values.accounts import DEFAULT_TENANT, Principal
from parlance.values.errors import Fault, Kind
from parlance.values.graph import GraphOptions
from parlance.values.knowledge import ChunkOptions
from tests.unit.core.files.desk import ADA, people
from tests.unit.core.knowledge.desk import Desk, opened
from tests.unit.core.knowledge.graph.test_drawing import ON, SMALL, TEXT, said

OPERATOR = Principal(ADA.tenant, ADA.user, scopes=frozenset({"chat", "operate"}))
STEPS = {
    "claim": cypher.CLAIM,
    "passages": cypher.PASSAGES,
    "mentions": cypher.MENTIONS,
    "relations": cypher.RELATIONS,
    "end": cypher.STILL,
}
"""Statements in the middle of which something happens."""
AWAY = wrong("Neo.TransientError.General.DatabaseUnavailable", 503)


@pytest.fixture
async def there() -> AsyncIterator[MockNeo4j]:
    async with MockNeo4j() as made:
        yield made


@pytest.fixture
async def copy(there: MockNeo4j) -> AsyncIterator[Projection]:
    client = Client()
    made = projection(Neo4j(there.origin), client)
    assert made is not None
    yield made
    await client.close()


@pytest.fixture
async def desk(database: Database, tmp_path: Path, copy: Projection) -> AsyncIterator[Desk]:
    desk = await opened(database, tmp_path / "blobs", graphs=True, projection=copy)
    desk.speaking.drawn = said
    yield desk
    await desk.close()
    assert desk.defects == []


async def filled(desk: Desk) -> tuple[BaseView, DocumentView]:
    """A base with one document of three passages, all of it done."""
    base = await desk.base(options=SMALL, graph=ON)
    return base, await desk.settled(await desk.upload(base, TEXT))


def grown(there: MockNeo4j, base: BaseView) -> set[tuple[str, str]]:
    """What grows where, as Neo4j has it."""
    return {(source, target) for source, _, target in there.graph.said(DEFAULT_TENANT, base.id)[1]}


ALL = {("tea", "assam"), ("coffee", "kerala"), ("rice", "bihar")}


async def test_a_drawing_is_projected(desk: Desk, there: MockNeo4j) -> None:
    """As SQL has it: the passages by their ids and places, under the document's name; and nothing is left to do."""
    base, document = await filled(desk)
    graph, graphs = there.graph, desk.stores.graphs(DEFAULT_TENANT)
    found = await graphs.found(document.id, -1, 9)
    assert {(key[2], each["place"]) for key, each in graph.passages.items()} == set(found) and len(found) == 3
    mentions = {(each.chunk, each.key) for each in await graphs.mentions(base.id, [e[2] for e in graph.entities], 99)}
    assert graph.said(DEFAULT_TENANT, base.id) == (mentions, {(a, "grown in", b) for a, b in ALL})
    assert graph.documents[(DEFAULT_TENANT, document.id)]["name"] == "tea.txt" and await desk.count("jobs") == 0


async def test_bases_without_a_graph_are_not_projected(desk: Desk, there: MockNeo4j) -> None:
    """Nor asked about, whatever becomes of their documents."""
    base = await desk.base()
    document = await desk.settled(await desk.upload(base))
    await desk.do(ChangeDocument(document.id, name="other.txt"))
    await desk.do(DeleteDocument(document.id))
    await desk.workers.settle()
    assert there.calls == []


async def test_a_file_that_moves_is_called_by_its_new_path_there(desk: Desk, there: MockNeo4j) -> None:
    """Also where its folder lets go of it, and it is called by the path that the next one has for it."""
    base = await desk.base(options=SMALL, graph=ON)
    document = await desk.settled(await desk.upload(base, TEXT, folder="papers", path="tea.txt"))
    named = there.graph.documents[(DEFAULT_TENANT, document.id)]
    assert named["name"] == "tea.txt"
    await desk.do(MoveFolderDocument(document.id, "papers", "green/leaf.txt"))
    await desk.workers.settle()
    assert named["name"] == "green/leaf.txt"
    await desk.upload(base, TEXT, folder="books", path="b.txt")
    await desk.do(RemoveFolderDocument(document.id, "papers"))
    await desk.workers.settle()
    assert named["name"] == "b.txt" and await desk.count("jobs") == 0


@pytest.mark.slow
async def test_a_server_without_graphs_leaves_nothing_there_that_is_not_so(
    database: Database, tmp_path: Path, desk: Desk, copy: Projection, there: MockNeo4j
) -> None:
    """Who rewrites a passage there has its document go, as with any other change of a document whose base has one."""
    base, document = await filled(desk)
    tea = (await desk.do(ListChunks(document.id))).chunks[0]
    plain = Desk(database, tmp_path / "blobs", projection=copy)
    await plain.do(ChangeChunk(tea.id, content="Ink is grown in Nowhere."))
    await plain.workers.settle()
    assert grown(there, base) == set() and await desk.count("jobs") == 0
    await plain.close()


@pytest.mark.slow
async def test_what_is_not_found_any_more_goes(desk: Desk, there: MockNeo4j) -> None:
    """A passage or a document that is switched off, until it is on again; what is removed; and a new name is told."""
    base, document = await filled(desk)
    tea, coffee, rice = (await desk.do(ListChunks(document.id))).chunks
    await desk.do(ChangeChunk(tea.id, enabled=False))
    await desk.workers.settle()
    assert grown(there, base) == ALL - {("tea", "assam")}
    await desk.do(ChangeChunk(tea.id, enabled=True))
    await desk.do(ChangeDocument(document.id, enabled=False))
    await desk.workers.settle()
    assert not there.graph.documents and not there.graph.entities
    await desk.do(ChangeDocument(document.id, enabled=True, name="crops.txt"))
    await desk.workers.settle()
    assert grown(there, base) == ALL and there.graph.documents[(DEFAULT_TENANT, document.id)]["name"] == "crops.txt"
    await desk.do(ChangeChunk(coffee.id, content="Ink is grown in Nowhere."))
    await desk.do(DeleteChunk(rice.id))
    await desk.workers.settle()
    assert grown(there, base) == {("tea", "assam"), ("ink", "nowhere")} and await desk.count("jobs") == 0
    await desk.do(DeleteChunks(document.id))
    await desk.workers.settle()
    assert not there.graph.documents


@pytest.mark.slow
@pytest.mark.parametrize("how", ["document", "base", "off"])
async def test_what_is_removed_goes(desk: Desk, there: MockNeo4j, how: str) -> None:
    """With its document, with its base, and with the base's graph; what other bases have stays."""
    base, document = await filled(desk)
    other, _ = await filled(desk)
    operations: Mapping[str, Any] = {
        "document": DeleteDocument(document.id),
        "base": DeleteBase(base.id),
        "off": ChangeBase(base.id, graph=GraphOptions()),
    }
    await desk.do(operations[how])
    await desk.workers.settle()
    assert grown(there, base) == set() and grown(there, other) == ALL and await desk.count("jobs") == 0
    assert {each["base"] for each in there.graph.documents.values()} == {other.id} and len(there.graph.entities) == 6


@pytest.mark.slow
async def test_a_graph_that_cannot_be_removed_here_goes_there(desk: Desk, there: MockNeo4j) -> None:
    """Whoever switched it off, and ended each time in the middle of it, leaves nothing that was projected."""
    base, _ = await filled(desk)
    await desk.do(ChangeBase(base.id, graph=GraphOptions()))
    sql = f"UPDATE jobs SET attempts = {MOST_ATTEMPTS} WHERE kind = '{GRAPH_BASE}'"
    await desk.database.apply((Statement(sql, {}, 1),))
    await desk.workers.settle()
    assert await desk.count("graph_reads") == 3
    assert grown(there, base) == set() and await desk.count("jobs") == 0


@pytest.mark.slow
async def test_a_document_that_is_cut_anew_is_projected_anew(desk: Desk, there: MockNeo4j) -> None:
    """Its old passages go, and the new ones come."""
    base, document = await filled(desk)
    before = set(there.graph.passages)
    await desk.do(ChangeBase(base.id, options=ChunkOptions(size=400, overlap=0)))
    await desk.do(RecutDocument(document.id))
    await desk.workers.settle()
    assert grown(there, base) == ALL and len(there.graph.passages) == 1 and not before & set(there.graph.passages)


@pytest.mark.slow
async def test_documents_are_read_while_neo4j_is_away(desk: Desk, there: MockNeo4j) -> None:
    """Found, drawn and searched as ever; what is to go there waits however long it takes, and nothing is given up."""
    there.fail(AWAY, 1000)
    base, document = await filled(desk)
    assert document.state == "ready" and document.remarks == ()
    assert (await desk.stores.graphs(DEFAULT_TENANT).extent(base.id)).drawn == 3
    for _ in range(MOST_ATTEMPTS + 3):
        await desk.due()
        await desk.workers.settle()
    assert await desk.count("jobs", f"kind = '{PROJECT_GRAPH}' AND state = 'open'") == 1
    there.failures.clear()
    await desk.due()
    await desk.workers.settle()
    assert grown(there, base) == ALL and await desk.count("jobs") == 0


@pytest.mark.slow
async def test_a_document_that_went_while_neo4j_was_away_goes_there_too(desk: Desk, there: MockNeo4j) -> None:
    """When it is there again, with all that was to be written of it meanwhile."""
    base, document = await filled(desk)
    there.fail(AWAY, 1000)
    await desk.do(ChangeDocument(document.id, name="crops.txt"))
    await desk.workers.settle()
    await desk.do(DeleteDocument(document.id))
    await desk.workers.settle()
    assert grown(there, base) == ALL
    there.failures.clear()
    await desk.due()
    await desk.workers.settle()
    assert not there.graph.documents and not there.graph.entities and await desk.count("jobs") == 0


@pytest.mark.slow
async def test_a_neo4j_that_was_lost_is_filled_anew(desk: Desk, there: MockNeo4j) -> None:
    """By the operator; what is there and not here any more goes, of bases that are gone, too."""
    base, document = await filled(desk)
    gone, _ = await filled(desk)
    there.graph = PropertyGraph()
    await desk.do(ProjectGraphs(), OPERATOR)
    await desk.workers.settle()
    assert grown(there, base) == grown(there, gone) == ALL and there.graph.schema == list(cypher.SCHEMA)
    kept = desk.room
    await desk.do(DeleteBase(gone.id))
    await desk.do(DeleteDocument(document.id))
    for kind in (PROJECT_GRAPH, PROJECT_BASE):
        for subject in (document.id, gone.id):
            await desk.database.apply((kept.jobs.drop(DEFAULT_TENANT, kind, subject),))
    await desk.workers.settle()
    assert grown(there, base) == grown(there, gone) == ALL
    assert await desk.do(ProjectGraphs(), OPERATOR) >= 1
    await desk.workers.settle()
    assert not there.graph.documents and not there.graph.entities and await desk.count("jobs") == 0


@pytest.mark.slow
async def test_a_new_house_prepares_the_neo4j_before_it_writes(desk: Desk, there: MockNeo4j) -> None:
    """Without a base that was there before, whether an operator has said something or not; once for all documents."""
    asked: list[str] = []
    there.seen = lambda statement, given: asked.append(statement)
    base, _ = await filled(desk)
    await desk.settled(await desk.upload(base, "Ink is grown in Nowhere."))
    assert grown(there, base) == ALL | {("ink", "nowhere")}
    schema = list(cypher.SCHEMA)
    assert asked[: len(schema)] == schema == [each for each in asked if each in schema]


async def test_an_operator_has_the_neo4j_prepared(desk: Desk, there: MockNeo4j) -> None:
    """Where there is nothing to be projected yet, and once more after it was emptied."""
    for _ in range(2):
        there.graph = PropertyGraph()
        await desk.do(ProjectGraphs(), OPERATOR)
        await desk.workers.settle()
        assert there.graph.schema == list(cypher.SCHEMA) and await desk.count("jobs") == 0


async def test_only_an_operator_has_all_projected(database: Database, tmp_path: Path, desk: Desk) -> None:
    """And only where there is somewhere to project to."""
    with pytest.raises(Fault) as refused:
        await desk.do(ProjectGraphs())
    assert refused.value.kind is Kind.forbidden
    alone = Desk(database, tmp_path / "blobs", graphs=True)
    with pytest.raises(Fault) as nowhere:
        await alone.do(ProjectGraphs(), OPERATOR)
    assert nowhere.value.code == "no_projection"
    await alone.close()


@pytest.mark.slow
@pytest.mark.parametrize("at", STEPS.values(), ids=STEPS)
async def test_killed_in_the_middle_it_is_gone_on_with(desk: Desk, copy: Projection, there: MockNeo4j, at: str) -> None:
    """As soon as the lease of the first is over, whose last words may come late."""
    base, document = await filled(desk)
    there.graph = PropertyGraph()
    await desk.do(ChangeDocument(document.id, name="crops.txt"))
    job = await desk.jobs.claim((PROJECT_GRAPH,), "of-the-first", 60.0)
    assert job is not None
    reached = asyncio.Event()
    there.seen = lambda statement, given: reached.set() if statement == at else None
    first = asyncio.ensure_future(ProjectGraph(desk.room, copy).run(Held(job, desk.jobs, desk.database)))
    await reached.wait()
    first.cancel()
    await asyncio.wait([first])
    await desk.due()
    await desk.workers.settle()
    assert grown(there, base) == ALL and len(there.graph.passages) == 3 and await desk.count("jobs") == 0


@pytest.mark.slow
@pytest.mark.parametrize("at", STEPS.values(), ids=STEPS)
async def test_what_changes_while_it_is_projected_is_projected_again(desk: Desk, there: MockNeo4j, at: str) -> None:
    """A document that goes in the middle of it leaves nothing."""
    _, document = await filled(desk)
    left: list[asyncio.Task[Any]] = []

    def leave(statement: str, given: object) -> None:
        if statement == at and not left:
            left.append(asyncio.ensure_future(desk.do(DeleteDocument(document.id))))

    there.seen = leave
    await desk.do(ChangeDocument(document.id, name="crops.txt"))
    await desk.workers.settle()
    await asyncio.gather(*left)
    await desk.due()
    await desk.workers.settle()
    assert left and not there.graph.documents and not there.graph.entities and await desk.count("jobs") == 0


@pytest.mark.slow
@pytest.mark.parametrize("way", ["refused", "lost", "conflict"])
async def test_whichever_call_of_the_database_fails_neo4j_has_what_it_has(
    database: Database, tmp_path: Path, copy: Projection, there: MockNeo4j, way: Way
) -> None:
    """A document is switched off and on with each call failing in turn, before or after it was done: what the database
    says in the end, Neo4j says too, and no job is left."""
    faults = Faults()
    await people(database)
    desk = Desk(FaultyDatabase(database, faults), tmp_path / "blobs", graphs=True, projection=copy)
    desk.speaking.drawn = said
    base, document = await filled(desk)
    number, seen = 0, set[bool]()
    while number == 0 or faults.hit is not None:
        number += 1
        faults.begin(number, way)
        with suppress(Fault, Conflict):
            await desk.do(ChangeDocument(document.id, enabled=not (await desk.read(document)).enabled))
            await desk.workers.settle()
        faults.over()
        await desk.due()
        await desk.workers.settle()
        enabled = (await desk.read(document)).enabled
        assert grown(there, base) == (ALL if enabled else set()), number
        assert bool(there.graph.entities) is enabled and await desk.count("jobs") == 0
        seen.add(enabled)
    assert number > 10 and seen == {False, True}
    await desk.close()
