"""The native dialect over a socket, before a core in memory: two keys, a scripted engine, and a small client."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from parlance.core.dispatch import Caller
from parlance.dialects.native.dialect import NATIVE
from parlance.testing.gateways import FakeGateway, served
from parlance.testing.road import Bench, ScriptedEngine, bench
from parlance.transports.http.door import Door
from parlance.transports.http.gateway import Facts
from parlance.values.accounts import Principal
from parlance.values.errors import Fault, Kind
from tests.unit.transports.small import Raw

NOBODY = Principal("", "", scopes=frozenset(), models=())
KEYS = {
    "ada-key": Principal("default", "ada", "ada-laptop", scopes=frozenset({"chat", "models:write", "observe"})),
    "ada-phone": Principal("default", "ada", "ada-phone"),
    "root-key": Principal("default", "root", "root-laptop", scopes=frozenset({"operate"})),
    "bob-key": Principal("default", "bob", "bob-laptop"),
}


class KeyGateway(FakeGateway):
    """Lets in the keys above, before a whole core in memory."""

    def __init__(self, made: Bench) -> None:
        super().__init__()
        self.bench = made

    def identify(self, facts: Facts) -> Principal:
        """The key's principal."""
        if facts.token not in KEYS:
            raise Fault(Kind.unauthenticated, "This API key is not known here.", code="invalid_api_key")
        return KEYS[facts.token]

    def caller(self, principal: Principal | None, request_id: str, facts: Facts | None = None) -> Caller:  # type: ignore[override]
        """`do` for one request."""
        return Caller(self.bench.dispatch, principal or NOBODY, request_id)


class Native:
    """A client of the door. Every call is a connection of its own."""

    def __init__(self, port: int, made: Bench) -> None:
        self.port = port
        self.bench = made

    async def ask(self, head: str, body: Any = None, key: str = "ada-key", **headers: str) -> tuple[int, Any]:
        """Status and JSON of one request (`GET models.list`)."""
        status, _, content = await self.whole(head, body, key, **headers)
        return status, json.loads(content) if content else None

    async def whole(
        self, head: str, body: Any = None, key: str = "ada-key", **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of one request; a path without a slash is an operation."""
        method, _, path = head.partition(" ")
        path = path if path.startswith("/") else f"/parlance/v1/{path}"
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        client = await Raw.to(self.port)
        answer = await client.ask(f"{method} {path}", content, authorization=f"Bearer {key}", **headers)
        client.fin()
        return answer

    async def events(self, head: str, body: Any = None, key: str = "ada-key", **headers: str) -> list[dict[str, Any]]:
        """The blocks of a stream, each with its `id`, `event` and `data`."""
        status, _, content = await self.whole(head, body, key, accept="text/event-stream", **headers)
        assert status == 200, content
        return [block(text) for text in content.decode().split("\n\n") if text and not text.startswith(":")]

    async def sent(self, text: str = "Hello", **more: Any) -> str:
        """The id of a new run that goes on by itself."""
        status, body = await self.ask("POST messages.send", asking(text, **more))
        assert status == 202, body
        run: str = body["run"]
        return run


def asking(text: str = "Hello", **more: Any) -> dict[str, Any]:
    """The body of `messages.send`; what is not a field of the operation belongs to the ask."""
    return {"ask": {"model": "model", "items": [{"type": "message", "role": "user", "content": text}]}, **more}


def block(text: str) -> dict[str, Any]:
    """One block of an event stream."""
    fields = dict(line.split(": ", 1) for line in text.split("\n"))
    return {**fields, "data": json.loads(fields["data"])}


@asynccontextmanager
async def native(engine: ScriptedEngine | None = None, **more: Any) -> AsyncIterator[Native]:
    """The dialect in service."""
    made = bench(engine, **more)
    async with served(Door("d", "127.0.0.1", (NATIVE,)), gateway=KeyGateway(made)) as here:
        yield Native(here.port, made)
        assert here.watcher.failures == []
