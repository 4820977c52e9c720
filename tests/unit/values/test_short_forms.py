"""What is known of short forms holds for all who look for ends of sentences."""

from __future__ import annotations

import pytest

from parlance.core.knowledge.asking import sentences
from parlance.engines import quote_ends
from parlance.values.short_forms import AMOUNTS, CLOSING, DIVISIONS, GERMAN_MONTHS, LABELS, LEADING


def read(text: str) -> list[list[str]]:
    """The sentences of a text as each reader of them tells."""
    return [list(filter(None, quote_ends.split(text))), [each.text.strip() for each in sentences.split(text)]]


@pytest.mark.parametrize(
    ("forms", "goes_on"),
    [
        (LEADING, "7 of them."),
        (LEADING, "small letters."),
        (LEADING, "The great."),
        (LABELS | DIVISIONS, "7 of them."),
        (CLOSING, "small letters."),
        (AMOUNTS, "Leute."),
    ],
)
def test_no_sentence_ends_behind_a_short_form_that_goes_on(forms: frozenset[str], goes_on: str) -> None:
    """With what such forms go on with."""
    for text in (f"See {form}. {goes_on}" for form in forms):
        assert read(text) == [[text], [text]]


def test_a_sentence_ends_behind_a_short_form_that_may_end_one() -> None:
    """Where another begins."""
    for form in CLOSING | AMOUNTS | DIVISIONS:
        assert read(f"See {form}. The great.") == [[f"See {form}.", "The great."]] * 2


def test_no_sentence_ends_within_a_german_date() -> None:
    """By the name of its month or the short form of that."""
    for text in (f"Seit dem 7. {month.title()} ist es so." for month in GERMAN_MONTHS):
        assert read(text) == [[text], [text]]
