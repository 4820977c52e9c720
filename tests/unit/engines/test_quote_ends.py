"""Where the built-in engine ends a sentence: the words of a date, a short form or a piece of code stay together."""

from __future__ import annotations

import pytest

from parlance.engines.quote_ends import split
from parlance.engines.quote_lines import unwrapped


@pytest.mark.parametrize(
    "line",
    [
        "Der Termin ist am 20. November 2025 um 8 Uhr.|Bitte kommen Sie pünktlich.",
        "Ihr Termin ist am Donnerstag, dem 20. März 2025 um 8:15 Uhr.|Bitte bringen Sie etwas mit.",
        "Er wohnt im 3. Stock.|Sie wohnt im 19. Jahrhundert.",
        "Am 5. und 6. Mai ist frei.|Das war der 3.|Das war neu.",
        "Die Frist endet am 1. 12. 2025.|Danach nicht.",
        "Er kam 2020.|Die Wohnung kostet 95.|Bitte zahlen.",
        "Das gilt z. B. Für Hunde, d. h. Für alle.|Siehe Nr. 7 bzw. § 3 Abs. 2.",
        "Er wohnt in der Bergstr. 14 bei Dr. Petra Vogel.|Sie wohnt in der Talstr.|Er nicht.",
        "Tee, Kaffee usw.|Dann Kakao usw. und mehr.|Es sind ca. 3 Mio. Leute.",
        "It leaves from platform 11.|Coach 23, seat 84 (window).|Total 48.90 EUR.",
        "He said “no.”|Then he left at 5 p.m.|J. R. Smith stayed until 6 p.m. again.",
        "See fig. 3 and No. 5, e.g. Tea.|No.|That is art.",
        "Use `make. Run` first.|Then `cp a. B` again.",
        "M. Dupont est venu.|Il est parti.",
        "他说：“好。”|然后走了。|她（很高兴。）|回来了！！|真的？|是。",
    ],
)
def test_a_sentence_ends_where_it_ends(line: str) -> None:
    """In German, English, French and Chinese."""
    expected = line.split("|")
    chinese = "。" in line
    assert list(filter(None, split(("" if chinese else " ").join(expected)))) == expected


def test_an_entry_keeps_its_number() -> None:
    """Which is no sentence."""
    assert list(filter(None, split("1. Mix it. Bake it."))) == ["1. Mix it.", "Bake it."]
    assert list(filter(None, split("- 3. Eintrag."))) == ["- 3. Eintrag."]


def test_a_line_that_begins_with_the_day_of_a_date_is_no_entry_of_a_list() -> None:
    """Where the line above leads to it."""
    wrapped = "Ihr Termin zur Reinigung ist am Donnerstag, dem\n20. März 2025 um 8:15 Uhr."
    assert list(unwrapped(wrapped)) == [wrapped.replace("\n", " ")]
    assert list(unwrapped("Zutaten\n1. Mehl\n2. Salz")) == ["Zutaten", "1. Mehl", "2. Salz"]


def test_a_wrapped_line_goes_on_with_code() -> None:
    """Where it is long and ends in a word that something follows; short lines stay what they are."""
    wrapped = "Where Parlance was installed as a package it is\n`pip install 'parlance[ocr]'`."
    assert list(unwrapped(wrapped)) == [wrapped.replace("\n", " ")]
    assert list(unwrapped("What it is\n`pip`")) == ["What it is", "`pip`"]


def test_lines_of_code_stay_as_they_are() -> None:
    """Below a paragraph, but not what belongs to an entry of a list."""
    code = "In the checkout:\n\n    .venv/bin/pip install a\n    .venv/bin/pip install b. C\n\nThen start."
    assert list(unwrapped(code)) == code.split("\n")
    assert list(unwrapped("- an entry\n\n    more of\n    the entry"))[-1] == "more of the entry"
