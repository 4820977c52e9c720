"""One kept connection: bytes in, bytes out, one timer, and at most one exchange at a time."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from typing import Protocol, cast

from parlance.outbound import faults
from parlance.outbound.calls import Call
from parlance.outbound.exchange import Exchange, Receiver
from parlance.values.errors import Fault

READ_SIZE = 64 * 1024
"""The most one read takes, hence the most that arrives after a pause."""


class Timer(Protocol):
    """Something armed."""

    def cancel(self) -> None:
        """Never mind."""
        ...


class Clock(Protocol):
    """Seconds from any beginning, and a call in the future. An event loop is one."""

    def time(self) -> float:
        """Now, in seconds."""
        ...

    def call_later(self, delay: float, callback: Callable[[], object], /) -> Timer:
        """Call `callback` in `delay` seconds."""
        ...


class Keeper(Protocol):
    """Where a connection belongs."""

    def made(self, connection: Connection) -> None:
        """It is open; said once."""
        ...

    def free(self, connection: Connection) -> None:
        """It may carry another exchange."""
        ...

    def lost(self, connection: Connection) -> None:
        """It is gone; said once."""
        ...


class Connection(asyncio.BufferedProtocol):
    """Reads into a buffer that all connections of a client share: a read is parsed before the next one begins."""

    def __init__(self, keeper: Keeper, buffer: memoryview, clock: Clock, idle: float) -> None:
        self._keeper = keeper
        self._buffer = buffer
        self._clock = clock
        self._now = clock.time
        self._idle = idle
        self._transport: asyncio.Transport
        self._exchange: Exchange | None = None
        self._call: Call
        self._started = self._since = 0.0
        self._unsent = 0
        self._timer: Timer | None = None
        self._timer_at = math.inf
        self._writable: asyncio.Future[None] | None = None
        self._choked = False
        self._sending = False
        self._made = False
        self._unwanted = False
        self._gone = False

    @property
    def usable(self) -> bool:
        """Open, with nobody on it."""
        return self._exchange is None and not self._gone and not self._transport.is_closing()

    # The client's side.

    def begin(
        self, call: Call, request: bytes, receiver: Receiver, done: asyncio.Future[None], started: float
    ) -> Exchange:
        """Send the request; `done` is set when the exchange is over. `started` is when the caller began to wait."""
        exchange = self._exchange = Exchange(call, receiver, self, done)
        self._call = call
        self._started = started
        self._since = self._now()
        self._unsent = 0
        if self._gone:  # lost between the handshake and now: nobody will say so again
            self._end(clean=False)
            return exchange
        self._transport.write(request)
        self._arm(self._next_look(exchange, self._since))
        return exchange

    async def send(self, body: AsyncIterator[bytes]) -> None:
        """Send a body of unknown length, no faster than the server reads."""
        self._sending = True
        async for piece in body:
            if piece:
                self._transport.write(b"%x\r\n%b\r\n" % (len(piece), piece))
                self._since = self._now()
            if self._choked:
                self._writable = asyncio.get_running_loop().create_future()
                await self._writable
        self._transport.write(b"0\r\n\r\n")
        self._sending = False

    def leave(self, exchange: Exchange, failure: BaseException | None = None) -> None:
        """Give the exchange up, if it is still going on: the server sees the connection close at once."""
        if self._exchange is exchange:
            exchange.failure = exchange.failure or failure
            self._settle(exchange)

    def close(self, failure: BaseException) -> None:
        """Close; an exchange still going on ends with `failure`."""
        if self._exchange is not None:
            self.leave(self._exchange, failure)
        self.abort()

    def discard(self) -> None:
        """Close, also if it has yet to open."""
        self._unwanted = True
        if self._made:
            self.abort()
            self._retire(clean=False)  # uvloop says nothing when the task that was opening it is cancelled, too

    def abort(self) -> None:
        """Close without a farewell, dropping what was not sent."""
        self._transport.abort()

    # The receiver's tap, reached through its exchange.

    def pause(self) -> None:
        """Stop reading from the socket."""
        if not self._transport.is_closing():
            self._transport.pause_reading()

    def resume(self) -> None:
        """Read on; the time of the pause is not the server's."""
        self._since = self._now()
        if not self._transport.is_closing():
            self._transport.resume_reading()

    # The transport's side.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._made = True
        self._keeper.made(self)
        if self._unwanted:
            self.abort()

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        exchange = self._exchange
        if exchange is None:
            self.abort()  # bytes that nobody asked for must not become the next answer
            return
        over = exchange.feed(self._buffer[:nbytes])
        if exchange.answered:
            self._since = self._now()
        if over and self._exchange is exchange:  # a receiver may have closed the client meanwhile
            self._settle(exchange)

    def eof_received(self) -> None:
        self._end(clean=True)

    def connection_lost(self, exc: Exception | None) -> None:
        self._retire(clean=exc is None)

    def pause_writing(self) -> None:
        self._choked = True

    def resume_writing(self) -> None:
        self._choked = False
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)

    # Inside.

    def _retire(self, *, clean: bool) -> None:
        if self._gone:
            return
        self._gone = True
        self._end(clean=clean)
        if self._timer is not None:
            self._timer.cancel()
        self.resume_writing()
        self._keeper.lost(self)

    def _end(self, *, clean: bool) -> None:
        exchange = self._exchange
        if exchange is not None:
            exchange.end(clean)
            self._settle(exchange)

    def _settle(self, exchange: Exchange) -> None:
        """The exchange is over: keep the connection only if the next answer cannot be mistaken."""
        self._exchange = None
        kept = exchange.reusable and exchange.failure is None and not self._sending and not self._choked
        if kept and not self._transport.is_closing():
            if exchange.paused:
                # The pause belonged to that answer; an unread socket would also hide that the server closed it.
                self._transport.resume_reading()
            self._since = self._now()
            self._arm(self._since + self._idle)
            self._keeper.free(self)
        else:
            self.abort()
        exchange.settle()

    def _arm(self, when: float) -> None:
        """Look at the clock at `when` or before. Most calls find an earlier look armed already and cost nothing."""
        if self._timer is not None:
            if self._timer_at <= when:
                return
            self._timer.cancel()
        self._timer_at = when
        self._timer = self._clock.call_later(max(0.0, when - self._now()), self._look)

    def _look(self) -> None:
        self._timer = None
        now = self._now()
        exchange = self._exchange
        if exchange is not None:
            failure = self._overdue(exchange, now)
            if failure is None:
                self._arm(self._next_look(exchange, now))
            else:
                self.leave(exchange, failure)
        elif now >= self._since + self._idle:
            self.abort()
        else:
            self._arm(self._since + self._idle)

    def _next_look(self, exchange: Exchange, now: float) -> float:
        """Not later than any deadline can fall due, whatever the server does until then."""
        limits = self._call.deadlines
        due = now + min(limits.between, limits.first_byte)
        if not exchange.paused:
            due = min(due, self._since + (limits.between if exchange.answered else limits.first_byte))
        return due if limits.total is None else min(due, self._started + limits.total)

    def _overdue(self, exchange: Exchange, now: float) -> Fault | None:
        limits = self._call.deadlines
        if limits.total is not None and now >= self._started + limits.total:
            return faults.overtime()
        if exchange.paused:
            return None
        if exchange.answered:
            return faults.stalled() if now >= self._since + limits.between else None
        if now < self._since + limits.first_byte:
            return None
        unsent = self._transport.get_write_buffer_size()
        if unsent != self._unsent:
            # A large request is still on its way over a thin line: that is not the server's silence.
            self._unsent, self._since = unsent, now
            return None
        return faults.no_answer()
