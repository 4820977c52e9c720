"""How a fault of a whole request looks: its own status, and an error that belongs to no message."""

from __future__ import annotations

from typing import assert_never

from parlance.dialects.fault_headers import fault_headers
from parlance.dialects.mcp import wire
from parlance.dialects.mcp.wire import ErrorMessage, ErrorObject
from parlance.dialects.table import Reply, Request
from parlance.values import json_door
from parlance.values.errors import Fault, Kind

NOT_ACCEPTABLE = "not_acceptable"
STATUS_CODES = {NOT_ACCEPTABLE: 406, "method_not_allowed": 405, "unsupported_media_type": 415}
"""Faults that HTTP itself has a status for."""


def refused(fault: Fault, request: Request) -> Reply:
    """A whole error answer."""
    said = ErrorMessage(ErrorObject(_code(fault), fault.sentence(), {"code": fault.code} if fault.code else None))
    return Reply(json_door.encode(said), status=_status(fault), headers=fault_headers(fault))


def _code(fault: Fault) -> int:
    if fault.code == "malformed":
        return wire.PARSE_ERROR
    if fault.kind is Kind.internal:
        return wire.INTERNAL_ERROR
    return wire.INVALID_REQUEST if fault.kind is Kind.invalid else wire.REFUSED


def _status(fault: Fault) -> int:
    if fault.code in STATUS_CODES:
        return STATUS_CODES[fault.code]
    match fault.kind:
        case Kind.invalid | Kind.unsupported:
            return 400
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
        case Kind.internal:
            return 500
        case _:
            assert_never(fault.kind)
