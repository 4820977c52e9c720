"""HTTP/1.1 as a fake upstream needs it: exact control over every byte, and a note of when the client left.

A framework would repair what a test wants broken. So this is a raw `asyncio.Protocol`: it parses requests with
httptools, records each as a `Call`, and hands the handler an `Exchange` whose methods write bytes and nothing else.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Protocol, cast

import httptools

from parlance.testing.upstreams.calls import Bounds, Call

WRITE_BUFFER = 64 << 10
"""Bytes that wait in this process before a writer is held up, so that tests can see back-pressure early."""

Headers = Iterable[tuple[str, str]]


class Recorder(Protocol):
    """What the connections of one upstream share."""

    open_connections: set[Connection]
    bounds: Bounds

    def now(self) -> float:
        """Seconds of a monotonic clock."""
        ...

    def record(self, call: Call) -> None:
        """Keep the call and give it its number."""
        ...

    def report(self, error: BaseException) -> None:
        """Keep an error of a handler, to be raised when the upstream stops."""
        ...


class Exchange:
    """One request and the means to answer it, byte by byte."""

    def __init__(self, call: Call, connection: Connection) -> None:
        self.call = call
        self._connection = connection

    async def send(self, data: bytes) -> None:
        """Write raw bytes; wait while the client reads too slowly."""
        if self.call.first_byte_at is None:
            self.call.first_byte_at = self._connection.recorder.now()
        self._connection.write(data)
        self.call.bytes_sent += len(data)
        await self._connection.drained()

    async def head(self, status: int, headers: Headers) -> None:
        """Write the status line and the headers, exactly these."""
        phrase = HTTPStatus(status).phrase
        lines = [f"HTTP/1.1 {status} {phrase}", *(f"{name}: {value}" for name, value in headers)]
        await self.send(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))

    async def chunk(self, data: bytes) -> None:
        """Write one chunk of a chunked body; nothing for no bytes, since an empty chunk would end the body."""
        if data:
            await self.send(b"%x\r\n%s\r\n" % (len(data), data))

    async def last_chunk(self) -> None:
        """End a chunked body."""
        await self.send(b"0\r\n\r\n")

    async def whole(self, status: int, content_type: str, body: bytes, headers: Headers = ()) -> None:
        """Write a complete answer with its length; a HEAD request gets the headers alone."""
        await self.head(status, [("Content-Type", content_type), ("Content-Length", str(len(body))), *headers])
        if body and self.call.method != "HEAD":
            await self.send(body)

    async def until_client_leaves(self) -> None:
        """Say nothing more. Ends by cancellation when the client leaves or the upstream stops."""
        await asyncio.get_running_loop().create_future()

    def finish(self) -> None:
        """Declare the answer over, so that what the client does from here on is not an early departure."""
        if self.call.active:
            self.call.finished_at = self._connection.recorder.now()

    def close(self) -> None:
        """Send what is buffered, then FIN."""
        self.finish()
        self._connection.close()

    def reset(self) -> None:
        """Send RST: lingering for zero seconds makes the kernel drop the connection instead of ending it."""
        self.finish()
        self._connection.reset()


Handler = Callable[[Exchange], Awaitable[None]]


@dataclass
class _Arriving:
    """A request whose bytes are still coming in."""

    url: bytes = b""
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytearray = field(default_factory=bytearray)


class Connection(asyncio.Protocol):
    """One client connection: keep-alive, one answer at a time, always reading so that a departure is seen at once."""

    def __init__(self, recorder: Recorder, handler: Handler) -> None:
        self.recorder = recorder
        self._handler = handler
        self._parser = httptools.HttpRequestParser(self)
        self._arriving = _Arriving()
        self._waiting: list[Call] = []
        self._answering: Call | None = None
        self._task: asyncio.Task[None] | None = None
        self._writable = asyncio.Event()
        self._writable.set()
        self._transport: asyncio.Transport

    # -- asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are no subclass of it
        self._transport.set_write_buffer_limits(high=WRITE_BUFFER)
        self.recorder.open_connections.add(self)

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            self._transport.close()

    def eof_received(self) -> bool:
        # A FIN counts as leaving: no client under test half-closes and reads on.
        self._departed()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self.recorder.open_connections.discard(self)
        self._departed()
        self._writable.set()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    # -- httptools

    def on_message_begin(self) -> None:
        self._arriving = _Arriving()

    def on_url(self, url: bytes) -> None:
        self._arriving.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._arriving.headers.append((name.decode("latin-1"), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        if any(name.lower() == "expect" for name, _ in self._arriving.headers):
            self.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, data: bytes) -> None:
        self._arriving.body += data
        if len(self._arriving.body) > self.recorder.bounds.request_body:
            self._transport.abort()

    def on_message_complete(self) -> None:
        self._waiting.append(self._call_of(self._arriving))
        self._next()

    # -- for Exchange and Upstream

    def write(self, data: bytes) -> None:
        """Hand bytes to the transport, at once."""
        self._transport.write(data)

    async def drained(self) -> None:
        """Wait until the client has read enough of what was written."""
        if self._transport.is_closing():
            await asyncio.sleep(0)  # the client is gone: let that be noticed, else a long answer runs on to its end
        await self._writable.wait()

    def close(self) -> None:
        """FIN, after what is buffered."""
        self._transport.close()

    def reset(self) -> None:
        """RST, now."""
        owned = self._transport.get_extra_info("socket")
        owned.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()

    # -- inside

    def _call_of(self, arriving: _Arriving) -> Call:
        path, _, query = arriving.url.decode("latin-1").partition("?")
        call = Call(
            number=0,
            method=self._parser.get_method().decode("ascii"),
            path=path,
            query=query,
            headers={name.lower(): value for name, value in arriving.headers},
            raw_headers=arriving.headers,
            body=bytes(arriving.body),
            arrived_at=self.recorder.now(),
        )
        self.recorder.record(call)
        return call

    def _next(self) -> None:
        if self._task is None and self._waiting:
            call = self._answering = self._waiting.pop(0)
            self._task = asyncio.get_running_loop().create_task(self._answer(Exchange(call, self)))
            self._task.add_done_callback(self._answered)

    async def _answer(self, exchange: Exchange) -> None:
        await self._handler(exchange)
        exchange.finish()

    def _answered(self, task: asyncio.Task[None]) -> None:
        self._task = self._answering = None
        if not task.cancelled() and (error := task.exception()) is not None:
            self.recorder.report(error)
            self._transport.abort()
        elif not self._transport.is_closing():
            self._next()

    def _departed(self) -> None:
        now = self.recorder.now()
        for call in (self._answering, *self._waiting):
            if call is not None and call.active:
                call.closed_early_at = now
        self._waiting.clear()
        if self._task is not None:
            self._task.cancel()
