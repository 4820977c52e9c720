"""What `parlance ask --base` makes of the events of a run."""

from __future__ import annotations

from typing import Any

import pytest

from parlance.cli.exits import Failure
from parlance.cli.sources import LONGEST, Grounded, shortened, told

TEXT = "Tea is grown in Assam. Coffee is grown in Kerala."
PASSAGE = {"number": 2, "base": "b1", "document": "d1", "chunk": "k1", "content": TEXT, "start": 100, "stop": 149}
PASSAGE |= {"name": "tea.pdf", "page": 3}
SURE = {"number": 2, "document": "d1", "chunk": "k1", "start": 100, "stop": 122, "name": "tea.pdf", "page": 3}
SURE |= {"sure": True}
ANSWER = "It is Assam [2]. And [2]."


def heard(*events: dict[str, Any]) -> tuple[Grounded, str]:
    shown: list[str] = []
    answer = Grounded(shown.append)
    for event in events:
        answer.hear(event)
    return answer, "".join(shown)


def test_an_answer_is_shown_as_it_comes_and_its_sources_are_told_once() -> None:
    cited = {"t": "cited", "start": 0, "stop": 16, "citations": [SURE]}
    answer, shown = heard(
        {"t": "searching", "bases": 1},
        {"t": "retrieved", "passages": [PASSAGE], "remarks": ["no_embedder"]},
        {"t": "delta", "text": "Thinking", "lane": "reasoning"},
        {"t": "delta", "text": ANSWER[:7]},
        {"t": "delta", "text": ANSWER[7:]},
        cited,
        cited | {"start": 17, "stop": 25},
        {"t": "ended", "outcome": "complete"},
    )
    answer.judge()
    assert shown == answer.text == ANSWER and answer.remarks == ["no_embedder"]
    [source] = answer.sources()
    assert (source["quoted"], source["sentence"], source["page"]) == (
        "Tea is grown in Assam.",
        "It is Assam [2].",
        3,
    )
    assert list(told([source])) == ["[2] tea.pdf, page 3", "    “Tea is grown in Assam.”"]


def test_each_quotation_is_told_under_its_own_pages() -> None:
    later = {**SURE, "start": 123, "stop": 149, "page": 4, "last_page": 5}
    answer, _ = heard(
        {"t": "retrieved", "passages": [PASSAGE]},
        {"t": "delta", "text": ANSWER},
        {"t": "cited", "start": 0, "stop": 16, "citations": [SURE]},
        {"t": "cited", "start": 17, "stop": 25, "citations": [later]},
    )
    assert list(told(answer.sources())) == [
        "[2] tea.pdf, page 3",
        "    “Tea is grown in Assam.”",
        "[2] tea.pdf, pages 4-5",
        "    “Coffee is grown in Kerala.”",
    ]


def test_what_is_not_sure_is_told_without_a_quotation() -> None:
    unsure = {**SURE, "stop": 149, "sure": False, "page": None}
    answer, _ = heard(
        {"t": "retrieved", "passages": [PASSAGE]},
        {"t": "delta", "text": ANSWER},
        {"t": "cited", "start": 0, "stop": 16, "citations": [unsure, {**SURE, "number": 9}], "missing": [4]},
    )
    [source] = answer.sources()
    assert source["quoted"] == "" and list(told([source])) == ["[2] tea.pdf"]


def test_a_run_that_ends_otherwise_fails_with_its_reason() -> None:
    error = {"kind": "upstream", "message": "The engine is away.", "hint": "Start it."}
    for events, reason in (
        ([{"t": "ended", "outcome": "failed", "error": error}], "The engine is away. Start it."),
        ([{"t": "ended", "outcome": "stopped"}], "The answer was stopped."),
        ([], "The answer broke off. Ask again."),
    ):
        answer, _ = heard(*events)
        with pytest.raises(Failure) as failed:
            answer.judge()
        assert str(failed.value) == reason


def test_a_long_quotation_is_one_short_line() -> None:
    assert shortened("Tea\n  is grown") == "Tea is grown"
    assert len(shortened("word " * LONGEST)) <= LONGEST + 1
