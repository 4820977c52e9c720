"""A composed server with people of two tenants, and the official client of the protocol in their names."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import msgspec
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from parlance.testing.servers import Server, loaded, running
from parlance.testing.upstreams import MockOpenAI
from tests.flows.callers import Caller, connection_toml, key_toml

KEYS = {
    "ada": ("-".join(("sk", "ada", "of", "the", "north")), "ada", "north"),
    "bob": ("-".join(("sk", "bob", "of", "the", "south")), "bob", "south"),
    "eve": ("-".join(("sk", "eve", "of", "the", "north")), "eve", "north"),
}
"""Ada and Eve are of one tenant, Bob of another."""


class Stage(msgspec.Struct):
    """The server, and who calls it."""

    server: Server

    def key(self, who: str) -> str:
        """Somebody's key."""
        return KEYS[who][0]

    def caller(self, who: str | None) -> Caller:
        """Somebody before the native API."""
        return Caller(self.server.port, None if who is None else self.key(who))

    @asynccontextmanager
    async def client(self, who: str, mode: str = "auto", path: str = "/mcp") -> AsyncIterator[Client]:
        """The official client over streamable HTTP."""
        headers = {"authorization": f"Bearer {self.key(who)}"}
        async with httpx2.AsyncClient(headers=headers, trust_env=False) as http:
            transport = streamable_http_client(self.server.url + path, http_client=http)
            async with Client(transport, mode=mode, cache=None) as client:
                yield client

    @asynccontextmanager
    async def piped(self, who: str, *words: str, mode: str = "auto") -> AsyncIterator[Client]:
        """The official client over the pipes of `parlance mcp`."""
        env = {"PARLANCE_URL": self.server.url, "PARLANCE_API_KEY": self.key(who), "HOME": os.environ.get("HOME", "/")}
        command = StdioServerParameters(command=sys.executable, args=["-m", "parlance", "mcp", *words], env=env)
        async with Client(command, mode=mode, cache=None) as client:
            yield client

    async def base(self, who: str, name: str, *texts: str, access: str = "own") -> str:
        """The id of a base with these texts, when all are found."""
        caller = self.caller(who)
        made = await self.native(caller, "bases.create", name=name, embedder="", access=access)
        for number, text in enumerate(texts):
            document = await self.native(caller, "documents.add_text", base=made["id"], name=f"{number}.txt", text=text)
            await ready(caller, document["id"])
        found: str = made["id"]
        return found

    async def native(self, caller: Caller, operation: str, **fields: Any) -> Any:
        """What an operation gives."""
        answer = await caller.ask(f"POST /parlance/v1/{operation}", fields)
        assert answer.status in (200, 204), answer.body
        return answer.json if answer.body else None


async def ready(caller: Caller, document: str) -> None:
    """Wait until a document is found."""
    async with asyncio.timeout(60):
        while True:
            answer = await caller.ask(f"GET /parlance/v1/documents.read?document={document}")
            state = answer.json["state"]
            assert state != "failed", answer.body
            if state == "ready":
                return
            await asyncio.sleep(0.02)


@asynccontextmanager
async def staged(folder: Path) -> AsyncIterator[Stage]:
    """The server with its people."""
    keys = "".join(key_toml(key, name, user, tenant) for name, (key, user, tenant) in KEYS.items())
    async with MockOpenAI() as upstream:
        toml = connection_toml(upstream.base_url, "mock", "mock") + keys
        async with running(loaded(folder, toml=toml)) as server:
            yield Stage(server)
