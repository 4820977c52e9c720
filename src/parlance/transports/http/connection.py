"""One client connection: uvicorn's own HTTP/1.1 protocol, with the deadlines and bounds that it leaves to a proxy.

A slow sender is found by a sweep over all connections once a second instead of by a timer each: a request costs one
assignment, 2,000 idle connections cost a fraction of a millisecond a second.
"""

from __future__ import annotations

import asyncio
from typing import Any

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from parlance.transports.http.cycle import ASGI, BODILESS, CHUNKED, END, Cycle, Targets, head_of, target_of
from parlance.transports.http.limits import Limits
from parlance.transports.http.line import LINE, RawHeaders
from parlance.transports.http.starts import Starts

_NEVER = float("inf")
_HEAD_TOO_LARGE = b"431 Request Header Fields Too Large"
_PIPELINED = 16
"""Requests a client may send ahead on one connection before it has to wait for answers."""
_INVALID = "Invalid HTTP request received."


class Connection(HttpToolsProtocol):
    """A connection that cancels its request's task the moment the client leaves, and cuts those who dawdle."""

    cycle: Cycle

    def __init__(
        self, config: Config, server_state: ServerState, limits: Limits, targets: Targets, starts: Starts
    ) -> None:
        super().__init__(config=config, server_state=server_state, app_state={})
        self.limits, self.targets, self.starts = limits, targets, starts
        self.task: asyncio.Task[Any] | None = None
        self.lost = False
        self._due = _NEVER
        self._in_head = self._in_body = self._moved = False
        self._head = self._piece = self._spilt = 0
        self._refused = self._resting = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the connection, or refuse it when there are too many."""
        super().connection_made(transport)
        self._due = self.loop.time() + self.limits.header_seconds
        if self.limits.connections is not None and len(self.connections) > self.limits.connections:
            self._refuse(b"503 Service Unavailable")

    def connection_lost(self, exc: Exception | None) -> None:
        """The client left: whoever works for it is cancelled now."""
        super().connection_lost(exc)
        self.lost = True
        self.headers = []
        self.pipeline.clear()
        if self.task is not None:
            self.task.cancel()

    def data_received(self, data: bytes) -> None:
        """Parse what came, and bound all that is not body: the head, trailers and chunk extensions."""
        self._piece = len(data)
        self._moved = False
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserError:
            self.logger.warning(_INVALID)
            self.send_400_response(_INVALID)
        except httptools.HttpParserUpgrade:
            pass  # whoever asks for another protocol gets an HTTP answer; that is no news to the operator
        if self._in_head or self._in_body:
            self._head = 0 if self._moved else self._head + len(data)
            if self._head > self.limits.header_bytes:
                self._overfull()

    def on_message_begin(self) -> None:
        """A request begins: its head has a deadline."""
        self.url = b""
        self.expect_100_continue = False
        self.headers = []
        self._in_head = True
        self._in_body = self._moved = False
        self._resting = False
        self._head = 0
        self._due = self.loop.time() + self.limits.header_seconds

    def on_headers_complete(self) -> None:
        """The head is whole: the body has a deadline of its own."""
        self._in_head = False
        self._in_body = self._moved = True
        if self._piece > self.limits.header_bytes and self._head_size() > self.limits.header_bytes:
            return self._refuse(_HEAD_TOO_LARGE)
        self._due = self.loop.time() + self.limits.body_seconds
        self._begin_cycle()
        self.headers = []  # trailers land here, where nobody reads them: they must not pass for headers
        if 0 < len(self.pipeline) < _PIPELINED:
            # Read on while the first answer is under way, else nobody would notice that its client left.
            self.flow.resume_reading()

    def _begin_cycle(self) -> None:
        """Begin to answer, or queue behind the answer that is under way: uvicorn's way, without what is off here."""
        version = self.parser.get_http_version()
        scope = {
            **ASGI,
            "http_version": version,
            "server": self.server,
            "client": self.client,
            "scheme": self.scheme,
            "method": self.parser.get_method().decode("ascii"),
            **(self.targets.get(self.url) or target_of(self.url)),
            "headers": self.headers,
            "state": {},
            LINE: self,
        }
        before: Cycle | None = self.cycle
        cycle = self.cycle = Cycle(self, scope, version != "1.0" and self.parser.should_keep_alive())
        if before is None or before.response_complete:
            self.starts.begin(self._start, cycle)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((cycle, self.app))

    def _start(self, cycle: RequestResponseCycle) -> None:
        if self.lost:
            return  # while it waited to begin
        task = self.loop.create_task(cycle.run_asgi(self.app))
        task.add_done_callback(self.tasks.discard)
        self.tasks.add(task)

    def on_body(self, body: bytes) -> None:
        """A piece of the body: it buys time, and what nobody wants is thrown away."""
        if self._refused:
            return
        self._moved = True
        self._due += len(body) / self.limits.body_rate
        cycle = self.cycle
        if cycle.response_complete:
            self._spilt += len(body)
            if self._spilt > self.limits.spill_bytes:
                self.transport.abort()
            return
        cycle.body += body
        if len(cycle.body) > HIGH_WATER_LIMIT:
            self.flow.pause_reading()
        cycle.message_event.set()

    def on_message_complete(self) -> None:
        """The request is whole: from here on the time is ours."""
        if self._refused:
            return
        self._in_body = False
        self._due = _NEVER
        self._spilt = 0
        cycle = self.cycle
        if cycle.response_complete:
            self._rest()  # it was answered before it was whole
        else:
            cycle.more_body = False
            cycle.message_event.set()

    def on_response_complete(self) -> None:
        """An answer is out: begin the next one, or let the connection rest.

        uvicorn arms a timer here and cancels it at the next request; the sweep needs neither."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        if self.flow.read_paused:
            self.flow.resume_reading()
        if self.pipeline:
            self._start(self.pipeline.pop()[0])
        elif not self._in_head and not self.cycle.more_body:
            self._rest()

    def _rest(self) -> None:
        self._resting = True
        self._due = self.loop.time() + self.limits.keep_alive_seconds

    # -- the line ---------------------------------------------------------------------------------------------------

    def body(self) -> bytes | None:
        """The whole body, which nearly always comes with the head. `None` where the long way has more to see to."""
        cycle = self.cycle
        if self.pipeline or cycle.more_body or cycle.waiting_for_100_continue or cycle.disconnected:
            return None
        if self.flow.read_paused:
            self.flow.resume_reading()  # else nobody would notice that the client left
        body, cycle.body = cycle.body, bytearray()
        return bytes(body)

    def answer(self, status: int, headers: RawHeaders, body: bytes) -> bool:
        """Write a whole answer at once. False where the long way has more to see to."""
        cycle = self.cycle
        if cycle.response_started or not cycle.keep_alive or self._blocked(cycle):
            return False
        head = head_of(status, [*cycle.default_headers, *headers])
        if head is None:
            return False
        self.transport.write(head + body)
        cycle.response_started = True
        self._complete(cycle)
        return True

    def begin(self, status: int, headers: RawHeaders, data: bytes, last: bool = False) -> bool:
        """Write the head of a chunked answer and its first piece, `last` or not. False where the long way has more to
        see to."""
        cycle = self.cycle
        if cycle.response_started or not cycle.keep_alive or status in BODILESS or self._blocked(cycle):
            return False
        head = head_of(status, [*cycle.default_headers, *headers, CHUNKED])
        if head is None:
            return False
        end = END if last else b""
        self.transport.write(b"%b%x\r\n%b\r\n%b" % (head, len(data), data, end) if data else head + end)
        cycle.response_started = cycle.chunked_encoding = True
        cycle.waiting_for_100_continue = False
        if last:
            self._complete(cycle)
        return True

    def piece(self, data: bytes, last: bool = False) -> bool:
        """Write a piece of a chunked answer, `last` or not. False where the long way has more to see to."""
        cycle, flow = self.cycle, self.flow
        # `_blocked`, spelled out: this runs for every event of every stream. One that has begun is no answer to HEAD.
        if not cycle.chunked_encoding or cycle.response_complete or flow.write_paused or self.pipeline:
            return False
        if cycle.disconnected:
            return False
        if not last:
            self.transport.write(b"%x\r\n%b\r\n" % (len(data), data))
            return True
        if not cycle.keep_alive:
            return False
        self.transport.write(b"%x\r\n%b\r\n%b" % (len(data), data, END))
        self._complete(cycle)
        return True

    def end(self) -> bool:
        """Write the end of a chunked answer. False where the long way has more to see to."""
        cycle = self.cycle
        if not cycle.chunked_encoding or cycle.response_complete or not cycle.keep_alive or self._blocked(cycle):
            return False
        self.transport.write(END)
        self._complete(cycle)
        return True

    def _complete(self, cycle: Cycle) -> None:
        cycle.response_complete = True
        cycle.message_event.set()
        self.on_response_complete()

    def _blocked(self, cycle: Cycle) -> bool:
        """Whether an answer has to wait, goes nowhere, has no body, or may be that of an earlier request."""
        waits = self.flow.write_paused or bool(self.pipeline)
        return waits or cycle.disconnected or cycle.scope["method"] == "HEAD"

    def cut(self) -> bool:
        """Close without a clean end of the answer that is under way."""
        self.cycle.disconnected = True
        self.transport.close()
        return True

    def sweep(self, now: float) -> None:
        """Cut the connection if its request, or its closing, takes too long. `now` is the loop's time."""
        if self.transport.is_closing():
            if self._due == _NEVER:
                self._due = now + self.limits.flush_seconds
            elif self._due <= now:
                self.transport.abort()
        elif self._due <= now:
            if self._resting:
                self.transport.close()
            elif self.flow.read_paused:
                self._due = now + self.limits.body_seconds  # we are the slow ones
            else:
                self._refuse(b"408 Request Timeout")

    def _head_size(self) -> int:
        return len(self.url) + sum(len(name) + len(value) for name, value in self.headers)

    def _overfull(self) -> None:
        if self._in_body and self.cycle.response_complete:
            self.transport.abort()  # it has had its answer; a second one would be taken for the next request's
        else:
            self._refuse(_HEAD_TOO_LARGE)

    def _refuse(self, status: bytes) -> None:
        self._refused = True
        self._due = self.loop.time() + self.limits.flush_seconds
        self._in_head = False
        cycle: Cycle | None = self.cycle
        if cycle is None or cycle.response_complete or not cycle.response_started:
            self.transport.write(
                b"HTTP/1.1 " + status + b"\r\nserver: parlance\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            )
        self.transport.close()
