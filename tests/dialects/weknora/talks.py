"""A server with a base, a document and a fake model: what the tests of sessions stand on and read with."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from parlance.testing.upstreams import MockOpenAI, in_thread
from parlance.testing.upstreams.scripts import Script
from parlance.values.time import Clock
from tests.dialects.weknora.served import BASE, Client, Json, serving
from tests.flows.callers import connection_toml, key_toml
from tests.unit.transports.small import Raw, request

PATIENCE = 60.0
KEY = "-".join(("sk", "weknora", "0123456789abcdef"))
OTHER = "-".join(("sk", "stranger", "0123456789abcdef"))
TEA = "# Gardens\n\nTea is grown in Assam by three million people.\n\nCoffee is grown in Kerala on hills.\n"
ASSAM = "Where is tea grown?"
EVENT = b"event:message\ndata:"


class Talks(msgspec.Struct):
    """`client` owns base and sessions, `other` is of another tenant; `upstream` is the model."""

    client: Client
    other: Client
    upstream: MockOpenAI
    base: str

    async def session(self, **strategy: object) -> str:
        """A new session; with a strategy where one is said."""
        body: Json = {"knowledge_base_id": self.base}
        if strategy:
            body["session_strategy"] = strategy
        return str((await self.client.ask("POST /sessions", body, 201))["data"]["id"])

    async def say(self, session: str, query: str = ASSAM, **headers: str) -> list[Json]:
        """Ask, and read the whole stream."""
        answer = await self.client.call(f"POST /knowledge-chat/{session}", {"query": query}, **headers)
        assert answer.status == 200, answer.body
        assert answer.headers["content-type"] == "text/event-stream;charset=utf-8"
        return read(answer.body)

    async def load(self, session: str, query: str = "") -> list[Json]:
        """The messages of a session."""
        found: list[Json] = (await self.client.ask(f"GET /messages/{session}/load{query}"))["data"]
        return found

    def prompts(self) -> list[list[Json]]:
        """The messages of every chat that the model was asked."""
        return [call.payload["messages"] for call in self.upstream.calls_to("/chat/completions")]

    async def open(self, head: str, body: Any = None, **headers: str) -> Raw:
        """A connection on which a stream is coming."""
        connection = await Raw.to(int(self.client.server.addresses["default"].rpartition(":")[2]))
        method, _, path = head.partition(" ")
        sent = b"" if body is None else msgspec.json.encode(body)
        fields = {"content_type": "application/json", **self.client.headers, **headers}
        fields = {name.replace("-", "_"): value for name, value in fields.items()}
        await connection.send(request(f"{method} {BASE}{path}", sent, **fields))
        await connection.until(b"\r\n\r\n")
        return connection


def read(body: bytes) -> list[Json]:
    """The events of a stream, byte by byte as they must be: no blank after a colon, nothing between."""
    pieces = body.split(b"\n\n")
    assert pieces.pop() == b""
    found = []
    for piece in pieces:
        assert piece.startswith(EVENT + b"{"), piece
        assert b"\n" not in piece.removeprefix(EVENT)
        found.append(msgspec.json.decode(piece.removeprefix(EVENT)))
    for each in found:
        assert set(each) == {"id", "response_type", "content", "done", "knowledge_references"}
        assert isinstance(each["content"], str)
    return found


def text(events: list[Json]) -> str:
    """What a front-end shows, which puts all contents together blindly."""
    return "".join(event["content"] for event in events)


@asynccontextmanager
async def talking(
    folder: Path,
    script: Script | None = None,
    *,
    toml: str = "",
    model: str = "mock",
    clock: Clock | None = None,
    **settings: object,
) -> AsyncIterator[Talks]:
    """All of it. `settings` are those of sessions that bring none of their own."""
    with in_thread(MockOpenAI(models=("mock",), script=script)) as upstream:
        flags = {f"weknora.conversation.{name.replace('__', '.')}": value for name, value in settings.items()}
        keys = key_toml(KEY, "program", "ada", scopes=["all"]) + key_toml(OTHER, "stranger", "eve", tenant="acme")
        whole = connection_toml(upstream.base_url, "mock", "mock") + keys + toml
        async with serving(folder, toml=whole, flags={"models.default": model, **flags}, clock=clock) as nobody:
            client = nobody.with_key(KEY)
            base = await filled(client)
            yield Talks(client, nobody.with_key(OTHER), upstream, base)


async def filled(client: Client, words: str = TEA) -> str:
    """A base with a document that can be found."""
    made = await client.ask("POST //parlance/v1/bases.create", {"name": "Gardens", "embedder": ""})
    body = {"base": made["id"], "name": "gardens.md", "text": words}
    document = (await client.ask("POST //parlance/v1/documents.add_text", body))["id"]
    deadline = time.monotonic() + PATIENCE
    while True:
        found = await client.ask(f"GET //parlance/v1/documents.read?document={document}")
        if found["state"] == "ready":
            return str(made["id"])
        assert found["state"] != "failed" and time.monotonic() < deadline, found
        await asyncio.sleep(0.05)
