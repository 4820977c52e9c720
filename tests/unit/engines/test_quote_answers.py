"""What the built-in engine quotes of passages as parsers make them: PDF and DOCX without marks for headings, tables,
code, and several languages."""

from __future__ import annotations

import pytest

from parlance.core.knowledge.asking.citing import Citing
from parlance.engines.quote import reply, reply_from
from parlance.engines.quote_passages import NumberedText
from parlance.engines.quote_stopwords import telling
from parlance.values.messages import Message
from tests.unit.core.knowledge.asking.library import asked, whole

CODES = """Error codes

| Code | Meaning | What to do |
| --- | --- | --- |
| E10 | No water comes in | Open the tap |
| E20 | Water does not drain | Clean the filter |
| E40 | Door not closed | Push the door |"""
ENERGY = """2024

| Month | Electricity kWh | Gas kWh |
| --- | --- | --- |
| January | 310 | 1820 |
| March | 265 | 1210 |
| April | 240 | 760 |"""
TOMATOES = "# Tomato diary\n\nSowed San Marzano on 3 March. First fruit on 12 July."
LEASE = """Mietvertrag über Wohnraum

§ 3 Miete und Nebenkosten

Die monatliche Kaltmiete beträgt 742,50 Euro. Die Miete ist am dritten Werktag zu zahlen.

§ 8 Haustiere

Die Haltung von Kleintieren ist erlaubt. Hunde und Katzen bedürfen der Zustimmung des Vermieters."""
HOUSE = "Ruhezeiten\n\nVon 22 Uhr bis 6 Uhr ist Nachtruhe. An Sonntagen darf im Garten kein Rasenmäher benutzt werden."
DENTIST = """Ihr Termin zur Zahnreinigung

Guten Tag,

Ihr Termin ist am Donnerstag, dem 20. März 2025 um 8:15 Uhr. Bitte kommen Sie früher. Die Kosten betragen 95 Euro.

Praxis Dr. Vogel"""
RECEIPT = "RECEIPT Hardware Store Krause\nCordless drill 89.95 EUR\nTotal 104.45 EUR\nReturn within 30 days"
TEA = "龙井茶产于浙江杭州西湖一带，属于绿茶。冲泡龙井宜用八十度左右的热水，不要用沸水。\n\n熟普洱用一百度的沸水。"


def told(question: str, *texts: str) -> list[str]:
    """The lines that are quoted, without their sign."""
    said = reply_from([NumberedText(n, text) for n, text in enumerate(texts, 1)], question)
    return [line.removeprefix("> ") for line in said.splitlines() if line.startswith("> ")]


def test_the_row_that_answers_is_quoted_under_the_names_of_its_columns() -> None:
    """And neither the heading above the table nor its head; the names count for a row that has a word itself."""
    row = ["Code | Meaning | What to do", "--- | --- | ---", "E20 | Water does not drain | Clean the filter [1]"]
    assert told("What does error code E20 mean?", CODES) == row == told("E20", CODES)
    assert told("How much gas did we use in March?", TOMATOES, ENERGY) == [
        "Month | Electricity kWh | Gas kWh",
        "--- | --- | ---",
        "March | 265 | 1210 [2]",
    ]


def test_rows_of_one_table_have_its_head_once() -> None:
    """Also where only what stands above the table has the words of the question."""
    table = told("Which error codes are there?", CODES)
    assert table[2:] == [
        "E10 | No water comes in | Open the tap [1]",
        "E20 | Water does not drain | Clean the filter [1]",
        "E40 | Door not closed | Push the door [1]",
    ]
    assert sorted(told("What about E10 and E40?", CODES)[1:]) == ["--- | --- | ---", table[2], table[4]]


def test_a_row_reads_as_a_row_whatever_its_first_cell_is() -> None:
    """A bar stays where a page would take the cell for a list, or a single column for a heading; a row whose head is in
    another passage stands alone, and so do cells in lines without outer bars."""
    assert told("Sungold?", "| | kg |\n|---|---|\n| | Sungold |") == ["| | kg", "--- | ---", "| | Sungold [1]"]
    assert told("Sungold?", "| Sort |\n|---|\n| Sungold |\n| Roma |") == ["| Sort", "| ---", "| Sungold [1]"]
    assert told("Sungold?", "| 1. Sungold | 6 |\n| 2. Roma | 7 |") == ["| 1. Sungold | 6 [1]"]
    assert told("Sungold?", "Sort | kg\n--- | ---\nSungold | 6\nroma | 7\n\nEnd.")[-1] == "Sungold | 6 [1]"
    assert told("Sungold?", "| | |\n|---|---|\n| Sungold | 6 |") == ["Sungold | 6 [1]"]


def test_a_row_in_a_message_is_quoted_as_well() -> None:
    """With its source below it."""
    said = reply([Message("user", CODES), Message("user", "What does E20 mean?")])
    assert said.endswith("> E20 | Water does not drain | Clean the filter\n— your message 1")


@pytest.mark.parametrize(
    "question", ["What does error code E20 mean?", "How much gas did we use in March?", "Sungold?"]
)
def test_what_is_quoted_of_a_table_resolves_to_the_row(question: str) -> None:
    """Each mark is sure, and the words at its place are those of the row."""
    texts = {"codes": CODES, "energy": ENERGY, "kg": "| Sort | kg |\n|---|---|\n| Sungold | 6 |\n| Roma | 7 |"}
    passages = asked([whole(text, name) for name, text in texts.items()]).passages
    answer = reply_from([NumberedText(each.number, each.stretch.content) for each in passages], question)
    citing = Citing(passages)
    [cited] = [*citing.push(answer), *citing.end()]
    [one] = cited.citations
    row = answer.splitlines()[-1].removeprefix("> ").rpartition(" [")[0]
    assert one.sure and texts[one.document][one.start : one.stop].strip("| ") == row


def test_a_short_line_of_its_own_without_an_end_is_a_heading() -> None:
    """It leads to what is below it. Lines of a list, and what stands last, are none."""
    assert told("What are the rules for Haustiere?", LEASE) == ["Die Haltung von Kleintieren ist erlaubt. [1]"]
    assert told("Was gilt zu Miete und Nebenkosten?", LEASE)[0].startswith("Die Miete ist")
    notes = "Buy milk\n\nCall Anna\n\nSpare key under the pot\n\nFeed the cat\n\nAsk Bernd"
    assert told("Where is the spare key?", notes) == ["Spare key under the pot [1]"]
    assert told("Where is the key?", "The house\n\nkey under the pot\n\nIt is red.") == ["key under the pot [1]"]
    assert told("Key?", "Key code: 77\n\nIt is red.") == ["Key code: 77 [1]"]
    assert told("Where is the key?", "It is red.\n\nKey under the pot") == ["Key under the pot [1]"]


def test_what_names_a_thing_is_no_answer_to_how_much_it_is() -> None:
    """Where a line of the same text has a number."""
    assert told("How much is the total of the receipt?", RECEIPT) == ["Total 104.45 EUR [1]"]


@pytest.mark.parametrize(
    ("question", "answers"),
    [
        ("Wann ist mein Zahnarzttermin?", ["Ihr Termin ist am Donnerstag, dem 20. März 2025 um 8:15 Uhr. [3]"]),
        ("Was kostet das?", ["Die Kosten betragen 95 Euro. [3]"]),
        ("Wie hoch ist die Kaltmiete?", ["Die monatliche Kaltmiete beträgt 742,50 Euro. [1]"]),
        (
            "Darf ich einen Hund halten?",
            [
                "Die Haltung von Kleintieren ist erlaubt. [1]",
                "Hunde und Katzen bedürfen der Zustimmung des Vermieters. [1]",
            ],
        ),
    ],
)
def test_german_questions_are_answered_by_what_they_ask_for(question: str, answers: list[str]) -> None:
    """`ist`, `die`, `einen` and `darf` carry nothing, words have endings, and several may be written as one."""
    assert told(question, LEASE, HOUSE, DENTIST) == answers


def test_chinese_questions_are_answered_by_what_they_ask_for() -> None:
    """`多少` and `的` carry nothing, and single signs count beside pairs."""
    assert told("龙井用多少度的水泡？", TEA)[0] == "冲泡龙井宜用八十度左右的热水，不要用沸水。 [1]"
    assert told("航班CA4194几点？", "航班CA4194是九点。火车是十点。") == ["航班CA4194是九点。 [1]"]


@pytest.mark.parametrize(
    ("question", "left"),
    [
        ("where is the door to the van", ["door", "van"]),
        ("wo ist die kaltmiete in meinem vertrag", ["kaltmiete", "vertrag"]),
        ("où est la clé de la cave", ["clé", "cave"]),
        ("dónde está la llave de la casa", ["llave", "casa"]),
        ("dove sono le chiavi della cantina", ["chiavi", "cantina"]),
        ("onde estão as chaves da minha casa", ["estão", "chaves", "casa"]),
        ("waar is de sleutel van het huis", ["sleutel", "huis"]),
        ("door", ["door"]),
    ],
)
def test_words_that_carry_nothing_are_known_in_the_language_of_the_question(question: str, left: list[str]) -> None:
    """Since `door`, `die` and `van` say something in another."""
    assert telling(question.split()) == left


def test_code_keeps_its_dots_and_is_shown_as_code() -> None:
    """So that no page takes its signs for marks; a fence itself says nothing."""
    command = ".venv/bin/pip install -r requirements/ocr.txt    # then start"
    page = f"In the checkout:\n\n    {command}\n\n```python\nimport ocr\n```"
    assert told("How is ocr installed with pip?", page)[0] == f"`{command}` [1]"
    [passage] = asked([whole(page)]).passages
    citing = Citing([passage])
    [cited] = [*citing.push(reply_from([NumberedText(1, page)], "pip requirements?")), *citing.end()]
    assert page[cited.citations[0].start : cited.citations[0].stop] == command
    assert told("python?", page) == ["In the checkout: [1]"]


def test_where_nothing_answers_nothing_is_sold_as_an_answer() -> None:
    """Words that every text has are none, in no language."""
    for question in ("What is the capital of Mongolia?", "Was ist die Hauptstadt der Mongolei?", "蒙古的首都是什么？"):
        said = reply_from([NumberedText(1, LEASE), NumberedText(2, TEA)], question)
        assert said.startswith(("No sentence that was found", "找到的句子都不含"))
