"""A number is sure only as it stands in its passage: whole, with its scale, its sign and its unit."""

from __future__ import annotations

import pytest

from parlance.core.knowledge.asking.amounts import amounts
from parlance.core.knowledge.asking.folding import folded
from tests.unit.core.knowledge.asking.test_sureness import sure


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("The tank holds 300 litres of water [1].", "The tank holds less than 300 litres of water."),
        (
            "The tank holds less than 300 litres of water [1].",
            "The tank holds more than 300 litres of water, less is rare.",
        ),
        ("The company paid 3.5 million euro in tax [1].", "The company failed to pay 3.5 million euro in tax."),
        ("The meeting is on 3 May 2021 in Bonn [1].", "The meeting is on 5 March 2021 in Bonn, 3 May is free."),
        ("The meeting is on 2021-05-03 in Bonn [1].", "The meeting is on 2021-03-05 in Bonn."),
        ("The limit is 5 GB of storage per user [1].", "The limit is 5 MB of storage per user."),
        ("The limit is 5 kg per person and day [1].", "The limit is 5 mg per person and day."),
        ("Version 3.1 supports the new protocol [1].", "Version 3.10 supports the new protocol."),
        ("Section 4 supports the new protocol fully [1].", "Section 4.2 supports the new protocol fully."),
        ("The server costs 1.500 euro per month now [1].", "The server costs 1.5 euro per month now."),
        ("The result is 10^6 of the new protocol values [1].", "The result is 10^-6 of the new protocol values."),
        ("3.5 kg of flour are needed for the bread [1].", "2. Milk\n3. 5 kg of flour are needed for the bread."),
        ("1.5 million people live here in tents [1].", "See section 1. 5 million people live here in tents."),
        ("The result is 23 apples in the bag [1].", "The result is 2*3 apples in the bag."),
        ("There are 106 grains in the large sack [1].", "There are 10⁶ grains in the large sack."),
        ("There are 102 grains in the large sack [1].", "There are 10² grains in the large sack."),
        ("3 cups of flour are needed for it [1].", "1/3 cups of flour are needed for it."),
        ("3 cups of flour are needed for it [1].", "For two, 2-3 cups of flour are needed for it."),
        ("We need for the bread altogether 3 [1].", "We need for the bread altogether 3/4 cups."),
        ("We need for the bread altogether 3 [1].", "We need for the bread altogether 3-5 cups."),
        ("We need for the bread altogether 3 [1].", "We need for the bread altogether 3 dozen eggs."),
        ("The whole project has cost 3 [1].", "The whole project has cost 3 bn euro."),
        ("The whole project has cost $3 [1].", "The whole project has cost $3k."),
        ("The whole project has cost 3 [1].", "The whole project has cost 3 Mio. Euro."),
        ("Das ganze Projekt hat 3 Euro gekostet [1].", "Das ganze Projekt hat 3 Millionen Euro gekostet."),
        ("Das ganze Projekt hat drei Euro gekostet [1].", "Das ganze Projekt hat vier Euro gekostet, nicht drei."),
        ("The shop opens for customers at 10 [1].", "The shop opens for customers at 10:30."),
        ("The sack holds grains, about 10 [1].", "The sack holds grains, about 10^6."),
        ("The bill was altogether 1 [1].", "The bill was altogether 1 000 euro."),
        ("The bill was altogether 000 euro [1].", "The bill was altogether 1 000 euro."),
        ("The bill was 500 euro altogether [1].", "The bill was 1 500 euro altogether."),
        ("The bill was 500 euro altogether [1].", "The bill was 1'500 euro altogether."),
        ("500 euro was the bill altogether [1].", "1 500 euro was the bill altogether."),
        ("500 euro was the bill altogether [1].", "1'500 euro was the bill altogether."),
        ("The ship sank in the year 1912 near Halifax [1].", "The ship sank in the year 1912 BC near Halifax."),
        ("The train leaves at 5 from Bonn on Sundays [1].", "The train leaves at 5 pm from Bonn on Sundays."),
        ("The train leaves at 5 am from Bonn [1].", "The train leaves at 5 pm from Bonn."),
        ("Eighty of the passengers were saved [1].", "Eighty-one of the passengers were saved."),
        ("One of the passengers was saved alive [1].", "None but one of the passengers was saved alive."),
        (
            "Half of the passengers were saved alive [1].",
            "A third of the passengers were saved alive, the other half not, not.",
        ),
        ("Two thirds of the passengers were saved [1].", "One third of the passengers were saved, two not."),
    ],
)
def test_a_part_of_a_number_is_another_number(answer: str, text: str) -> None:
    """Of a range, a part, a time, a power, a date, a sum in groups; and with a scale of any language."""
    assert sure(answer, text) == [None]


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("The limit is 5 m per person and day [1].", "The limit is 5 km per person and day."),
        ("The vitamin C dose is harmful for adults [1].", "The vitamin D dose is harmful for adults."),
        ("Hepatitis B is harmful for adults [1].", "Hepatitis C is harmful for adults."),
        ("The temperature is 5°C in winter here [1].", "The temperature is 5°F in winter here."),
        ("x ≥ 5 holds for all new protocols [1].", "x ≤ 5 holds for all new protocols."),
        ("x > 5 holds for all new protocols [1].", "x < 5 holds for all new protocols."),
        ("a + b is the new protocol value [1].", "a - b is the new protocol value."),
        ("C is the older language of both [1].", "C++ is the older language of both."),
        ("C++ is the older language of both [1].", "C# is the older language of both."),
        ("Use chmod +x on the script file [1].", "Use chmod -x on the script file."),
        ("Use the option --force on the script file [1].", "Use the option --no-force on the script file."),
        ("Use the option enable_cache on the script file [1].", "Use the option enable-cache on the script file."),
        ("C is the older language of both [1].", "C# is the older language of both."),
        ("Run `rm -rf /` in the folder afterwards [1].", "Run `rm -rf build` in the folder afterwards."),
        ("Vitamin A is harmful for adults in the sun [1].", "Vitamin D is harmful for adults in the sun."),
    ],
)
def test_another_sign_or_single_letter_is_another_thing(answer: str, text: str) -> None:
    """Units, grades, flags and names of one letter."""
    assert sure(answer, text) == [None]


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("Altogether the bill was 1500 euro [1].", "The bill was 1 500 euro altogether."),
        ("Altogether the bill was 1,500 euro [1].", "The bill was 1'500 euro altogether."),
        ("Das Projekt hat 3 000 000 Euro gekostet [1].", "Gekostet hat das Projekt 3 Millionen Euro."),
        ("In Bonn the shop opens at 10:30 [1].", "The shop opens at 10:30 in Bonn."),
        ("In Bonn the meeting is on 2021-05-03 [1].", "The meeting is on 2021-05-03 in Bonn."),
        ("There are 10^6 grains in the large sack [1].", "There are 10⁶ grains in the large sack."),
        ("Vitamin C is harmful for adults [1].", "For adults vitamin C is harmful."),
        ("It says “One of the passengers was saved” [1].", "- One of the passengers was saved."),
        ("It says “- 100,000 passengers were saved” [1].", "- 100,000 passengers were saved."),
    ],
)
def test_the_same_number_and_sign_stays_sure(answer: str, text: str) -> None:
    """However it is written."""
    assert None not in sure(answer, text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1 500, 1'500, 1,500 and 1.5 thousand", {"1500"}),
        ("3 Mio. and 3 millones, 3 млн", {"3000000"}),
        ("3 bn, 3 Mrd", {"3000000000"}),
        ("2 dozen", {"24"}),
        ("$3k, 5 k", {"3000", "5"}),
        ("10⁶, 10^6", {"10^6"}),
        ("1½, 3/4, 10:30, 2021-05-03", {"1", "1/2", "3/4", "10:30", "2021-05-03"}),
        ("in 2021 120 people, 3, 500", {"2021", "120", "3", "500"}),
    ],
)
def test_what_belongs_to_a_number_is_read_with_it(text: str, told: set[str]) -> None:
    """Groups, scales, powers, parts, times and dates."""
    assert set(amounts(text)) == told


@pytest.mark.parametrize(
    "run",
    [
        "亿" * 5400,
        "3" + "亿" * 200_000,
        "9" * 5000 + "万",
        "hundred " * 3000,
        "千" * 5400,
        "负" + "万" * 5400,
        "9" * 5000,
    ],
)
def test_a_run_that_is_no_number_is_read_all_the_same(run: str) -> None:
    """However large it were: Python writes no number so long, and a decimal no such power of ten."""
    assert amounts(f"Of {run} things")
    assert sure("Tea is grown in Assam [1].", f"Tea is grown in Assam. Then there is {run}.") == [
        "Tea is grown in Assam"
    ]
    assert sure(f"Of tea is said {run} in Assam [1].", "Tea is grown in Assam.") == [None]


@pytest.mark.parametrize(
    ("one", "other"),
    [("3. 5 kg", "3.5 kg"), ("2*3", "23"), ("10⁶", "106"), ("C#", "C"), ("1½", "11/2"), ("a_b", "ab")],
)
def test_what_makes_another_number_or_name_is_not_folded_away(one: str, other: str) -> None:
    """Where a copy drops emphasis, headings and blanks."""
    assert folded(one).text != folded(other).text
    assert folded(f"# **{one}** _is_").text == folded(f"{one} is").text
