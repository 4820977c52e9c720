"""What many questions come to: the means of each setting, and whether two settings differ by more than chance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from random import Random

import msgspec

from parlance.core.knowledge.measures import ROUNDS, mean, paired_bootstrap
from parlance.values.evaluations import Difference, Measured, Outcome

LEAST_ROUNDS, MOST_DRAWS = 1000, 2_000_000
"""Of a bootstrap: a large set is drawn again less often, so that each figure takes a fraction of a second."""


class Sums:
    """The figures of one question after the other, for so many settings."""

    def __init__(self, settings: int) -> None:
        self._figures: list[dict[str, list[float]]] = [{} for _ in range(settings)]
        self._pairs: dict[str, tuple[list[float], list[float]]] = {}
        self._remarks: Counter[str] = Counter()
        self._answered = 0

    def add(self, measured: Sequence[Measured]) -> None:
        """One question with every setting."""
        for kept, each in zip(self._figures, measured, strict=True):
            for name, value in each.figures.items():
                kept.setdefault(name, []).append(value)
        if len(measured) == 2:
            self._pair(measured[0].figures, measured[1].figures)
        self._remarks.update({remark for each in measured for remark in each.remarks})
        self._answered += any(each.answer for each in measured)

    def _pair(self, one: Mapping[str, float], other: Mapping[str, float]) -> None:
        for name in one.keys() & other.keys():
            left, right = self._pairs.setdefault(name, ([], []))
            left.append(one[name])
            right.append(other[name])

    def outcome(self, before: Outcome, chance: Random) -> Outcome:
        """All of it, with what was known `before`."""
        means = tuple({name: mean(values) for name, values in kept.items()} for kept in self._figures)
        differences = {name: self._difference(name, chance) for name in means[0] if name in self._pairs}
        remarks, answered = dict(self._remarks), self._answered
        return msgspec.structs.replace(before, means=means, differences=differences, remarks=remarks, answered=answered)

    def _difference(self, name: str, chance: Random) -> Difference:
        one, other = self._pairs[name]
        rounds = min(ROUNDS, max(LEAST_ROUNDS, MOST_DRAWS // len(one)))
        found = paired_bootstrap(other, one, chance, rounds)
        return Difference(found.other, found.one, found.p)
