"""A small dialect and a raw client: what the tests of the HTTP transport talk with."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator, Callable
from typing import Any

from parlance.dialects.table import SSE_TYPE, Answer, Dialect, Do, Reply, Request, Row
from parlance.transports.http.door import Door
from parlance.values.errors import Fault, Kind

PATIENCE = 40.0
"""Seconds that anything here may take before it counts as hanging: under a test's own limit, so that it says where."""

STATUSES = {
    Kind.invalid: 400,
    Kind.unauthenticated: 401,
    Kind.forbidden: 403,
    Kind.missing: 404,
    Kind.too_large: 413,
    Kind.busy: 503,
    Kind.internal: 500,
}


def fault_in(name: str) -> Callable[[Fault, Request], Reply]:
    """How the small dialect of a name shows faults: in its own words, so that a test sees who answered."""

    def fault(found: Fault, request: Request) -> Reply:
        body = {"by": name, "kind": found.kind.value, "code": found.code, "path": request.path}
        return Reply(json.dumps(body).encode(), status=STATUSES.get(found.kind, 500))

    return fault


async def echo(request: Request, do: Do) -> Reply:
    """What arrived, as JSON."""
    seen = {
        "path": request.path,
        "prefix": request.prefix,
        "params": dict(request.params),
        "query": request.query,
        "id": request.id,
        "size": len(request.body),
        "body": request.body[:100].decode("latin-1"),
    }
    return Reply(json.dumps(seen).encode())


def row(method: str, path: str, answer: Answer = echo, **more: Any) -> Row:
    """A row with what the table wants to know besides."""
    return Row(method, path, more.pop("name", path), answer, (), "", **more)


def dialect(*rows: Row, name: str = "small", subtrees: tuple[str, ...] = (), **more: Any) -> Dialect:
    """A dialect of these rows."""
    return Dialect(name, name.title(), rows, fault_in(name), subtrees, **more)


def door(*rows: Row, **more: Any) -> Door:
    """A loopback door that speaks one small dialect."""
    return Door("test", "127.0.0.1", (dialect(*rows),), **more)


def streaming(make: Callable[[], AsyncIterator[bytes]], heartbeat: bytes = b"") -> Answer:
    """An answer that streams what `make` yields."""

    async def answer(request: Request, do: Do) -> Reply:
        return Reply(type=SSE_TYPE, frames=make(), heartbeat=heartbeat)

    return answer


class Leaving:
    """An answer that never comes, in one of three ways, and knows when it was given up."""

    def __init__(self) -> None:
        self.began = asyncio.Event()
        self.cancelled = asyncio.Event()
        self.at = 0.0

    async def hang(self) -> None:
        """Wait for ever."""
        self.began.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.at = asyncio.get_running_loop().time()
            self.cancelled.set()

    async def whole(self, request: Request, do: Do) -> Reply:
        """A reply that never is ready."""
        await self.hang()
        return Reply()

    async def silent(self, request: Request, do: Do) -> Reply:
        """A stream that never says anything."""
        return Reply(frames=self._frames(0))

    async def talking(self, request: Request, do: Do) -> Reply:
        """A stream that says something and then nothing more."""
        return Reply(frames=self._frames(3))

    async def _frames(self, count: int) -> AsyncIterator[bytes]:
        for at in range(count):
            yield b"data: %d\n\n" % at
        await self.hang()


class Raw:
    """A client that sends exactly the bytes it is given."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def __del__(self) -> None:
        # A test that ends, or fails, with a client still connected must not be blamed for an open socket.
        try:
            self.writer.transport.abort()
        except RuntimeError:
            pass  # the loop was closed first, and the socket with it

    @classmethod
    async def to(cls, port: int, **more: Any) -> Raw:
        """Connect."""
        return cls(*await asyncio.open_connection("127.0.0.1", port, **more))

    async def send(self, data: bytes) -> None:
        """Send bytes."""
        self.writer.write(data)
        await self.writer.drain()

    async def ask(self, head: str, body: bytes = b"", **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Send a request (`GET /path`) and read its answer."""
        await self.send(request(head, body, **headers))
        return await self.answer(body=not head.startswith("HEAD"))

    async def answer(self, body: bool = True) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of the next answer."""
        async with asyncio.timeout(PATIENCE):
            lines = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:] if line)}
            if not body:
                content = b""
            elif headers.get("transfer-encoding") == "chunked":
                content = await self._chunked()
            else:
                content = await self.reader.readexactly(int(headers.get("content-length", "0")))
        return int(lines[0].split(" ")[1]), headers, content

    async def _chunked(self) -> bytes:
        content = b""
        while size := int(await self.reader.readuntil(b"\r\n"), 16):
            content += (await self.reader.readexactly(size + 2))[:-2]
        await self.reader.readexactly(2)
        return content

    async def until(self, mark: bytes) -> bytes:
        """Everything up to a mark."""
        async with asyncio.timeout(PATIENCE):
            return await self.reader.readuntil(mark)

    async def rest(self) -> bytes:
        """Everything up to the end of the connection; a reset ends it too."""
        async with asyncio.timeout(PATIENCE):
            try:
                return await self.reader.read(-1)
            except ConnectionError:
                return b""

    def fin(self) -> None:
        """Leave politely."""
        self.writer.close()

    def rst(self) -> None:
        """Leave with a reset, as a killed program does."""
        held: socket.socket = self.writer.get_extra_info("socket")
        held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


def request(head: str, body: bytes = b"", **headers: str) -> bytes:
    """The bytes of a request; `x_api_key="k"` makes the header `x-api-key: k`. A body brings its length."""
    fields = {"host": "localhost", **{name.replace("_", "-"): value for name, value in headers.items()}}
    if body:
        fields.setdefault("content-length", str(len(body)))
    lines = [f"{head} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items() if value)]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body
