"""Frames that are ready together leave together: one write instead of one per frame.

An async iterator cannot be asked whether its next value is ready. So its next step is driven by hand: a step that ends
at once gives its frame to the chunk, a step that suspends is kept, together with what it waits for, until the chunk has
been written; then the task waits for that same thing. No task and no queue stand in between.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Generator
from types import coroutine
from typing import Any

CHUNK = 64 * 1024
"""Bytes after which a chunk is written even if more is ready, so that one stream cannot fill memory."""

Step = Generator[Any, Any, bytes]


class Gather:
    """The frames of one stream, in chunks of whatever is ready."""

    __slots__ = ("_ended", "_failure", "_frames", "_signal", "_step")

    def __init__(self, frames: AsyncIterator[bytes]) -> None:
        self._frames = frames
        self._step: Step | None = None
        self._signal: Any = None
        self._ended = False
        self._failure: BaseException | None = None

    @coroutine
    def next(self) -> Generator[Any, Any, bytes | None]:
        """The next chunk, `None` at the end. Raises what the frames raise, after everything before it was given."""
        frames: list[bytes] = []
        size = 0
        while not self._ended and size < CHUNK:
            try:
                frame = self._poll() if self._step is None else None
                if frame is None:
                    if frames:
                        break
                    frame = yield from self._wait()
            except StopAsyncIteration:
                self._ended = True
            except BaseException as error:
                self._ended = True
                if not frames:
                    raise
                self._failure = error
            else:
                frames.append(frame)
                size += len(frame)
        if frames:
            return frames[0] if len(frames) == 1 else b"".join(frames)
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure
        return None

    @coroutine
    def interrupt(self, error: BaseException) -> Generator[Any, Any, bytes]:
        """Hand an exception to the frames while they are not being waited for: to the suspended step, or to where the
        last frame was given. Gives the frame they answer with (none when they end); else raises what they raise.
        """
        step, self._step = self._step, None
        try:
            if step is not None:
                return (yield from _thrown(step, error))
            throw = getattr(self._frames, "athrow", None)
            if throw is None or self._ended:
                raise error
            thrown: Step = throw(error).__await__()
            return (yield from thrown)
        except StopAsyncIteration:
            self._ended = True
            return b""
        except BaseException:
            self._ended = True
            raise

    async def close(self) -> None:
        """End the frames, also in the middle of a step."""
        if self._step is not None:
            try:
                await self.interrupt(asyncio.CancelledError())
            except asyncio.CancelledError:
                pass
        close = getattr(self._frames, "aclose", None)
        if close is not None:
            await close()

    def _poll(self) -> bytes | None:
        """Begin a step: its frame, or `None` when it suspends and is kept."""
        step: Step = self._frames.__anext__().__await__()
        try:
            self._signal = step.send(None)
        except StopIteration as stop:
            frame: bytes = stop.value
            return frame
        self._step = step
        return None

    def _wait(self) -> Generator[Any, Any, bytes]:
        step, self._step = self._step, None
        signal, self._signal = self._signal, None
        assert step is not None
        return _resumed(step, signal)


def _resumed(step: Step, signal: Any) -> Generator[Any, Any, bytes]:
    """Wait for what a suspended step waits for, then go on with it."""
    try:
        yield signal
    except BaseException as error:
        return (yield from _thrown(step, error))
    return (yield from step)


def _thrown(step: Step, error: BaseException) -> Generator[Any, Any, bytes]:
    try:
        signal = step.throw(error)
    except StopIteration as stop:
        frame: bytes = stop.value
        return frame
    return (yield from _resumed(step, signal))
