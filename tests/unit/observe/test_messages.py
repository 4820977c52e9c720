"""Of an upstream's message a caller sees the sentence, and not where it comes from."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlance.observe.messages import LIMIT, safe_upstream_message
from parlance.observe.redaction import Redactor

REDACTOR = Redactor(["hunter2-secret"], hosts=["gpu-box"])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("The model `llama3.1:8b` does not exist", "The model `llama3.1:8b` does not exist"),
        ("model openai/gpt-4o not found, and/or no", "model openai/gpt-4o not found, and/or no"),
        ("max_tokens: 5 is too large", "max_tokens: 5 is too large"),
        ("invalid application/json", "invalid application/json"),
        ("dial tcp 10.0.0.5:11434: connect: connection refused", "dial tcp [address] connect: connection refused"),
        ("lookup ollama on 127.0.0.11:53: no such host", "lookup [address] on [address] no such host"),
        ("getaddrinfo ENOTFOUND redis", "getaddrinfo ENOTFOUND [address]"),
        ("the host is unreachable", "the host is unreachable"),
        ("messages[0].content is required, see https://a.b/c", "messages[0].content is required, see [address]"),
        ("open /var/models/x: no such file", "open [path] no such file"),
        ("C:\\Users\\me\\x.gguf missing", "[path] missing"),
        ("D:/models/x is missing", "[path] is missing"),
        ("\\\\nas\\share is missing", "[path] is missing"),
        ("'/home/My User/a b' denied", "[path] denied"),
        ("stat /srv/My Files/x/y failed", "stat [path] failed"),
        ("at ../conf and ~/x denied", "at [path] and [path] denied"),
        ("error:/etc/passwd denied", "[path] denied"),
        ("gpu-box is down", "[address] is down"),
        ("http://GPU-BOX/v1 is down", "[address] is down"),
        ("db.internal and localhost failed", "[address] and [address] failed"),
        ("[::1]:8080 refused, fe80::1%eth0 refused", "[address] refused, [address] refused"),
        ("Incorrect API key provided: sk-abcdefgh123.", "Incorrect API key provided: [redacted]."),
        ("bad hunter2-secret value", "bad [redacted] value"),
        ("bad hun\x1b[0mter2-secret value", "bad [redacted] value"),
        ("\x1b[31mred\x1b[0m\r\nalert\x00", "red alert"),
        ("boom\n    at foo (/x.js:1:2)\n    at /y.js", "boom"),
        (
            'Traceback (most recent call last):\n  File "/a/b.py", line 3, in f\n    x()\n    ^^^\nValueError: bad',
            "ValueError: bad",
        ),
        ("panic\ngoroutine 1 [running]:\nmain.main()", "panic main.main()"),
        ("std::bad_alloc", "std::bad_alloc"),
        ("said " + "x" * 500, "said …"),
    ],
)
def test_a_message_keeps_its_sentence(text: str, shown: str) -> None:
    """Secrets, URLs, hosts, addresses, paths and stack traces are taken out of it."""
    assert safe_upstream_message(text, REDACTOR) == shown


@pytest.mark.parametrize(
    "text", ["", "  ", "10.0.0.1", "fe80::1", "/etc/passwd", "<html>502 Bad Gateway</html>", "x" * 999, "42"]
)
def test_a_message_without_a_sentence_is_none(text: str) -> None:
    """The caller then says in our own words what went wrong."""
    assert safe_upstream_message(text, REDACTOR) is None


def test_a_redactor_is_not_needed() -> None:
    """Without configured secrets what looks like one still goes."""
    assert safe_upstream_message("wrong token=abcdef here") == "wrong token=[redacted] here"


@given(st.text(max_size=1000), st.sampled_from(["", " ", "\n", "/", ":", '"', "%"]), st.text(max_size=1000))
def test_whatever_an_upstream_says_the_result_is_short_printable_and_clean(before: str, gap: str, after: str) -> None:
    """No secret, host, address or URL is ever left, and nothing that a terminal would obey."""
    for leak in ("hunter2-secret", "gpu-box", "10.11.12.13", "http://x.example/y", "/var/keys/id"):
        shown = safe_upstream_message(f"{before}{gap}{leak}{gap}{after}", REDACTOR) or ""
        assert len(shown) <= LIMIT
        assert shown.isprintable()
        if gap in (" ", "\n"):
            assert leak not in shown


@given(st.lists(st.text(max_size=60), max_size=20))
def test_a_secret_never_passes_wherever_it_stands(pieces: list[str]) -> None:
    """Neither between words, nor within one, nor where the text is cut."""
    assert "hunter2-secret" not in (safe_upstream_message("hunter2-secret".join(pieces), REDACTOR) or "")


def test_a_long_message_is_cut_at_a_word() -> None:
    """It says that it goes on."""
    shown = safe_upstream_message("word " * 100) or ""
    assert shown.endswith("word…")
    assert len(shown) <= LIMIT


@pytest.mark.parametrize("piece", ["a.", "a:", "/ ", "'/", "at ", "^ ", "'", "0.", " ", "\\", "::", "\x1b["])
def test_a_hostile_message_costs_little(piece: str) -> None:
    """However long it is, it takes a moment of the processor, and not the minutes of a search that goes back."""
    start = time.process_time()
    safe_upstream_message(piece * 100_000 + "x", REDACTOR)
    assert time.process_time() - start < 1.0
