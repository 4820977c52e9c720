"""What is typed into a search field is taken as it is meant, whatever it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlance.core.library.query import MOST_LETTERS, Query, parsed
from parlance.ports.library import Piece
from parlance.values.errors import Fault


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("green tea", Query((Piece("green"), Piece("tea", more=True)))),
        ("green tea ", Query((Piece("green"), Piece("tea")))),
        ('"green tea" hot', Query((Piece("green tea"), Piece("hot", more=True)))),
        ('say "green te', Query((Piece("say"), Piece("green te")))),
        ('folder:"my work" tag:x y', Query((Piece("y", more=True),), folder="my work", tag="x")),
        ("PINNED:yes archived:All", Query((), pinned=True, archived=None)),
        ("pinned:no archived:1", Query((), pinned=False, archived=True)),
        ("pinned:perhaps", Query((Piece("pinned:perhaps", more=True),))),
        ("myfolder:x", Query((Piece("myfolder:x", more=True),))),
        ("folder:", Query((Piece("folder:", more=True),))),
        ("", Query(())),
    ],
)
def test_words_phrases_and_filters_are_told_apart(text: str, query: Query) -> None:
    assert parsed(text) == query


@given(st.text(max_size=MOST_LETTERS))
def test_no_text_is_an_error(text: str) -> None:
    """And none of it becomes anything but text."""
    assert all(piece.text in text for piece in parsed(text).pieces)


def test_a_text_that_is_too_long_is_refused() -> None:
    with pytest.raises(Fault, match="at most"):
        parsed("x" * (MOST_LETTERS + 1))
