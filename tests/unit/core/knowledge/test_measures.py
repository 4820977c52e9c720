"""Measures are equal to what is computed by hand."""

from __future__ import annotations

import math
from random import Random

import pytest

from parlance.core.knowledge.measures import (
    ANSWER_MEASURES,
    MEASURES,
    average_precision,
    bleu,
    ndcg,
    paired_bootstrap,
    precision,
    recall,
    reciprocal_rank,
    rouge,
    rouge_l,
)

WANTED = {"a": 2, "b": 1, "c": 0, "d": 1}
RANKING = ["x", "a", "c", "b", "a"]


def test_ndcg_is_what_the_hand_computes() -> None:
    """Gains 2 and 1 at ranks 2 and 4, over 2, 1 and 1 at ranks 1 to 3: as trec_eval counts, and so BEIR."""
    expected = (2 / math.log2(3) + 1 / math.log2(5)) / (2 + 1 / math.log2(3) + 1 / 2)
    assert ndcg(RANKING, WANTED) == pytest.approx(expected)
    assert ndcg(RANKING, WANTED, 2) == pytest.approx((2 / math.log2(3)) / (2 + 1 / math.log2(3)))
    assert ndcg(["x", "a"], {"a": 1, "x": -1}) == pytest.approx(1 / math.log2(3))
    assert ndcg(["a", "b", "d"], WANTED) == pytest.approx(1.0)


def test_the_others_are_what_the_hand_computes() -> None:
    """Three are wanted; two are found, at ranks 2 and 4; what is found twice counts once."""
    assert reciprocal_rank(RANKING, WANTED) == 1 / 2
    assert recall(RANKING, WANTED) == pytest.approx(2 / 3)
    assert recall(RANKING, WANTED, 2) == pytest.approx(1 / 3)
    assert precision(RANKING, WANTED) == pytest.approx(2 / 10)
    assert average_precision(RANKING, WANTED) == pytest.approx((1 / 2 + 2 / 4) / 3)


def test_an_evaluation_tells_each_of_them() -> None:
    """By the names that it has for them."""
    told = {name: measure(RANKING, WANTED) for name, measure in MEASURES.items()}
    assert told == {
        "ndcg@10": ndcg(RANKING, WANTED),
        "ndcg@3": pytest.approx((2 / math.log2(3)) / (2 + 1 / math.log2(3) + 1 / 2)),
        "mrr": 1 / 2,
        "map": pytest.approx(1 / 3),
        "recall@10": pytest.approx(2 / 3),
        "recall@100": pytest.approx(2 / 3),
        "precision@10": pytest.approx(1 / 5),
    }
    answered = {name: measure("the cat ran", "the cat sat down") for name, measure in ANSWER_MEASURES.items()}
    short = math.exp(1 - 4 / 3)
    assert answered == {
        "bleu-1": pytest.approx(short * 2 / 3),
        "bleu-2": pytest.approx(short * math.sqrt(2 / 3 * 1 / 2)),
        "bleu-4": 0.0,
        "rouge-1": pytest.approx(4 / 7),
        "rouge-2": pytest.approx(2 / 5),
        "rouge-l": pytest.approx(4 / 7),
    }


def test_nothing_found_and_nothing_wanted_are_zero() -> None:
    """And no error."""
    for measure in (ndcg, reciprocal_rank, recall, precision, average_precision):
        assert measure([], WANTED) == 0.0
        assert measure(RANKING, {}) == 0.0


def test_bleu_is_what_the_hand_computes() -> None:
    """Runs that are repeated count as often as in the reference; a short answer is punished."""
    assert bleu("the the the", ["the cat"], 1) == pytest.approx(1 / 3)
    both = bleu("the cat sat on a mat", ["the cat sat on the mat"], 2)
    assert both == pytest.approx(math.sqrt((5 / 6) * (3 / 5)))
    assert bleu("the cat", ["the cat sat on"], 1) == pytest.approx(math.exp(1 - 4 / 2))
    assert bleu("the cat", ["the cat"]) == pytest.approx(1.0)
    assert bleu("a b c d e", ["a b c d f"], 4) == pytest.approx((4 / 5 * 3 / 4 * 2 / 3 * 1 / 2) ** (1 / 4))
    assert bleu("知识库好", ["知识很好"], 2) == pytest.approx(math.sqrt(3 / 4 * 1 / 3))
    assert bleu("one", ["two"]) == bleu("", ["two"]) == bleu("one", []) == 0.0


def test_rouge_is_what_the_hand_computes() -> None:
    """F1 of words, pairs and the longest common sequence; Chinese letter by letter."""
    assert rouge("the cat ran", "the cat sat down", 1) == pytest.approx(2 * 2 / (3 + 4))
    assert rouge("the cat ran", "the cat sat down", 2) == pytest.approx(2 * 1 / (2 + 3))
    assert rouge_l("a b c d", "a c b d") == pytest.approx(2 * 3 / 8)
    assert rouge_l("知识库很好", "知识很好") == pytest.approx(2 * 4 / 9)
    assert rouge("", "a", 1) == rouge_l("a", "") == 0.0


def test_the_bootstrap_tells_a_difference_from_chance() -> None:
    """Equal figures are never different; a small constant gain always is; noise seldom."""
    chance = Random(1)
    same = [chance.random() for _ in range(100)]
    assert paired_bootstrap(same, same, Random(2), 500).p == 1.0
    better = paired_bootstrap([each + 0.1 for each in same], same, Random(2), 500)
    assert better.p < 0.01 and better.one - better.other == pytest.approx(0.1)
    noise = paired_bootstrap(same, [each + chance.gauss(0, 0.1) for each in same], Random(2), 500)
    assert noise.p > 0.05
    with pytest.raises(ValueError):
        paired_bootstrap([], [], Random(1))


def test_the_bootstrap_is_what_all_draws_give() -> None:
    """Of the differences 4 and three times -1, shifted by their mean of 1/4, a draw of four is nearer to 0 than they
    are where it has the 4 exactly once."""
    found = paired_bootstrap([4.0, 0.0, 0.0, 0.0], [0.0, 1.0, 1.0, 1.0], Random(3), 4000)
    assert found.p == pytest.approx(1 - 4 * (1 / 4) * (3 / 4) ** 3, abs=0.03)


@pytest.mark.parametrize(("parting", "least"), [(1, 1.0), (2, 0.5), (3, 0.25), (5, 0.0625), (6, 0.03125)])
def test_few_questions_prove_nothing_however_far_they_part(parting: int, least: float) -> None:
    """Nor do many that find both alike beside them."""
    assert paired_bootstrap([1.0] * parting, [0.0] * parting, Random(1), 500).p == least
    beside = paired_bootstrap([1.0] * parting + [0.5] * 200, [0.0] * parting + [0.5] * 200, Random(1), 500)
    assert beside.p >= least
