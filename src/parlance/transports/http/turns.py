"""Frames written from callbacks, while the stream's task sleeps: from an engine's word to the socket in one turn of the
event loop. Waking a task for each event took a third of what a paced stream costs.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

from parlance.dialects.table import Live


class Out(Protocol):
    """The short way to the client."""

    started: bool

    def put(self, chunk: bytes, last: bool = False) -> bool:
        """Write a chunk at once, `last` with the end mark. False: nothing was written."""
        ...


class Turns:
    """The turns of one stream: a turn takes all there is, so that what came in one read is one write.

    A turn is taken within the engine's own call where nothing more of that read can follow, while all that belongs to
    this stream is still in the processor's cache; else it waits for the loop."""

    __slots__ = ("_chunk", "_due", "_frames", "_late", "_loop", "_out", "_over", "ended")

    def __init__(self, frames: Live, out: Out) -> None:
        self._frames = frames
        self._out = out
        self._loop = asyncio.get_running_loop()
        self._over: asyncio.Future[None] | None = None
        self._chunk = b""
        self._due = False
        self._late = False
        self.ended = False
        """Whether the end mark is out."""
        frames.listen(self._news)

    async def blocked(self) -> bytes | None:
        """Write until a chunk does not go the short way, and give it; `None` at the end. Raises what the frames raise.

        The caller sends that chunk and comes back; meanwhile nothing is taken, so the reader falls behind as it must.
        """
        if self._frames.over:
            return None
        self._over = self._loop.create_future()
        # The first turn too is one of the loop's: an answer that came in one burst has its end by then.
        self._news(False)
        await self._over
        if self.ended:
            return None
        self._late = True
        return self._chunk

    def _news(self, whole: bool) -> None:
        if self._due:
            return
        if whole:
            self._turn()
        else:
            self._due = True
            self._loop.call_soon(self._turn)

    def _turn(self) -> None:
        self._due = False
        over, frames = self._over, self._frames
        if over is None or over.done():
            return  # the task is at work, or has been told to stop
        try:
            done = self._carry(frames)
        except Exception as error:
            over.set_exception(error)
        else:
            if done:
                over.set_result(None)

    def _carry(self, frames: Live) -> bool:
        """Take and write; whether the task has something to do now."""
        chunk = frames.take(late=self._late)
        self._late = False
        last = frames.over
        if not (chunk or last or (frames.early and not self._out.started)):
            return False
        if self._out.put(chunk, last):
            self.ended = last
            return last
        self._chunk = chunk
        return True
