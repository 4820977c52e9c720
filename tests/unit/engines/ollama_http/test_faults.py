"""Statuses and sentences of an Ollama become faults that show nothing but words."""

from __future__ import annotations

import json

import pytest

from parlance.engines.ollama_http.faults import MAX_WAIT, refused, retry_after, said, shown_words
from parlance.values.errors import Kind


def same(text: str) -> str | None:
    """A redaction with nothing to take out."""
    return text


@pytest.mark.parametrize(
    ("status", "error", "kind", "code"),
    [
        (400, "invalid options: x", Kind.invalid, "refused_by_engine"),
        (400, "", Kind.invalid, "refused_by_engine"),
        (400, '"mock" does not support thinking', Kind.unsupported, "refused_by_engine"),
        (400, "the input length exceeds the context length", Kind.context_full, "context_full"),
        (401, "unauthorized", Kind.upstream, "upstream_auth"),
        (403, "no", Kind.upstream, "upstream_auth"),
        (404, "model 'x' not found", Kind.missing, "model_not_found"),
        (404, "404 page not found", Kind.unsupported, "unsupported_by_engine"),
        (405, "405 method not allowed", Kind.upstream, "refused_by_engine"),
        (408, "", Kind.timed_out, "upstream_timeout"),
        (409, "", Kind.conflict, "upstream_conflict"),
        (413, "", Kind.too_large, "upstream_too_large"),
        (422, "odd", Kind.invalid, "refused_by_engine"),
        (429, "", Kind.over_budget, "upstream_rate"),
        (307, "", Kind.upstream, "redirected"),
        (500, "llama runner process has terminated", Kind.upstream, "engine_error"),
        (500, "context window is full", Kind.context_full, "context_full"),
        (503, "server busy, please try again", Kind.busy, "upstream_busy"),
        (504, "", Kind.timed_out, "upstream_timeout"),
    ],
)
def test_a_status_is_a_kind(status: int, error: str, kind: Kind, code: str) -> None:
    """And the fault remembers it."""
    fault = refused(status, ((b"retry-after", b"9"),), json.dumps({"error": error}).encode(), same)
    assert (fault.kind, fault.code, fault.status) == (kind, code, status)
    assert fault.retry_after == (9.0 if kind in (Kind.over_budget, Kind.busy) else None)


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[1]", b'{"error":5}', b'{"error":{"message":7}}', b"\xff", b"[" * 9999]
)
def test_any_body_of_an_error_is_borne(body: bytes) -> None:
    """Pages of proxies, other shapes, no JSON at all."""
    assert refused(500, (), body, same).message == "The engine failed."


def test_an_error_in_openais_shape_is_read_too() -> None:
    """Proxies in front of an Ollama speak so."""
    assert refused(400, (), b'{"error":{"message":"too odd"}}', same).message == "Too odd."


@pytest.mark.parametrize(
    "words",
    [
        "open /srv/ollama/x: permission denied",
        "dial tcp 10.0.0.7:11434: refused",
        "lookup gpu.internal failed",
        "at 10.1.2.3 it broke",
        "port :8080 taken",
        "C:\\models\\x",
        "one\ntwo",
        "Traceback (most recent call last)",
        "bad api key given",
        "abcdefghijklmnopqrstuvwxyz0123456789abcdef is wrong",
        "x" * 32 + " " + "y z " * 60,
        "",
    ],
)
def test_a_sentence_that_may_tell_of_the_machine_is_not_shown(words: str) -> None:
    """A slash, an address, a name with dots, a long token, several lines."""
    assert shown_words(words, same) is None


def test_a_plain_sentence_is_shown_as_one() -> None:
    """Through the house's redaction, which may take all of it away."""
    words = "model requires more system memory (8.0 GiB) than is available (5.1 GiB)"
    assert shown_words(words, same) == f"M{words[1:]}."
    assert shown_words("what now?", same) == "What now?"
    assert shown_words("a hidden thing", lambda text: None) is None
    assert shown_words("a word", lambda text: text.replace("word", "[redacted]")) == "A [redacted]."


def test_an_error_inside_an_answer_is_told_by_its_words() -> None:
    """Missing, too long, or simply broken."""
    assert said("file does not exist", same).kind is Kind.missing
    assert said("prompt is too long", same).kind is Kind.context_full
    assert said("oh no", same).message == "Oh no."
    assert said({"a": 1}, same).message == "The engine reported an error."


@pytest.mark.parametrize(
    ("value", "seconds"), [(b"7", 7.0), (b" 8 ", 8.0), (b"soon", None), (b"", None), (b"9" * 30, MAX_WAIT)]
)
def test_the_wait_is_a_number_of_seconds(value: bytes, seconds: float | None) -> None:
    """Bounded; anything else counts as none."""
    assert retry_after(((b"retry-after", value),)) == seconds
