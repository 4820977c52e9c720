"""How a fault looks to an Ollama client: a status and `{"error": "…"}`, in the middle of a stream that line alone."""

from __future__ import annotations

from typing import assert_never

import msgspec

from parlance.dialects.fault_headers import fault_headers
from parlance.dialects.table import Reply, Request
from parlance.values import json_door
from parlance.values.errors import DRAINING, Fault, Kind, shown

NO_STORE = "no_model_store"
_ABSENT = frozenset({"model_not_found"})


class ErrorBody(msgspec.Struct, frozen=True):
    """Every failed answer's body."""

    error: str


def status_of(fault: Fault) -> int:
    """The status of a fault: Ollama's own where it has one."""
    match fault.kind:
        case Kind.invalid | Kind.context_full:
            return 400
        case Kind.unauthenticated:
            return 401
        case Kind.forbidden:
            return 403
        case Kind.missing:
            return 405 if fault.code == "method_not_allowed" else 404
        case Kind.conflict:
            return 409
        case Kind.too_large:
            return 413
        case Kind.over_budget:
            return 429
        case Kind.busy:
            return 503
        case Kind.upstream:
            return 502
        case Kind.timed_out:
            return 504
        case Kind.cancelled:
            return 503 if fault.code == DRAINING else 499
        case Kind.unsupported:
            return 501 if fault.code == NO_STORE else 400
        case Kind.internal:
            return 500
        case _:
            assert_never(fault.kind)


def fault_reply(fault: Fault, request: Request) -> Reply:
    """A whole error answer."""
    words = _absent_model(fault, request) or _sentence(fault)
    return Reply(json_door.encode(ErrorBody(words)), status=status_of(fault), headers=fault_headers(fault))


def error_line(fault: Fault) -> bytes:
    """An error inside a stream; nothing follows it. The official SDK raises `ResponseError`."""
    return json_door.encode(ErrorBody(_sentence(fault))) + b"\n"


def _sentence(fault: Fault) -> str:
    if fault.code in _ABSENT and fault.hint is None:
        return f"{fault.message} `GET /api/tags` lists those there are."
    return fault.sentence()


def _absent_model(fault: Fault, request: Request) -> str | None:
    """Ollama's own words for a model that is not there: its clients look for them before they offer to pull it."""
    if fault.kind is not Kind.missing or fault.code not in _ABSENT:
        return None
    try:
        body = json_door.decode(request.body, dict[str, object])
    except Fault:
        return None
    name = body.get("model") or body.get("name") or body.get("source")
    return f"model '{shown(name)}' not found" if isinstance(name, str) else None
