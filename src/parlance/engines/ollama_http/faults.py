"""What an Ollama refuses or breaks, as a `Fault`. Its own words are shown only where they hold nothing but words.

A sentence with a slash, an address, a port or a name with dots in it may tell of the machine behind us, so ours stands
in its place. What is left goes through the house's redaction as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import msgspec

from parlance.outbound.calls import Headers
from parlance.values.errors import Fault, Kind

Redact = Callable[[str], str | None]

MAX_SHOWN = 240
"""Characters of an upstream's sentence worth showing."""
MAX_WAIT = 24 * 3600.0
"""Seconds; a longer `Retry-After` is a mistake."""

_PLAIN = re.compile(r"[\w \-.,;:'\"()!?%+=]+")
_TELLING = re.compile(
    r"\.[^\W\d_]|:\d|\d+\.\d+\.\d+\.\d+|traceback|\b(?:key|token|secret|bearer)\b|\w{33,}", re.IGNORECASE
)
_CONTEXT = re.compile(r"context (?:length|window|size)|exceeds? .{0,40}context|prompt (?:is )?too long", re.IGNORECASE)
_ABSENT = re.compile(r"not found|does not exist|no such", re.IGNORECASE)
_UNABLE = re.compile(r"does not support|not supported", re.IGNORECASE)


def ended_early() -> Fault:
    """The stream ended without its last line."""
    return Fault(Kind.upstream, "The engine's answer ended early.", code="ended_early")


def not_json() -> Fault:
    """What came is not the JSON that an Ollama speaks."""
    return Fault(Kind.upstream, "The engine's answer is not what an Ollama says.", code="not_json")


def unsupported(message: str, field: str | None = None, hint: str | None = None) -> Fault:
    """A feature that an Ollama does not have."""
    return Fault(Kind.unsupported, message, hint=hint, field=field, code="unsupported_by_engine")


def refused(status: int, headers: Headers, body: bytes, redact: Redact) -> Fault:
    """The fault of an answer whose status is not 200."""
    words = _words(body)
    shown = shown_words(words, redact)
    fault = _placed(status, words, shown)
    fault.status = status
    if fault.kind in (Kind.over_budget, Kind.busy):
        fault.retry_after = retry_after(headers)
    return fault


def said(error: Any, redact: Redact) -> Fault:
    """The fault of an `error` inside an answer that began well."""
    words = error if isinstance(error, str) else ""
    shown = shown_words(words, redact)
    if _CONTEXT.search(words):
        return _context_full(shown)
    if _ABSENT.search(words):
        return Fault(Kind.missing, shown or "The engine did not find it.", code="not_found_upstream")
    return Fault(Kind.upstream, shown or "The engine reported an error.", code="engine_error")


def shown_words(words: str, redact: Redact) -> str | None:
    """An upstream's sentence as far as a client may see it, or `None`."""
    words = words.strip()
    if not words or len(words) > MAX_SHOWN or not _PLAIN.fullmatch(words) or _TELLING.search(words):
        return None
    clean = redact(words)
    if not clean:
        return None
    clean = clean[0].upper() + clean[1:]
    return clean if clean[-1] in ".!?" else clean + "."


def retry_after(headers: Headers) -> float | None:
    """Seconds to wait, from `Retry-After` as a number; no Ollama and no usual proxy in front of one sends a date."""
    value = next((value for name, value in headers if name == b"retry-after"), b"").strip()
    return min(float(value[:9]), MAX_WAIT) if value.isdigit() else None


def _words(body: bytes) -> str:
    """The sentence in an error's body: `{"error": "…"}`, or plain text."""
    try:
        found = msgspec.json.decode(body)
    except (ValueError, RecursionError):
        return body.decode("utf-8", "replace")
    error = found.get("error") if isinstance(found, dict) else None
    if isinstance(error, dict):
        error = error.get("message")
    return error if isinstance(error, str) else ""


def _placed(status: int, words: str, shown: str | None) -> Fault:
    """The kind of fault that a status stands for."""
    if status in _FIXED:
        kind, message, code = _FIXED[status]
        return Fault(kind, message, code=code)
    if status in (400, 422):
        if _CONTEXT.search(words):
            return _context_full(shown)
        kind = Kind.unsupported if _UNABLE.search(words) else Kind.invalid
        return Fault(kind, shown or "The engine refused the request as invalid.", code="refused_by_engine")
    if status == 404:
        if "page not found" in words:
            return Fault(Kind.unsupported, "The engine does not have this function.", code="unsupported_by_engine")
        return Fault(Kind.missing, "The engine does not have this model.", code="model_not_found")
    if 300 <= status < 400:
        return Fault(Kind.upstream, "The engine pointed to another address, which is not followed.", code="redirected")
    if status < 500:
        return Fault(Kind.upstream, shown or "The engine refused the request.", code="refused_by_engine")
    if _CONTEXT.search(words):
        return _context_full(shown)
    return Fault(Kind.upstream, shown or "The engine failed.", code="engine_error")


def _context_full(shown: str | None) -> Fault:
    return Fault(
        Kind.context_full,
        shown or "The prompt does not fit the model's context.",
        hint="Shorten it, or raise num_ctx.",
        code="context_full",
    )


_AUTH = "The engine did not accept the key that this server has for it."
_FIXED: dict[int, tuple[Kind, str, str]] = {
    401: (Kind.upstream, _AUTH, "upstream_auth"),
    403: (Kind.upstream, _AUTH, "upstream_auth"),
    408: (Kind.timed_out, "The engine took too long.", "upstream_timeout"),
    409: (Kind.conflict, "The engine reported a conflict.", "upstream_conflict"),
    413: (Kind.too_large, "The request is too large for the engine.", "upstream_too_large"),
    429: (Kind.over_budget, "The engine's own rate limit is reached.", "upstream_rate"),
    503: (Kind.busy, "The engine is busy.", "upstream_busy"),
    504: (Kind.timed_out, "The engine took too long.", "upstream_timeout"),
}
