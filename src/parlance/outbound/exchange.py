"""One request's answer: the parser's callbacks, their bounds, and the tap that a slow reader closes."""

from __future__ import annotations

import asyncio
from typing import Protocol

import httptools

from parlance.outbound import faults
from parlance.outbound.calls import Call, Headers
from parlance.outbound.decoding import Inflater
from parlance.ports.engines import Flow
from parlance.values.errors import Fault

MAX_HEAD = 64 * 1024
"""Bytes of status line and headers, interim answers (1xx) included; also of trailers and chunk extensions."""
MAX_HEADERS = 256
"""Lines of headers; the busiest CDN sends some fifty."""

_ENCODINGS = {b"gzip", b"x-gzip", b"deflate"}


class Tap(Flow, Protocol):
    """What a receiver holds of its answer while it lasts."""

    def give_up(self, failure: BaseException) -> None:
        """Close the connection; `Client.exchange` raises `failure`. Nothing happens once the answer is over."""
        ...


class Receiver(Protocol):
    """Takes an answer as it arrives. Called straight from the socket's callback: be quick, never block.

    What a method raises closes the connection and comes out of `Client.exchange`.
    """

    def on_flow(self, flow: Tap) -> None:
        """Once, before `on_head`: how to make the server wait (at most 64 KiB still arrive), and how to end it."""
        ...

    def on_head(self, status: int, headers: Headers) -> None:
        """Once: the status (200 to 999; a redirect as it is) and the headers, names in lower case."""
        ...

    def on_data(self, data: bytes) -> None:
        """Each piece of the body, decompressed, never empty."""
        ...


class Source(Flow, Protocol):
    """The connection's reading side."""

    def leave(self, exchange: Exchange, failure: BaseException | None = None) -> None:
        """End an exchange that is still going on."""
        ...


class Exchange:
    """The state of one answer. `tap` is forgotten when the answer is over."""

    __slots__ = (
        "_bodies",
        "_call",
        "_delivered",
        "_headers",
        "_inflater",
        "_line",
        "_parser",
        "_quiet_bytes",
        "_receiver",
        "_sized",
        "_taken",
        "_tap",
        "answered",
        "broken",
        "complete",
        "done",
        "failure",
        "headed",
        "heard",
        "on_body",
        "paused",
        "question",
        "reusable",
    )

    def __init__(self, call: Call, receiver: Receiver, tap: Source, done: asyncio.Future[None]) -> None:
        self._call = call
        self._receiver = receiver
        self._tap: Source | None = tap
        self._bodies: list[bytes] = []
        # The parser puts pieces of the body straight there, and what one read brought is delivered as one: servers make
        # a chunk of every event, and a Python call for each took a microsecond and a half.
        self.on_body = self._bodies.append
        self._parser = httptools.HttpResponseParser(self)
        self._inflater: Inflater | None = None
        self._headers: list[tuple[bytes, bytes]] = []
        self._quiet_bytes = self._taken = self._delivered = self._line = 0
        self._sized = False  # the server said where the body ends
        self.question: list[bytes] = []  # what was sent, until it need not be sent again
        self.done = done
        self.failure: BaseException | None = None
        self.heard = False  # a byte was seen: from here on the request is never sent again
        self.headed = False  # the head is whole
        self.answered = False  # a byte of the body was seen: from here on `Deadlines.between` counts
        self.complete = False
        self.broken = False  # the server closed or reset the connection
        self.paused = False
        self.reusable = False

    # The receiver's flow.

    def pause(self) -> None:
        """Stop reading; nothing happens once the answer is over."""
        if self._tap is not None and not self.paused:
            self.paused = True
            self._tap.pause()

    def resume(self) -> None:
        """Read on; nothing happens once the answer is over."""
        if self._tap is not None and self.paused:
            self.paused = False
            self._tap.resume()

    def give_up(self, failure: BaseException) -> None:
        """End the exchange from outside; nothing happens once the answer is over."""
        if self._tap is not None:
            self._tap.leave(self, failure)

    # The connection's side.

    def feed(self, data: memoryview) -> bool:
        """Parse what arrived. True when the answer is over, one way or the other (see `failure`)."""
        if not self.heard:
            self.heard = True
            self.question.clear()
        self._quiet_bytes += len(data)
        try:
            try:
                self._parser.feed_data(data)
            finally:
                self._deliver_all()  # what came before the damage counts
            if self._quiet_bytes > MAX_HEAD and not self.complete:
                raise faults.head_too_large()
        except httptools.HttpParserCallbackError as error:
            self.failure = error.__context__ or faults.damaged()
        except httptools.HttpParserError:
            # Behind a complete answer there may be rubbish: the answer stands, the connection does not.
            self.reusable = False
            if not self.complete:
                self.failure = faults.damaged()
        except BaseException as error:  # whatever the receiver raised: `Client.exchange` raises it again
            self.failure = error
        return self.complete or self.failure is not None

    def end(self, clean: bool) -> None:
        """The server closed (`clean`) or reset the connection: whole for a body that only an end delimits."""
        self.broken = True
        if not clean or self._sized or not self.headed:
            self.failure = faults.ended_early()
            return
        try:
            self._finish()
        except Fault as fault:
            self.failure = fault

    def let_go(self) -> None:
        """Forget the parser, which leads back here: else the garbage collector would have to find both."""
        del self._parser

    def settle(self) -> None:
        """Wake whoever awaits the answer; from now on the flow does nothing."""
        self._tap = None
        if not self.done.done():
            self.done.set_result(None)

    # The parser's callbacks. What they raise arrives in `feed`.

    def on_message_begin(self) -> None:
        if self.complete:
            self.reusable = False

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.headed:
            return  # a trailer, or a second answer that nobody asked for
        if len(self._headers) >= MAX_HEADERS:
            raise faults.head_too_large()
        self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if self.headed:
            return
        if status < 200:
            if status < 100 or status == 101:
                raise faults.damaged()  # 101 answers a question that was not asked
            return
        headers = tuple(self._headers)
        if self._quiet_bytes > MAX_HEAD and sum([len(name) + len(value) for name, value in headers]) > MAX_HEAD:
            raise faults.head_too_large()
        self._frame(status, headers)
        self.headed = True
        self._receiver.on_flow(self)
        self._receiver.on_head(status, headers)
        # After HEAD the parser waits for a body that never comes, so the connection is not used again.
        self.complete = self._call.method == "HEAD"

    def on_message_complete(self) -> None:
        if self.headed and not self.complete:
            self._deliver_all()
            self.reusable = self._parser.should_keep_alive()
            self._finish()
        elif not self.headed:
            self._headers.clear()  # an interim answer (1xx): the real one follows

    # Inside.

    def _deliver_all(self) -> None:
        """Hand over what was parsed of the body; behind a complete answer there is none."""
        bodies = self._bodies
        if not bodies:
            return
        data = bodies[0] if len(bodies) == 1 else b"".join(bodies)
        bodies.clear()
        if self.complete:
            return
        self.answered = True
        self._quiet_bytes = 0
        self._taken += len(data)
        if self._taken > self._call.max_body:
            raise faults.answer_too_large()
        if self._inflater is None:
            self._deliver(data)
            return
        for piece in self._inflater.feed(data):
            self._delivered += len(piece)
            if self._delivered > self._call.max_body:
                raise faults.answer_too_large()
            self._deliver(piece)

    def _frame(self, status: int, headers: Headers) -> None:
        """Learn where the body ends and how it is encoded; refuse what cannot be undone."""
        last = dict(headers)
        transfer = last.get(b"transfer-encoding")
        if transfer is not None and transfer.strip().lower() != b"chunked":
            raise faults.damaged()
        self._sized = transfer is not None or b"content-length" in last or status in (204, 304)
        encoding = last.get(b"content-encoding", b"").strip().lower()
        if encoding in _ENCODINGS:
            self._inflater = Inflater(encoding)
        elif encoding not in (b"", b"identity"):
            raise faults.damaged()  # we asked for identity

    def _deliver(self, data: bytes) -> None:
        if self._call.max_line is not None:
            self._measure(data, self._call.max_line)
        self._receiver.on_data(data)

    def _measure(self, data: bytes, longest: int) -> None:
        """Only the first and the last line of a piece can be longer than the piece itself."""
        first = data.find(b"\n")
        if first < 0:
            self._line += len(data)
        elif self._line + first <= longest:
            self._line = len(data) - 1 - data.rfind(b"\n")
        else:
            self._line = longest + 1
        if self._line > longest:
            raise faults.line_too_long()

    def _finish(self) -> None:
        if self._inflater is not None:
            self._inflater.finish()
        self.complete = True
