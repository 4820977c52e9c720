"""What `parlance evaluate` tells of an evaluation."""

from __future__ import annotations

from typing import Any, get_args

from parlance.cli.evaluate import report
from parlance.cli.remarks import REMARKS, clause
from parlance.core.knowledge.evaluation_run import FAILING
from parlance.core.knowledge.search.options import Remark


def test_every_remark_that_a_search_can_have_is_told_in_words() -> None:
    """Those that would have measured something else end an evaluation, and are no remarks of one."""
    assert set(get_args(Remark)) <= set(REMARKS)
    usual = sorted(set(get_args(Remark)) - FAILING)
    told = {"id": "e", "done": 3, "total": 3, "outcome": {"remarks": dict.fromkeys(usual, 2)}}
    lines = list(report(told))[1:]
    assert lines == [f"at 2 questions {clause(remark)}" for remark in usual]
    assert "at 2 questions nothing reached the threshold, so a lower one was taken" in lines


def test_a_set_too_small_to_tell_two_ways_apart_is_told_so() -> None:
    """However far they are apart; one way alone is told without."""
    means = [{"mrr": 1.0}, {"mrr": 0.0}]
    told = {"id": "e", "done": 5, "total": 5, "settings": [{"name": "a"}, {"name": "b"}]}
    outcome = {"means": means, "differences": {"mrr": {"one": 1.0, "other": 0.0, "p": 0.0625}}}
    lines = list(report({**told, "outcome": outcome}))
    assert "may be chance" in lines[-2] and lines[-1].startswith("So few questions cannot show")
    assert "So few" not in lines_of({**told, "done": 6, "total": 6, "outcome": outcome})
    assert "So few" not in lines_of({**told, "settings": [{"name": "a"}], "outcome": {"means": means[:1]}})


def lines_of(told: dict[str, Any]) -> str:
    """A report as one text."""
    return "\n".join(report(told))
