"""Problem documents (RFC 9457) for every kind of fault."""

from __future__ import annotations

import json

import pytest

from parlance.dialects.native.errors import STATUS_CODES, fault_reply, status_of
from parlance.dialects.table import Request
from parlance.values.errors import Fault, Kind
from tests.dialects.native.wire import native

STATUSES = {
    Kind.invalid: 400,
    Kind.unauthenticated: 401,
    Kind.forbidden: 403,
    Kind.missing: 404,
    Kind.conflict: 409,
    Kind.cancelled: 409,
    Kind.too_large: 413,
    Kind.context_full: 413,
    Kind.unsupported: 422,
    Kind.over_budget: 429,
    Kind.internal: 500,
    Kind.upstream: 502,
    Kind.busy: 503,
    Kind.timed_out: 504,
}


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_a_status(kind: Kind) -> None:
    """And its name stands in the type."""
    reply = fault_reply(Fault(kind, "Said.", hint="Do.", field="a.b", code="word", retry_after=1.2), nothing())
    assert reply.status == STATUSES[kind]
    body = json.loads(reply.body)
    assert body == {
        "type": f"urn:parlance:problem:{kind.value}",
        "title": body["title"],
        "status": reply.status,
        "detail": "Said.",
        "hint": "Do.",
        "code": "word",
        "field": "a.b",
        "retry_after": 1.2,
    }
    assert (b"retry-after", b"2") in reply.headers
    assert ((b"www-authenticate", b"Bearer") in reply.headers) == (kind is Kind.unauthenticated)


@pytest.mark.parametrize(("code", "status"), [*STATUS_CODES.items(), ("wrong_type", 422), ("missing_field", 422)])
def test_some_codes_have_a_status_of_their_own(code: str, status: int) -> None:
    """What HTTP itself lays down, and JSON of another shape."""
    assert status_of(Fault(Kind.invalid, "Said.", code=code)) == status


async def test_the_body_agrees_with_the_status_line() -> None:
    """Also where the transport found the fault: a missing route, a wrong method, a body that is no JSON."""
    async with native() as client:
        for head, body, status in (
            ("GET nothing.here", None, 404),
            ("DELETE messages.send", None, 405),
            ("POST messages.send", b"{", 400),
            ("POST messages.send", b"{}", 422),
            ("POST messages.send", b"[" * 70 + b"]" * 70, 413),
        ):
            got, fields, content = await client.whole(head, body)
            assert (got, json.loads(content)["status"]) == (status, status)
            assert fields["content-type"] == "application/problem+json"


def nothing() -> Request:
    """A request that nobody looks at."""
    return Request("GET", "/", params={}, raw_query="", headers={}, body=b"", content=None, id="1", prefix="")
