"""An answer's marks become citations, wherever its stream is cut, and each resolves to what its document says."""

from __future__ import annotations

import decimal
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlance.core.knowledge.asking.citing import Citing
from parlance.core.knowledge.asking.marks import numbers_in
from parlance.core.knowledge.asking.passages import Numbered
from parlance.core.knowledge.asking.sentences import Sentences, split
from parlance.values.events import Cited
from tests.unit.core.knowledge.asking.library import asked, hit, whole

TEA = (
    "Tea is grown in Assam and in the hills of Darjeeling. The harvest of 1905 was 3.14 million chests. "
    "“Water,” wrote J. Smith, “must boil before it is poured.” A cup holds two hundred grams [2] of leaves."
)
茶 = "茶树原产于中国西南地区。1905年的产量为三百万箱。泡茶的水温应当接近一百度，时间不超过五分钟。"
MILK = "Milk comes from cows. Cows eat grass in summer and hay in winter."


def passages() -> Sequence[Numbered]:
    """1 is of tea, 2 Chinese, 3 of milk."""
    return asked([whole(TEA, "tea"), whole(茶, "cha", 0.8), whole(MILK, "milk", 0.7)]).passages


TEXTS = {"tea": TEA, "cha": 茶, "milk": MILK}


def cited(answer: str, pieces: Sequence[int] = ()) -> list[Cited]:
    """What an answer cites when it is cut at these places."""
    citing, found, last = Citing(passages()), list[Cited](), 0
    for at in [*sorted({min(piece, len(answer)) for piece in pieces}), len(answer)]:
        found += citing.push(answer[last:at])
        last = at
    return [*found, *citing.end()]


def told(answer: str) -> list[tuple[str, list[tuple[int, str | None]], tuple[int, ...]]]:
    """Each sentence that cites, the numbers with the words that are marked, and the numbers that there are not."""
    return [
        (
            answer[each.start : each.stop],
            [(one.number, TEXTS[one.document][one.start : one.stop] if one.sure else None) for one in each.citations],
            each.missing,
        )
        for each in cited(answer)
    ]


@pytest.mark.parametrize(
    ("marks", "numbers"),
    [
        ("[1]", [1]),
        ("[1][2]", [1, 2]),
        ("[1, 2]", [1, 2]),
        ("[2，1、3]", [2, 1, 3]),
        ("【1】", [1]),
        ("［１］［２］", [1, 2]),
        ("[1-3]", [1, 2, 3]),
        ("[1] [1]", [1]),
        ("[passage 2]", [2]),
        ("【来源3】", [3]),
        ("【2†source】", [2]),
        ("[1 and 3]", [1, 3]),
        ("[^2]", [2]),
        ("[1-900]", [1, 900]),
        ("[x] [] [1.5] [12345]", []),
    ],
)
def test_marks_are_read_in_every_usual_form(marks: str, numbers: list[int]) -> None:
    """Narrow or wide brackets, lists, ranges, with a word in front."""
    assert list(numbers_in(marks)) == numbers


def test_a_sentence_cites_the_stretch_that_says_it() -> None:
    """Word for word where that is there, else the sentence that is most like it."""
    answer = (
        "Tea is grown in Assam [1]. In 1905 the harvest was of 3.14 million chests.[1] "
        "Cows eat grass when it is summer, and in winter hay [3].\nNothing here cites. 泡茶的水温应当接近一百度。【2】"
    )
    assert told(answer) == [
        ("Tea is grown in Assam [1].", [(1, "Tea is grown in Assam")], ()),
        (
            "In 1905 the harvest was of 3.14 million chests.[1]",
            [(1, "The harvest of 1905 was 3.14 million chests.")],
            (),
        ),
        (
            "Cows eat grass when it is summer, and in winter hay [3].",
            [(3, "Cows eat grass in summer and hay in winter.")],
            (),
        ),
        ("泡茶的水温应当接近一百度。【2】", [(2, "泡茶的水温应当接近一百度")], ()),
    ]


def test_a_quotation_inside_of_a_sentence_is_what_is_marked() -> None:
    """With other quotation marks than the document's, and in Chinese."""
    assert told('It says that water "must boil before it is poured" [1].')[0][1] == [
        (1, "must boil before it is poured")
    ]
    assert told("书中写道“1905年的产量为三百万箱”[2]。")[0][1] == [(2, "1905年的产量为三百万箱")]
    assert told("书中写道“1905年的产量为三百万箱。”[2]")[0][1] == [(2, "1905年的产量为三百万箱。")], "with its mark"
    assert told("He says “must boil before it is poured,” [1].")[0][1] == [(1, "must boil before it is poured")]
    assert told('"Comes from cows" and "hay in winter" it says [3].')[0][1] == [
        (3, "comes from cows. Cows eat grass in summer and hay in winter")
    ]


def test_each_mark_of_a_sentence_has_its_own_clause() -> None:
    """Two sources in one sentence are told apart."""
    assert told("Tea is grown in Assam [1], while milk comes from cows [3].")[0][1] == [
        (1, "Tea is grown in Assam"),
        (3, "Milk comes from cows."),
    ]


def test_a_number_that_is_cited_again_rests_on_its_own_words() -> None:
    """What stands before the first of its marks does not bear out what stands before the second."""
    assert told("Tea is grown in Assam [1], and its leaves cure cancer [1].") == [
        ("Tea is grown in Assam [1]", [(1, "Tea is grown in Assam")], ()),
        ("and its leaves cure cancer [1].", [(1, None)], ()),
    ]
    assert told("Tea is red [1], milk comes from cows [3], and cows eat grass [3][9].") == [
        ("Tea is red [1], milk comes from cows [3]", [(1, None), (3, "Milk comes from cows")], ()),
        ("and cows eat grass [3][9].", [(3, "Cows eat grass in summer and hay in winter.")], (9,)),
    ]
    assert [
        len(each[1]) for each in told("Milk comes from cows [3]. [3]\n茶树原产于中国西南地区[2]，茶能治病[2]。")
    ] == [1, 1, 1]


def test_where_nothing_fits_surely_the_whole_passage_is_cited() -> None:
    """And nothing is marked: not by two words in common, nor by another number."""
    for answer in ("All of it is lovely [3].", "Milk is tea [3].", "The harvest of 1950 was 3.14 million chests [1]."):
        [(_, [(_, marked)], _)] = told(answer)
        assert marked is None
    [each] = cited("All of it is lovely [3].")
    assert (each.citations[0].start, each.citations[0].stop) == (0, len(MILK))


def test_two_sentences_that_fit_as_well_are_not_chosen_between() -> None:
    """The reader sees the passage."""
    text = "The red tea of the north is strong and dark. The red tea of the south is strong and dark."
    citing = Citing(asked([whole(text)]).passages)
    [found] = citing.push("Red tea is strong, dark and cheap [1].\n")
    assert not found.citations[0].sure


def test_numbers_that_there_are_not_are_dropped_and_told() -> None:
    """An answer cannot cite what it was not given."""
    assert told("Tea is grown in Assam [1][7]. The moon is far [9].") == [
        ("Tea is grown in Assam [1][7].", [(1, "Tea is grown in Assam")], (7,)),
        ("The moon is far [9].", [], (9,)),
    ]


def test_marks_on_a_line_of_their_own_belong_to_what_stands_before() -> None:
    """So that a sentence keeps its source."""
    assert told("Milk comes from cows.\n[3]\n") == [
        ("Milk comes from cows.\n[3]", [(3, "Milk comes from cows.")], ()),
    ]


def test_brackets_in_code_and_in_quoted_text_are_no_marks() -> None:
    """A list's index is not a source, and a document's own note is part of the quotation."""
    assert told("```\nx = cows[3]\n```\nUse `rows[1]` for milk.\n") == []
    assert told("> A cup holds two hundred grams [2] of leaves. [1]") == [
        (
            "> A cup holds two hundred grams [2] of leaves. [1]",
            [(1, "A cup holds two hundred grams [2] of leaves.")],
            (),
        )
    ]


def test_behind_a_bound_of_what_is_looked_at_citations_are_not_sure() -> None:
    """Wherever the answer is cut: the bound is of the answer, and a short passage may still be looked into."""
    sentence, large = "Tea is grown in Assam [1]. ", f"{TEA} {'It is said so. ' * 5000}"
    texts = asked([whole(large), whole(MILK, "milk", 0.8)]).passages
    citing, answer = Citing(texts), sentence * 150 + "Milk comes from cows [2]."
    found = [cited.citations[0].sure for n in range(0, len(answer), 999) for cited in citing.push(answer[n : n + 999])]
    found += [cited.citations[0].sure for cited in citing.end()]
    sure = found.index(False)
    assert len(found) == 151 and 50 < sure < 150 and found == [True] * sure + [False] * (150 - sure) + [True]
    hurried = Citing(texts)
    hurried.hurry()
    assert [cited.citations[0].sure for cited in hurried.push(f"{sentence}\n")] == [False]


def test_a_citation_names_the_chunk_and_the_page_where_it_begins() -> None:
    """Of a passage that was joined from several."""
    found = Citing(asked([hit(TEA, 0, 60), hit(TEA, 50, 120)]).passages).push(
        "The harvest of 1905 was 3.14 million [1].\n"
    )
    [one] = next(found).citations
    assert (one.chunk, one.page, one.name) == ("d1:50:120", 1, "d1.txt")
    assert TEA[one.start : one.stop] == "The harvest of 1905 was 3.14 million"


def test_sentences_end_where_people_end_them() -> None:
    """Not in numbers, names, short forms or counted lists."""
    text = "See p. 3, e.g. of J. Smith at x.com. 1. It costs 3.14! 真的吗？是的。\nEnd"
    assert [each.text.strip() for each in split(text)] == [
        "See p. 3, e.g. of J. Smith at x.com.",
        "1. It costs 3.14!",
        "真的吗？",
        "是的。",
        "End",
    ]


def answered(text: str) -> list[str]:
    """The sentences of an answer, the same wherever it is cut."""
    at_once, pieces = Sentences(quotations=True), Sentences(quotations=True)
    found = [*at_once.push(text), *at_once.end()]
    assert [*(each for letter in text for each in pieces.push(letter)), *pieces.end()] == found
    return [each.text.strip() for each in found]


@pytest.mark.parametrize(
    "text",
    [
        "He left at 5 p.m. on Monday.|He left at 9 a.m. Monday.|He left at 5 p.m.|The king stayed.",
        "Smith et al. Found it.|See Apple Inc. of Jan. 5.|Apple Inc.|In 2020 it sold.|Ask Dr. House, Ph.D. Yes.",
        "The U.S. Army came.|Modern art.|See Art. 5 and fig. 3.|So it is, cf. Kant.",
        "Am 3. Oktober 1990, z. B. Tee.|Das ist z.B. Kaffee, d. h. Nr. 5 usw.|Der Tee.|Es gibt 12.|Mehr nicht.",
        "M. Dupont, p. ex. Paul, né en av. J.-C. Rome.|Fin.|Elle coûte env. Cent euros.",
        "It ends. and goes on.|Tea… and milk.|Really? asked he.|It ends. [1] and goes on [2].|So.",
        "1. Tea is red.|It costs 3.5 euro.|It is 12.|So.",
    ],
)
def test_a_short_form_ends_no_sentence_nor_does_what_a_small_letter_follows(text: str) -> None:
    """In English, German and French."""
    assert answered(text.replace("|", " ")) == text.split("|")


@pytest.mark.parametrize(
    "text",
    [
        "“Tea is red. Milk is white.” [1]|Next.",
        'He said "Tea is red. It is hot!" [1]|A 5" screen.|More.',
        "‘It’s red. It is hot.’ [1]|The dogs’ food.|More.",
        "„Tee ist rot. Er ist heiß.“ [1]|Weiter.",
        "»Tee ist rot. Er ist heiß.« [1]|Weiter.",
        "「甲是红。乙是蓝。」[1]|丙。",
        "“Tea is red [1].|Milk is white.” [2]|Next.",
    ],
)
def test_a_quotation_of_several_sentences_is_one(text: str) -> None:
    """So that none of them is cited without having been looked at; but for one that has a mark of its own."""
    assert answered(text.replace("|", " ")) == text.split("|")


def test_a_sentence_is_cited_with_all_that_it_says_before_a_short_form() -> None:
    """Half of a sentence says something else."""
    text = "The minister spoke at 5 p.m. on Monday after lunch. “Tea is red. Milk is white,” he said."
    found = Citing(asked([whole(text)]).passages)
    cited = [
        *found.push("The minister resigned at 5 p.m. on Monday after lunch [1]. “Tea is blue. Milk is white” [1]."),
        *found.end(),
    ]
    assert [one.sure for each in cited for one in each.citations] == [False, False]


PARTS = [
    *(
        "Tea is grown in Assam",
        "Milk comes from cows",
        "泡茶的水温应当接近一百度",
        "harvest of 1905",
        "e.g. J. Smith 3.14",
    ),
    *("[1]", "[2, 3]", "【1】", "［２］", "[9]", "[", "]", "[1", "[passage 3]", "1-3]"),
    *("p.m.", "the", "The", "3.", "Mai", "“", "„", "«", "'A", "’", "」", " " * 18),
    *(". ", ".", "。", "! ", "\n", "\n\n", " ", "…", '"', "”", "`", "```", "> ", "- ", "**", "   ", "，", "x" * 700),
]


@given(parts=st.lists(st.sampled_from(PARTS), max_size=25), cuts=st.lists(st.integers(0, 4000), max_size=40))
def test_the_cuts_of_a_stream_make_no_difference(parts: list[str], cuts: list[int]) -> None:
    """One letter at a time, at once, or anyhow; every span lies in its passage."""
    answer = "".join(parts)
    at_once = cited(answer)
    assert cited(answer, cuts) == at_once
    assert cited(answer, range(len(answer))) == at_once
    there = {each.number: each for each in passages()}
    for each in at_once:
        assert 0 <= each.start < each.stop <= len(answer)
        assert answer[each.start : each.stop].strip() == answer[each.start : each.stop]
        for one in each.citations:
            stretch = there[one.number].stretch
            assert stretch.span.start <= one.start < one.stop <= stretch.span.stop
            assert one.document == stretch.document


@given(st.text(alphabet="a.[]1 \n。", max_size=60), st.lists(st.integers(0, 60)))
def test_sentences_joined_are_the_text(text: str, cuts: list[int]) -> None:
    """Nothing is lost between them."""
    assert "".join(each.text for each in split(text)) == text
    assert [each.start for each in split(text)] == [
        sum(len(before.text) for before in split(text)[:n]) for n in range(len(split(text)))
    ]
    assert cited(text, cuts) == cited(text)


@pytest.mark.parametrize(("text", "said"), [(TEA, "Tea is grown in Assam"), (MILK, "2.5 million cows eat grass")])
def test_a_number_that_cannot_be_reckoned_with_makes_a_citation_unsure(
    text: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    """In the passage or in the answer; the log tells by what, and nothing of the text."""
    citing = Citing(asked([whole(text)]).passages)
    with decimal.localcontext(decimal.Context(Emax=3)):
        [one] = [*citing.push(f"{said} [1]. "), *citing.end()]
    assert [(each.start, each.stop, each.sure) for each in one.citations] == [(0, len(text), False)]
    assert [each.getMessage() for each in caplog.records] == ["a citation could not be resolved: Overflow"]
