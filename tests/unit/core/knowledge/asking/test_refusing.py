"""Where nothing was found no model is asked, and a model that has no answer is not heard saying so in its own way."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlance.core.knowledge.asking.refusing import Searched, refusal
from parlance.core.knowledge.asking.withholding import Withholding
from parlance.values.messages import Message

MARKER = "<think>\n</think>\nNO_MATCH"


def shown(pieces: list[str], marker: str = MARKER) -> str:
    """What a reader sees of an answer that comes in these pieces."""
    held = Withholding(marker, "Sorry.")
    return "".join([*(held.push(piece) for piece in pieces), held.end()])


def test_the_answer_says_what_was_searched() -> None:
    """In the language of the question."""
    searched = Searched(("Tea", "Milk\nand more"), 12, "year = 1905", unread=2, remarks=("no_embedder",))
    assert refusal(Message("user", "Where is coffee grown?"), searched) == (
        'This is not in your documents. Searched: "Tea", "Milk and more", 12 documents. '
        "Only documents with year = 1905 were looked at. 2 of them are still being read; ask again when that is done. "
        "Only words were compared, not meanings: other words for the same may find it."
    )
    assert refusal(Message("user", "咖啡产自哪里？"), Searched(("茶",), 3)) == (
        "您的文档中没有相关内容。已搜索：“茶”，共 3 个文档。"
    )


def test_an_embedder_that_failed_is_told_with_the_reason() -> None:
    """Other than a base that has none: somebody can mend it."""
    searched = Searched(("Tea",), 1, remarks=("embedder_failed",), problem="upstream")
    told = refusal(Message("user", "Why?"), searched)
    assert "could not be asked (upstream), so only words were compared" in told and told.count("words were") == 1
    assert "无法使用（upstream）" in refusal(Message("user", "为什么？"), searched)


def test_few_words_for_one_document_and_many_bases() -> None:
    """One is not plural, and a long list of names is cut."""
    assert refusal(Message("user", "Why?"), Searched(("Tea",), 1)).endswith('Searched: "Tea", 1 document.')
    many = tuple(f"b{n}" for n in range(7))
    assert '"b4" and 2 more, 7 documents' in refusal(Message("user", "Why?"), Searched(many, 7))
    assert "等 7 个知识库" in refusal(Message("user", "为什么？"), Searched(many, 7))


@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        (MARKER, "Sorry."),
        (MARKER + " and more", "Sorry."),
        ("Tea.", "Tea."),
        ("<think>\n</think>\nNO_MILK", "<think>\n</think>\nNO_MILK"),
        ("<think>\n</think>\nNO", "<think>\n</think>\nNO"),
        ("", ""),
    ],
)
def test_only_a_whole_marker_is_replaced(answer: str, seen: str) -> None:
    """Its beginning alone is an answer like any other."""
    assert shown([answer]) == seen
    assert shown(list(answer)) == seen


@given(st.text(alphabet="<think>/NO_MATCH\nx", max_size=40), st.booleans(), st.lists(st.integers(0, 70)))
def test_nothing_of_the_marker_is_seen_before_it_is_decided(text: str, whole: bool, cuts: list[int]) -> None:
    """However the answer is cut; and what is held back comes in the end."""
    answer = MARKER + text if whole else text
    edges = sorted({0, len(answer), *(min(cut, len(answer)) for cut in cuts)})
    pieces = [answer[a:b] for a, b in pairwise(edges)]
    assert shown(pieces) == ("Sorry." if answer.startswith(MARKER) else answer)
    held, heard = Withholding(MARKER, "Sorry."), ""
    for piece in pieces:
        heard += piece
        seen = held.push(piece)
        assert not (MARKER.startswith(heard) and heard != MARKER and seen)
    assert held.replaced == answer.startswith(MARKER)


def test_without_a_marker_nothing_is_held_back() -> None:
    """Each piece goes on as it comes."""
    held = Withholding("", "Sorry.")
    assert [held.push("Te"), held.push("a"), held.end()] == ["Te", "a", ""]
