"""Where evaluations and their sets of questions are, for one tenant.

Contract suite: `tests/contract/test_evaluation_stores.py`. Reads are awaited; changes are statements that a change set
is made of. They go with their base: whoever removes its row removes them before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from parlance.ports.stores import ChangeSet, Statement
from parlance.values.evaluations import Evaluation, EvaluationState, Measured, Piece


class Evaluations(Protocol):
    """The evaluations of one tenant, of bases that are there."""

    async def evaluation(self, id: str) -> Evaluation | None:
        """An evaluation by its id."""
        ...

    async def page(self, base: str, before: str | None, most: int) -> Sequence[Evaluation]:
        """Those of a base, newest first: with an id below `before`."""
        ...

    async def count(self, base: str) -> int:
        """How many a base has."""
        ...

    async def pieces(self, evaluation: str, after: int, most: int) -> Sequence[Piece]:
        """The pieces of its set by their places, above `after`."""
        ...

    async def unmeasured(self, evaluation: str) -> Piece | None:
        """The first piece that is to be measured."""
        ...

    def insert(self, evaluation: Evaluation, pieces: Sequence[Piece]) -> ChangeSet:
        """A new one with its set; a conflict when its base is leaving."""
        ...

    def change(
        self, id: str, fields: Mapping[str, Any], now: int, *, among: Sequence[EvaluationState] = ()
    ) -> Statement:
        """New values of some fields; a conflict when it is gone, or in none of these states."""
        ...

    def measured(self, evaluation: str, place: int, found: Sequence[Sequence[Measured]]) -> Statement:
        """What was measured of the questions of a piece; a conflict when it is gone."""
        ...

    def remove(self, id: str) -> ChangeSet:
        """It goes with its set; a conflict when it is gone already."""
        ...
