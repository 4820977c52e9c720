"""The way of a stream to its client: chunks as they come, heartbeats into silence, back-pressure by waiting.

The head is sent with the first bytes, so a stream that fails before them can still be answered with an error status.
A stream that fails later is cut without its end mark: nobody may take half an answer for a whole one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from parlance.dialects.table import Live, Reply
from parlance.transports.http.bodies import Message, Send
from parlance.transports.http.gather import Gather
from parlance.transports.http.heartbeats import Wheel
from parlance.transports.http.line import Line, Unwatched
from parlance.transports.http.turns import Turns

_EVENTS = ((b"cache-control", b"no-cache"), (b"x-accel-buffering", b"no"))
"""What goes with a stream of events, so that nothing on its way keeps or collects them."""


class Relay:
    """One stream. `started` says whether the head is out, `sent` counts the body's bytes."""

    __slots__ = ("_frames", "_gather", "_head", "_heartbeat", "_line", "_send", "_wheel", "last", "sent", "started")

    def __init__(self, reply: Reply, headers: list[tuple[bytes, bytes]], send: Send, wheel: Wheel, line: Line) -> None:
        assert reply.frames is not None
        if reply.length is None:
            headers += _EVENTS
        else:  # the short way knows chunks only
            headers.append((b"content-length", b"%d" % reply.length))
            line = Unwatched()
        self._frames = reply.frames
        self._gather: Gather | None = None
        self._head: Message = {"type": "http.response.start", "status": reply.status, "headers": headers}
        self._heartbeat = reply.heartbeat
        self._send = send
        self._line = line
        self._wheel = wheel
        self.last = wheel.clock.monotonic()
        self.sent = 0
        self.started = False

    async def run(self) -> None:
        """Carry the stream to its end. Raises what the frames raise; the frames are closed in any case."""
        if self._heartbeat:
            self._wheel.add(self)
        try:
            if not await (self._ride(self._frames) if isinstance(self._frames, Live) else self._pull()):
                await self._finish()
        finally:
            self._wheel.remove(self)
            await self._close()

    async def discard(self) -> None:
        """Answer with the head alone, as HEAD wants it."""
        await self._close()
        await self._start()
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    def beat(self) -> None:
        """Write the heartbeat if that needs no waiting; a client that does not read needs none."""
        if not self.started:
            if not _at_once(self._send(self._head)):
                return
            self.started = True
        if _at_once(self._send({"type": "http.response.body", "body": self._heartbeat, "more_body": True})):
            self.sent += len(self._heartbeat)
            self.last = self._wheel.clock.monotonic()

    def put(self, chunk: bytes, last: bool = False) -> bool:
        """Write a chunk the short way if that is open; `last`: with the end mark."""
        line, head = self._line, self._head
        if not self.started:
            self.started = done = line.begin(head["status"], head["headers"], chunk, last)
        elif chunk:
            done = line.piece(chunk, last)
        else:
            done = last and line.end()
        if done:
            self.sent += len(chunk)
            self.last = self._wheel.clock.monotonic()
        return done

    async def _ride(self, frames: Live) -> bool:
        """Carry frames that can be taken in turns; gives whether the end mark is out."""
        turns = Turns(frames, self)
        while (chunk := await turns.blocked()) is not None:
            await self._write(chunk)
        return turns.ended

    async def _pull(self) -> bool:
        """Carry frames that have to be waited for."""
        gather = self._gather = Gather(self._frames)
        while (chunk := await gather.next()) is not None:
            if not self.put(chunk):
                await self._write(chunk)
        return False

    async def _finish(self) -> None:
        if not self.started:
            await self._start()
        if not self._line.end():
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _close(self) -> None:
        if self._gather is not None:
            return await self._gather.close()
        close = getattr(self._frames, "aclose", None)
        if close is not None:
            await close()

    async def _start(self) -> None:
        await self._send(self._head)
        self.started = True

    async def _write(self, chunk: bytes) -> None:
        while True:
            try:
                if not self.started:
                    await self._start()
                if chunk:
                    await self._send({"type": "http.response.body", "body": chunk, "more_body": True})
                break
            except asyncio.CancelledError as error:
                if self._gather is None:
                    raise
                # A deadline inside the frames cancels the task while it waits for the client: let the frames answer.
                chunk += await self._gather.interrupt(error)
        self.sent += len(chunk)
        self.last = self._wheel.clock.monotonic()


def _at_once(sending: Any) -> bool:
    """Drive a send that is expected not to wait; one that would is dropped before it wrote anything."""
    coroutine: Coroutine[Any, Any, None] = sending
    try:
        coroutine.send(None)
    except StopIteration:
        return True
    coroutine.close()
    return False
