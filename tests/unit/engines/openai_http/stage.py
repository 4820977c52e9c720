"""What the tests of this folder share: a clock that stands still, frames, and an engine before a played upstream."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from parlance.engines.openai_http import engine
from parlance.engines.openai_http.chat_stream import ChatReader
from parlance.engines.openai_http.responses import ResponseReader
from parlance.engines.openai_http.sse import Frames
from parlance.engines.openai_http.upstream_errors import Errors
from parlance.engines.plug import Engine, Surroundings, Upstream
from parlance.outbound.client import Client
from parlance.testing.sinks import RecordingSink


class StillClock:
    """2023-11-14 22:13:20 UTC, for ever."""

    def now(self) -> int:
        return 1_700_000_000_000_000

    def monotonic(self) -> float:
        return 0.0


def redact(text: str) -> str | None:
    """Shows everything but what names a secret."""
    return None if "secret" in text else text


ERRORS = Errors(redact, StillClock())


def chunk(delta: dict[str, Any] | None = None, reason: str | None = None, **top: Any) -> bytes:
    """The data of one frame of a chat stream."""
    choice = {"index": 0, "delta": delta or {}, "finish_reason": reason}
    return msgspec.json.encode({"id": "c-1", "model": "m", "choices": [choice], **top})


def sse(*datas: bytes) -> bytes:
    """Frames of one data line each."""
    return b"".join(b"data: " + data + b"\n\n" for data in datas)


def told(*datas: bytes) -> RecordingSink:
    """What a chat reader tells of these frames."""
    sink = RecordingSink()
    reader = ChatReader(sink, ERRORS, "asked")
    for data in datas:
        reader.frame(data)
    return sink


def responded(*events: dict[str, Any]) -> tuple[RecordingSink, ResponseReader]:
    """What a response reader tells of these events."""
    sink = RecordingSink()
    reader = ResponseReader(sink, ERRORS, "asked")
    for event in events:
        reader.frame(msgspec.json.encode(event))
    return sink, reader


def split(text: bytes, *cuts: int) -> list[bytes]:
    """The data of all frames of a text that arrives in pieces."""
    frames = Frames()
    edges = [0, *sorted(cuts), len(text)]
    found: list[bytes] = []
    for start, end in itertools.pairwise(edges):
        found += frames.feed(text[start:end])
    return found + frames.rest()


Play = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def whole_request(reader: asyncio.StreamReader) -> None:
    """Read head and body: hanging up on bytes that nobody read would reset the connection under the answer."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = re.search(rb"\r\ncontent-length: (\d+)", head)
    await reader.readexactly(int(length[1]) if length else 0)


def playing(*pieces: bytes, head: bytes = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n") -> Play:
    """An upstream that reads a request, writes these pieces with a pause between, and hangs up."""

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await whole_request(reader)
        writer.write(head)
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.002)

    return play


@asynccontextmanager
async def connected(play: Play, **upstream: Any) -> AsyncIterator[Engine]:
    """An engine whose upstream plays this to every connection."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await play(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    client = Client()
    try:
        yield engine(
            Upstream("up", f"http://127.0.0.1:{port}/v1", **upstream), Surroundings(client, StillClock(), redact)
        )
    finally:
        await client.close()
        server.close()
