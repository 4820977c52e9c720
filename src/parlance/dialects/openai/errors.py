"""How a fault looks to an OpenAI client: `{"error": {"message", "type", "param", "code"}}` and a status.

The official SDK picks its exception class by the status alone: 400 BadRequestError, 401 AuthenticationError,
403 PermissionDeniedError, 404 NotFoundError, 409 ConflictError, 422 UnprocessableEntityError, 429 RateLimitError,
500 and above InternalServerError. It tries 408, 409, 429 and 5xx again by itself, after `Retry-After`.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from math import ceil
from typing import assert_never

import msgspec

from parlance.dialects.fault_headers import fault_headers
from parlance.dialects.table import Headers, Reply, Request
from parlance.values import json_door
from parlance.values.accounts import Allowance
from parlance.values.errors import DRAINING, Fault, Kind


class ErrorBody(msgspec.Struct, frozen=True):
    """What went wrong: a sentence, its class, the parameter at fault and a short stable word."""

    message: str
    type: str
    param: str | None = None
    code: str | None = None


class ErrorEnvelope(msgspec.Struct, frozen=True):
    """Every failed answer's body. The outer `type` is what Anthropic's clients look for on the paths both share."""

    error: ErrorBody
    type: str = "error"


USED_UP = {"requests_rate": b"requests", "tokens_rate": b"tokens"}
"""What the gate refused for: the unit whose rate is used up."""


def placed(fault: Fault) -> tuple[int, str]:
    """Status and type of a fault."""
    match fault.kind:
        case Kind.invalid:
            return (422 if fault.code in json_door.SHAPE_CODES else 400), "invalid_request_error"
        case Kind.context_full | Kind.unsupported:
            return 400, "invalid_request_error"
        case Kind.unauthenticated:
            return 401, "invalid_request_error"
        case Kind.forbidden:
            return 403, "permission_error"
        case Kind.missing:
            return 404, "invalid_request_error"
        case Kind.conflict | Kind.cancelled:
            return 409, "conflict_error"
        case Kind.too_large:
            return 413, "invalid_request_error"
        case Kind.over_budget:
            return 429, "rate_limit_error"
        case Kind.busy:
            return (429 if fault.code == "queue_full" else 503), "overloaded_error"
        case Kind.upstream:
            return (429 if fault.status == 429 else 502), "upstream_error"
        case Kind.timed_out:
            return 504, "timeout_error"
        case Kind.internal:
            return 500, "server_error"
        case _:
            assert_never(fault.kind)


KIND_CODES = {
    Kind.invalid: "invalid_value",
    Kind.forbidden: "insufficient_permissions",
    Kind.missing: "not_found",
    Kind.busy: "server_busy",
    Kind.upstream: "upstream_error",
    Kind.timed_out: "timeout",
    Kind.internal: "internal_error",
}
"""The code of a fault that has none of its own, where it is not simply its kind."""

FIXED_CODES = {
    Kind.unauthenticated: "invalid_api_key",
    Kind.context_full: "context_length_exceeded",
    Kind.over_budget: "rate_limit_exceeded",
}
"""Codes that client programs compare with, so that our own finer words must not stand in their place."""

STATUS_CODES = {"method_not_allowed": 405, DRAINING: 503}
"""Faults that have a status of their own, by code: a method the path does not have, and a server that goes down."""


def error_body(fault: Fault) -> ErrorBody:
    """The inner object of an error."""
    kind = fault.kind
    code = FIXED_CODES.get(kind) or fault.code or KIND_CODES.get(kind, kind.value)
    return ErrorBody(_sentence(fault), placed(fault)[1], fault.field, code)


def _sentence(fault: Fault) -> str:
    if fault.code == "model_not_found" and fault.hint is None:
        return f"{fault.message} `GET /v1/models` lists those there are."
    return fault.sentence()


def fault_reply(fault: Fault, request: Request) -> Reply:
    """A whole error answer."""
    status = STATUS_CODES.get(fault.code or "") or placed(fault)[0]
    body = json_door.encode(ErrorEnvelope(error_body(fault)))
    return Reply(body, status=status, headers=(*_used_up(fault), *fault_headers(fault)))


def _used_up(fault: Fault) -> Headers:
    """Which rate is used up, and until when."""
    unit = USED_UP.get(fault.code or "")
    if unit is None or fault.retry_after is None:
        return ()
    left = ((b"x-ratelimit-remaining-" + unit, b"0"), (b"x-ratelimit-reset-" + unit, _duration(fault.retry_after)))
    return left if fault.limit is None else ((b"x-ratelimit-limit-" + unit, b"%d" % fault.limit), *left)


def limit_headers(allowances: Iterable[Allowance]) -> Headers:
    """What is left of the tightest limit on requests and on tokens, in OpenAI's headers."""
    tightest: dict[str, Allowance] = {}
    for allowance in allowances:
        unit = allowance.unit
        if unit not in tightest or allowance.remaining < tightest[unit].remaining:
            tightest[unit] = allowance
    headers: list[tuple[bytes, bytes]] = []
    for which, left in tightest.items():
        limit, name, reset = _lasting(which, left.limit, ceil(left.resets) if left.resets > 1 else left.resets)
        headers += limit, (name, b"%d" % left.remaining), reset
    return tuple(headers)


@lru_cache(maxsize=256)
def _lasting(unit: str, limit: int, resets: float) -> tuple[tuple[bytes, bytes], bytes, tuple[bytes, bytes]]:
    """What is the same for all who are let in within a second: the limit, the name of what is left, the reset."""
    of = b"x-ratelimit-%b-" + unit.encode()
    return (of % b"limit", b"%d" % limit), of % b"remaining", (of % b"reset", _duration(resets))


def _duration(seconds: float) -> bytes:
    """Seconds as OpenAI writes them: `250ms`, `7s`, `2m30s`."""
    if seconds < 1:
        return b"%dms" % ceil(max(0.0, seconds) * 1000)
    minutes, rest = divmod(ceil(seconds), 60)
    return b"%dm%ds" % (minutes, rest) if minutes else b"%ds" % rest


def error_frame(fault: Fault) -> bytes:
    """An error inside a stream, and the end marker. The official SDK raises `APIError` at the first."""
    return b"data: " + json_door.encode({"error": error_body(fault)}) + b"\n\ndata: [DONE]\n\n"
