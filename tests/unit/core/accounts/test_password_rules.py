"""New passwords: long enough, not one that is tried first, and nothing else (NIST SP 800-63B)."""

from __future__ import annotations

import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlance.core.accounts.password_rules import FEWEST, MOST, check_password
from parlance.values.errors import Fault, Kind

ADA = ("Ada Lovelace", "countess@example.org")


SENTENCES = {
    "The password is shorter than 8 characters. 15 or more are better: a few words are easy to remember.",
    "The password is longer than 256 characters.",
    "This password is one of the first that somebody would try. Take words that do not belong together, and not the "
    "name of a person or of this place.",
}


def code(password: str, context: tuple[str, ...] = ADA) -> str | None:
    try:
        check_password(password, context)
    except Fault as fault:
        assert (fault.kind, fault.field) == (Kind.invalid, "password")
        assert fault.sentence() in SENTENCES  # none of which holds anything of the password
        return fault.code
    return None


@pytest.mark.parametrize("password", ["", "a", "1234567", "é" * 7, "xK9#mQ2"])
def test_fewer_than_eight_characters_are_too_few(password: str) -> None:
    assert code(password) == "password_too_short"


def test_up_to_256_characters_are_fine_and_more_are_not() -> None:
    letters = random.Random(7).choices(string.ascii_letters, k=MOST + 1)
    assert code("".join(letters[:MOST])) is None
    assert code("".join(letters)) == "password_too_long"


COMMON = """
password Password1 p4ssw0rd! P@$$w0rd passwort123 12345678 87654321 11111111 aaaaaaaa qwertyuiop qwertz123 asdfghjkl
1q2w3e4r zaq12wsx abcdefgh abcabcabc abcd1234 letmein99 welcome2024 Summer2024! december25 iloveyou1 changeme!
administrator secret00 monkeymonkey1 密码密码密码密码 ........ adalovelace Lovelace1 countess! ada2ada2 parlance1
Parlance2026 openwebui1 ｐａｓｓｗｏｒｄ
"""


@pytest.mark.parametrize("password", [*COMMON.split(), "        "])
def test_what_is_tried_first_is_refused(password: str) -> None:
    assert code(password) == "password_common"


GOOD = """
correct horse;blue chair under;xK9#mQ2z;kitchen7sink;Tr0ub4dor&3;zwölf Boxkämpfer;蓝色的椅子在云下面;
my parlance to the world;secret garden of roses;lowercaseonly;8-letter;пароль-не-простой
"""


@pytest.mark.parametrize("password", GOOD.replace("\n", "").split(";"))
def test_there_are_no_rules_about_which_characters_it_has(password: str) -> None:
    """Spaces, one case only, no digit, any script: all fine."""
    assert code(password) is None


def test_the_persons_own_name_counts_for_that_person_only() -> None:
    assert code("lovelace!") == "password_common"
    assert code("lovelace!", ("Grace Hopper", "grace@example.org")) is None


@given(st.lists(st.sampled_from("abcdefghijkmnpqrstuvwxyz23456789"), min_size=14, max_size=40))
def test_random_passwords_are_hardly_ever_refused(letters: list[str]) -> None:
    """What a password manager makes passes: it is refused only where it happens to repeat itself."""
    password = "".join(letters)
    assert code(password) is None or len(set(password)) < 9


@pytest.mark.slow
@given(st.text(max_size=300))
def test_any_text_is_judged_quickly_and_in_words(password: str) -> None:
    found = code(password, (password, "", "\x00"))
    assert found in (None, "password_too_short", "password_too_long", "password_common")
    assert (found == "password_too_short") == (len(password) < FEWEST)
