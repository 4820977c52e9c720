"""A search from the query to the hits: each stage does its part, and what fails is said and does no harm."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest

from parlance.core.knowledge.search.diversity import diverse
from parlance.core.knowledge.search.options import SearchOptions
from parlance.core.knowledge.search.reranking import squashed
from parlance.core.knowledge.search.retriever import Retriever
from parlance.ports.indexes import Found
from parlance.ports.stores import Database
from parlance.stores.indexes.segments import SegmentIndex
from parlance.stores.sql.knowledge import SqlKnowledgeStores
from parlance.stores.sql.sqlite import Sqlite
from parlance.testing.databases import migrated
from parlance.testing.knowledge import base, chunk, document, kept, vector
from parlance.values.accounts import DEFAULT_TENANT
from parlance.values.asks import RerankAsk, Reranked
from parlance.values.errors import Fault, Kind
from parlance.values.knowledge import Chunk, Document, Filter
from tests.unit.core.files.desk import people

TEXTS = (
    "Tea is grown in Assam.",
    "Coffee is grown in Kerala.",
    "Milk comes from cows.",
    "Sugar is made of beets.",
    "Water boils at a hundred degrees.",
)


class House:
    """A base with a document of five passages, and what is needed to search in it."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.stores = SqlKnowledgeStores(database)
        self.index = SegmentIndex(self.stores.source, folder)
        self.asked: list[str] = []
        self.answers: Sequence[float] | Fault = (1.0, 0.0)
        self.scores: Sequence[float] | Fault = ()
        self.logits = False
        self.retriever = Retriever(self.index, self.stores, self.embed, lambda of: (self, of.reranker))

    async def embed(self, of: Any, text: str, query: bool) -> Sequence[float]:
        """The vector that a test has set."""
        self.asked.append(text)
        if isinstance(self.answers, Fault):
            raise self.answers
        return self.answers

    async def rerank(self, ask: RerankAsk) -> Reranked:
        """The scores that a test has set, for as many texts as there are."""
        self.asked.extend(ask.texts)
        if isinstance(self.scores, Fault):
            raise self.scores
        return Reranked(tuple(self.scores[: len(ask.texts)]), logits=self.logits)

    async def put(self, made: Document, chunks: Sequence[Chunk], angles: Sequence[float]) -> None:
        """A document whose chunks have vectors at these angles from the first axis."""
        bases, documents = self.stores.bases(DEFAULT_TENANT), self.stores.documents(DEFAULT_TENANT)
        counted = self.stores.rooms(DEFAULT_TENANT).add_document(made.base)
        await self.database.apply((*counted, *documents.insert(made, made.sha256)))
        vectors = [vector(math.cos(angle), math.sin(angle)) for angle in angles]
        found = self.stores.chunks(DEFAULT_TENANT)
        with_vectors = [each for each in chunks if each.searched]
        await self.database.apply(
            (
                bases.raise_revision(made.base, generation=0, dimension=2),
                documents.change(made.id, {"state": "ready", "chunks": len(chunks), "generation": 0}, 2),
                documents.found_anew(made.id),
                *found.insert(chunks),
                *found.embed(with_vectors, 0, vectors),
            )
        )

    async def find(self, query: str, **options: Any) -> Any:
        """Search in the base as it is now."""
        of = await self.stores.bases(DEFAULT_TENANT).base("b1")
        assert of is not None
        return await self.retriever.find(of, query, SearchOptions(**options))


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """With five passages about other things each, whose vectors turn away from the query's one after the other."""
    database = Sqlite(tmp_path / "house.db")
    await migrated(database)
    await people(database)
    house = House(database, tmp_path / "indexes")
    await kept(database, house.stores, base())
    chunks = [chunk(f"k{place}", place=place, content=text) for place, text in enumerate(TEXTS)]
    await house.put(document(), chunks, [0.2 + 0.5 * place for place in range(5)])
    yield house
    await house.index.close()
    await database.close()


def ids(retrieved: Any) -> list[str]:
    """The chunks of the hits."""
    return [hit.chunk.id for hit in retrieved.hits]


async def test_a_passage_is_found_with_the_scores_of_each_stage(house: House) -> None:
    """Best first, with its document."""
    found = await house.find("Where is coffee grown?", most=3)
    first = found.hits[0]
    assert first.chunk.id == "k1" and first.document.id == "d1" and len(found.hits) == 3
    assert first.scores.words and first.scores.vector == pytest.approx(math.cos(0.7), abs=1e-4)
    assert first.score == first.scores.fused and first.scores.reranked is None
    assert [hit.score for hit in found.hits] == sorted((hit.score for hit in found.hits), reverse=True)
    assert all(0 < hit.score < 1 for hit in found.hits)


async def test_vectors_alone_find_what_shares_no_word(house: House) -> None:
    """And words alone what is far."""
    assert ids(await house.find("beverages", most=1)) == ["k0"]
    assert ids(await house.find("degrees", most=1, vectors=False)) == ["k4"]
    assert ids(await house.find("degrees", most=1, words=False)) == ["k0"]


async def test_without_an_embedder_words_are_found_and_it_is_said(house: House) -> None:
    """Or when it fails, or its vectors have another length, or numpy is missing."""
    house.answers = Fault(Kind.upstream, "It is away.")
    found = await house.find("coffee")
    assert ids(found) == ["k1"] and (found.remarks, found.problem) == (("embedder_failed",), "upstream")
    house.answers = (1.0, 0.0, 0.0)
    assert (await house.find("coffee")).remarks == ("no_vectors",)
    other = base(embedder="", revision=1)
    found = await house.retriever.find(other, "coffee")
    assert ids(found) == ["k1"] and found.remarks == ("no_embedder",)
    plain = SegmentIndex(house.stores.source, None, plain=True)
    found = await Retriever(plain, house.stores, house.embed).find(base(revision=1), "coffee")
    assert ids(found) == ["k1"] and "no_vectors" in found.remarks
    await plain.close()


async def test_a_fault_of_the_index_itself_is_not_swallowed(house: House) -> None:
    """Only what has another way on is."""

    class Broken:
        async def find(self, *rest: Any) -> Found:
            raise Fault(Kind.busy, "The disk is full.", code="disk_full")

    with pytest.raises(Fault) as caught:
        await Retriever(Broken(), house.stores, house.embed).find(base(), "tea")  # type: ignore[arg-type]
    assert caught.value.code == "disk_full"


async def test_nothing_below_the_threshold_is_given_unless_nothing_passes(house: House) -> None:
    """Then a lower one is taken, and it is said; what is told to be strict stays empty."""
    every = (await house.find("coffee grown", most=5)).hits
    between = (every[0].score + every[1].score) / 2
    found = await house.find("coffee grown", threshold=between)
    assert ids(found) == ["k1"] and found.threshold == between and "loosened" not in found.remarks
    high = every[0].score + 0.01
    assert ids(await house.find("coffee grown", threshold=high, loosen=False)) == []
    found = await house.find("coffee grown", threshold=high)
    assert ids(found)[0] == "k1" and "loosened" in found.remarks and found.threshold == pytest.approx(high * 0.7)
    assert ids(await house.find("coffee", threshold=0.999, vectors=False, filter=Filter(documents=()))) == []


async def test_filters_choose_documents_before_the_best_are_chosen(house: House) -> None:
    """By id, by metadata, by where they came from; all that is asked must hold."""
    other = document("d2", metadata={"year": "2026", "kind": "leaf"}, source="text")
    await house.put(other, [chunk("m1", "d2", content="Green tea.")], [3.0])
    assert ids(await house.find("tea", most=1, filter=Filter(documents=("d2",)))) == ["m1"]
    for wanted in ({"metadata": {"year": "2026"}}, {"sources": ("text",)}):
        assert ids(await house.find("tea", filter=Filter(**wanted))) == ["m1"]
    for unwanted in ({"year": "2025"}, {"year": "2026", "kind": "bean"}):
        assert ids(await house.find("tea", filter=Filter(metadata=unwanted))) == []
    assert ids(await house.find("tea", filter=Filter(documents=("d1",), metadata={"year": "2026"}))) == []
    changed = house.stores.documents(DEFAULT_TENANT).change("d2", {"metadata": {"year": "2025"}}, 3)
    await house.database.apply((changed,))
    assert ids(await house.find("tea", filter=Filter(metadata={"year": "2026"}))) == []
    assert ids(await house.find("tea", filter=Filter(metadata={"year": "2025"}))) == ["m1"]
    await house.put(document("d3", metadata={"year": "2025"}), [chunk("m2", "d3", content="Black tea.")], [3.0])
    assert set(ids(await house.find("tea", filter=Filter(metadata={"year": "2025"})))) == {"m1", "m2"}


async def test_a_reranker_has_the_next_word(house: House) -> None:
    """Of those that it has read; logits become chances."""
    of = base(reranker="judge", revision=1)
    first = await house.retriever.find(of, "coffee grown", SearchOptions(rerank=False))
    house.scores = [-4.0, 6.0, 0.0, 0.0, 0.0]
    found = await house.retriever.find(of, "coffee grown", SearchOptions(depth=3, most=5))
    assert ids(found)[0] == ids(first)[1]
    assert found.hits[0].scores.reranked == pytest.approx(1 / (1 + math.exp(-6)))
    assert [hit.scores.reranked is None for hit in found.hits] == [False, False, False, True, True]
    assert all(0 <= hit.score <= 1 for hit in found.hits)


async def test_logits_are_on_one_scale_for_each_query(house: House) -> None:
    """Also where all that are given for one query could be chances."""
    of = base(reranker="judge", revision=1)
    house.logits, found = True, []
    for house.scores in ([0.5, 0.25, 0.0, 0.0, 0.0], [0.5, 0.25, 0.0, 0.0, -9.0]):
        hits = (await house.retriever.find(of, "coffee grown", SearchOptions(depth=5, most=5))).hits
        found.append(hits[0].scores.reranked)
    assert found[0] == found[1] == pytest.approx(1 / (1 + math.exp(-0.5)))


async def test_a_reranker_that_fails_leaves_the_first_order(house: House) -> None:
    """With a remark."""
    of = base(reranker="judge", revision=1)
    house.scores = Fault(Kind.timed_out, "Too slow.")
    found = await house.retriever.find(of, "coffee grown")
    assert ids(found) == ids(await house.find("coffee grown")) and "reranker_failed" in found.remarks


async def test_a_part_is_given_as_the_whole_that_it_was_cut_from(house: House) -> None:
    """Once, with the best score; unless the parts themselves are wanted."""
    chunks = [
        chunk("p1", "d2", 0, content="Oolong is rolled. Oolong is roasted.", searched=False),
        chunk("c1", "d2", 1, content="Oolong is rolled.", parent="p1"),
        chunk("c2", "d2", 2, content="Oolong is roasted.", parent="p1"),
    ]
    await house.put(document("d2"), chunks, [2.8, 2.9])
    assert ids(await house.find("oolong roasted", most=2))[0] == "p1"
    assert ids(await house.find("oolong roasted", most=5)).count("p1") == 1
    assert ids(await house.find("oolong roasted", most=2, parents=False)) == ["c2", "c1"]


@pytest.mark.parametrize(("children", "away"), [(6, 0), (40, 0), (3, 7)])
async def test_neighbours_of_a_parent_are_parents_however_many_children_stand_between(
    house: House, children: int, away: int
) -> None:
    """Also where some of them are not found any more; there are no more than there are."""
    made, words = list[Chunk](), ["kiwi", "mango", "papaya", "lychee"]
    for word in words:
        start = len(made)
        made.append(chunk(f"{word}-parent", "d2", start, content=f"All of {word}.", searched=False))
        for n in range(children):
            one = chunk(f"{word}-{n}", "d2", start + 1 + n, content=f"{word} number {n}", parent=f"{word}-parent")
            made.append(one)
        off = [chunk(f"{word}-off{n}", "d2", len(made) + n, content="off", searched=False) for n in range(away)]
        made += [msgspec.structs.replace(each, enabled=False) for each in off]
    await house.put(document("d2"), made, [1.5] * 4 * children)
    for word, beside in {"mango": ["kiwi", "papaya"], "kiwi": ["mango"], "lychee": ["papaya"]}.items():
        found = await house.find(f"{word} number 2", most=1, neighbours=1, vectors=False)
        assert ids(found) == [f"{word}-parent", *(f"{each}-parent" for each in beside)]
        hit = found.hits[0]
        assert hit.matched is not None and hit.neighbour is False


async def test_neighbours_stand_behind_their_hit_and_are_marked(house: House) -> None:
    """In the order of the document, none twice, none that was found itself."""
    found = await house.find("milk", most=1, neighbours=1, vectors=False)
    assert [(hit.chunk.id, hit.neighbour, hit.score > 0) for hit in found.hits] == [
        ("k2", False, True),
        ("k1", True, False),
        ("k3", True, False),
    ]
    both = await house.find("milk sugar", most=2, neighbours=1, vectors=False)
    assert sorted(ids(both)) == ["k1", "k2", "k3", "k4"]


async def test_what_says_the_same_comes_later_where_diversity_is_wanted(house: House) -> None:
    """The best stays the best."""
    twins = [chunk(f"t{place}", "d2", place, content="Green tea from Uji.") for place in range(3)]
    await house.put(document("d2"), twins, [0.1, 0.1, 0.1])
    alike = ids(await house.find("green tea", most=3))
    assert all(id.startswith("t") for id in alike)
    mixed = ids(await house.find("green tea", most=3, diversity=0.7))
    assert mixed[0] == alike[0] and not all(id.startswith("t") for id in mixed)


def test_diversity_of_nothing_is_nothing() -> None:
    """And texts without words are alike in nothing."""
    assert diverse([], 3, 0.5) == []
    assert diverse([("a", 0.9, ""), ("b", 0.8, "")], 2, 0.5) == ["a", "b"]


def test_logits_become_chances_and_chances_stay() -> None:
    """However large they are."""
    chance = Random(1)
    chances = [chance.random() for _ in range(5)]
    assert squashed(chances) == tuple(chances)
    assert squashed([-1000.0, 0.0, 1000.0]) == (0.0, 0.5, 1.0)
    assert squashed([]) == ()
    assert squashed([0.0, 1.0], logits=True) == pytest.approx((0.5, 1 / (1 + math.exp(-1))))
