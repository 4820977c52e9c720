"""What the letters of a text are, where it does not say how they are encoded."""

from __future__ import annotations

import random

import pytest

from parlance.parsers.encodings import DAMAGED, is_text, words_of

ENGLISH = "It describes the pump in English only, and how it is drained before frost.\n"
CHINESE = "茶叶生长在阿萨姆邦，咖啡则生长在喀拉拉邦。这是一个很长的句子，其中有许多常用的字。\n"
TRADITIONAL = "茶葉生長在阿薩姆邦，咖啡則生長在喀拉拉邦。這是一個很長的句子，其中有許多常用的字。\n"
FRENCH = "Résumé de José : la façade est naïve, où l'été dure — « cité ».\n"


@pytest.mark.parametrize(
    ("text", "encoding", "named"),
    [
        (CHINESE * 9, "gb18030", "GB18030"),
        (TRADITIONAL * 9, "big5", "Big5"),
        (FRENCH * 9, "cp1252", "Windows-1252"),
        ("La fête du café\n", "cp1252", "Windows-1252"),
        ("This README belongs to 张伟.\n" + ENGLISH * 40, "gb18030", "GB18030"),
        (ENGLISH + "The bill comes from 北京电力公司.\n", "gb18030", "GB18030"),
    ],
)
def test_a_guess_is_right_and_says_that_it_is_one(text: str, encoding: str, named: str) -> None:
    """A few Chinese words in English are enough to be known, a few accents do not make it Chinese."""
    found = words_of(text.encode(encoding))
    assert found.text == text
    assert found.remark is not None and named in found.remark.words and "UTF-8" in found.remark.words


@pytest.mark.parametrize(
    "raw",
    [
        ENGLISH.encode(),
        (CHINESE * 5).encode(),
        (FRENCH * 5).encode("utf-8-sig"),
        (CHINESE * 5).encode("utf-16"),
        (ENGLISH * 5).encode("utf-16-le"),
        (CHINESE * 5).replace("\n", "").encode("utf-16-le"),
        (CHINESE * 5).replace("\n", "").encode("utf-16-be"),
    ],
)
def test_what_is_sure_is_not_remarked_upon(raw: bytes) -> None:
    """UTF-8, and UTF-16 with a mark or without."""
    found = words_of(raw)
    assert found.remark is None and ("frost" in found.text or "茶" in found.text or "José" in found.text)
    assert is_text(raw)


@pytest.mark.parametrize("where", [0, 40, -30, -1])
@pytest.mark.parametrize("text", [CHINESE * 30, FRENCH * 30, FRENCH, CHINESE.replace("\n", "")])
def test_a_bad_byte_makes_no_other_language_of_a_text(text: str, where: int) -> None:
    """Wherever it stands, and also where there is but one line."""
    raw = text.encode()
    at = next(place for place in range(where % len(raw), len(raw) + 1) if raw[place : place + 1] < b"\x80")
    found = words_of(raw[:at] + b"\xff" + raw[at:])
    assert found.text.replace("\ufffd", "") == text
    assert found.remark == DAMAGED


def test_western_letters_are_never_taken_for_chinese() -> None:
    """Whatever words they stand in, in any length."""
    dice = random.Random(5)
    for _ in range(200):
        words = ["".join(dice.choices("abcdeioust", k=3)) + dice.choice("éèàüößñçÉÖÜ") + dice.choice(["", "e", "t"])]
        text = " ".join(words * 3 + ["plain"] * dice.randrange(1, 40))
        assert words_of(text.encode("cp1252")).text == text
