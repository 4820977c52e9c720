"""How a fault looks to a chatqueue client: a status, and `{"error": "…"}` or nothing at all.

That system answers 500 whenever its Ollama cannot be reached, refuses or talks nonsense, so 500 is what its clients
know. Paths and methods that are not there have an empty body.
"""

from __future__ import annotations

from typing import assert_never

import msgspec

from parlance.dialects.fault_headers import fault_headers
from parlance.dialects.table import Reply, Request
from parlance.values import json_door
from parlance.values.errors import Fault, Kind

BODILESS_CODES = frozenset({"not_found", "method_not_allowed"})
OURS = frozenset({Kind.unauthenticated, Kind.forbidden, Kind.over_budget, Kind.busy, Kind.cancelled})
"""Kinds that an engine can only be the cause of by a status of its own."""


class ErrorBody(msgspec.Struct, frozen=True):
    """What went wrong, in a sentence."""

    error: str


def status_of(fault: Fault) -> int:
    """The HTTP status of a fault. Whatever an upstream refused with a status of its own is 500."""
    if fault.status is not None:
        return 500
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
        case Kind.too_large:
            return 413
        case Kind.over_budget:
            return 429
        case Kind.busy:
            return 503
        case Kind.context_full | Kind.unsupported:
            return 400
        case Kind.upstream | Kind.timed_out | Kind.internal:
            return 500
        case _:
            assert_never(fault.kind)


def is_ours(fault: Fault) -> bool:
    """Whether it is this server that refused or stopped something, and not the engine that failed."""
    return fault.status is None and fault.kind in OURS


def failed_run(fault: Fault) -> Fault:
    """The fault of a run that had been let in: whatever the engine called it, here it is the engine's failure."""
    if is_ours(fault):
        return fault
    return Fault(
        Kind.upstream,
        fault.message,
        hint=fault.hint,
        retry_after=fault.retry_after,
        code=fault.code,
        status=fault.status,
    )


def fault_reply(fault: Fault, request: Request) -> Reply:
    """A whole error answer."""
    status = status_of(fault)
    if fault.code in BODILESS_CODES:
        return empty(status)
    return Reply(json_door.encode(ErrorBody(fault.sentence())), status=status, headers=fault_headers(fault))


def empty(status: int) -> Reply:
    """An answer that is a status and nothing else."""
    return Reply(status=status, type=b"")
