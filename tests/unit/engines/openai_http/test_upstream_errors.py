"""What an upstream's status and words become, and which of them a caller may see."""

from __future__ import annotations

import msgspec
import pytest

from parlance.engines.openai_http.upstream_errors import Errors
from parlance.outbound.calls import Headers
from parlance.values.errors import Fault, Kind
from tests.unit.engines.openai_http.stage import ERRORS, StillClock


def refused(status: int, body: object = None, headers: Headers = ()) -> Fault:
    return ERRORS.refused(status, headers, body if isinstance(body, bytes) else msgspec.json.encode(body))


def error(message: str, **fields: object) -> dict[str, object]:
    return {"error": {"message": message, **fields}}


KINDS = {
    301: (Kind.upstream, "redirected"),
    400: (Kind.invalid, "upstream_refused"),
    401: (Kind.upstream, "upstream_auth"),
    402: (Kind.upstream, "upstream_credit"),
    403: (Kind.upstream, "upstream_auth"),
    404: (Kind.upstream, "no_such_route"),
    405: (Kind.upstream, "no_such_route"),
    408: (Kind.timed_out, "upstream_timeout"),
    409: (Kind.conflict, "upstream_conflict"),
    413: (Kind.too_large, "upstream_too_large"),
    418: (Kind.upstream, "engine_failed"),
    422: (Kind.invalid, "upstream_refused"),
    429: (Kind.over_budget, "upstream_rate"),
    500: (Kind.upstream, "engine_failed"),
    502: (Kind.upstream, "engine_failed"),
    503: (Kind.upstream, "engine_failed"),
    504: (Kind.timed_out, "upstream_timeout"),
    529: (Kind.upstream, "engine_failed"),
    999: (Kind.upstream, "engine_failed"),
}


@pytest.mark.slow
@pytest.mark.parametrize("status", KINDS)
@pytest.mark.parametrize("body", [None, b"", b"<html>", b"[]", {"error": None}, {"error": 7}, {"detail": [7]}])
def test_every_status_is_a_typed_fault_whatever_its_body(status: int, body: object) -> None:
    fault = refused(status, body)
    assert (fault.kind, fault.code) == KINDS[status]
    assert fault.status == status and fault.kind is not Kind.unauthenticated
    assert "It says" not in fault.message


SHAPES = [
    error("too odd"),
    {"error": "too odd"},
    [error("too odd")],
    {"message": "too odd"},
    {"object": "error", "message": "too odd", "code": 400},
    {"detail": "too odd"},
    {"detail": [{"loc": ["body"], "msg": "too odd"}]},
    {"error": {}, "message": "too odd"},
]


@pytest.mark.parametrize("body", SHAPES)
def test_the_upstreams_own_sentence_is_shown_whatever_its_shape(body: object) -> None:
    assert refused(400, body).message == "The engine does not accept this request. It says: too odd"


@pytest.mark.parametrize("status", [400, 404, 413, 422, 500])
def test_a_sentence_that_is_not_safe_is_not_shown(status: int) -> None:
    assert "secret" not in refused(status, error("my secret")).sentence()


@pytest.mark.parametrize("status", [401, 402, 403, 429])
def test_where_a_key_or_an_account_is_at_stake_no_word_is_shown(status: int) -> None:
    assert "sk-" not in refused(status, error("key sk-12 of org-7")).sentence()
    assert "org-7" not in refused(status, error("key sk-12 of org-7")).sentence()


def test_the_field_at_fault_is_kept_when_it_is_one() -> None:
    assert refused(400, error("x", param="messages[0].content")).field == "messages[0].content"
    assert refused(400, error("x", param="https://inner/")).field is None
    assert refused(500, error("x", param="a")).field is None


CONTEXT = [
    error("x", code="context_length_exceeded"),
    error("This model's maximum context length is 4096 tokens."),
    error("prompt is too long: 9 tokens > 8 maximum"),
    error("the request exceeds the available context size"),
]


@pytest.mark.parametrize("status", [400, 413, 422])
@pytest.mark.parametrize("body", CONTEXT)
def test_a_prompt_beyond_the_context_is_told_apart(status: int, body: object) -> None:
    assert refused(status, body).kind is Kind.context_full
    assert ERRORS.in_band(body).kind is Kind.context_full


@pytest.mark.parametrize(
    "body",
    [
        error("x", code="model_not_found"),
        error("The model `x` does not exist."),
        error("model 'x' not found, try pulling it first"),
    ],
)
def test_a_model_that_is_not_there_is_missing(body: object) -> None:
    assert (refused(404, body).kind, refused(404, body).code) == (Kind.missing, "model_not_found")


WAITS = {
    "seconds": (((b"retry-after", b"7"),), 7.0),
    "a fraction": (((b"retry-after", b"1.5"),), 1.5),
    "a date": (((b"retry-after", b"Tue, 14 Nov 2023 22:13:50 GMT"),), 30.0),
    "a date that is past": (((b"retry-after", b"Tue, 14 Nov 2023 22:00:00 GMT"),), 0.0),
    "milliseconds": (((b"retry-after", b"9"), (b"retry-after-ms", b"1500")), 1.5),
    "too long": (((b"retry-after", b"99999999"),), 86_400.0),
    "not a number": (((b"retry-after-ms", b"nan"),), None),
    "no number at all": (((b"retry-after", b"soon"),), None),
    "half a number": (((b"retry-after", b"7x"),), None),
    "nothing": ((), None),
}


@pytest.mark.parametrize(("headers", "seconds"), WAITS.values(), ids=WAITS.keys())
def test_the_time_to_wait_is_read_in_every_form(headers: Headers, seconds: float | None) -> None:
    assert refused(429, None, headers).retry_after == seconds
    assert refused(503, None, headers).retry_after == seconds
    assert refused(500, None, headers).retry_after is None


def test_an_error_inside_an_answer_follows_its_own_number_or_word() -> None:
    assert ERRORS.in_band(error("x", code=429)).kind is Kind.over_budget
    assert ERRORS.in_band({"object": "error", "message": "x", "code": 400}).kind is Kind.invalid
    assert ERRORS.in_band(error("x", code=True)).status is None
    assert ERRORS.in_band(error("x", code=7)).code == "engine_failed"
    assert ERRORS.in_band(error("x", code="rate_limit_exceeded")).kind is Kind.over_budget
    assert "credit" in ERRORS.in_band(error("x", type="insufficient_quota")).message
    assert ERRORS.in_band(error("x")).message == "The engine failed while it answered. It says: x"


def test_a_redactor_that_shows_nothing_leaves_our_own_sentence() -> None:
    silent = Errors(lambda text: None, StillClock())
    assert silent.refused(500, (), b'{"error":"x"}').message == "The engine failed."
