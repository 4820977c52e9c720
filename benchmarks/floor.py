"""The floor: a plain ASGI relay, uvicorn in front and a pooled httptools client behind, which does nothing else.

No authentication, no parsing of bodies, no log. It shows what this language and this server cost by themselves.
Run as `python -m benchmarks.floor PORT UPSTREAM_PORT`.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, cast

import httptools
import uvicorn

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Upstream(asyncio.Protocol):
    """One kept-alive connection to the upstream."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport
        self._begin()

    def _begin(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._news = asyncio.Event()
        self.headers: list[tuple[bytes, bytes]] = []
        self.pieces: list[bytes] = []
        self.started = self.ended = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are no subclass of it

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)
        self._news.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self.started = self.ended = True
        self._news.set()

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() in (b"content-type", b"content-length"):
            self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        self.started = True

    def on_body(self, data: bytes) -> None:
        self.pieces.append(data)

    def on_message_complete(self) -> None:
        self.ended = True

    def ask(self, request: bytes) -> None:
        """Send a request and forget the last answer."""
        self._begin()
        self._transport.write(request)

    async def news(self) -> None:
        """Wait until something came."""
        await self._news.wait()
        self._news.clear()

    @property
    def status(self) -> int:
        """Of the answer that has started."""
        return int(self._parser.get_status_code())

    @property
    def reusable(self) -> bool:
        """Whether another request may follow."""
        return self.ended and not self._transport.is_closing()

    def close(self) -> None:
        """Drop the connection."""
        self._transport.abort()


class Relay:
    """The ASGI application."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: list[Upstream] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = b""
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        upstream = await self._connection()
        head = f"{scope['method']} {scope['path']} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n"
        upstream.ask(f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        try:
            await self._relay(upstream, send)
        finally:
            if upstream.reusable:
                self._idle.append(upstream)
            else:
                upstream.close()

    async def _relay(self, upstream: Upstream, send: Send) -> None:
        while not upstream.started:
            await upstream.news()
        await send({"type": "http.response.start", "status": upstream.status, "headers": upstream.headers})
        while True:
            piece, ended = b"".join(upstream.pieces), upstream.ended
            upstream.pieces.clear()
            if piece or ended:
                await send({"type": "http.response.body", "body": piece, "more_body": not ended})
            if ended:
                return
            await upstream.news()

    async def _connection(self) -> Upstream:
        while self._idle:
            found = self._idle.pop()
            if found.reusable:
                return found
        _, made = await asyncio.get_running_loop().create_connection(Upstream, "127.0.0.1", self._port)
        return made


def main() -> None:
    """Serve until stopped."""
    port, upstream = int(sys.argv[1]), int(sys.argv[2])
    uvicorn.run(
        Relay(upstream),
        host="127.0.0.1",
        port=port,
        http="httptools",
        loop="uvloop",
        lifespan="off",
        access_log=False,
        log_level="warning",
        backlog=4096,
    )


if __name__ == "__main__":
    main()
