"""What the bytes of an answer turn out to be: a stream, one block of JSON, an error, or something else entirely.

It is judged by what arrives, not by what was asked for or announced: some servers ignore `stream`, some answer a plain
request with events, some put an error or a proxy's page under status 200.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Literal, Protocol

from parlance.engines.openai_http.decoding import NotJson
from parlance.engines.openai_http.sse import Frames
from parlance.engines.openai_http.telling import Telling
from parlance.engines.openai_http.upstream_errors import Errors, ended_early, no_first_token, not_json
from parlance.outbound.calls import Headers
from parlance.outbound.exchange import Tap
from parlance.outbound.faults import answer_too_large
from parlance.ports.engines import Sink
from parlance.values.errors import Fault

MAX_BLOCK = 16 * 1024 * 1024
"""Bytes of an answer in one block: the text that one run may hold, escaped to four times its size."""
MAX_STREAM = 256 * 1024 * 1024
"""Bytes of a stream: a million tokens, each in a frame of some 250 bytes."""
MAX_ERROR = 64 * 1024
"""Bytes of an error's body that are read; the rest says nothing new."""
LINGER = 0.5
"""Seconds a server gets to end its response after the end marker, so that the connection can be used again."""

_BLANK = b"\xef\xbb\xbf \t\r\n"
_FIELDS = (b"data", b"event", b"id", b"retry", b":")
_BROKEN = frozenset({"ended_early", "bad_answer", "stalled"})
"""How a connection may break behind an answer whose every choice had ended."""


class Reader(Protocol):
    """Makes events of an answer. `done`: the end was marked."""

    done: bool
    telling: Telling

    @property
    def learns(self) -> bool:
        """Whether the next frame, read alone, may let `skim` take those after it."""
        ...

    def skim(self, data: bytes) -> bytes:
        """Tell what can be told of whole frames at once; gives what is left."""
        ...

    def frame(self, data: bytes) -> None:
        """One frame of a stream."""
        ...

    def block(self, data: bytes) -> None:
        """An answer in one block. Raises `NotJson`."""
        ...

    def ended(self) -> None:
        """The stream is over. Raises `Fault(upstream)` when the answer is not."""
        ...


class Intake:
    """The receiver of one answer."""

    __slots__ = (
        "_content_type",
        "_errors",
        "_expired",
        "_first",
        "_frames",
        "_headers",
        "_mode",
        "_pieces",
        "_reader",
        "_since",
        "_sink",
        "_size",
        "_status",
        "_tap",
        "_timer",
    )

    def __init__(self, reader: Reader, sink: Sink, errors: Errors, first: float) -> None:
        """`first` is the deadline of the first token in seconds, counted from now."""
        self._reader = reader
        self._sink = sink
        self._errors = errors
        self._first = first
        self._mode: Literal["sniff", "stream", "block", "error", "over"] = "sniff"
        self._frames: Frames  # once it turns out to be a stream
        self._pieces: list[bytes] = []
        self._size = 0
        self._status = 0
        self._headers: Headers = ()
        self._content_type = b""
        self._tap: Tap | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._expired = False
        self._since = 0.0

    async def take(self, exchange: Awaitable[None]) -> None:
        """Take the answer of this exchange. Raises `Fault`; being cancelled closes the connection at once."""
        self._since = asyncio.get_running_loop().time()
        try:
            await exchange
            self._end()
        except Fault as fault:
            self._failed(fault)
        finally:
            self._allow(None)
            self._tap = None
            self._sink.tap(None)

    def on_flow(self, flow: Tap) -> None:
        """Hand the tap on, so that a slow reader slows the model down."""
        self._tap = flow
        self._sink.tap(flow)

    def on_head(self, status: int, headers: Headers) -> None:
        """A status that is no success makes the body an error's."""
        self._status, self._headers = status, headers
        for name, value in headers:
            if name == b"content-type":
                self._content_type = value
                break
        if not 200 <= status < 300:
            self._mode = "error"

    def on_data(self, data: bytes) -> None:
        """A piece of the body, straight from the socket."""
        if self._mode == "stream":
            self._frame(data)
        elif self._mode == "sniff":
            self._sniff(data)
        elif self._mode != "over":  # behind the end there is nothing to hear
            self._collect(data)

    # -- inside -----------------------------------------------------------------------------------------------------

    def _frame(self, data: bytes) -> None:
        reader, frames = self._reader, self._frames
        while data:
            if frames.idle:
                data = reader.skim(data)
            end = data.find(b"\n\n") + 2 if reader.learns else 0
            piece, data = (data[:end], data[end:]) if end > 1 else (data, b"")
            for frame in frames.feed(piece):
                reader.frame(frame)
                if reader.done:
                    self._mode = "over"
                    self._allow(LINGER)
                    return
        if not reader.telling.begun:
            # Comments and empty frames are signs of life, not tokens. Armed only now, since before the first byte the
            # client's own deadline counts.
            self._allow(self._first, self._since)
        elif self._first:
            self._first = 0.0
            self._allow(None)

    def _allow(self, seconds: float | None, since: float | None = None) -> None:
        """Move the deadline of the whole call; `None` takes it away. `since` counts for one that is not yet set."""
        timer = self._timer
        if timer is not None:
            if since is not None:
                return
            timer.cancel()
            self._timer = None
        if seconds is not None and self._tap is not None:
            # Half the price of `asyncio.timeout`, which every call would pay, and most need no deadline of this kind.
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at((loop.time() if since is None else since) + seconds, self._expire)

    def _expire(self) -> None:
        self._expired = True
        if self._tap is not None:
            self._tap.give_up(no_first_token())

    def _collect(self, data: bytes) -> None:
        self._pieces.append(data)
        self._size += len(data)
        if self._mode == "error":
            if self._size > MAX_ERROR:
                raise self._refusal()
        elif self._size > MAX_BLOCK:
            raise answer_too_large()

    def _sniff(self, data: bytes) -> None:
        self._collect(data)
        start = b"".join(self._pieces).lstrip(_BLANK)
        if not start:
            self._pieces = []  # some servers send blanks while they think
            return
        if start[:1] in (b"{", b"["):
            self._mode = "block"
        elif start[:1] == b"<":
            raise not_json()
        elif b"event-stream" in self._content_type.lower() or _begins_field(start):
            if len(start) >= 5 or b"\n" in start or b"event-stream" in self._content_type.lower():
                self._mode = "stream"
                self._frames = Frames()
                self._pieces = []
                self._frame(start)
        else:
            raise not_json()

    def _end(self) -> None:
        """The response is complete. Raises `Fault` when the answer is not."""
        if self._mode == "error":
            raise self._refusal()
        if self._mode == "sniff":
            raise ended_early()
        reader = self._reader
        if self._mode == "block":
            try:
                reader.block(b"".join(self._pieces).lstrip(_BLANK))
            except NotJson:
                raise not_json() from None
            return
        if self._mode == "stream":
            for frame in self._frames.rest():
                self._last(frame)
        reader.ended()

    def _last(self, frame: bytes) -> None:
        """A frame without its end: whole all the same, or half of one, which is dropped."""
        try:
            self._reader.frame(frame)
        except Fault as fault:
            if fault.code != "not_json":
                raise

    def _refusal(self) -> Fault:
        return self._errors.refused(self._status, self._headers, b"".join(self._pieces)[:MAX_ERROR])

    def _failed(self, fault: Fault) -> None:
        """A failure of the connection or of the answer; what the answer had already said counts more."""
        reader = self._reader
        if self._expired and not reader.done:
            raise fault
        if self._mode == "error" and fault.kind.value in ("upstream", "timed_out"):
            raise self._refusal() from None
        if reader.done or (fault.code in _BROKEN and self._mode == "stream" and reader.telling.is_finished):
            reader.ended()
            return
        reader.telling.settle()
        raise fault


def _begins_field(start: bytes) -> bool:
    """Whether this may be the beginning of a server-sent event."""
    return any(start.startswith(name) or name.startswith(start) for name in _FIELDS)
