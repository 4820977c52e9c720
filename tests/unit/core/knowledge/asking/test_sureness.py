"""What is not there word for word is never sure, and of a paraphrase only what nothing speaks against."""

from __future__ import annotations

import re
from random import Random

import pytest

from parlance.core.knowledge.asking.amounts import amounts
from parlance.core.knowledge.asking.citing import Citing
from parlance.core.knowledge.asking.passages import Numbered
from parlance.core.knowledge.asking.sentences import split
from tests.unit.core.knowledge.asking.library import asked, whole
from tests.unit.core.knowledge.asking.test_answers import contexts, marked, sentences, streamed

GARDENS = """# Gardens

Tea is grown in Assam on the banks of the Brahmaputra river. Coffee is grown in Kerala, in the shade of older trees. \
The company paid 3.5 million euro in 2021 for the northern gardens and hired 120 pickers.

Pepper climbs on palms. 本公司成立于一九九八年，总部位于北京市海淀区，员工一百二十人。
"""


def sure(answer: str, text: str = GARDENS) -> list[str | None]:
    """The words that each citation of an answer marks in a text; none where nothing is marked."""
    citing = Citing(asked([whole(text)]).passages)
    found = [one for each in (*citing.push(answer), *citing.end()) for one in each.citations]
    return [text[one.start : one.stop] if one.sure else None for one in found]


@pytest.mark.parametrize(
    "answer",
    [
        'The text says "tea is grown in Ceylon on the banks of the Brahmaputra river". [1]',
        'It states "Coffee is grown in Kerala, in the shade of younger trees" clearly. [1]',
        "The text says 'tea is grown in Ceylon on the banks of the river'. [1]",
        "> Tea is grown in Ceylon on the banks of the Brahmaputra river. [1]",
        "“Tea is grown in Assam … older palms.” [1]",
        "“Tea is grown in Kerala … hired 120 pickers.” [1]",
        "„The company paid 3.5 million dollar in 2021“, it says [1].",
        'It says "in Kerala, in the shade of older tree" [1].',
        'It says "for the northern gardens and hired 12" [1].',
        'The "ancient" coffee is grown in Kerala, in the shade of older trees [1].',
        "It says “Pepper grows. Coffee is grown in the shade of older trees, in Kerala.” [1]",
        "It says “Pepper climbs. Coffee is grown in Kerala, in the shade of older trees.” [1]",
        'It says "Pepper grows. Coffee is grown in the shade of older trees, in Kerala." [1]',
        "文中写道“总部位于上海市海淀区”[1]。",
        "文中写道“本公司成立于一九九”[1]。",
    ],
)
def test_a_quotation_that_is_not_there_word_for_word_is_not_sure(answer: str) -> None:
    """However much of it is there."""
    assert sure(answer) == [None]


@pytest.mark.parametrize(
    "answer",
    [
        "The company paid 3.5 billion euro in 2021 for the northern gardens and hired 120 pickers. [1]",
        "The company paid 3.5 million dollars in 2021 for the northern gardens and hired 120 pickers. [1]",
        "The company paid $3.5 million in 2021 for the northern gardens [1].",
        "In 2021 the company paid 3.5 % euro for the northern gardens [1].",
        "In 2021 the company hired twelve pickers for the northern gardens [1].",
        "The company paid 3 [1].",
        "The company paid 3.5 [1].",
        "本公司成立于一九九九年，总部位于北京市海淀区，员工一百二十人。[1]",
        "本公司成立于1999年，总部位于北京市海淀区，员工一百二十人。[1]",
        "本公司成立于一九九八年，总部位于北京市海淀区，员工一百三十人。[1]",
    ],
)
def test_another_number_scale_or_unit_speaks_against_it(answer: str) -> None:
    """In digits, in words and in Chinese characters."""
    assert sure(answer) == [None]


@pytest.mark.parametrize(
    "answer",
    [
        "Coffee is not grown in Kerala, in the shade of older trees. [1]",
        "Coffee is never grown in the shade of older trees in Kerala [1].",
        "Coffee isn't grown in the shade of older trees in Kerala [1].",
        "No coffee is grown in the shade of older trees in Kerala [1].",
        "本公司不成立于一九九八年，总部位于北京市海淀区，员工一百二十人。[1]",
        "本公司成立于一九九八年，总部未位于北京市海淀区，员工一百二十人。[1]",
    ],
)
def test_a_denial_speaks_against_it(answer: str) -> None:
    """Where the passage has none."""
    assert sure(answer) == [None]


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (answer, text)
        for low, high in [
            ("-5 degrees were measured at the lake.", "5 degrees were measured at the lake."),
            ("−5 degrees were measured at the lake.", "5 degrees were measured at the lake."),
            ("Minus five degrees were measured at the lake.", "Five degrees were measured at the lake."),
            ("-$300 was what the lake cost us.", "$300 was what the lake cost us."),
            ("At the lake we measured -5 degrees.", "At the lake we measured 5 degrees."),
            ("湖边气温零下五度，水面结冰。", "湖边气温五度，水面结冰。"),
        ]
        for one, other in [(low, high), (high, low)]
        for answer, text in [
            (f"{one} [1]", other),
            (f"> {one} [1]", other),
            (f"It says “{one}” [1].", other),
            (f"{one} [1]", f"In the morning: {other}"),
        ]
    ],
)
def test_a_minus_speaks_against_it(answer: str, text: str) -> None:
    """Of the answer or of the passage; and none is cut off of a quotation."""
    assert sure(answer, text) == [None]


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("-5 degrees were measured at the lake [1].", "In the morning −5 degrees were measured at the lake."),
        ("At the lake they measured -5 degrees [1].", "They measured minus five degrees at the lake."),
        ("- 5 degrees were measured at the lake [1].", "5 degrees were measured at the lake."),
        ("From 3 to 5 degrees at the lake were measured [1].", "3-5 degrees were measured at the lake."),
    ],
)
def test_a_minus_that_both_have_and_a_dash_that_is_none_speak_against_nothing(answer: str, text: str) -> None:
    """A list, and a range."""
    assert None not in sure(answer, text)


def test_what_the_passage_denies_is_not_said_by_it() -> None:
    """Neither in other words nor in its own, cut out behind the `not`."""
    denied = "Coffee was not grown in the hills of Kerala before the railway came. 本公司从未在北京市海淀区设立总部。"
    assert sure("Coffee was grown in the Kerala hills before the railway came [1].", denied) == [None]
    assert sure("Grown in the hills of Kerala before the railway came [1].", denied) == [None]
    assert sure("在北京市海淀区设立总部 [1]。", denied) == [None]
    assert sure("Coffee was not grown in the Kerala hills before the railway came [1].", denied) == [
        "Coffee was not grown in the hills of Kerala before the railway came."
    ]


@pytest.mark.parametrize(
    "answer",
    [
        "The company paid 3.5 million euro in 2021 for the southern gardens and fired 120 pickers. [1]",
        "Coffee is grown in Assam, in the shade of older trees [1].",
        "Tea is grown in Kerala, in the shade of older trees [1].",
        "Coffee is grown on the banks of the Brahmaputra river in the shade of older trees [1].",
        "本公司成立于一九九八年，总部位于上海市海淀区，员工一百二十人。[1]",
        "Coffee is grown in shade, in the shade of older trees [1].",
        "The company paid 3.5 million euro in 2021 for the northern gardens and hired 2021 pickers. [1]",
    ],
)
def test_another_name_or_word_speaks_against_it(answer: str) -> None:
    """Also one that stands elsewhere in the passage, and one that the sentence has, but once less."""
    assert sure(answer) == [None]


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("Alice paid Bob 300 for the boat [1].", "Bob paid Alice 300 for the boat."),
        ("The boat: Alice paid Bob, and Bob thanked Alice [1].", "Bob paid Alice, and Alice thanked Bob for the boat."),
        ("The Acme Works bought Lantern Labs last year [1].", "Lantern Labs bought the Acme Works last year."),
        ("Alice paid 300 and Bob 500 for boats [1].", "For boats Alice paid 500 and Bob 300."),
        ("Wheat is grown: in Kent 20 acres, in Essex 30 [1].", "Of wheat 30 acres are grown in Kent, 20 in Essex."),
    ],
)
def test_names_in_another_order_speak_against_it(answer: str, text: str) -> None:
    """And so do numbers that have changed places between two of them."""
    assert sure(answer, text) == [None]


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("For the boat Alice paid Bob 300 [1].", "Alice paid Bob 300 for the boat."),
        ("For the boat Bob thanked Alice [1].", "Alice paid Bob, and Bob thanked Alice for the boat."),
        ("In 2021 the Acme Works bought 3 boats [1].", "The Acme Works bought 3 boats in 2021."),
        ("In May Alice paid Bob for the boat [1].", "Alice paid Bob for the boat in May."),
        ("Rivers flow through Assam to the sea [1].", "Through Assam rivers flow to the sea."),
    ],
)
def test_names_in_their_order_are_as_sure_as_before(answer: str, text: str) -> None:
    """Whatever else stands elsewhere."""
    assert sure(answer, text) == [text]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            "“tea is grown in Assam…Brahmaputra river” [1].",
            "Tea is grown in Assam on the banks of the Brahmaputra river",
        ),
        ("“Tea is grown in Assam [...] river.” [1]", "Tea is grown in Assam on the banks of the Brahmaputra river."),
        ("‘in the shade  of\tolder trees’ is coffee grown [1].", "in the shade of older trees"),
        (
            "In 2021 the company paid 3,500,000 euros for the northern gardens and hired a hundred twenty pickers [1].",
            "The company paid 3.5 million euro in 2021 for the northern gardens and hired 120 pickers.",
        ),
        ("For the northern gardens the company paid €3.5 million [1].", "The company paid 3.5 million euro in 2021"),
        ("According to the text, in Kerala coffee is grown in the shade of trees [1].", "Coffee is grown in Kerala"),
        (
            "It says “in the shade of older trees. The company paid 3.5 million euro.” [1]",
            "in the shade of older trees. The company paid 3.5 million euro",
        ),
        ("本公司于1998年成立，总部位于北京市海淀区，员工120人。[1]", "本公司成立于一九九八年，总部位于北京市海淀区"),
        ("文中写道“总部位于北京市海淀区”[1]。", "总部位于北京市海淀区"),
    ],
)
def test_what_says_the_same_stays_sure(answer: str, words: str) -> None:
    """Another order, another way to write a number, the words of whoever answers."""
    [found] = sure(answer)
    assert found is not None and found.startswith(words)


@pytest.mark.parametrize(
    "said", ["`--watch` looks into the folder all day long.", ".env files are left out of all folders."]
)
def test_code_that_a_sentence_begins_with_is_marked_from_its_beginning(said: str) -> None:
    """With its backtick or dot."""
    text = f"Folders are read once.\n\n{said} Others are read."
    assert sure(f"{said[:-1]} [1].", text) == [said[:-1]] and sure(f"> {said} [1]", text) == [said]


def test_a_sentence_that_two_say_as_well_is_placed_in_neither() -> None:
    """The reader sees the passage."""
    text = "The red tea of the north is strong and dark. The red tea of the south is strong and dark."
    assert sure("Red tea is dark and strong [1].", text) == [None]
    assert sure("Red tea of the south is dark and strong [1].", text) == [text[45:]]


def test_an_ellipsis_inside_of_a_quotation_ends_no_sentence() -> None:
    """Whatever the marks are; outside it does."""
    assert len(split("“Tea is grown … by the river.” Well… Yes.")) == 3
    assert len(split('He says "tea ... grows". Yes.')) == 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("3.5 million, 3,500,000 and 三百五十万, 350万", {"3500000"}),
        ("一九九八年, 1998", {"1998"}),
        ("one hundred and twenty, 120, 一百二十", {"120"}),
        ("twenty-one 二十一", {"21"}),
        ("两千零五 五亿三千万 1 万亿", {"2005", "530000000", "1000000000000"}),
        ("two thousand five hundred million", {"500002000"}),
        ("one of them, 一个", set()),
        ("version 3.10 of 1.2.3", {"3.10", "1.2.3"}),
        ("hundreds of millions", {"100", "1000000"}),
        ("-5, −5, (–5), minus 5, minus five, 零下五, 负5, 气温为-5度", {"-5"}),
        ("-$3.5 million, minus 3,500,000, negative three million five hundred thousand, 负三百五十万", {"-3500000"}),
        ("3-5, 3–5, 5%-7%, F-16, 2021-05-03, 1998年-2005年", {"3", "5", "7", "16", "2021-05-03", "1998", "2005"}),
        ("- 5 apples, minus one, ten minus two", {"5", "-1", "10", "-2"}),
    ],
)
def test_numbers_are_one_however_they_are_written(text: str, told: set[str]) -> None:
    """Digits, English words and Chinese characters; what has no scale keeps its digits."""
    assert set(amounts(text)) == told


def altered(random: Random, sentence: str, other: str) -> str:
    """The sentence with one thing otherwise: a number, a denial, or a word of another sentence."""
    words, others = sentence.split(), [word for word in other.split() if word.isalpha() and len(word) > 5]
    at = random.randrange(1, len(words))
    digits = [n for n, one in enumerate(words) if one.strip(".,;:)").isdigit()]
    if digits and random.random() < 0.5:
        words[random.choice(digits)] = "4711"
    elif others and random.random() < 0.7:
        words[at] = next((each for each in others if each not in sentence), "zyzzyva")
    else:
        words.insert(at, "not" if " not" not in sentence else "zyzzyva")
    return " ".join(words)


GUARD = re.compile(
    r"\b(?:only|unless|except|until|before|after|if|may|must|some|all|never|not|no|without|more than|less than|at least"
    r"|at most|fewer than|than|most|nearly|almost|every|any|again|first|last|once|other|another|nobody|nothing|neither"
    r"|nor|cannot|hardly)\b ?",
    re.I,
)
"""Words without which a sentence says something else."""


def shortened(passage: Numbered) -> set[str]:
    """The sentences of a passage, each without one word that turns or narrows it."""
    whole = [each.rstrip(".") for each in sentences(passage) if len(each.split()) > 6]
    return {each[: one.start()] + each[one.end() :] for each in whole for one in GUARD.finditer(each)}


@pytest.mark.slow
def test_of_five_hundred_sentences_without_a_word_that_turns_or_narrows_them_hardly_any_is_marked() -> None:
    """Each is in the passage but for `not`, `only`, `at most` or the like."""
    random, wrong, total = Random(9), [], 0
    for context in contexts(random, 250):
        for passage in context.passages:
            for said in sorted(shortened(passage))[:2]:
                cited = streamed(random, context, f"{said} [{passage.number}].")
                total += 1
                wrong += [said for each in cited for one in each.citations if one.sure and one.number == passage.number]
    assert total >= 500
    assert len(wrong) <= 0.01 * total, wrong[:5]


@pytest.mark.slow
def test_over_five_hundred_altered_sentences_and_quotations_hardly_any_is_marked() -> None:
    """Each is one word away from what its passage says."""
    random, wrong, total = Random(8), [], 0
    for context in contexts(random, 200):
        for passage in context.passages:
            found = [each for each in sentences(passage) if len(each.split()) > 6]
            for sentence in found[:2]:
                said = altered(random, sentence, random.choice(found))
                said = f"It says “{said}”" if total % 2 else said
                cited = streamed(random, context, marked(random, said, passage.number))
                total += 1
                wrong += [said for each in cited for one in each.citations if one.sure and one.number == passage.number]
    assert total >= 500
    assert len(wrong) <= 0.005 * total, wrong[:5]
