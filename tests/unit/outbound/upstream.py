"""A server that answers exactly what a test's script says, byte by byte."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable

from parlance.outbound.calls import Call, Headers, Origin
from parlance.ports.engines import Flow

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


class Peer:
    """One accepted connection, seen from the server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: asyncio.Event) -> None:
        self.reader = reader
        self.writer = writer
        self._asked = asked

    async def request(self) -> bytes:
        """Read one request, head and body; raises IncompleteReadError when the client has gone."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        self._asked.set()
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                return head + await self.reader.readexactly(int(line[15:]))
            if line.startswith(b"transfer-encoding: chunked"):
                return head + await self.reader.readuntil(b"\r\n0\r\n\r\n")
        return head

    async def send(self, *pieces: bytes) -> None:
        """Send each piece in a segment of its own."""
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()
            await asyncio.sleep(0.002)

    def reset(self) -> None:
        """Close with RST."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    async def gone(self) -> None:
        """Wait until the client has closed."""
        with contextlib.suppress(ConnectionError):
            while await self.reader.read(65536):
                pass


Script = Callable[[Peer], Awaitable[None]]


class Upstream:
    """Listens on loopback; connection number n follows script number n, the last one for ever."""

    def __init__(self, *scripts: Script) -> None:
        self.scripts = scripts
        self.accepted = 0
        self.asked = asyncio.Event()
        self.left = asyncio.Event()
        self.port = 0

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = Peer(reader, writer, self.asked)
        script = self.scripts[min(self.accepted, len(self.scripts) - 1)]
        self.accepted += 1
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                await script(peer)
        finally:
            writer.transport.abort()
            self.left.set()

    def origin(self, host: str = "127.0.0.1", scheme: str = "http") -> Origin:
        return Origin(scheme, host, self.port)

    def call(self, **fields: object) -> Call:
        return Call(self.origin(), **fields)  # type: ignore[arg-type]


@contextlib.asynccontextmanager
async def serving(*scripts: Script, tls: ssl.SSLContext | None = None) -> AsyncIterator[Upstream]:
    """An `Upstream` for the length of a block."""
    upstream = Upstream(*scripts)
    tasks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(upstream._serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=tls, limit=1 << 20)
    upstream.port = server.sockets[0].getsockname()[1]
    try:
        yield upstream
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for _ in range(5):
            await asyncio.sleep(0)


def answers(*pieces: bytes, then: str = "stay") -> Script:
    """Answer every request with `pieces`; `then` is stay, close or reset."""

    async def script(peer: Peer) -> None:
        while True:
            await peer.request()
            await peer.send(*pieces)
            if then == "close":
                return
            if then == "reset":
                peer.reset()
                return

    return script


async def until(condition: Callable[[], bool], within: float = 20.0) -> None:
    """Wait until something holds; both ends of a connection notice what happened when the kernel gets round to it."""
    async with asyncio.timeout(within):
        while not condition():
            await asyncio.sleep(0.002)


async def silent(peer: Peer) -> None:
    """Take the request and never answer."""
    await peer.request()
    await peer.gone()


class Notes:
    """A receiver that writes down what it is told."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: Headers = ()
        self.pieces: list[bytes] = []
        self.flow: Flow | None = None
        self.first = asyncio.Event()

    def on_flow(self, flow: Flow) -> None:
        self.flow = flow

    def on_head(self, status: int, headers: Headers) -> None:
        assert self.flow is not None
        self.status, self.headers = status, headers

    def on_data(self, data: bytes) -> None:
        self.pieces.append(data)
        self.first.set()

    @property
    def body(self) -> bytes:
        return b"".join(self.pieces)


class HandClock:
    """A clock that moves when told."""

    class Handle:
        def __init__(self, when: float, callback: Callable[[], object]) -> None:
            self.when = when
            self.callback: Callable[[], object] | None = callback

        def cancel(self) -> None:
            self.callback = None

    def __init__(self) -> None:
        self.now = 1000.0
        self.handles: list[HandClock.Handle] = []
        self.armed = 0

    def time(self) -> float:
        return self.now

    def call_later(self, delay: float, callback: Callable[[], object], /) -> HandClock.Handle:
        handle = HandClock.Handle(self.now + delay, callback)
        self.handles.append(handle)
        self.armed += 1
        return handle

    def advance(self, seconds: float) -> None:
        """Let time pass, ringing what falls due on the way."""
        end = self.now + seconds
        while True:
            due = [handle for handle in self.handles if handle.callback is not None and handle.when <= end]
            if not due:
                break
            handle = min(due, key=lambda item: item.when)
            self.handles.remove(handle)
            self.now = max(self.now, handle.when)
            assert handle.callback is not None
            handle.callback()
        self.now = end
