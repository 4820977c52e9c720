"""A passage is shown with what leads to it: its score, its document and its place there."""

from __future__ import annotations

from typing import Any

from parlance.cli.search import passages, place


def passage(content: str, name: str = "deep/a.pdf", **about: Any) -> dict[str, Any]:
    """A passage as the server gives it."""
    chunk = {"document": "d1", "place": 2, "content": content, "span": {"start": 0, "stop": 9}, **about}
    return {"chunk": chunk, "name": name, "score": 0.876}


def test_passages_stand_apart_under_their_names() -> None:
    """Those of their documents; empty lines are left out."""
    found = [passage("One.\n\nTwo."), passage("Three.", "b.md")]
    assert list(passages(found)) == [
        "0.88  deep/a.pdf, passage 3",
        "      One.",
        "      Two.",
        "",
        "0.88  b.md, passage 3",
        "      Three.",
    ]


def test_a_place_is_a_page_where_there_are_pages() -> None:
    """And what it stands under, on one line."""
    chunk = passage("x", span={"start": 0, "stop": 1, "page": 7}, context="Tea >\nAssam")["chunk"]
    assert place(chunk) == "page 7, Tea > Assam"
