"""An answer before it becomes bytes on a socket, and how a healthy upstream sends it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from parlance.testing.upstreams.wire import Exchange

JSON = "application/json"
SSE = "text/event-stream"
NDJSON = "application/x-ndjson"


@dataclass(frozen=True)
class Pace:
    """How fast an answer leaves. Seconds."""

    before_head: float = 0.0
    between: float = 0.0
    idle: bool = False
    """Send the first frame, then nothing for ever."""


@dataclass(frozen=True)
class Answer:
    """What one request gets.

    A streamed answer has a frame for each event and its end marker in `end`; an answer in one block has one frame
    and no marker. Frames are complete: an SSE frame ends with an empty line, an NDJSON frame with a line feed.
    """

    frames: tuple[bytes, ...]
    end: bytes = b""
    status: int = 200
    content_type: str = JSON
    streamed: bool = False
    headers: tuple[tuple[str, str], ...] = ()
    pace: Pace = field(default_factory=Pace)

    @property
    def body(self) -> bytes:
        """Everything in one piece."""
        return b"".join(self.frames) + self.end

    def paced(self, pace: Pace) -> Answer:
        """This answer at another pace."""
        return replace(self, pace=pace)


def block(value: Any, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    """An answer in one block of JSON."""
    return Answer(frames=(msgspec.json.encode(value),), status=status, headers=headers)


def sse(value: Any, event: str | None = None) -> bytes:
    """One server-sent event with JSON data."""
    name = f"event: {event}\n".encode() if event else b""
    return name + b"data: " + msgspec.json.encode(value) + b"\n\n"


def line(value: Any) -> bytes:
    """One line of NDJSON."""
    return msgspec.json.encode(value) + b"\n"


def stream(frames: list[bytes], end: bytes, content_type: str) -> Answer:
    """A streamed answer that ends with `end`."""
    return Answer(frames=tuple(frames), end=end, content_type=content_type, streamed=True)


async def send_head(exchange: Exchange, answer: Answer, *, length: int | None = None) -> None:
    """Write status and headers: chunked when streamed, else with a length (`length` overrides the true one)."""
    if answer.streamed:
        framing = ("Transfer-Encoding", "chunked")
    else:
        framing = ("Content-Length", str(len(answer.body) if length is None else length))
    await exchange.head(answer.status, [("Content-Type", answer.content_type), framing, *answer.headers])


async def send_piece(exchange: Exchange, answer: Answer, data: bytes) -> None:
    """Write part of the body in the answer's own framing."""
    if answer.streamed:
        await exchange.chunk(data)
    else:
        await exchange.send(data)


async def send(exchange: Exchange, answer: Answer) -> None:
    """Send the answer as a healthy upstream does, at its pace."""
    await asyncio.sleep(answer.pace.before_head)
    await send_head(exchange, answer)
    if exchange.call.method == "HEAD":
        return
    for index, frame in enumerate(answer.frames):
        if index and answer.pace.between:
            await asyncio.sleep(answer.pace.between)
        await send_piece(exchange, answer, frame)
        if answer.pace.idle:
            await exchange.until_client_leaves()
    await send_piece(exchange, answer, answer.end)
    if answer.streamed:
        await exchange.last_chunk()
