"""One score of words and vectors: how far the vectors are believed, and what a score means."""

from __future__ import annotations

import pytest

from parlance.core.knowledge.search.exams import Reading
from parlance.core.knowledge.search.fusion import (
    DEAF,
    HEARD,
    LEAST_WEIGHT,
    NEEDLESS,
    SURE,
    WEIGHT,
    fused,
    says_nothing,
    trust,
    weight_of,
)
from parlance.ports.indexes import Found, Match

NEAR = Match("v", "d", 0.0, 0.7)
UNREAD = Reading(0.0, 0.5, 0.07)


def found_of(agreement: float, share: float = HEARD + 0.1, witnesses: int = 5) -> Found:
    """A search whose chunks with the words carry about such a share of them each, and have cosines that stand out so
    far; beside them one that has none of the words, and is near."""
    words = [Match(f"w{n}", "d", 10 * share - 0.01 * n, 0.2 + 0.1 * agreement) for n in range(witnesses)]
    return Found((*words, NEAR), 10.0, 0.2, 0.1, 100, 100)


def test_vectors_that_do_not_agree_with_the_words_weigh_little() -> None:
    """And those that do weigh all that they can, where so many of the words stand in one chunk."""
    needed = 1 - NEEDLESS * (HEARD + 0.1)
    assert weight_of(found_of(0.0)) == pytest.approx(LEAST_WEIGHT * needed)
    assert weight_of(found_of(SURE)) == pytest.approx(WEIGHT * needed)
    assert LEAST_WEIGHT * needed < weight_of(found_of(2.5)) < WEIGHT * needed
    assert fused(found_of(0.0))[0].match.chunk == "w0"


def test_chunks_with_few_of_the_words_say_nothing_of_the_vectors() -> None:
    """A question in other words shares `the` and `how` with many chunks, which need not be near: the model is believed,
    and what is near is found."""
    asked_in_other_words = found_of(-0.5, share=0.2)
    assert trust(asked_in_other_words) == 1.0 and not says_nothing(asked_in_other_words)
    assert fused(asked_in_other_words)[0].match.chunk == "v"
    assert trust(Found((NEAR,), 10.0, 0.2, 0.1, 100, 100)) == 1.0
    assert weight_of(Found((NEAR,), 10.0, 0.2, 0.1, 100, 100)) == WEIGHT


def test_the_more_the_words_carry_the_more_they_are_heard() -> None:
    """Between those shares, step by step."""
    believed = [trust(found_of(0.0, share)) for share in (DEAF, (DEAF + HEARD) / 2, HEARD)]
    assert believed == pytest.approx([1.0, 0.5, 0.0])


def test_the_witness_with_most_words_counts_most() -> None:
    """Four that share little and are far do not outvote one that is the passage."""
    best = Match("w", "d", 6.0, 0.9)
    others = tuple(Match(f"o{n}", "d", 0.5, 0.1) for n in range(4))
    assert trust(Found((best, *others), 10.0, 0.2, 0.1, 100, 100)) > 0.5


@pytest.mark.parametrize("share", [0.1, 0.3, 0.6])
@pytest.mark.parametrize("agreement", [0.0, 3.0, 9.0])
def test_a_model_that_does_not_read_the_script_is_never_believed(share: float, agreement: float) -> None:
    """Though its vectors keep all texts of that language together, apart from the others of a base."""
    found = found_of(agreement, share)
    assert trust(found, UNREAD) == 0.0 and says_nothing(found, UNREAD)
    half = Reading(0.5)
    assert trust(found, half) == pytest.approx(trust(found) / 2) and says_nothing(found, half) == says_nothing(found)


def test_it_is_only_said_that_vectors_are_useless_where_that_is_sure() -> None:
    """By five chunks with half of the words each, none of them nearer than others."""
    assert says_nothing(found_of(0.0))
    assert not says_nothing(found_of(0.5))
    assert not says_nothing(found_of(0.0, witnesses=4))
    assert not says_nothing(found_of(0.0, share=HEARD - 0.1))


def test_vectors_that_were_not_compared_do_not_say_nothing() -> None:
    """There is nothing to remark upon, and luck has nothing to choose from."""
    alone = Found((Match("w", "d", 5.0),), 10.0, 0.0, 0.0, 100, 0)
    assert not says_nothing(alone) and not says_nothing(alone, UNREAD) and not says_nothing(Found())
    with_vectors_in_the_base = Found((Match("w", "d", 5.0),), 10.0, 0.0, 0.0, 100, 100)
    assert fused(alone)[0].score == fused(with_vectors_in_the_base)[0].score


def test_a_score_means_the_same_in_every_base() -> None:
    """Twice as rare words or another scale of cosines do not change it."""
    one = Found((Match("a", "d", 3.0, 0.5),), 6.0, 0.1, 0.1, 9, 9)
    other = Found((Match("a", "d", 30.0, 0.98),), 60.0, 0.9, 0.02, 9, 9)
    assert fused(one)[0].score == pytest.approx(fused(other)[0].score)


def test_the_nearest_of_many_has_to_stand_out_more() -> None:
    """Some are near by luck, and of more chunks more are."""
    few, many = (Found((NEAR,), 0.0, 0.4, 0.1, size, size) for size in (30, 30_000))
    assert fused(few)[0].score > 2 * fused(many)[0].score


def test_what_is_no_nearer_than_unrelated_texts_is_no_answer_in_the_smallest_base() -> None:
    """One note alone is the mean of its base, and of two one is always nearer: the model's own scale tells."""
    scale = Reading(1.0, 0.05, 0.07)
    for found in (
        Found((Match("a", "d", 0.0, 0.1),), 9.0, 0.1, 0.0, 1, 1),
        Found((Match("a", "d", 0.0, 0.11), Match("b", "d", 0.0, 0.07)), 9.0, 0.09, 0.02, 2, 2),
    ):
        assert fused(found, reading=scale)[0].score < 0.05
    note = Found((Match("a", "d", 0.0, 0.5), Match("b", "d", 0.0, 0.1)), 9.0, 0.1, 0.02, 2, 2)
    assert fused(note, reading=scale)[0].score > 0.9


def test_a_note_that_is_alone_in_its_base_is_found() -> None:
    """And so are several that all answer: none of them is far because the others are near as well."""
    scale = Reading(1.0, 0.05, 0.07)
    alone = Found((Match("a", "d", 0.1, 0.68),), 9.0, 0.68, 0.0, 1, 1)
    three = Found(tuple(Match(f"{n}", "d", 0.1, 0.6 + 0.01 * n) for n in range(3)), 9.0, 0.61, 0.008, 3, 3)
    for found in (alone, three):
        assert all(each.score > 0.9 for each in fused(found, reading=scale))
