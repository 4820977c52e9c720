"""Faults on OpenAI's wire: status, type, code, parameter and headers."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from parlance.dialects.openai.errors import error_frame, fault_reply, limit_headers
from parlance.values.accounts import Allowance
from parlance.values.errors import Fault, Kind
from tests.unit.dialects.openai.stage import request

TABLE: dict[Kind, tuple[int, str, str]] = {
    Kind.invalid: (400, "invalid_request_error", "invalid_value"),
    Kind.unauthenticated: (401, "invalid_request_error", "invalid_api_key"),
    Kind.forbidden: (403, "permission_error", "insufficient_permissions"),
    Kind.missing: (404, "invalid_request_error", "not_found"),
    Kind.conflict: (409, "conflict_error", "conflict"),
    Kind.too_large: (413, "invalid_request_error", "too_large"),
    Kind.over_budget: (429, "rate_limit_error", "rate_limit_exceeded"),
    Kind.busy: (503, "overloaded_error", "server_busy"),
    Kind.context_full: (400, "invalid_request_error", "context_length_exceeded"),
    Kind.upstream: (502, "upstream_error", "upstream_error"),
    Kind.timed_out: (504, "timeout_error", "timeout"),
    Kind.cancelled: (409, "conflict_error", "cancelled"),
    Kind.unsupported: (400, "invalid_request_error", "unsupported"),
    Kind.internal: (500, "server_error", "internal_error"),
}


def shown(fault: Fault) -> tuple[int, dict[str, Any], dict[bytes, bytes]]:
    """Status, inner error object and headers."""
    reply = fault_reply(fault, request())
    body = msgspec.json.decode(reply.body)
    assert body["type"] == "error"
    return reply.status, body["error"], dict(reply.headers)


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_has_its_status_type_and_code(kind: Kind) -> None:
    """Every kind of fault has a status, a type and a code."""
    status, error, _ = shown(Fault(kind, "m"))
    assert (status, error["type"], error["code"]) == TABLE[kind]
    assert (error["message"], error["param"]) == ("m", None)


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (Fault(Kind.invalid, "m", code="wrong_type"), 422, "wrong_type"),
        (Fault(Kind.invalid, "m", code="missing_field"), 422, "missing_field"),
        (Fault(Kind.invalid, "m", code="malformed"), 400, "malformed"),
        (Fault(Kind.missing, "m", code="model_not_found"), 404, "model_not_found"),
        (Fault(Kind.busy, "m", code="queue_full"), 429, "queue_full"),
        (Fault(Kind.upstream, "m", status=429), 429, "upstream_error"),
        (Fault(Kind.upstream, "m", status=401), 502, "upstream_error"),
        (Fault(Kind.unauthenticated, "m", code="key_unknown"), 401, "invalid_api_key"),
        (Fault(Kind.over_budget, "m", code="tokens"), 429, "rate_limit_exceeded"),
        (Fault(Kind.invalid, "m", code="method_not_allowed"), 405, "method_not_allowed"),
        (Fault(Kind.cancelled, "m", code="draining"), 503, "draining"),
        (Fault(Kind.busy, "m", code="draining"), 503, "draining"),
    ],
)
def test_some_codes_are_more_exact_than_their_kind(fault: Fault, status: int, code: str) -> None:
    """Some codes change the status, and codes that programs compare with stay as they are."""
    told = shown(fault)
    assert (told[0], told[1]["code"]) == (status, code)


def test_the_hint_and_the_field_are_told() -> None:
    """The message holds the hint, and param the field."""
    _, error, _ = shown(Fault(Kind.invalid, "Wrong.", hint="Do this.", field="messages[0].role"))
    assert (error["message"], error["param"]) == ("Wrong. Do this.", "messages[0].role")


def test_a_model_that_is_not_there_comes_with_the_way_to_the_list() -> None:
    """Unless somebody knew better what to do."""
    _, error, _ = shown(Fault(Kind.missing, "There is no model called 'x'.", code="model_not_found"))
    assert error["message"] == "There is no model called 'x'. `GET /v1/models` lists those there are."
    _, error, _ = shown(Fault(Kind.missing, "None.", hint="Pull it.", code="model_not_found"))
    assert error["message"] == "None. Pull it."


def test_headers_say_when_and_how_to_come_back() -> None:
    """Retry-After is whole seconds, rounded up; a missing key is asked for."""
    assert shown(Fault(Kind.over_budget, "m", retry_after=1.2))[2] == {b"retry-after": b"2"}
    assert shown(Fault(Kind.busy, "m", retry_after=0.0))[2] == {b"retry-after": b"1"}
    assert shown(Fault(Kind.unauthenticated, "m"))[2] == {b"www-authenticate": b"Bearer"}


def test_a_refusal_for_a_rate_says_which_and_until_when() -> None:
    """The headers of a rate refusal tell its unit and its reset."""
    assert shown(Fault(Kind.over_budget, "m", code="tokens_rate", retry_after=61))[2] == {
        b"x-ratelimit-remaining-tokens": b"0",
        b"x-ratelimit-reset-tokens": b"1m1s",
        b"retry-after": b"61",
    }


def test_rate_limits_become_headers() -> None:
    """The tightest limit of each unit is told in OpenAI's headers and durations."""
    allowances = (
        Allowance("requests", 60, 59, 90.5),
        Allowance("requests", 10, 3, 0.25),
        Allowance("requests", 99, 9, 7),
        Allowance("tokens", 1000, 0, 150.0),
    )
    assert limit_headers(allowances) == (
        (b"x-ratelimit-limit-requests", b"10"),
        (b"x-ratelimit-remaining-requests", b"3"),
        (b"x-ratelimit-reset-requests", b"250ms"),
        (b"x-ratelimit-limit-tokens", b"1000"),
        (b"x-ratelimit-remaining-tokens", b"0"),
        (b"x-ratelimit-reset-tokens", b"2m30s"),
    )
    assert limit_headers((Allowance("tokens", 1, 1, 7),))[2] == (b"x-ratelimit-reset-tokens", b"7s")
    assert limit_headers(()) == ()


def test_an_error_frame_is_followed_by_the_end_marker() -> None:
    """An in-band error is one data line with the error object, then [DONE]."""
    frame = error_frame(Fault(Kind.upstream, "Gone."))
    data, done, rest = frame.split(b"\n\n")
    assert msgspec.json.decode(data.removeprefix(b"data: "))["error"]["message"] == "Gone."
    assert (done, rest) == (b"data: [DONE]", b"")
