"""The search for secrets in the tracked files."""

from __future__ import annotations

import pytest

from tools.scan_secrets import Finding, allowances, main, report, scan

NOISE = "q7Rz2Lk9Xw4Tn8Vb1Yc6Hd3Js5Gf0Mp1"


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN RSA " + "PRIVATE KEY-----",
        "key = sk-" + "proj-" + NOISE + NOISE,
        "ghp_" + NOISE + "abcd",
        "AKIA" + "ABCDEFGHIJKLMNOP",
        "AIza" + NOISE + "abc",
        "xoxb-" + "1234567890-" + "abcdefghij",
        "hf_" + NOISE,
        "eyJ" + "hbGciOiJIUzI1NiJ9.eyJ" + "zdWIiOiIxMjM0NTY3.c2lnbmF0dXJlLWJ5dGVz",
        "postgres://me:" + "hunter22@db.somewhere.net",
        "client_secret" + ' = "' + NOISE + '"',
    ],
)
def test_a_secret_is_found(text: str) -> None:
    """Each known form, and a random value under a telling name, is found once."""
    assert len(list(scan("x.py", f"first\n{text}\n"))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "api_key = 'sk-test'",
        'token = "this-is-not-a-real-token-at-all"',
        "secret = os.environ['SECRET']",
        "postgres://{user}:{password}@db",
        "postgres://me:hunter22@db.example.com/x",
        "postgres://me:hunter22@127.0.0.1/x",
        "sha256:8c7e7a84a8df4356b353eb6606c0ef602e776c41ef7f53dd6cc24e30402139b9",
    ],
)
def test_an_example_is_no_secret(text: str) -> None:
    """Placeholders, words, variables and digests are not reported."""
    assert list(scan("x.py", text)) == []


def test_an_allowance_silences_one_text_in_one_file() -> None:
    """The same text in another file is still reported, and the report does not repeat it."""
    here, there = Finding("a.py", 1, "key", NOISE), Finding("b.py", 2, "key", NOISE)
    lines = report([here, there], {("a.py", NOISE)})
    assert len(lines) == 1 and lines[0].startswith("b.py:2: key") and NOISE not in lines[0]


def test_an_allowance_that_nothing_needs_is_reported() -> None:
    """The list of what only looks like a secret stays short."""
    assert report([], {("a.py", NOISE)}) == [
        f"tools/allowed_secrets.txt: nothing matches `a.py: {NOISE[:8]}…` any more"
    ]


def test_the_tracked_files_hold_no_secret() -> None:
    """The scan that CI runs passes here and now."""
    assert main() == 0 and all(len(entry) == 2 for entry in allowances())
