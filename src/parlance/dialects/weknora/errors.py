"""How a fault looks to a WeKnora client: `{"success":false,"error":{"code":…,"message":…,"details":…}}`.

Who is not known hears `{"error":"Unauthorized: …"}` instead, and who is and asks for a path that there is not, a line
of text.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, assert_never

import msgspec

from parlance.dialects.fault_headers import fault_headers
from parlance.dialects.table import TEXT_TYPE, Reply, Request
from parlance.values import json_door
from parlance.values.errors import Fault, Kind

BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, NOT_FOUND, METHOD = 1000, 1001, 1002, 1003, 1004
CONFLICT, TOO_MANY, INTERNAL, UNAVAILABLE, TIMEOUT, VALIDATION = 1005, 1006, 1007, 1008, 1009, 1010
OF_A_ROUTE = "not_found"
"""The code of a path that there is not."""
ALWAYS_404 = frozenset(
    {
        OF_A_ROUTE,
        "model_not_found",
        "tenant_model_not_found",
        "run_not_found",
        "tenant_not_found",
        "workspace_not_found",
    }
)
"""Codes of what is 404 in strict mode too: the original has these right, and the numbers of tenants can be guessed."""
_INTERNAL = "Internal server error"
_GONE = {
    "base_not_found": "knowledge base not found",
    "document_not_found": "knowledge not found",
    "chunk_not_found": "chunk not found",
    "chat_not_found": "session not found",
    "turn_not_found": "message not found",
    "model_not_found": "Model not found",
    "tenant_model_not_found": "Model not found",
    "tenant_not_found": "tenant not found",
    "workspace_not_found": "tenant not found",
    "run_not_found": "task not found",
}
"""What is said of a thing that is not there, in this wire's words for it."""


class Trouble(msgspec.Struct, frozen=True):
    """What went wrong: a number for programs, a sentence, and whatever else there is to say."""

    code: int
    message: str
    details: Any = None


class ErrorBody(msgspec.Struct, frozen=True):
    """An error, in the shape of the routes: a number with a sentence, a sentence alone, or that of a refused login."""

    success: bool | msgspec.UnsetType = msgspec.UNSET
    error: Trouble | str | msgspec.UnsetType = msgspec.UNSET
    message: str | msgspec.UnsetType = msgspec.UNSET
    code: str | msgspec.UnsetType = msgspec.UNSET
    data: Any = None


def faults(*, strict: bool) -> Callable[[Fault, Request], Reply]:
    """How faults are shown. `strict`: a row that is missing is a failure of the server, as the original has it."""

    def fault_reply(fault: Fault, request: Request) -> Reply:
        if fault.kind is Kind.unauthenticated:
            return unauthorized(fault, request)
        if fault.code == OF_A_ROUTE:
            return Reply(b"404 page not found", status=404, type=TEXT_TYPE)
        status, code = _judged(fault)
        if strict and fault.kind is Kind.missing and fault.code not in ALWAYS_404 and status == 404:
            status, code = 500, INTERNAL
        return refused(status, code, _sentence(fault), _details(fault), fault)

    return fault_reply


def refused(status: int, code: int, message: str, details: Any = None, fault: Fault | None = None) -> Reply:
    """A whole error answer."""
    body = json_door.encode({"success": False, "error": Trouble(code, message, details)})
    return Reply(body, status=status, headers=() if fault is None else fault_headers(fault))


def unauthorized(fault: Fault, request: Request) -> Reply:
    """Nobody known is asking."""
    why = "missing authentication" if "x-api-key" not in request.headers else "invalid API key"
    if fault.code == "no_keys":
        why = fault.sentence()
    body = json_door.encode({"error": f"Unauthorized: {why}"})
    return Reply(body, status=401, headers=fault_headers(fault))


def _judged(fault: Fault) -> tuple[int, int]:
    """The status and the number of a fault."""
    match fault.kind:
        case Kind.invalid:
            return 400, VALIDATION if fault.code in json_door.SHAPE_CODES else BAD_REQUEST
        case Kind.context_full | Kind.unsupported:
            return 400, BAD_REQUEST
        case Kind.unauthenticated:
            return 401, UNAUTHORIZED
        case Kind.forbidden:
            return 403, FORBIDDEN
        case Kind.missing:
            if fault.code == "method_not_allowed":
                return 405, METHOD
            return 404, NOT_FOUND
        case Kind.conflict | Kind.cancelled:
            return 409, CONFLICT
        case Kind.too_large:
            return 413, BAD_REQUEST
        case Kind.over_budget:
            return 429, TOO_MANY
        case Kind.busy:
            return 503, UNAVAILABLE
        case Kind.timed_out:
            return 504, TIMEOUT
        case Kind.upstream | Kind.internal:
            return 500, INTERNAL
        case _:
            assert_never(fault.kind)


def _sentence(fault: Fault) -> str:
    if fault.kind is Kind.internal:
        return _INTERNAL
    return _GONE.get(fault.code or "", fault.sentence())


def _details(fault: Fault) -> Any:
    return None if fault.field is None else {"field": fault.field}
