"""What an upstream's failures mean to a caller: kinds of our own, and the upstream's words where they are safe.

Nothing here tells a key, an address or a path: every word of the upstream passes the redactor it is given, and where a
key or an account is at stake (401, 402, 403, 429) none is shown at all. The upstream's status goes with the fault, for
the log and the circuit.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any

from parlance.engines.openai_http.decoding import NotJson, list_of, mapping_of, value_of
from parlance.outbound.calls import Headers
from parlance.values.errors import Fault, Kind
from parlance.values.time import SECOND, Clock

MAX_WAIT = 86_400.0
"""Seconds of `Retry-After` that are believed: a day."""

_CONTEXT = re.compile(
    r"(?i)context[ _-]?(?:length|window|size)|maximum context|too many (?:input )?tokens|prompt is too long"
    r"|exceeds? the (?:available |model'?s? )?(?:context|maximum (?:number of )?tokens)"
)
_NO_MODEL = re.compile(
    r"(?i)\bmodels?\b.*\b(?:not found|does ?n[o']t exist|not exist|unknown|not available|not loaded)"
)
_FIELD = re.compile(r"[A-Za-z0-9_.\[\]-]{1,100}")
_NO_CREDIT = "The engine's account has no credit left."
_LIMITED = frozenset({"rate_limit_exceeded", "insufficient_quota", "rate_limit_error", "tokens", "requests"})


class Said:
    """What an error body says, in any of the shapes that upstreams have for it."""

    def __init__(self, value: Any) -> None:
        value = value[0] if isinstance(value, list) and value else value
        outer = mapping_of(value)
        inner = outer.get("error", outer)
        if isinstance(inner, str):
            inner = {"message": inner}
        fields = mapping_of(inner)
        self.message = _message(fields) or _message(outer)
        self.code = _word(fields.get("code")) or _word(fields.get("type"))
        self.number = fields.get("code") if isinstance(fields.get("code"), int) else fields.get("status")
        self.field = _field(fields.get("param"))


class Errors:
    """Makes faults of failures. `redact` turns an upstream's words into safe ones, or `None`."""

    def __init__(self, redact: Callable[[str], str | None], clock: Clock) -> None:
        self._redact = redact
        self._clock = clock

    def refused(self, status: int, headers: Headers, body: bytes) -> Fault:
        """The fault of an answer whose status is not one of success."""
        try:
            said = Said(value_of(body))
        except NotJson:
            said = Said(None)
        wait = self._wait(headers) if status in (429, 503, 529) else None
        return self._fault(status, said, wait)

    def in_band(self, value: Any) -> Fault:
        """The fault of an error inside an answer that began with success."""
        said = Said(value)
        number = said.number
        if isinstance(number, int) and not isinstance(number, bool) and 400 <= number < 600:
            return self._fault(number, said, None)
        if said.code in _LIMITED:
            return self._fault(429, said, None)
        if self._is_context(said):
            return _context_full(None)
        return Fault(Kind.upstream, self._sentence("The engine failed while it answered.", said), code="engine_failed")

    def _fault(self, status: int, said: Said, wait: float | None) -> Fault:
        if status in (401, 403):
            return _refused_key(status)
        if status in (400, 413, 422) and self._is_context(said):
            return _context_full(status)
        if status == 404:
            return self._missing(said)
        if status == 429:
            return _limited(said, wait)
        if status == 402:
            return Fault(Kind.upstream, _NO_CREDIT, code="upstream_credit", status=402)
        if status in _PLAIN:
            kind, sentence, code = _PLAIN[status]
            field = said.field if kind is Kind.invalid else None
            return Fault(kind, self._sentence(sentence, said), field=field, code=code, status=status)
        if 300 <= status < 400:
            hint = "Set the connection's address to where the engine really is."
            return Fault(Kind.upstream, "The engine sent us elsewhere.", hint=hint, code="redirected", status=status)
        sentence = self._sentence("The engine failed.", said)
        return Fault(Kind.upstream, sentence, retry_after=wait, code="engine_failed", status=status)

    def _missing(self, said: Said) -> Fault:
        if said.code == "model_not_found" or _NO_MODEL.search(said.message):
            return Fault(Kind.missing, "The engine does not have this model.", code="model_not_found", status=404)
        hint = "Check the connection's address: the API's own prefix, such as /v1, belongs to it."
        return Fault(Kind.upstream, "The engine does not offer this.", hint=hint, code="no_such_route", status=404)

    @staticmethod
    def _is_context(said: Said) -> bool:
        return said.code == "context_length_exceeded" or _CONTEXT.search(said.message) is not None

    def _sentence(self, ours: str, said: Said) -> str:
        """Our sentence, and the upstream's own where it is safe."""
        theirs = self._redact(said.message) if said.message else None
        return f"{ours} It says: {theirs}" if theirs else ours

    def _wait(self, headers: Headers) -> float | None:
        """Seconds of `Retry-After`: a number, or a date (RFC 9110, section 10.2.3)."""
        named = dict(headers)
        text = named.get(b"retry-after", b"").decode("latin-1").strip()
        try:
            if b"retry-after-ms" in named:
                seconds = float(named[b"retry-after-ms"]) / 1000
            elif text[:1].isdigit():
                seconds = float(text)
            else:
                seconds = parsedate_to_datetime(text).timestamp() - self._clock.now() / SECOND
        except (ValueError, OverflowError):
            return None
        return min(max(seconds, 0.0), MAX_WAIT) if seconds == seconds else None


_PLAIN: dict[int, tuple[Kind, str, str]] = {
    400: (Kind.invalid, "The engine does not accept this request.", "upstream_refused"),
    405: (Kind.upstream, "The engine does not offer this.", "no_such_route"),
    408: (Kind.timed_out, "The engine took too long.", "upstream_timeout"),
    409: (Kind.conflict, "The engine cannot do this now.", "upstream_conflict"),
    413: (Kind.too_large, "The request is too large for the engine.", "upstream_too_large"),
    422: (Kind.invalid, "The engine does not accept this request.", "upstream_refused"),
    504: (Kind.timed_out, "The engine took too long.", "upstream_timeout"),
}


def not_json() -> Fault:
    """An answer in no format of this API: a proxy's page, most often."""
    return Fault(
        Kind.upstream,
        "The engine's answer is not what its API promises.",
        hint="Check the connection's address: something else may be answering there.",
        code="not_json",
    )


def ended_early() -> Fault:
    """The answer stopped without saying that it was whole."""
    return Fault(Kind.upstream, "The engine's answer ended early.", code="ended_early")


def no_first_token() -> Fault:
    """Signs of life, but no answer, until the deadline of the first token."""
    return Fault(Kind.timed_out, "The engine did not begin to answer in time.", code="first_token_timeout")


def _refused_key(status: int) -> Fault:
    """Never `unauthenticated`: the caller's key is not the one that was refused."""
    return Fault(
        Kind.upstream,
        "The engine refused the key of its connection.",
        hint="Whoever runs this server must set a valid `api_key` for the connection.",
        code="upstream_auth",
        status=status,
    )


def _limited(said: Said, wait: float | None) -> Fault:
    """Without the upstream's words: they name the account that the limit belongs to."""
    quota = said.code == "insufficient_quota"
    sentence = _NO_CREDIT if quota else "The engine's own rate limit is used up."
    return Fault(Kind.over_budget, sentence, retry_after=wait, code="upstream_rate", status=429)


def _context_full(status: int | None) -> Fault:
    return Fault(
        Kind.context_full,
        "The conversation does not fit the model's context.",
        hint="Shorten it, or choose a model with a larger context.",
        status=status,
    )


def _message(fields: dict[str, Any]) -> str:
    for name in ("message", "detail", "msg", "error"):
        value = fields.get(name)
        if isinstance(value, str) and value:
            return value
        for entry in list_of(value):
            found = mapping_of(entry).get("msg")
            if isinstance(found, str) and found:
                return found
    return ""


def _word(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _field(value: Any) -> str | None:
    return value if isinstance(value, str) and _FIELD.fullmatch(value) else None
