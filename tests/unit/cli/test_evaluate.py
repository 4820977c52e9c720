"""What `parlance evaluate` tells of an evaluation."""

from __future__ import annotations

from typing import get_args

from parlance.cli.evaluate import REMARKS, report
from parlance.core.knowledge.evaluation_run import FAILING
from parlance.core.knowledge.search.options import Remark


def test_every_remark_that_an_evaluation_can_have_is_told_in_words() -> None:
    """Those that would have measured something else end it, and are no remarks."""
    assert set(REMARKS) == set(get_args(Remark)) - FAILING
    told = {"id": "e", "done": 3, "total": 3, "outcome": {"remarks": dict.fromkeys(REMARKS, 2)}}
    assert list(report(told))[1:] == [f"at 2 questions {words}" for words in REMARKS.values()]
