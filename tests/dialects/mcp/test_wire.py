"""What goes over HTTP, byte by byte: revisions, headers, batches, and what each refusal looks like."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from parlance.dialects.mcp import wire
from tests.dialects.mcp.served import Stage, staged
from tests.flows.callers import Answer

MODERN = "2026-07-28"
META = {wire.META_VERSION: MODERN, wire.META_CAPABILITIES: {}}
PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
LIST = {"jsonrpc": "2.0", "id": "a", "method": "tools/list"}
HEARD = {"jsonrpc": "2.0", "method": "notifications/initialized"}


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(tmp_path) as made:
        yield made


async def post(stage: Stage, body: Any, who: str | None = "ada", **headers: str) -> Answer:
    """What is answered to a body."""
    told = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
    said = {name.replace("_", "-"): value for name, value in headers.items()}
    return await stage.caller(who).ask("POST /mcp", body, **{**told, **said})


def first(version: str) -> dict[str, Any]:
    """How a client begins."""
    params = {"protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    return {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params}


@pytest.mark.parametrize(
    ("asked", "agreed"),
    [*((each, each) for each in wire.HANDSHAKE), ("2031-01-01", "2025-11-25"), ("1.0", "2025-11-25")],
)
async def test_a_revision_is_agreed_upon(stage: Stage, asked: str, agreed: str) -> None:
    """The client's own where it is known, else the newest that begins so. There is no session to keep."""
    answer = await post(stage, first(asked))
    result = answer.json["result"]
    assert (answer.status, result["protocolVersion"]) == (200, agreed) and "mcp-session-id" not in answer.headers
    assert result["serverInfo"]["name"] == "parlance" and result["capabilities"] == {"tools": {}, "resources": {}}
    assert (await post(stage, PING, mcp_protocol_version=agreed)).json == {"jsonrpc": "2.0", "id": 1, "result": {}}


async def test_every_request_of_the_newest_revision_stands_for_itself(stage: Stage) -> None:
    """With its headers; what they and the body say differently is refused, before anything is done."""
    listed = {**LIST, "params": {"_meta": META}}
    headers = {"mcp_protocol_version": MODERN, "mcp_method": "tools/list"}
    found = (await post(stage, listed, **headers)).json["result"]
    assert (found["resultType"], found["ttlMs"], found["cacheScope"]) == ("complete", 0, "private") and found["tools"]
    discovered = {"jsonrpc": "2.0", "id": 1, "method": "server/discover", "params": {"_meta": META}}
    known = (await post(stage, discovered, **{**headers, "mcp_method": "server/discover"})).json["result"]
    assert MODERN in known["supportedVersions"] and known["_meta"][wire.META_SERVER]["name"] == "parlance"
    for broken, more, code in (
        ({**LIST, "params": {}}, headers, wire.INVALID_PARAMS),
        (listed, {**headers, "mcp_method": "ping"}, wire.HEADER_MISMATCH),
        (listed, {"mcp_protocol_version": MODERN}, wire.HEADER_MISMATCH),
        (listed, {"mcp_method": "tools/list"}, wire.HEADER_MISMATCH),
        (listed, {**headers, "mcp_protocol_version": "2027-01-01"}, wire.HEADER_MISMATCH),
    ):
        answer = await post(stage, broken, **more)
        assert (answer.status, answer.json["error"]["code"], answer.json["id"]) == (400, code, "a")
    called = {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "list_documents", "_meta": META}}
    named = {"mcp_protocol_version": MODERN, "mcp_method": "tools/call"}
    for name, status in (("list_documents", 200), ("=?base64?bGlzdF9kb2N1bWVudHM=?=", 200), ("other", 400)):
        assert (await post(stage, called, **named, mcp_name=name)).status == status
    for name in ("", "=?base64?!?=", "=?base64?/w==?="):
        assert (await post(stage, called, **named, mcp_name=name)).status == 400
    gone = {"jsonrpc": "2.0", "id": 1, "method": "ping", "params": {"_meta": META}}
    answer = await post(stage, gone, mcp_protocol_version=MODERN, mcp_method="ping")
    assert (answer.status, answer.json["error"]["code"]) == (404, wire.METHOD_NOT_FOUND)


async def test_a_revision_that_is_not_spoken_says_those_that_are(stage: Stage) -> None:
    """So that a client can take another."""
    future = "2031-01-01"
    meta = {**META, wire.META_VERSION: future}
    answer = await post(
        stage, {**LIST, "params": {"_meta": meta}}, mcp_protocol_version=future, mcp_method="tools/list"
    )
    error = answer.json["error"]
    assert (answer.status, error["code"]) == (400, wire.UNSUPPORTED_VERSION)
    assert error["data"] == {"supported": list(wire.KNOWN), "requested": future}
    assert (await post(stage, HEARD, mcp_protocol_version=future)).status == 400


async def test_notifications_and_answers_are_heard(stage: Stage) -> None:
    """With 202 and nothing more."""
    cancelled = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}}
    for body in (HEARD, cancelled, {"jsonrpc": "2.0", "id": 7, "result": {}}):
        answer = await post(stage, body)
        assert (answer.status, answer.body) == (202, b"")
    assert (await post(stage, HEARD, mcp_protocol_version=MODERN)).status == 202


async def test_the_older_revisions_have_batches(stage: Stage) -> None:
    """In bounds, without `initialize` in them; the newer ones have none."""
    answer = await post(stage, [PING, HEARD, LIST])
    assert [each["id"] for each in answer.json] == [1, "a"]
    assert (await post(stage, [HEARD])).status == 202
    for version in wire.BATCHED:
        assert (await post(stage, [PING], mcp_protocol_version=version)).status == 200
    for body, more in (
        ([], {}),
        ([PING] * 21, {}),
        ([first("2025-03-26")], {}),
        ([PING, 5], {}),
        ([PING], {"mcp_protocol_version": "2025-06-18"}),
        ([PING], {"mcp_protocol_version": MODERN}),
    ):
        answer = await post(stage, body, **more)
        assert (answer.status, answer.json["error"]["code"]) == (400, wire.INVALID_REQUEST)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, wire.PARSE_ERROR),
        (b"", 400, wire.PARSE_ERROR),
        (b'"text"', 400, wire.INVALID_REQUEST),
        (b'{"jsonrpc": "1.0", "id": 1, "method": "ping"}', 400, wire.INVALID_REQUEST),
        (b'{"jsonrpc": "2.0", "id": null, "method": "ping"}', 400, wire.INVALID_REQUEST),
        (b'{"jsonrpc": "2.0", "id": 1}', 400, wire.INVALID_REQUEST),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "ping", "params": []}', 400, wire.INVALID_REQUEST),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "tools/open"}', 200, wire.METHOD_NOT_FOUND),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "server/discover"}', 200, wire.METHOD_NOT_FOUND),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "initialize"}', 200, wire.INVALID_PARAMS),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": 5}}', 200, wire.INVALID_PARAMS),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"cursor": 5}}', 200, wire.INVALID_PARAMS),
        (
            b'{"jsonrpc": "2.0", "id": 1, "method": "resources/list", "params": {"cursor": "x"}}',
            200,
            wire.INVALID_PARAMS,
        ),
        (
            b'{"jsonrpc": "2.0", "id": 1, "method": "resources/read", "params": {"uri": "parlance://bases/x"}}',
            200,
            wire.NO_RESOURCE,
        ),
    ],
)
async def test_what_cannot_be_answered_says_why(stage: Stage, body: bytes, status: int, code: int) -> None:
    """As JSON-RPC says it."""
    answer = await post(stage, body)
    assert (answer.status, answer.json["error"]["code"]) == (status, code)


async def test_only_requests_that_are_meant_are_taken(stage: Stage) -> None:
    """By a method that there is, in JSON, by somebody who is known, and from no page of elsewhere."""
    for method in ("GET", "DELETE"):
        answer = await stage.caller("ada").ask(f"{method} /mcp", accept="text/event-stream")
        assert (answer.status, answer.headers["allow"]) == (405, "POST")
    assert (await post(stage, PING, content_type="text/plain")).status == 415
    assert (await post(stage, PING, accept="text/html")).status == 406
    assert (await post(stage, PING, accept="*/*")).status == 200
    assert (await post(stage, PING, origin="https://evil.example")).status == 403
    unknown = await post(stage, PING, None)
    assert (unknown.status, unknown.headers["www-authenticate"]) == (401, "Bearer")
    assert json.loads(unknown.body)["error"]["code"] == wire.REFUSED
    assert (await post(stage, PING, None, authorization="Bearer nobody")).status == 401
