"""How good a search and an answer are: figures between 0 and 1, as the field defines them.

A *judgement* gives documents that should be found a grade above 0; what is not judged has grade 0. A *ranking* is the
ids that were found, the best first; an id that is found twice counts where it stands first.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from random import Random

import msgspec

from parlance.values.letters import UNSPACED, searched

Judgement = Mapping[str, int]
Ranking = Sequence[str]
ROUNDS = 10_000
"""Of the bootstrap: p is then told to about ±0.004 around 0.05."""
_TOKEN = re.compile(rf"[{UNSPACED}]|[^\W_{UNSPACED}]+")


def ndcg(ranking: Ranking, wanted: Judgement, most: int = 10) -> float:
    """Normalised discounted cumulative gain of the first `most`: gains are the grades, discounts log2(rank + 1).

    So do trec_eval and with it the figures that are published for BEIR; a grade below 0 gains nothing.
    """
    gains = [max(0, wanted.get(id, 0)) for id in _once(ranking)[:most]]
    ideal = _discounted(sorted((max(0, grade) for grade in wanted.values()), reverse=True)[:most])
    return _discounted(gains) / ideal if ideal else 0.0


def reciprocal_rank(ranking: Ranking, wanted: Judgement, most: int | None = None) -> float:
    """One over the rank of the first that is wanted; 0 where there is none. Its mean is MRR."""
    ranks = (rank for rank, id in enumerate(_once(ranking)[:most], 1) if wanted.get(id, 0) > 0)
    return 1 / next(ranks, math.inf)


def recall(ranking: Ranking, wanted: Judgement, most: int = 10) -> float:
    """The share of what is wanted that is among the first `most`."""
    sought = _wanted(wanted)
    return len(sought.intersection(_once(ranking)[:most])) / len(sought) if sought else 0.0


def precision(ranking: Ranking, wanted: Judgement, most: int = 10) -> float:
    """The share of the first `most` places that hold something wanted; an empty place holds nothing."""
    return len(_wanted(wanted).intersection(_once(ranking)[:most])) / most if most > 0 else 0.0


def average_precision(ranking: Ranking, wanted: Judgement, most: int | None = None) -> float:
    """The mean, over all that is wanted, of the precision at its rank; 0 for what was not found. Its mean is MAP."""
    sought, seen, total = _wanted(wanted), 0, 0.0
    for rank, id in enumerate(_once(ranking)[:most], 1):
        if id in sought:
            seen += 1
            total += seen / rank
    return total / len(sought) if sought else 0.0


def _once(ranking: Ranking) -> list[str]:
    return list(dict.fromkeys(ranking))


def _wanted(wanted: Judgement) -> set[str]:
    return {id for id, grade in wanted.items() if grade > 0}


def _discounted(gains: Sequence[int]) -> float:
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, 1))


def tokens(text: str) -> list[str]:
    """The words of a text as answers are compared by: letters without case and accents; of scripts without spaces
    each letter by itself."""
    return _TOKEN.findall(searched(text))


def bleu(answer: str, references: Sequence[str], most: int = 4) -> float:
    """BLEU of one text: the geometric mean of the precisions of its runs of 1 to `most` words, which count at most as
    often as in a reference, times the penalty for being shorter than the reference of the nearest length.

    Runs that do not occur at all make it 0; an answer shorter than `most` words is compared by the runs that it has.
    """
    found, wanted = tokens(answer), [tokens(each) for each in references]
    if not found or not wanted:
        return 0.0
    shares = [_clipped(found, wanted, size) for size in range(1, min(most, len(found)) + 1)]
    if not all(shares):
        return 0.0
    nearest = min((abs(len(each) - len(found)), len(each)) for each in wanted)[1]
    penalty = min(0.0, 1 - nearest / len(found))
    return math.exp(penalty + sum(map(math.log, shares)) / len(shares))


def _clipped(found: Sequence[str], wanted: Sequence[Sequence[str]], size: int) -> float:
    runs = _runs(found, size)
    most: Counter[Hashable] = Counter()
    for each in wanted:
        most |= _runs(each, size)
    return (runs & most).total() / runs.total()


def rouge(answer: str, reference: str, size: int) -> float:
    """ROUGE-N: F1 of the runs of `size` words that answer and reference share."""
    found, wanted = _runs(tokens(answer), size), _runs(tokens(reference), size)
    return _f1((found & wanted).total(), found.total(), wanted.total())


def rouge_l(answer: str, reference: str) -> float:
    """ROUGE-L: F1 of the longest sequence of words that both have in this order."""
    found, wanted = tokens(answer), tokens(reference)
    return _f1(_longest(found, wanted), len(found), len(wanted))


def _runs(words: Sequence[str], size: int) -> Counter[Hashable]:
    return Counter(tuple(words[at : at + size]) for at in range(len(words) - size + 1))


def _f1(shared: int, found: int, wanted: int) -> float:
    return 2 * shared / (found + wanted) if shared else 0.0


def _longest(one: Sequence[str], other: Sequence[str]) -> int:
    row = [0] * (len(other) + 1)
    for word in one:
        corner = 0
        for place, each in enumerate(other, 1):
            above = row[place]
            row[place] = corner + 1 if word == each else max(above, row[place - 1])
            corner = above
    return row[-1]


def mean(figures: Sequence[float]) -> float:
    """The mean; 0 of nothing."""
    return math.fsum(figures) / len(figures) if figures else 0.0


class Compared(msgspec.Struct, frozen=True):
    """Two settings on the same queries: the means, and how often chance alone would part them as far (two-sided)."""

    one: float
    other: float
    p: float


def paired_bootstrap(one: Sequence[float], other: Sequence[float], chance: Random, rounds: int = ROUNDS) -> Compared:
    """Compare two settings by their figures for the same queries.

    The differences, shifted so that their mean is 0, are drawn again with replacement; `p` is the share of the draws
    whose mean is at least as far from 0 as the real one, counting the real one itself. It is never less than what
    any paired test can give for so few queries that part the two: equal differences, shifted, are all 0, and no draw
    of them would be far. Raises ValueError for unequal numbers of figures, or none.
    """
    differences = [left - right for left, right in zip(one, other, strict=True)]
    if not differences:
        raise ValueError("nothing to compare")
    count = len(differences)
    mean = math.fsum(differences) / count
    shifted = [each - mean for each in differences]
    # A hair's breadth of tolerance: sums of the same numbers in another order must not count as smaller.
    edge = abs(mean) * count - 1e-9
    far = sum(abs(sum(chance.choices(shifted, k=count))) >= edge for _ in range(rounds))
    p = max((far + 1) / (rounds + 1), least_p(sum(map(bool, differences))))
    return Compared(math.fsum(one) / count, math.fsum(other) / count, p)


def least_p(parting: int) -> float:
    """The least p of so many differences that are not 0: how often coins in their place would all fall on one side."""
    return min(1.0, 2.0 ** (1 - parting))


MEASURES: dict[str, Callable[[Ranking, Judgement], float]] = {
    "ndcg@10": ndcg,
    "ndcg@3": lambda ranking, wanted: ndcg(ranking, wanted, 3),
    "mrr": reciprocal_rank,
    "map": average_precision,
    "recall@10": recall,
    "recall@100": lambda ranking, wanted: recall(ranking, wanted, 100),
    "precision@10": precision,
}
"""What an evaluation tells of each query, by name."""
ANSWER_MEASURES: dict[str, Callable[[str, str], float]] = {
    "bleu-1": lambda answer, wanted: bleu(answer, [wanted], 1),
    "bleu-2": lambda answer, wanted: bleu(answer, [wanted], 2),
    "bleu-4": lambda answer, wanted: bleu(answer, [wanted], 4),
    "rouge-1": lambda answer, wanted: rouge(answer, wanted, 1),
    "rouge-2": lambda answer, wanted: rouge(answer, wanted, 2),
    "rouge-l": rouge_l,
}
"""What it tells of each answer, beside a model answer."""
