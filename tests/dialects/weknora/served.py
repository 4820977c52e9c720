"""A composed server that speaks WeKnora at its default door and at one of its own, and a client for it."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from parlance.testing.servers import Server, loaded, running
from parlance.values.time import Clock
from tests.unit.transports.small import Raw

BASE = "/api/v1"
PASSWORD = "five tall ladders"
Json = dict[str, Any]


class Answer(msgspec.Struct, frozen=True):
    """Status, headers and body as they came."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The decoded body."""
        return msgspec.json.decode(self.body)


class Client:
    """One caller; every request is a connection of its own, with the headers that the front-end sends."""

    def __init__(self, server: Server, *, door: str = "default", **headers: str) -> None:
        self.server = server
        self.door = door
        self.headers = headers

    def with_token(self, token: str) -> Client:
        """As the Vue front-end calls."""
        return Client(self.server, door=self.door, authorization=f"Bearer {token}")

    def with_key(self, key: str) -> Client:
        """As the Go SDK and the MCP server call."""
        return Client(self.server, door=self.door, **{"x-api-key": key})

    async def call(self, head: str, body: Any = None, **headers: str) -> Answer:
        """One answer. `head` is method and path below the base path (whole with `//` before it); a body that is not
        bytes goes out as JSON."""
        method, _, path = head.partition(" ")
        whole = path[1:] if path.startswith("//") else BASE + path
        sent = body if isinstance(body, bytes) else b"" if body is None else msgspec.json.encode(body)
        more = {"content-type": "application/json"} if body is not None else {}
        port = int(self.server.addresses[self.door].rpartition(":")[2])
        connection = await Raw.to(port)
        try:
            told = {**more, **self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
            return Answer(*await connection.ask(f"{method} {whole}", sent, **told))
        finally:
            connection.fin()

    async def ask(self, head: str, body: Any = None, status: int = 200, **headers: str) -> Any:
        """The decoded body of an answer that must have this status."""
        answer = await self.call(head, body, **headers)
        assert answer.status == status, (head, answer.status, answer.body)
        return answer.json

    async def register(self, name: str = "ada", status: int = 201) -> Any:
        """Make an account by the address `<name>@example.org`."""
        body = {"username": name, "email": f"{name}@example.org", "password": PASSWORD}
        return await self.ask("POST /auth/register", body, status)

    async def login(self, name: str = "ada", password: str = PASSWORD, status: int = 200) -> Any:
        """Sign in."""
        return await self.ask("POST /auth/login", {"email": f"{name}@example.org", "password": password}, status)

    async def signed_in(self, name: str = "ada") -> Client:
        """The client of somebody who signs in now."""
        return self.with_token((await self.login(name))["token"])


@asynccontextmanager
async def serving(
    folder: Path,
    *,
    toml: str = "",
    flags: Mapping[str, object] | None = None,
    env: Mapping[str, str] | None = None,
    clock: Clock | None = None,
) -> AsyncIterator[Client]:
    """The composed server, and somebody unknown before it."""
    settings = loaded(folder, toml=toml, flags={"doors": ["weknora=127.0.0.1:0"], **(flags or {})}, env=env)
    async with running(settings, clock=clock) as server:
        yield Client(server)


def unknown_id() -> str:
    """An id that nothing has."""
    return str(uuid.UUID(int=1))
