"""The contract of an index of bases: subclass, give `index` over the fixture `source`, and inherit the tests."""

from __future__ import annotations

import asyncio
import math
import random
import struct
import time
from collections.abc import Iterable, Sequence

import pytest

from parlance.ports.indexes import BaseIndex, ChangedDocument, Found, IndexedChunk, Mark, Match
from parlance.values.errors import Fault
from parlance.values.knowledge import Base

DIMENSION = 8
WORDS = ("tea", "coffee", "water", "milk", "sugar", "kettle", "cup", "spoon", "leaf", "bean", "茶叶", "咖啡")
K1, B = 0.8, 0.5


def bytes_of(vector: Sequence[float]) -> bytes:
    """A vector of unit length as a `Source` tells it."""
    length = math.sqrt(sum(number * number for number in vector)) or 1.0
    return struct.pack(f"<{len(vector)}f", *(number / length for number in vector))


class MemorySource:
    """A `Source` of documents that a test puts and removes; it remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, int, Mark]] = []
        self._bases: dict[tuple[str, str], dict[str, ChangedDocument]] = {}
        self._revisions: dict[tuple[str, str], int] = {}

    def base(self, name: str = "b", tenant: str = "t", generation: int = 0) -> Base:
        """The base as it is now."""
        revision = self._revisions.get((tenant, name), 0)
        return Base(name, tenant, "u", name, 0, 0, generation=generation, revision=revision)

    def put(self, document: str, chunks: Iterable[IndexedChunk], name: str = "b", tenant: str = "t") -> None:
        """Add a document, or change it; without chunks it is gone."""
        key = (tenant, name)
        self._revisions[key] = self._revisions.get(key, 0) + 1
        changed = ChangedDocument(document, self._revisions[key], tuple(chunks))
        self._bases.setdefault(key, {})[document] = changed

    async def changes(
        self, tenant: str, base: str, generation: int, after: Mark, most: int
    ) -> Sequence[ChangedDocument]:
        """As the port says."""
        self.asked.append((tenant, base, generation, after))
        await asyncio.sleep(0)
        rest = sorted((Mark(each.revision, each.id), each) for each in self._bases.get((tenant, base), {}).values())
        found: list[ChangedDocument] = []
        for mark, document in rest:
            if mark <= after:
                continue
            if found and sum(len(each.chunks) for each in (*found, document)) > most:
                break
            found.append(document)
        return found


def filled(source: MemorySource, chance: random.Random, documents: int, tenant: str = "t") -> None:
    """Put documents of one to four chunks of some words each."""
    for number in range(documents):
        chunks = [
            IndexedChunk(
                f"{number:04}-{place}",
                " ".join(chance.choices(WORDS, range(len(WORDS), 0, -1), k=chance.randint(2, 12))),
                bytes_of([chance.gauss(0, 1) for _ in range(DIMENSION)]),
            )
            for place in range(chance.randint(1, 4))
        ]
        source.put(f"doc-{number:04}", chunks, tenant=tenant)


def by_words(found: Found) -> list[Match]:
    """The matches that hold some word, the best first."""
    return sorted((each for each in found.matches if each.words > 0), key=lambda each: (-each.words, each.chunk))


def by_vector(found: Found) -> list[Match]:
    """The matches with a vector, the nearest first."""
    near = [each for each in found.matches if each.vector is not None]
    return sorted(near, key=lambda each: (-(each.vector or 0.0), each.chunk))


class IndexContract:
    """What every index of bases does. The fixture `source` is a `MemorySource`, `index` a `BaseIndex` over it."""

    async def test_a_word_finds_the_chunks_that_hold_it(self, index: BaseIndex, source: MemorySource) -> None:
        """In letters of any case, with or without accents."""
        source.put("d1", [IndexedChunk("c1", "Tea is grown in Assam."), IndexedChunk("c2", "Coffee is not.")])
        source.put("d2", [IndexedChunk("c3", "Un thé, s'il vous plaît")])
        found = await index.find(source.base(), "TEA", None, 10)
        assert [(each.chunk, each.document, each.vector) for each in found.matches] == [("c1", "d1", None)]
        assert [each.chunk for each in (await index.find(source.base(), "the plait", None, 10)).matches] == ["c3"]
        assert found.chunks == 3 and 0 < found.matches[0].words < found.ideal

    async def test_a_query_without_words_finds_nothing_by_words(self, index: BaseIndex, source: MemorySource) -> None:
        """Nor does one in an empty base."""
        assert (await index.find(source.base(), "tea", None, 10)).matches == ()
        source.put("d1", [IndexedChunk("c1", "tea")])
        assert (await index.find(source.base(), " !?", None, 10)).matches == ()

    async def test_the_best_by_words_are_those_of_the_formula(self, index: BaseIndex, source: MemorySource) -> None:
        """BM25 by hand, over all chunks of a base: the same scores, the best and no others."""
        chance = random.Random(1)
        filled(source, chance, 30)
        told = await source.changes("t", "b", 0, Mark(), 10_000)
        texts = {chunk.id: chunk.text.split() for document in told for chunk in document.chunks}
        for query in ("tea cup", "bean", "leaf spoon water tea"):
            expected = sorted(bm25(query.split(), texts).items(), key=lambda pair: (-pair[1], pair[0]))[:5]
            best = by_words(await index.find(source.base(), query, None, 5))
            assert [each.chunk for each in best] == [chunk for chunk, _ in expected]
            assert [each.words for each in best] == pytest.approx([score for _, score in expected], rel=1e-5)

    async def test_the_nearest_by_vector_are_exactly_the_nearest(self, index: BaseIndex, source: MemorySource) -> None:
        """With their cosines."""
        chance = random.Random(2)
        filled(source, chance, 40)
        told = await source.changes("t", "b", 0, Mark(), 10_000)
        asked = struct.unpack(f"<{DIMENSION}f", bytes_of([chance.gauss(0, 1) for _ in range(DIMENSION)]))
        cosines = {
            chunk.id: sum(map(float.__mul__, asked, struct.unpack(f"<{DIMENSION}f", chunk.vector or b"")))
            for document in told
            for chunk in document.chunks
        }
        expected = sorted(cosines.items(), key=lambda pair: (-pair[1], pair[0]))[:7]
        found = await index.find(source.base(), "", asked, 7)
        assert [each.chunk for each in by_vector(found)] == [chunk for chunk, _ in expected]
        assert [each.vector for each in by_vector(found)] == pytest.approx([c for _, c in expected], abs=1e-4)
        assert found.mean == pytest.approx(sum(cosines.values()) / len(cosines), abs=1e-3)
        assert found.vectors == len(cosines)

    async def test_what_one_side_found_has_the_score_of_the_other_too(
        self, index: BaseIndex, source: MemorySource
    ) -> None:
        """A fusion needs both."""
        near, far = [1.0] * 8, [1.0, -1.0] * 4
        source.put("d1", [IndexedChunk("c1", "tea", bytes_of(far)), IndexedChunk("c2", "milk", bytes_of(near))])
        source.put("d2", [IndexedChunk("c3", "tea without a vector")])
        found = {each.chunk: each for each in (await index.find(source.base(), "tea", near, 1)).matches}
        assert set(found) == {"c1", "c2"}
        assert found["c2"].words == 0.0 and found["c2"].vector == pytest.approx(8**0.5, abs=1e-4)
        assert found["c1"].vector == pytest.approx(0.0, abs=1e-4)
        every = {each.chunk: each for each in (await index.find(source.base(), "tea", near, 3)).matches}
        assert every["c3"].vector is None and every["c3"].words > 0

    async def test_a_filter_comes_before_the_best_are_chosen(self, index: BaseIndex, source: MemorySource) -> None:
        """The scores are those that there are without it."""
        chance = random.Random(3)
        filled(source, chance, 40)
        asked = [1.0] * DIMENSION
        every = await index.find(source.base(), "tea", asked, 1000)
        only = {"doc-0003", "doc-0017", "doc-0031", "not-there"}
        found = await index.find(source.base(), "tea", asked, 3, only)
        assert by_words(found)[:3] == [each for each in by_words(every) if each.document in only][:3]
        assert by_vector(found)[:3] == [each for each in by_vector(every) if each.document in only][:3]
        assert {each.document for each in found.matches} <= only
        assert (await index.find(source.base(), "tea", asked, 3, set())).matches == ()

    async def test_a_changed_document_is_found_as_it_is_now(self, index: BaseIndex, source: MemorySource) -> None:
        """And a removed one is not."""
        source.put("d1", [IndexedChunk("c1", "tea")])
        source.put("d2", [IndexedChunk("c2", "tea and milk")])
        assert len((await index.find(source.base(), "tea", None, 10)).matches) == 2
        source.put("d1", [IndexedChunk("c3", "coffee")])
        source.put("d2", [])
        assert (await index.find(source.base(), "tea milk", None, 10)).matches == ()
        found = await index.find(source.base(), "coffee", None, 10)
        assert [each.chunk for each in found.matches] == ["c3"] and found.chunks == 1

    async def test_scores_do_not_tell_what_was_there_before(self, index: BaseIndex, source: MemorySource) -> None:
        """A base with a history answers as one that was made at once."""
        chance = random.Random(4)
        filled(source, chance, 60)
        await index.find(source.base(), "tea", None, 10)
        for number in range(0, 60, 2):
            source.put(f"doc-{number:04}", [IndexedChunk(f"{number:04}-new", " ".join(chance.choices(WORDS, k=5)))])
            if number % 3 == 0:
                await index.find(source.base(), "tea", None, 10)
        for number in range(0, 60, 5):
            source.put(f"doc-{number:04}", [])
        now = await source.changes("t", "b", 0, Mark(), 10_000)
        for document in now:
            source.put(document.id, document.chunks, tenant="other")
        for query in ("tea cup", "coffee bean spoon"):
            old = await index.find(source.base(), query, [1.0] * DIMENSION, 20)
            new = await index.find(source.base(tenant="other"), query, [1.0] * DIMENSION, 20)
            assert by_words(old) == by_words(new)
            assert by_vector(old) == by_vector(new)

    async def test_nothing_is_found_in_another_base_or_tenant(self, index: BaseIndex, source: MemorySource) -> None:
        """Also where ids are alike."""
        source.put("d1", [IndexedChunk("c1", "tea")], name="b", tenant="one")
        source.put("d1", [IndexedChunk("c2", "tea")], name="c", tenant="one")
        source.put("d1", [IndexedChunk("c3", "tea")], name="b", tenant="two")
        for name, tenant, chunk in (("b", "one", "c1"), ("c", "one", "c2"), ("b", "two", "c3")):
            found = await index.find(source.base(name, tenant), "tea", None, 10)
            assert [each.chunk for each in found.matches] == [chunk]

    async def test_another_generation_is_read_anew(self, index: BaseIndex, source: MemorySource) -> None:
        """Its vectors may have another length."""
        source.put("d1", [IndexedChunk("c1", "tea", bytes_of([1.0, 0.0]))])
        await index.find(source.base(), "tea", [1.0, 0.0], 10)
        source.put("d1", [IndexedChunk("c1", "tea", bytes_of([1.0, 0.0, 0.0]))])
        found = await index.find(source.base(generation=1), "tea", [1.0, 0.0, 0.0], 10)
        assert by_vector(found)[0].vector == pytest.approx(1.0, abs=1e-4)
        assert {asked[2] for asked in source.asked} == {0, 1}

    async def test_a_vector_of_another_length_is_refused(self, index: BaseIndex, source: MemorySource) -> None:
        """Instead of a score that means nothing."""
        source.put("d1", [IndexedChunk("c1", "tea", bytes_of([1.0, 0.0]))])
        with pytest.raises(Fault) as caught:
            await index.find(source.base(), "tea", [1.0, 0.0, 0.0], 10)
        assert caught.value.code == "wrong_dimension"

    async def test_vectors_that_have_all_gone_bind_no_others(self, index: BaseIndex, source: MemorySource) -> None:
        """Nor those that follow: they may have another length."""
        for n in range(6):
            source.put(f"d{n}", [IndexedChunk(f"c{n}", "tea", bytes_of([1.0, 0.0]))])
        await index.find(source.base(), "tea", [1.0, 0.0], 10)
        for n in range(6):
            source.put(f"d{n}", [])
        source.put("d9", [IndexedChunk("c9", "tea", bytes_of([1.0, 0.0, 0.0]))])
        found = await index.find(source.base(), "tea", [1.0, 0.0, 0.0], 10)
        assert [match.chunk for match in by_vector(found)] == ["c9"]

    async def test_a_dropped_base_is_taken_up_anew(self, index: BaseIndex, source: MemorySource) -> None:
        """From its beginning."""
        source.put("d1", [IndexedChunk("c1", "tea")])
        await index.find(source.base(), "tea", None, 10)
        await index.drop("t", "b")
        await index.drop("t", "b")
        source.asked.clear()
        assert len((await index.find(source.base(), "tea", None, 10)).matches) == 1
        assert source.asked[0][3] == Mark()

    async def test_what_is_known_is_not_asked_for_again(self, index: BaseIndex, source: MemorySource) -> None:
        """A search in a base without changes asks the source nothing; many at once ask it once."""
        filled(source, random.Random(5), 20)
        await asyncio.gather(*(index.find(source.base(), "tea", None, 10) for _ in range(8)))
        assert sum(asked[3] == Mark() for asked in source.asked) == 1
        source.asked.clear()
        await index.find(source.base(), "cup", None, 10)
        assert source.asked == []

    async def test_the_loop_goes_on_while_a_base_is_taken_up(self, index: BaseIndex, source: MemorySource) -> None:
        """Promised are 10 ms; four times that fails here."""
        filled(source, random.Random(6), 1500)
        gaps: list[float] = []
        searching = asyncio.ensure_future(index.find(source.base(), "tea cup", [1.0] * DIMENSION, 10))
        while not searching.done():
            began = time.perf_counter()
            await asyncio.sleep(0.001)
            gaps.append(time.perf_counter() - began)
        assert (await searching).chunks > 1500
        assert sorted(gaps)[int(len(gaps) * 0.9)] < 0.04


def bm25(query: Sequence[str], texts: dict[str, list[str]]) -> dict[str, float]:
    """The scores of the chunks that hold some word of the query."""
    average = sum(map(len, texts.values())) / len(texts)
    scores: dict[str, float] = {}
    for word in query:
        holding = {id: words.count(word) for id, words in texts.items() if word in words}
        weight = math.log(1 + (len(texts) - len(holding) + 0.5) / (len(holding) + 0.5))
        for id, times in holding.items():
            part = times / (times + K1 * (1 - B + B * len(texts[id]) / average))
            scores[id] = scores.get(id, 0.0) + weight * part
    return scores
