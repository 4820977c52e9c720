"""What the built-in engine quotes: the sentences that answer, and not those that merely share a word."""

from __future__ import annotations

import re
from pathlib import Path

from parlance.engines.quote import reply
from parlance.values.messages import Message

TEA = "Tea is grown in Assam. Coffee is grown in Kerala. "
README = Path(__file__).resolve().parents[3] / "README.md"


def quoted(*texts: str) -> list[str]:
    """The quoted sentences, best first."""
    return re.findall(r"^> (.+)$", reply([Message("user", text) for text in texts]), re.M)


def test_a_sentence_that_shares_only_a_common_word_is_not_quoted() -> None:
    """It would answer another question."""
    assert quoted(TEA + "Where is tea grown?") == ["Tea is grown in Assam."]
    assert quoted(TEA + "Where is coffee grown?") == ["Coffee is grown in Kerala."]


def test_sentences_that_answer_as_well_are_all_quoted() -> None:
    """In the order in which they were said, three at most."""
    cities = [f"{name} has a harbour." for name in ("Genoa", "Hamburg", "Porto", "Riga")]
    assert quoted(" ".join(cities), "Which city has a harbour?") == cities[:3]
    assert quoted(TEA, "What is grown in Kerala, and what in Assam?") == [
        "Tea is grown in Assam.",
        "Coffee is grown in Kerala.",
    ]


def test_the_sample_of_the_readme_has_one_answer() -> None:
    """It is the first thing that a newcomer sees."""
    [sample] = re.findall(r'"content": "(.+?)"}\]}', README.read_text("utf-8"))
    assert quoted(sample) == ["Tea is grown in Assam."]
