"""What is left of a model's words without its thoughts."""

from __future__ import annotations

import pytest

from parlance.values.texts import without_thoughts


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("<think>a</think>b", "b"),
        ("<think>a\nb\n</think>\n c<think></think>", "\n c"),
        ("a</think>b", "a</think>b"),
    ],
)
def test_thoughts_go_over_lines_too(text: str, left: str) -> None:
    """White space around them stays."""
    assert without_thoughts(text) == without_thoughts(text, only_closed=True) == left


def test_a_thought_without_an_end_goes_on_to_the_end() -> None:
    """Unless a person may have written it: then it is a text like any other."""
    said = "<think>a</think>b<think>never closed"
    assert without_thoughts(said) == "b"
    assert without_thoughts(said, only_closed=True) == "b<think>never closed"
