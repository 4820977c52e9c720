"""Secrets leave neither by the log nor by a message, in whatever spelling they stand in a text."""

from __future__ import annotations

import base64
import json
import time
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlance.observe.redaction import MARK, Redactor, forms

SECRETS = st.text(st.characters(exclude_categories=["Cs"]), min_size=6, max_size=40).filter(
    # A secret that is part of the mark, or white space alone, would be found in a clean text.
    lambda text: text not in MARK and bool(text.strip())
)
KEY = 'hunter2-Secret/+ä"9'


@pytest.mark.slow
@given(st.text(max_size=80), SECRETS, st.text(max_size=80))
def test_no_configured_secret_survives_in_any_text(before: str, secret: str, after: str) -> None:
    """Whatever stands around it, an exact value is gone."""
    assert secret not in Redactor([secret]).redact(before + secret + after).replace(MARK, "")


@given(SECRETS)
def test_no_configured_secret_survives_in_another_spelling(secret: str) -> None:
    """URL-encoded (both ways), as JSON (both ways) and as Base64 it is gone too."""
    redactor = Redactor([secret])
    data = secret.encode()
    spellings = [
        quote(secret, safe=""),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
    ]
    if len(data) >= 8:
        spellings += [base64.b64encode(data).decode(), base64.urlsafe_b64encode(data).decode()]
    for spelling in spellings:
        assert spelling not in redactor.redact(f"a {spelling} b"), spelling


@pytest.mark.parametrize("user", ["", "a", "ab", "abc", "somebody"])
def test_a_password_in_basic_credentials_is_found_behind_any_user(user: str) -> None:
    """Base64 of `user:password` is found although the secret starts in the middle of a triple."""
    redactor = Redactor(["correct horse battery"])
    text = base64.b64encode(f"{user}:correct horse battery".encode()).decode()
    assert MARK in redactor.redact(f"x={text}")


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Authorization: Bearer abc.def", f"Authorization: {MARK}"),
        ("proxy-authorization=Basic abcd", f"proxy-authorization={MARK}"),
        ("sent bearer abcdefg", f"sent bearer {MARK}"),
        ("Basic dXNlcjpwYXNzd29yZA and Basic dXNlcjpwYQ==", f"Basic {MARK} and Basic {MARK}"),
        ("bearer\tabcdefg", f"bearer\t{MARK}"),
        ("?api_key=foo&x=1", f"?api_key={MARK}&x=1"),
        ("apikey: foo, x", f"apikey: {MARK}, x"),
        ('{"api_key": "abc"}', f'{{"api_key": "{MARK}"}}'),
        ('"password": "ab\\"cd", 5', f'"password": "{MARK}", 5'),
        (r"{\"password\": \"ab c\"}", rf"{{\"password\": \"{MARK}\"}}"),
        ("token: 'abc def' z", f"token: '{MARK}' z"),
        ("OPENAI_API_KEY=abc", f"OPENAI_API_KEY={MARK}"),
        ("Set-Cookie: a=b; HttpOnly", f"Set-Cookie: {MARK}"),
        ("x-api-key: abc", f"x-api-key: {MARK}"),
        ("https://user:pass@host/x", f"https://{MARK}@host/x"),
        ("redis://:p@ss@host:1", f"redis://{MARK}@host:1"),
        ("key sk-proj-abcdef123 is bad", f"key {MARK} is bad"),
        ("hf_abcdefghijklmnopqrst", MARK),
        ("ghp_abcdefghijklmnopqrst1234", MARK),
        ("AIza" + "a" * 35, MARK),
        ("eyJhbGciOiJI.eyJzdWIiOiIx.c2ln", MARK),
    ],
)
def test_what_looks_like_a_secret_goes(text: str, clean: str) -> None:
    """The value is replaced; what tells where it stood is kept."""
    assert Redactor().redact(text) == clean


@pytest.mark.parametrize(
    "text",
    [
        "",
        "max_tokens: 5 is too large",
        "01920c1e-6b1c-7c3e-9f01-8a2b3c4d5e6f",
        "see https://example.com/a@b",
        "a task-oriented risk-free desk-lamp",
        "The model `llama3.1:8b` does not exist",
        "a basic functionality",
    ],
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    """A log in which everything is redacted helps nobody."""
    assert Redactor(["unrelated-secret"]).redact(text) == text


def test_a_secret_within_a_longer_one_does_not_leave_the_rest() -> None:
    """The longest goes first."""
    assert Redactor(["abcd", "abcd-efgh"]).redact("x abcd-efgh y") == f"x {MARK} y"


def test_of_a_headers_value_the_token_is_the_secret() -> None:
    """It is found without its scheme too."""
    assert Redactor(["Bearer abcd-efgh"]).redact("x abcd-efgh y") == f"x {MARK} y"


def test_a_secret_shorter_than_four_characters_is_not_looked_for() -> None:
    """It would stand in every second line by chance."""
    assert list(forms("abc")) == []
    assert Redactor(["abc"]).redact("abcabc") == "abcabc"


def test_a_tree_loses_secrets_in_values_names_and_digits() -> None:
    """Numbers are judged by their digits; fields whose name says `password` lose any text."""
    redactor = Redactor([KEY, "12345678"])
    tree = {"a": [KEY, 1, 2.5, None, True], KEY: "x", "n": 12345678, "db_password": "q", "s": {KEY}, "o": object}
    assert redactor.redact_value(tree) == {
        "a": [MARK, 1, 2.5, None, True],
        MARK: "x",
        "n": MARK,
        "db_password": MARK,
        "s": [MARK],
        "o": "<class 'object'>",
    }


def test_a_named_secret_that_is_no_text_is_judged_like_any_value() -> None:
    """A count of tokens under `token` is no secret; an empty text says that there is none."""
    assert Redactor()({"x": 1}.__repr__()) == "{'x': 1}"
    assert Redactor().redact_value({"token": 5, "secret": "", "tokens": "ok"}) == {
        "token": 5,
        "secret": "",
        "tokens": "ok",
    }


@pytest.mark.parametrize("limit", [10, 100, 600])
def test_a_cut_leaves_no_half_of_a_secret(limit: int) -> None:
    """Wherever the cut falls, what is left of the secret behind it is not shown."""
    secret = "Zq" * 40
    redactor = Redactor([secret])
    for lead in range(0, 700, 7):
        shown = redactor.head("a" * lead + secret * 20 + "b" * 2000, limit)
        assert "ZqZq" not in shown
        assert len(shown) <= limit


@pytest.mark.slow
@pytest.mark.parametrize(
    "piece", ["eyJ", "sk-", "a://", "api_key ", "bearer  ", 'token="', 'token="\\a', 'token " ', "cookie:", "basic "]
)
def test_time_grows_with_the_text_and_not_with_its_square(piece: str) -> None:
    """A hostile text eight times as long takes about eight times as long, not sixty-four."""
    redactor = Redactor(["some-secret-value"])
    short, long = piece * 2000, piece * 16000

    def best(text: str) -> float:
        times = []
        for _ in range(3):
            start = time.process_time()
            redactor.redact(text)
            times.append(time.process_time() - start)
        return min(times)

    assert best(long) < 32 * best(short) + 0.005
