"""How a fault looks to a native client: a problem document (RFC 9457) and a status."""

from __future__ import annotations

from http import HTTPStatus
from typing import assert_never

import msgspec

from parlance.dialects.fault_headers import fault_headers
from parlance.dialects.table import Reply, Request
from parlance.values import json_door
from parlance.values.errors import Fault, Kind

PROBLEM_MEDIA = "application/problem+json"
TYPE = "urn:parlance:problem:"
"""Before the kind: a name for programs to compare with, which nobody needs to look up."""
STATUS_CODES = {
    "method_not_allowed": 405,
    "body_too_large": 413,
    "unsupported_media_type": 415,
    "bad_path": 400,
    "range_not_satisfiable": 416,
    "disk_full": 507,
}
"""Faults that HTTP itself has a status for; where the transport says the number, the body must agree with it."""


HINTS = {"model_not_found": "`GET /parlance/v1/models.list` lists those there are."}
"""Where this dialect tells what can be done about a fault, by its code."""


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """What went wrong. `type` ends in the kind; `detail` is a sentence and `hint` what to do about it; `code` is a
    short stable word; `field` the dotted name of the field at fault; `retry_after` is in seconds."""

    type: str
    title: str
    status: int
    detail: str
    hint: str | None = None
    code: str | None = None
    field: str | None = None
    retry_after: float | None = None


def status_of(fault: Fault) -> int:
    """The status of a fault."""
    if fault.code in STATUS_CODES:
        return STATUS_CODES[fault.code]
    match fault.kind:
        case Kind.invalid:
            return 422 if fault.code in json_door.SHAPE_CODES else 400
        case Kind.unauthenticated:
            return 401
        case Kind.forbidden:
            return 403
        case Kind.missing:
            return 404
        case Kind.conflict | Kind.cancelled:
            return 409
        case Kind.too_large | Kind.context_full:
            return 413
        case Kind.over_budget:
            return 429
        case Kind.busy:
            return 503
        case Kind.upstream:
            return 502
        case Kind.timed_out:
            return 504
        case Kind.unsupported:
            return 422
        case Kind.internal:
            return 500
        case _:
            assert_never(fault.kind)


def problem(fault: Fault) -> Problem:
    """The document of a fault."""
    status = status_of(fault)
    return Problem(
        TYPE + fault.kind.value,
        HTTPStatus(status).phrase,
        status,
        fault.message,
        fault.hint or HINTS.get(fault.code or ""),
        fault.code,
        fault.field,
        fault.retry_after,
    )


def fault_reply(fault: Fault, request: Request) -> Reply:
    """A whole error answer."""
    found = problem(fault)
    headers = fault_headers(fault)
    return Reply(json_door.encode(found), status=found.status, type=PROBLEM_MEDIA.encode(), headers=headers)
