"""The contract of `ports/knowledge.py`, and of `Source` in `ports/indexes.py` over the rows that it keeps."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, cast

import msgspec
import pytest

from parlance.ports.indexes import ChangedDocument, IndexedChunk, Mark
from parlance.ports.knowledge import KnowledgeStores
from parlance.ports.stores import FEW, Conflict, Database, Row, Statement, Value
from parlance.stores.sql.knowledge import SqlKnowledgeStores
from parlance.stores.sql.knowledge_source import SqlSource
from parlance.testing.knowledge import ADA, BOB, WHOLE, base, chunk, document, kept, ready, vector
from parlance.values.accounts import DEFAULT_TENANT
from parlance.values.files import Hold, Room
from parlance.values.knowledge import Base, ChunkOptions, Filter, Span
from parlance.values.remarks import DocumentRemark, RemarkCode, remark
from tests.unit.core.files.desk import people

OTHER = "elsewhere"


@pytest.fixture
async def stores(database: Database) -> KnowledgeStores:
    await people(database)
    made = SqlKnowledgeStores(database)
    await kept(database, made, base())
    return made


async def changed(
    stores: KnowledgeStores, after: Mark | None = None, most: int = 100, generation: int = 0
) -> list[str]:
    """The ids of what changed, those without chunks in brackets."""
    found = await stores.source.changes(DEFAULT_TENANT, "b1", generation, after or Mark(), most)
    return [each.id if each.chunks else f"({each.id})" for each in found]


async def test_a_base_is_read_as_it_was_written(database: Database, stores: KnowledgeStores) -> None:
    """With all that is in it; lists show one's own and the tenant's, newest first."""
    options = ChunkOptions(size=100, separators=("\n", "。"), parent_size=800)
    made = base("b2", user=BOB, access="tenant", description="茶", options=options, foreign={"weknora": {"cos": 1}})
    made = msgspec.structs.replace(made, coming="next", problem="embedder_gone", words="Choose another.", reranker="r")
    await kept(database, stores, made)
    await kept(database, stores, base("b3", user=BOB))
    bases = stores.bases(DEFAULT_TENANT)
    assert await bases.base("b2") == made
    assert [each.id for each in await bases.page(ADA, None, 10)] == ["b2", "b1"]
    assert [each.id for each in await bases.page(BOB, "b3", 10)] == ["b2"]
    assert [each.id for each in await bases.own(BOB)] == ["b3"]
    assert await stores.bases(OTHER).base("b2") is None


async def test_a_base_that_changed_meanwhile_is_not_changed(database: Database, stores: KnowledgeStores) -> None:
    """Nor one that is leaving, which nobody sees."""
    bases = stores.bases(DEFAULT_TENANT)
    await database.apply(bases.change(base(), {"name": "Coffee", "access": "tenant"}, 5))
    found = await bases.base("b1")
    assert found == base(name="Coffee", access="tenant", changed=5)
    with pytest.raises(Conflict):
        await database.apply(bases.change(base(), {"name": "Cocoa"}, 6))
    await database.apply((bases.leave("b1"),))
    assert await bases.base("b1") is None and await bases.page(ADA, None, 10) == []
    for late in (bases.change(found, {"name": "Late"}, 7), (bases.raise_revision("b1"),), (bases.leave("b1"),)):
        with pytest.raises(Conflict):
            await database.apply(late)


async def test_a_document_is_read_as_it_was_written(database: Database, stores: KnowledgeStores) -> None:
    """Until its base is leaving, or it itself."""
    documents = stores.documents(DEFAULT_TENANT)
    made = document(
        place="https://e.example/ä",
        remarks=(DocumentRemark("One page is empty."), remark(RemarkCode.MISNAMED, suffix=".pdf")),
        metadata={"year": "2026"},
    )
    made = msgspec.structs.replace(
        made, foreign={"n": 1}, title="Tee", language="de", md5="5", pages=9, done=3, text="t", structure="l", cut=2
    )
    await database.apply(documents.insert(made, "key-1"))
    assert await documents.document("d1") == made == await documents.same("b1", "key-1")
    assert await stores.documents(OTHER).document("d1") is None
    await database.apply((stores.bases(DEFAULT_TENANT).leave("b1"),))
    assert await documents.document("d1") is None
    with pytest.raises(Conflict):
        await database.apply(documents.insert(document("d2"), "key-2"))


async def test_remarks_are_known_that_were_kept_as_sentences_alone(database: Database, stores: KnowledgeStores) -> None:
    """Those of older rows, by how they began then; written again they have their codes."""
    documents = stores.documents(DEFAULT_TENANT)
    await database.apply(documents.insert(document(), "k"))
    openings = {
        "words_only": "It is found by its words only: the base has no embedder.",
        "recutting": "It is being cut anew, and found as it was until then.",
        "uncut": "It was not cut anew: The engine is away.",
        "undrawn": "Its graph is not whole: 2 of its passages gave no graph that could be read.",
        "": "Left out: page 1.",
    }
    older = json.dumps(list(openings.values()))
    await database.apply((Statement("UPDATE documents SET remarks = :older", {"older": older}),))
    found = await documents.document("d1")
    assert found is not None and {each.code: each.words for each in found.remarks} == openings
    alike = (*found.remarks, DocumentRemark("It was not cut anew: so the text begins."))
    await database.apply((documents.change("d1", {"remarks": alike}, 5),))
    again = await documents.document("d1")
    assert again is not None and again.remarks == alike and again.remarks[-1].code == ""


async def test_one_base_has_the_same_document_once(database: Database, stores: KnowledgeStores) -> None:
    """Of many who bring it at once one does; another base may have it, and the same base when it is gone."""
    documents = stores.documents(DEFAULT_TENANT)
    await kept(database, stores, base("b2"))
    wishes = [documents.insert(document(f"d{n}"), "same") for n in range(8)]
    outcomes = await asyncio.gather(*(database.apply(wish) for wish in wishes), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict"] * 7 + ["NoneType"]
    await database.apply(documents.insert(document("other", "b2"), "same"))
    [there] = await documents.page("b1", None, 10)
    await database.apply(documents.leave(there, 5))
    assert await documents.document(there.id) is None
    await database.apply(documents.insert(document("again"), "same"))
    with pytest.raises(Conflict):
        await database.apply(documents.leave(there, 6))


async def test_documents_are_listed_by_state(database: Database, stores: KnowledgeStores) -> None:
    """Newest first, page by page; a base counts them, and the chunks of those that are ready."""
    documents, bases = stores.documents(DEFAULT_TENANT), stores.bases(DEFAULT_TENANT)
    for n, state in enumerate(("waiting", "failed", "waiting")):
        await database.apply(documents.insert(document(f"d{n}", state=state), f"key-{n}"))
    await ready(database, stores, document("d3"), chunk("k1", "d3"), chunk("k2", "d3", 1))
    assert [each.id for each in await documents.page("b1", "d3", 2)] == ["d2", "d1"]
    assert [each.id for each in await documents.page("b1", None, 9, ("failed", "ready"))] == ["d3", "d1"]
    assert [each.id for each in await documents.page("b1", None, 2, skip=1)] == ["d2", "d1"]
    assert await documents.count("b1") == 4 and await documents.count("b1", ("failed", "ready")) == 2
    assert await bases.states("b1") == {"waiting": 2, "failed": 1, "ready": 1}
    assert await bases.chunks("b1") == 2
    await ready(database, stores, document("d4"), chunk("k3", "d4"))
    await database.apply((documents.change("d4", {"generation": 7}, 3),))
    assert [await bases.chunks("b1", generation) for generation in (0, 7, 8)] == [3, 1, 0]


async def test_a_document_changes_only_in_the_states_that_are_named(
    database: Database, stores: KnowledgeStores
) -> None:
    """So that two who retry it do not both."""
    documents = stores.documents(DEFAULT_TENANT)
    await database.apply(documents.insert(document(state="failed", problem="p"), "k"))
    retried = documents.change("d1", {"state": "waiting", "problem": ""}, 9, among=("failed",))
    await database.apply((retried,))
    assert await documents.document("d1") == document(changed=9)
    with pytest.raises(Conflict):
        await database.apply((retried,))


async def test_a_document_that_changed_after_it_was_read_is_not_changed(
    database: Database, stores: KnowledgeStores
) -> None:
    """Nor does it leave; by whichever clock the change before came, and unless that was one that nobody minds."""
    documents = stores.documents(DEFAULT_TENANT)
    await database.apply(documents.insert(made := document(changed=9), "k"))
    await database.apply((documents.change("d1", {"generation": 3}, None, was=made),))
    assert await documents.document("d1") == document(changed=9, generation=3)
    await database.apply((documents.change("d1", {"title": "Tea"}, 9, was=made),))
    now = await documents.document("d1")
    assert now == document(changed=10, generation=3, title="Tea")
    for late in ((documents.change("d1", {"title": "Late"}, 20, was=made),), documents.leave(made, 20, as_read=True)):
        with pytest.raises(Conflict):
            await database.apply(late)
    await database.apply((documents.change("d1", {}, 2),))
    with pytest.raises(Conflict):
        await database.apply(documents.leave(now, 20, as_read=True))
    await database.apply(documents.leave(document(changed=11), 20, as_read=True))
    assert await documents.document("d1") is None


async def test_chunks_are_seen_when_their_document_is_ready(database: Database, stores: KnowledgeStores) -> None:
    """By id, by place, several at once; never twice at one place."""
    chunks, documents = stores.chunks(DEFAULT_TENANT), stores.documents(DEFAULT_TENANT)
    await database.apply(documents.insert(document(), "k"))
    spans = Span(3, 9, 2, (0.1, 0.25, 0.5, 1.0))
    made = [chunk("p", searched=False), chunk("k1", place=1, parent="p", span=spans, kind="table", context="A > B")]
    made.append(chunk("k2", place=2, parent="p", enabled=False, foreign={"x": [1]}))
    await database.apply(chunks.insert(made))
    assert await chunks.chunk("k1") is None and await chunks.page("d1", -1, 10) == [] == await chunks.several(["k1"])
    assert [each.id for each in await chunks.unembedded("d1", 0, 10)] == ["k1", "k2"]
    with pytest.raises(Conflict):
        await database.apply(chunks.insert([chunk("k3", place=2)]))
    await database.apply((documents.change("d1", {"state": "ready"}, 5),))
    assert await chunks.page("d1", -1, 10) == made
    assert [each.id for each in await chunks.page("d1", 0, 1)] == ["k1"]
    assert [each.id for each in await chunks.page("d1", -1, 9, kinds=("text",), searched=True)] == ["k2"]
    assert (
        [each.id for each in await chunks.page("d1", -1, 9, skip=2)]
        == ["k2"]
        == [each.id for each in await chunks.written("d1", 1, 9)]
    )
    assert await chunks.count("d1") == 3 and await chunks.count("d1", ("table",)) == 1
    assert await chunks.children(made[0]) == made[1:]
    assert await chunks.chunk("k1") == made[1] and len(await chunks.several(["k2", "p", "none"])) == 2
    assert await stores.chunks(OTHER).chunk("k1") is None and await chunks.several([]) == []


async def test_of_two_cuts_of_a_document_one_is_seen(database: Database, stores: KnowledgeStores) -> None:
    """The other one is written, embedded and removed beside it, at the same places; then they change parts at once."""
    chunks, documents = stores.chunks(DEFAULT_TENANT), stores.documents(DEFAULT_TENANT)
    remains, bases = stores.remains(DEFAULT_TENANT), stores.bases(DEFAULT_TENANT)
    await ready(database, stores, document(chunks=1), chunk("k1", content="old"))
    new = [chunk("n1", content="new"), chunk("n2", place=1, parent="n1")]
    await database.apply(chunks.insert(new, cut=1))
    with pytest.raises(Conflict):
        await database.apply(chunks.insert([chunk("n3", place=1)], cut=1))
    assert [each.id for each in await chunks.page("d1", -1, 9)] == ["k1"] and await chunks.count("d1") == 1
    assert await chunks.chunk("n1") is None and await chunks.several(["n1", "n2"]) == []
    assert await chunks.written("d1", -1, 9, cut=1) == new and await chunks.written("d1", 0, 9, cut=1) == new[1:]
    assert await chunks.unembedded("d1", 0, 9) == [] and await chunks.unembedded("d1", 0, 9, cut=1) == new
    await database.apply((bases.raise_revision("b1"), documents.found_anew("d1")))
    [before] = await stores.source.changes(DEFAULT_TENANT, "b1", 0, Mark(), 9)
    assert [each.id for each in before.chunks] == ["k1"]
    await database.apply(
        (bases.raise_revision("b1"), documents.change("d1", {"cut": 1, "chunks": 2}, 6), documents.found_anew("d1"))
    )
    assert await chunks.page("d1", -1, 9) == new and await chunks.page("d1", 0, 9) == new[1:]
    assert await chunks.children(new[0]) == new[1:] and await chunks.chunk("k1") is None
    [after] = await stores.source.changes(DEFAULT_TENANT, "b1", 0, Mark(before.revision, "d1"), 9)
    assert [each.id for each in after.chunks] == ["n1", "n2"]
    assert await remains.pieces("d1", 9, but=1) == ["k1"] and len(await remains.pieces("d1", 9)) == 3
    await database.apply(remains.clear("d1", ["k1"]))
    assert await remains.pieces("d1", 9, but=1) == []


async def test_a_chunk_goes_with_its_vectors_and_once(database: Database, stores: KnowledgeStores) -> None:
    """The others of its document stay."""
    chunks = stores.chunks(DEFAULT_TENANT)
    await ready(database, stores, document(), chunk("k1"), chunk("k2", place=1))
    await database.apply(chunks.remove(chunk("k1")))
    assert [each.id for each in await chunks.page("d1", -1, 10)] == ["k2"]
    [[left]] = await database.read("SELECT COUNT(*) FROM chunk_vectors", {}, most=1)
    assert left == 1
    with pytest.raises(Conflict):
        await database.apply(chunks.remove(chunk("k1")))


async def test_a_chunk_whose_content_changed_meanwhile_is_not_changed(
    database: Database, stores: KnowledgeStores
) -> None:
    """And its vectors can be forgotten, so that it is embedded anew."""
    chunks = stores.chunks(DEFAULT_TENANT)
    await ready(database, stores, document(), chunk())
    assert await chunks.dimension("b1", 0) == 2 and await chunks.dimension("b1", 1) == 0
    change = (chunks.change(chunk(), {"content": "new", "enabled": False}), chunks.forget_vectors("k1", "d1"))
    await database.apply(change)
    assert await chunks.chunk("k1") == chunk(content="new", enabled=False)
    assert [each.id for each in await chunks.unembedded("d1", 0, 9)] == ["k1"]
    with pytest.raises(Conflict):
        await database.apply(change)


async def test_vectors_of_another_dimension_or_generation_are_not_taken(
    database: Database, stores: KnowledgeStores
) -> None:
    """The first ones decide the dimension, until nothing has changed since none was found any more."""
    bases = stores.bases(DEFAULT_TENANT)
    await database.apply((bases.raise_revision("b1", generation=0, dimension=2),))
    wrong = bases.raise_revision("b1", dimension=3), bases.raise_revision("b1", generation=1)
    for each in (*wrong, bases.raise_revision("b1", dimension=3, emptied=0)):
        with pytest.raises(Conflict):
            await database.apply((each,))
    found = await bases.base("b1")
    assert isinstance(found, Base) and (found.dimension, found.revision) == (2, 1)
    await database.apply((bases.raise_revision("b1", generation=0, dimension=3, emptied=1),))
    found = await bases.base("b1")
    assert isinstance(found, Base) and (found.dimension, found.revision) == (3, 2)


async def test_samples_are_those_of_the_oldest_and_the_newest_and_of_one_that_is_not_ready(
    database: Database, stores: KnowledgeStores
) -> None:
    """Two chunks of each with vectors of that generation, in their order; of what leaves none, nor of other bases."""
    chunks, documents = stores.chunks(DEFAULT_TENANT), stores.documents(DEFAULT_TENANT)
    assert await chunks.samples("b1", 0) == []
    for n in range(1, 5):
        some = [chunk(f"k{n}{place}", f"d{n}", place) for place in range(3)]
        await ready(database, stores, document(f"d{n}"), *some)
        await database.apply((documents.change(f"d{n}", {"chunks": 3}, 9),))
    counted = stores.rooms(DEFAULT_TENANT).add_document("b1")
    await database.apply((*counted, *documents.insert(document("d5"), "d5"), *chunks.insert([chunk("k5", "d5")])))
    await database.apply(chunks.embed([chunk("k5", "d5")], 0, [vector(0.0, 1.0)]))
    found = await chunks.samples("b1", 0)
    assert [each.chunk.id for each in found] == ["k10", "k11", "k40", "k41"]
    assert {len(each.vector) for each in found} == {8} and found[0].chunk == chunk("k10", "d1")
    assert [each.chunk.id for each in await chunks.samples("b1", 0, "d5")] == ["k5"]
    assert await chunks.samples("b1", 1) == [] == await chunks.samples("b2", 0)
    await database.apply(chunks.remove(chunk("k10", "d1")))
    await database.apply(documents.leave(document("d4"), 5))
    assert [each.chunk.id for each in await chunks.samples("b1", 0)] == ["k11", "k12", "k30", "k31"]


async def test_the_dimension_is_that_of_ones_own_vectors_or_of_those_that_are_found(
    database: Database, stores: KnowledgeStores
) -> None:
    """Those of a document that is not ready, or leaves, bind nobody else; a document can be rid of its own."""
    chunks, documents = stores.chunks(DEFAULT_TENANT), stores.documents(DEFAULT_TENANT)
    counted = stores.rooms(DEFAULT_TENANT).add_document("b1")
    await database.apply((*counted, *documents.insert(document("d2"), "d2"), *chunks.insert([chunk("k2", "d2")])))
    await database.apply(chunks.embed([chunk("k2", "d2")], 0, [vector(0.0, 1.0, 0.0)]))
    assert (await chunks.dimension("b1", 0), await chunks.dimension("b1", 0, "d2")) == (0, 3)
    await database.apply(chunks.insert([chunk("k3", "d2", 1), chunk("k4", "d2", 2, searched=False)]))
    assert await chunks.embedded(["d2", "d1"], 0) == {"d2": (1, 2)} and await chunks.embedded([], 0) == {}
    assert await chunks.embedded(["d2"], 1) == {"d2": (0, 2)}
    await ready(database, stores, document(), chunk())
    dimensions = [await chunks.dimension("b1", 0, each) for each in (None, "d1", "d2", "d3")]
    assert dimensions == [2, 2, 3, 2]
    await database.apply((chunks.forget_all_vectors("d2"),))
    assert await chunks.dimension("b1", 0, "d2") == 2
    await database.apply(documents.leave(document(), 5))
    assert await chunks.dimension("b1", 0) == 0


async def test_a_base_switches_to_other_vectors_at_once(database: Database, stores: KnowledgeStores) -> None:
    """If nothing was made ready since it was read; every document counts as changed, and old vectors are found."""
    bases, documents = stores.bases(DEFAULT_TENANT), stores.documents(DEFAULT_TENANT)
    chunks = stores.chunks(DEFAULT_TENANT)
    await ready(database, stores, document(), chunk())
    early = await bases.base("b1")
    await ready(database, stores, document("d2"), chunk("k2", "d2"))
    found = await bases.base("b1")
    assert early is not None and found is not None
    with pytest.raises(Conflict):
        await database.apply(bases.switch(early, "other", 1, 3, 7))
    assert [each.id for each in await documents.lagging("b1", 1, 9)] == ["d2", "d1"]
    await database.apply(chunks.embed([chunk()], 1, [vector(0.0, 1.0, 0.0)]))
    await database.apply((documents.change("d1", {"generation": 1}, 6),))
    assert [each.id for each in await documents.lagging("b1", 1, 9)] == ["d2"]
    await database.apply(bases.switch(found, "other", 1, 3, 7))
    after = await bases.base("b1")
    assert after == base(embedder="other", dimension=3, generation=1, revision=3, changed=7)
    assert await changed(stores, Mark(2, "d9"), generation=1) == ["d1", "d2"]
    remains = stores.remains(DEFAULT_TENANT)
    old = await remains.outdated("b1", 1, 9)
    assert sorted(old) == [("d1", "k1", 0), ("d2", "k2", 0)]
    await database.apply(remains.clear_vectors(old))
    assert await remains.outdated("b1", 1, 9) == [] and await chunks.dimension("b1", 1) == 3


async def test_what_changed_is_told_in_the_order_of_revisions(database: Database, stores: KnowledgeStores) -> None:
    """Each document once, at its last one, with what is found of it and the vectors of the generation."""
    for n in (1, 2, 3):
        await ready(database, stores, document(f"d{n}"), chunk(f"k{n}", f"d{n}"), chunk(f"l{n}", f"d{n}", 1))
    assert await changed(stores) == ["d1", "d2", "d3"]
    assert await changed(stores, Mark(1, "d1")) == ["d2", "d3"] and await changed(stores, Mark(3, "d3")) == []
    assert await changed(stores, most=1) == ["d1"] and await changed(stores, most=4) == ["d1", "d2"]
    bases, documents = stores.bases(DEFAULT_TENANT), stores.documents(DEFAULT_TENANT)
    off = stores.chunks(DEFAULT_TENANT).change(chunk("k1", "d1"), {"enabled": False})
    await database.apply((bases.raise_revision("b1"), documents.found_anew("d1"), off))
    [again] = await stores.source.changes(DEFAULT_TENANT, "b1", 0, Mark(3, "d3"), 9)
    assert again == ChangedDocument("d1", 4, (IndexedChunk("l1", "passage l1", vector(1.0, 0.0)),))
    [other] = await stores.source.changes(DEFAULT_TENANT, "b1", 1, Mark(3, "d3"), 9)
    assert other.chunks[0].vector is None
    switched = documents.change("d2", {"enabled": False}, 9)
    await database.apply((bases.raise_revision("b1"), switched, documents.found_anew("d2")))
    assert await changed(stores) == ["d3", "d1", "(d2)"]


async def test_what_went_is_told_for_as_long_as_the_base_is_there(database: Database, stores: KnowledgeStores) -> None:
    """Whether its rows are still being removed or are gone."""
    documents, remains = stores.documents(DEFAULT_TENANT), stores.remains(DEFAULT_TENANT)
    for n in (1, 2):
        await ready(database, stores, document(f"d{n}"), chunk(f"k{n}", f"d{n}"))
    await database.apply(documents.leave(document("d1"), 5))
    assert await changed(stores) == ["d2", "(d1)"]
    left = await remains.document("d1")
    assert left is not None and left.blobs == ("blob-d1",)
    with pytest.raises(Conflict):
        await database.apply(remains.remove(left))
    await database.apply(remains.clear("d1", await remains.pieces("d1", 10)))
    await database.apply(remains.remove(left))
    assert await changed(stores) == ["d2", "(d1)"] and await changed(stores, Mark(2, "d2")) == ["(d1)"]
    assert await remains.document("d1") is None
    with pytest.raises(Conflict):
        await database.apply(remains.remove(left))


class Meanwhile:
    """A database in which something happens right behind the first read."""

    def __init__(self, database: Database, happens: Callable[[], Awaitable[None]]) -> None:
        self._database = database
        self._happens: Callable[[], Awaitable[None]] | None = happens

    async def read(self, sql: str, parameters: Mapping[str, Value], *, most: int = FEW) -> Sequence[Row]:
        rows = await self._database.read(sql, parameters, most=most)
        happens, self._happens = self._happens, None
        if happens is not None:
            await happens()
        return rows


async def test_what_comes_while_another_goes_is_told(database: Database, stores: KnowledgeStores) -> None:
    """A document becomes ready, and another one goes for good, between any two reads."""
    documents, remains = stores.documents(DEFAULT_TENANT), stores.remains(DEFAULT_TENANT)
    await ready(database, stores, document("d1"), chunk("k1", "d1"))

    async def happens() -> None:
        await ready(database, stores, document("d2"), chunk("k2", "d2"))
        await database.apply(documents.leave(document("d1"), 5))
        await database.apply(remains.clear("d1", ["k1"]))
        left = await remains.document("d1")
        assert left is not None
        await database.apply(remains.remove(left))

    source, mark, told = SqlSource(cast(Any, Meanwhile(database, happens))), Mark(), list[str]()
    while some := await source.changes(DEFAULT_TENANT, "b1", 0, mark, 100):
        told += [each.id if each.chunks else f"({each.id})" for each in some]
        mark = Mark(some[-1].revision, some[-1].id)
    assert told[-2:] == ["d2", "(d1)"]


async def test_long_runs_of_changes_and_of_what_went_are_told_in_order(
    database: Database, stores: KnowledgeStores
) -> None:
    """More of either than is read at once, and the one among the other."""
    documents, remains = stores.documents(DEFAULT_TENANT), stores.remains(DEFAULT_TENANT)
    for n in range(230):
        await ready(database, stores, document(f"d{n:03}"), chunk(f"k{n:03}", f"d{n:03}"))
        if n % 2:
            await database.apply((*documents.leave(document(f"d{n:03}"), 5), *remains.clear(f"d{n:03}", [f"k{n:03}"])))
            left = await remains.document(f"d{n:03}")
            assert left is not None
            await database.apply(remains.remove(left))
    mark, told = Mark(), list[str]()
    while some := await stores.source.changes(DEFAULT_TENANT, "b1", 0, mark, 1000):
        told += [each.id if each.chunks else f"({each.id})" for each in some]
        mark = Mark(some[-1].revision, some[-1].id)
    assert told == [f"(d{n:03})" if n % 2 else f"d{n:03}" for n in range(230)]


async def test_a_base_goes_when_nothing_hangs_on_it(database: Database, stores: KnowledgeStores) -> None:
    """Neither a document nor room that an upload holds."""
    bases, remains, rooms = stores.bases(DEFAULT_TENANT), stores.remains(DEFAULT_TENANT), stores.rooms(DEFAULT_TENANT)
    await ready(database, stores, document(), chunk())
    held = Hold(DEFAULT_TENANT, "h1", "b1", "blob-h1", 5, 99)
    await database.apply(rooms.reserve(held, None, None))
    await database.apply((bases.leave("b1"),))
    for _ in range(2):
        with pytest.raises(Conflict):
            await database.apply(remains.remove_base("b1"))
        await database.apply(rooms.release(held)) if await rooms.hold("h1") else None
    [left] = await remains.documents("b1", 10)
    await database.apply(remains.clear("d1", await remains.pieces("d1", 10)))
    await database.apply((*rooms.reserve(held, None, None),))
    await database.apply(rooms.settle(held, 10, 0))
    await database.apply(remains.remove(left))
    await database.apply(remains.remove_base("b1"))
    assert await rooms.room("b1") is None and await rooms.room(WHOLE) == Room(0, 0, 0)


@pytest.mark.parametrize("own", [None, 250])
async def test_no_more_than_the_quota_is_ever_reserved(
    database: Database, stores: KnowledgeStores, own: int | None
) -> None:
    """That of the settings, or the tenant's own where it has one."""
    rooms = stores.rooms(DEFAULT_TENANT)
    if own is not None:
        sql = f"UPDATE knowledge_rooms SET quota = {own} WHERE tenant = 'default' AND base = ''"
        await database.apply((Statement(sql, {}),))
    holds = [Hold(DEFAULT_TENANT, f"h{n}", "b1", f"blob-{n}", 100, 99) for n in range(16)]
    wishes = [rooms.reserve(hold, None, 250 if own is None else 10_000) for hold in holds]
    outcomes = await asyncio.gather(*(database.apply(wish) for wish in wishes), return_exceptions=True)
    assert sum(outcome is None for outcome in outcomes) == 2
    assert await rooms.quota() == own
    assert await rooms.room("b1") == await rooms.room(WHOLE) == Room(0, 200, 0)
    assert len(await stores.overdue(100)) == 2 and await stores.overdue(99) == []


async def test_the_documents_that_a_filter_lets_through_are_found(database: Database, stores: KnowledgeStores) -> None:
    """By what is noted of them to the letter, whatever signs are in it; by where they came from; only those ready."""
    odd = {"a%b": 'c_"d\\!', "年": "二〇二六", "x": "A"}
    documents = stores.documents(DEFAULT_TENANT)
    some = [
        document("d1", metadata=odd),
        document("d2", metadata={"aXb": 'cX"d\\!', "x": "a", "note": '"x":"A"'}, source="text"),
        document("d3"),
    ]
    for each in some:
        await database.apply(documents.insert(each, f"key-{each.id}"))
        await database.apply((documents.change(each.id, {"state": "ready"}, 2),))
    await database.apply(documents.insert(document("d4", metadata=odd), "key-d4"))
    for metadata, ids in (
        *(({name: value}, {"d1"}) for name, value in odd.items()),
        (odd, {"d1"}),
        ({"x": "a"}, {"d2"}),
        ({"x": "b"}, set()),
        ({}, {"d1", "d2", "d3"}),
    ):
        assert await documents.matching("b1", Filter(metadata=metadata)) == ids, metadata
    assert await documents.matching("b1", Filter(sources=("text",))) == {"d2"}
    assert await documents.matching("b1", Filter(documents=("d1", "d3", "d4"))) == {"d1", "d3"}
    assert await documents.matching("b1", Filter(sources=(), metadata=odd)) == frozenset()
    assert await stores.documents(OTHER).matching("b1", Filter(metadata=odd)) == frozenset()


async def test_a_filter_of_any_length_is_applied_soon(database: Database, stores: KnowledgeStores) -> None:
    """Though a database takes only so many conditions, and SQLite looks through all parameters for each."""
    documents, noted = stores.documents(DEFAULT_TENANT), {f"k{n}": "v" for n in range(1500)}
    for id, metadata in (("d1", noted), ("d2", {**noted, "k1499": "w"}), ("d3", noted)):
        await database.apply(documents.insert(document(id, metadata=metadata), f"key-{id}"))
        await database.apply((documents.change(id, {"state": "ready"}, 2),))
    assert await documents.matching("b1", Filter(metadata=noted)) == {"d1", "d3"}
    many = ("d3", *(f"e{n}" for n in range(40_000)))
    async with asyncio.timeout(8):
        assert await documents.matching("b1", Filter(metadata=noted, documents=many)) == {"d3"}
    assert await documents.matching("b1", Filter(sources=("upload",) * 3000, documents=("d1", "d9"))) == {"d1"}


async def test_chunks_that_go_are_counted_off_from_what_is_there_by_then(
    database: Database, stores: KnowledgeStores
) -> None:
    """And never below nothing."""
    await ready(database, stores, document(), *(chunk(f"k{n}", place=n) for n in range(5)))
    documents, bases = stores.documents(DEFAULT_TENANT), stores.bases(DEFAULT_TENANT)
    for fewer, left in ((0, 5), (2, 3), (1, 2), (9, 0)):
        await database.apply((bases.raise_revision("b1"), documents.found_anew("d1", fewer=fewer)))
        found = await documents.document("d1")
        assert found is not None and found.chunks == left
