"""Words are counted alike however a segment came to be, and scored alike with numpy and without."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parlance.ports.indexes import ChangedDocument, IndexedChunk
from parlance.stores.indexes.building import Building, joined
from parlance.stores.indexes.merging import merged
from parlance.stores.indexes.parts import Part
from parlance.stores.indexes.ranking import Ranking
from parlance.stores.indexes.segment import Damaged, Segment
from parlance.stores.indexes.segments import found
from parlance.stores.indexes.words import stem, words_of
from parlance.testing.indexes import WORDS, by_words

TEXTS = st.lists(st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join), min_size=1, max_size=30)
NUMBERS = st.sets(st.integers(0, 59))


def part_of(texts: list[str], first: int, gone: set[int]) -> Part:
    """A segment of one document for each text."""
    building = Building()
    for number, text in enumerate(texts, first):
        building.add(ChangedDocument(f"d{number}", 1, (IndexedChunk(f"c{number}", text),)))
    whole = Part(Segment(joined(building.finish())))
    return whole.without([f"d{number}" for number in gone])


@pytest.mark.slow
@settings(deadline=None, max_examples=60)
@given(TEXTS, TEXTS, NUMBERS, st.none() | NUMBERS, st.lists(st.sampled_from(WORDS), max_size=6))
def test_numpy_scores_as_the_standard_library_does(
    one: list[str], other: list[str], gone: set[int], only: set[int] | None, query: list[str]
) -> None:
    """To the last bit; and what is merged scores as its parts did."""
    import numpy

    ids = None if only is None else {f"d{number}" for number in only}
    parts = [part_of(one, 0, gone), part_of(other, len(one), gone)]
    together = [Part(Segment(joined(merged(parts))))]
    chosen: list[bytearray | None] = [part.chosen(ids) for part in parts]
    words = list(words_of(" ".join(query)))
    plain, fast = (Ranking(parts, words, chosen, numeric).best(7) for numeric in (None, numpy))
    assert plain == fast
    whole = found(together, " ".join(query), None, 7, ids, None)
    assert by_words(whole) == by_words(found(parts, " ".join(query), None, 7, ids, numpy))
    assert whole.chunks == sum(part.size for part in parts)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Error ERR-4711, twice", ["error", "err-4711", "err", "4711", "twic"]),
        ("std::vector<int> v2.0.1", ["std::vector", "std", "vector", "int", "v2.0.1", "v2", "0", "1"]),
        ("user_name=x", ["user_name", "user", "nam", "x"]),
        ("read-only pages", ["read", "onli", "pag"]),
        ("Café DÉJÀ", ["caf", "deja"]),
        ("知识库 und 库", ["知识", "识库", "und", "库"]),
        ("GPU加速2倍", ["gpu", "加速", "2", "倍"]),
        ("ﬁle １２", ["fil", "12"]),
        ("", []),
    ],
)
def test_words_are_these(text: str, words: list[str]) -> None:
    """Identifiers whole and in parts, Han in pairs, Latin folded."""
    assert list(words_of(text)) == words


def test_endings_that_say_number_or_tense_are_taken_off() -> None:
    """And what only looks like one stays."""
    same = ("list lists listed listing", "copy copies copied", "file files filed", "stop stops stopped stopping")
    for words in same:
        assert len({stem(word) for word in words.split()}) == 1, words
    for word in ("thing", "is", "bus", "class", "red", "2023s"):
        assert stem(word) == word


def test_a_word_without_end_is_cut() -> None:
    """As a line of base64 would be; letters stay whole."""
    assert [len(word.encode()) for word in words_of("x" * 100_000)] == [64]
    assert len(next(iter(words_of("é" * 200 + "ж" * 200))).encode()) <= 64


def test_what_is_no_segment_is_told() -> None:
    """Whatever it is."""
    for data in (b"", b"x" * 200, b"PARLSEG1" + bytes(200)):
        with pytest.raises(Damaged):
            Segment(data)
