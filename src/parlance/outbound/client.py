"""The one HTTP/1.1 client of the house: pooled, pushed, and stopped by cancelling whoever waits. Decision 0002."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from functools import partial
from typing import TypeAlias

import msgspec
from msgspec import structs

from parlance.outbound import faults
from parlance.outbound.calls import Call, Headers, Heads, Origin
from parlance.outbound.connection import READ_SIZE, Clock, Connection
from parlance.outbound.dialing import Dialer, Resolver, look_up
from parlance.outbound.exchange import Exchange, Receiver
from parlance.outbound.pool import Pool
from parlance.ports.engines import Flow

Key: TypeAlias = tuple[Origin, tuple[str, ...]]

IDLE = 30.0
"""Seconds a free connection is kept: below the 60 s after which common proxies and load balancers hang up."""
MAX_IDLE = 256
"""Free connections kept per origin: as many as the streams that a busy server relays at once."""
_TICKS = 10
"""Turns of the event loop in which closed sockets say so; two suffice, dials that are being given up take more."""


class Response(msgspec.Struct, frozen=True):
    """An answer, whole. Header names are in lower case; the body is decompressed."""

    status: int
    headers: Headers
    body: bytes

    def header(self, name: bytes) -> bytes | None:
        """The first value of a header, by its lower-case name."""
        return next((value for key, value in self.headers if key == name), None)


class Counts(msgspec.Struct, frozen=True):
    """What the metrics show: connections that exist, those of them that are free, and totals since the start."""

    open: int
    idle: int
    dialled: int
    reused: int


class Client:
    """Sends calls and pushes the answers into receivers. Belongs to one event loop; holds no cookies."""

    def __init__(
        self,
        *,
        resolve: Resolver = look_up,
        tls: ssl.SSLContext | None = None,
        clock: Clock | None = None,
        limit: int | None = None,
        idle: float = IDLE,
        max_idle: int = MAX_IDLE,
    ) -> None:
        """`limit` bounds the connections per origin (none: unbounded); `clock` defaults to the running event loop."""
        self._dialer = Dialer(resolve, tls)
        self._clock = clock
        self._limit = limit
        self._idle = idle
        self._max_idle = max_idle
        self._pools: dict[Key, Pool] = {}
        self._heads = Heads()
        self._buffer = memoryview(bytearray(READ_SIZE))
        self._closed = False
        self._quiet: asyncio.Event = asyncio.Event()
        self._running = 0
        self._dialled = 0
        self._reused = 0

    async def exchange(self, call: Call, receiver: Receiver) -> None:
        """Send `call`, push the answer into `receiver`, return when it is whole.

        Raises `Fault(invalid)` for a call that cannot be sent safely; `upstream` and `timed_out` for what
        the server does; `cancelled` once closed; and whatever the receiver raises. Cancelling the awaiting task closes
        the connection at once, in any phase. Redirects are not followed.
        """
        question = [self._heads.render(call)]
        if self._closed:
            raise faults.closing()
        if isinstance(call.body, bytes):
            call = structs.replace(call, body=b"")  # a stream of hours must not keep what was asked, let alone twice
        self._running += 1
        try:
            await self._exchange(call, question, receiver)
        finally:
            self._finished()

    async def fetch(self, call: Call) -> Response:
        """`exchange` for small answers: the whole body, at most `call.max_body` bytes."""
        collector = _Collector()
        await self.exchange(call, collector)
        return Response(collector.status, collector.headers, b"".join(collector.pieces))

    def counts(self) -> Counts:
        """The present state of the pools."""
        pools = self._pools.values()
        return Counts(
            open=sum(len(pool.members) for pool in pools),
            idle=sum(len(pool.idle) for pool in pools),
            dialled=self._dialled,
            reused=self._reused,
        )

    async def close(self, within: float = 0.0) -> None:
        """Take no more calls, wait up to `within` seconds for those under way, then close every connection."""
        self._closed = True
        if self._running and within > 0:
            try:
                async with asyncio.timeout(within):
                    await self._quiet.wait()
            except TimeoutError:
                pass
        for pool in list(self._pools.values()):
            for connection in list(pool.members):
                connection.close(faults.closing())
        for _ in range(_TICKS):
            if self._pools:
                await asyncio.sleep(0)

    async def _exchange(self, call: Call, question: list[bytes], receiver: Receiver) -> None:
        loop = asyncio.get_running_loop()
        clock = self._clock or loop
        started = clock.time()
        key = (call.origin, call.addresses)
        connection = self._pool(key).take()
        reused = connection is not None
        fresh = False
        while True:
            if connection is None:
                connection, reused = await self._connect(call, self._pool(key), clock, started, fresh)
            self._reused += reused
            done: asyncio.Future[None] = loop.create_future()
            exchange = connection.begin(call, question[0], receiver, done, started)
            exchange.question = question
            sender = None if isinstance(call.body, bytes) else _sending(connection, call.body, exchange)
            try:
                await done
            finally:  # whatever happens, it is over
                connection.leave(exchange)
                exchange.let_go()
                if sender is not None:
                    sender.cancel()
            if exchange.failure is None:
                return
            if not (reused and exchange.broken and not exchange.heard and isinstance(call.body, bytes)):
                raise exchange.failure
            # The server had closed the kept connection before it saw the request: ask once more, on a new one.
            connection, fresh = None, True

    def _finished(self) -> None:
        self._running -= 1
        if self._closed and not self._running:
            self._quiet.set()

    def _pool(self, key: Key) -> Pool:
        pool = self._pools.get(key)
        if pool is None:
            # An empty pool is forgotten, or every address ever fetched would stay.
            pool = self._pools[key] = Pool(self._limit, self._max_idle, lambda: self._forget(key))
        return pool

    def _forget(self, key: Key) -> None:
        self._pools.pop(key, None)

    async def _connect(
        self, call: Call, pool: Pool, clock: Clock, started: float, fresh: bool
    ) -> tuple[Connection, bool]:
        """A connection within the deadline, dialled or freed by somebody else, and whether it was used before."""
        limits = call.deadlines
        patience = limits.connect
        if limits.total is not None:
            patience = min(patience, started + limits.total - clock.time())
        make = partial(Connection, pool, self._buffer, clock, self._idle)
        try:
            async with asyncio.timeout(patience):
                connection, reused = await pool.acquire(lambda: self._dialer.dial(call, make), fresh)
        except TimeoutError:
            raise faults.no_connection() from None
        self._dialled += not reused
        if self._closed:
            connection.abort()
            raise faults.closing()
        return connection, reused


class _Collector:
    """Keeps an answer whole."""

    __slots__ = ("headers", "pieces", "status")

    def __init__(self) -> None:
        self.status = 0
        self.headers: Headers = ()
        self.pieces: list[bytes] = []

    def on_flow(self, flow: Flow) -> None:
        """A collector is never behind: the size of the answer is bounded."""

    def on_head(self, status: int, headers: Headers) -> None:
        self.status, self.headers = status, headers

    def on_data(self, data: bytes) -> None:
        self.pieces.append(data)


def _sending(connection: Connection, body: AsyncIterator[bytes], exchange: Exchange) -> asyncio.Task[None]:
    """Send a body that comes in pieces, beside the answer."""
    sender = asyncio.create_task(connection.send(body))
    sender.add_done_callback(partial(_sent, connection, exchange))
    return sender


def _sent(connection: Connection, exchange: Exchange, sender: asyncio.Task[None]) -> None:
    """A body that cannot be read to its end takes the exchange with it."""
    failure = None if sender.cancelled() else sender.exception()
    if failure is not None:
        connection.leave(exchange, failure)
