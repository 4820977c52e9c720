"""How a fault looks to a client of the app. Two forms stand side by side there and are part of its contract: the bare
sentence as text, and a JSON object; which one it is depends on the route and on what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeVar

import msgspec

from parlance.dialects.fault_headers import fault_headers
from parlance.dialects.table import TEXT_TYPE, Reply, Request
from parlance.values import json_door
from parlance.values.errors import Fault, Kind

T = TypeVar("T")
Form = tuple[int, Literal["text", "json", "status"], str | None]
"""A status, a form (`status` is `{"status":"error","error":…}`), and a sentence where it is not the fault's own."""
Forms = Mapping[str, Form]
"""By the fault's code."""
STORAGE: Form = (500, "text", "persistence error")
COMMON: Forms = {
    "json_odd": (400, "text", None),
    "csrf_missing": (400, "text", None),
    "csrf_invalid": (400, "text", None),
    "set_name_odd": (400, "text", None),
    "key_gone": (401, "text", None),
    "sets_full": (400, "text", None),
    "room_full": (400, "text", None),
    "history_full": (400, "text", None),
    "session_store": (500, "text", "session error"),
    "guest": (403, "json", None),
}


class Said(msgspec.Struct, frozen=True):
    """An error as JSON, for the OpenAPI document."""

    error: str
    status: str | msgspec.UnsetType = msgspec.UNSET


SLOW_DOWN = "Too many requests, please slow down."
_TRANSPORT: Mapping[str, int] = {"not_found": 404, "method_not_allowed": 405, "bad_path": 404}
"""Codes without a body."""


def reply(form: Form, fault: Fault) -> Reply:
    """A fault in a form."""
    status, kind, said = form
    sentence = fault.message if said is None else said
    headers = fault_headers(fault) if fault.kind in (Kind.over_budget, Kind.busy) else ()
    if kind == "text":
        return Reply(sentence.encode(), status=status, type=TEXT_TYPE, headers=headers)
    told = {"status": "error", "error": sentence} if kind == "status" else {"error": sentence}
    return Reply(json_door.encode(told), status=status, headers=headers)


def told(fault: Fault, forms: Forms, otherwise: Form = STORAGE) -> Reply:
    """A fault of a route: as the route has it, as all have it, else as a failure of what the route needs."""
    found = forms.get(fault.code or "") or COMMON.get(fault.code or "")
    if found is None and fault.kind is Kind.over_budget:
        found = (429, otherwise[1] if otherwise[1] != "status" else "json", SLOW_DOWN)
    return reply(found or otherwise, fault)


def fault_reply(fault: Fault, request: Request) -> Reply:
    """A fault that no route saw: of the transport, or a defect."""
    code = fault.code or ""
    if code in _TRANSPORT:
        return Reply(status=_TRANSPORT[code], type=b"")
    if code in ("body_too_large", "unsupported_media_type"):
        return reply((400, "text", "Invalid request body"), fault)
    if fault.kind is Kind.forbidden:
        return reply((403, "text", None), fault)
    if fault.kind is Kind.busy:
        return reply((503, "text", None), fault)
    return reply((500, "text", "Something went wrong on our side."), fault)


def decoded(body: bytes, kind: type[T]) -> T:
    """A body, where an empty one says nothing of any field. Raises `Fault(code="json_odd")`."""
    try:
        return json_door.decode(body or b"{}", kind)
    except Fault:
        raise Fault(Kind.invalid, "Invalid JSON payload", code="json_odd") from None
