"""One child process from spawn to reaping: calls in, answers out, and the reason of its end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from parlance.engines import pipe
from parlance.values.errors import Fault, Kind

log = logging.getLogger(__name__)

TAIL = 4096
"""Bytes kept of what a child says on standard error, for the log."""


class Life:
    """A running process. `name` is what people read; `ending` is set as soon as it may not be asked any more."""

    def __init__(self, process: asyncio.subprocess.Process, name: str) -> None:
        assert process.stdin is not None and process.stdout is not None and process.stderr is not None
        self.pid = process.pid
        self.ending = False
        self._process = process
        self._stdin, self._stdout, self._stderr = process.stdin, process.stdout, process.stderr
        self._name = name
        self._last = 0
        self._waiting: dict[int, asyncio.Future[pipe.Reply]] = {}
        self._reason: Fault | None = None
        self._tail = b""
        self._gone = asyncio.gather(self._read(), self._listen())

    async def ask(self, verb: str, fields: dict[str, Any], seconds: float) -> pipe.Reply:
        """One call and its answer. Raises `Fault`: the child's own, or because it died or was too slow."""
        self._last += 1
        number = self._last
        future: asyncio.Future[pipe.Reply] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        try:
            async with asyncio.timeout(seconds):
                self._send(pipe.Call(number, verb, fields))
                await self._drain()
                reply = await future
        except TimeoutError:
            late = Fault(Kind.timed_out, f"The {self._name} did not answer in time and was ended.")
            self.kill(late)
            raise late from None
        finally:
            self._waiting.pop(number, None)
        if reply.answer.kind is not None:
            raise _fault(reply.answer)
        return reply

    def _send(self, call: pipe.Call) -> None:
        if self.ending:
            raise self._ended()
        try:
            self._stdin.write(pipe.pack(call))
        except pipe.Garbled:
            raise Fault(Kind.too_large, "This request is too large for the engine.") from None

    async def _drain(self) -> None:
        try:
            await self._stdin.drain()
        except (BrokenPipeError, ConnectionResetError):
            pass  # it is dying: the reader ends the wait with the reason

    def kill(self, reason: Fault) -> None:
        """End it now; calls in flight fail with `reason`."""
        self.ending = True
        self._reason = self._reason or reason
        try:
            self._process.kill()
        except ProcessLookupError:
            pass

    async def end(self, grace: float) -> None:
        """Let it end by closing its input; kill it when it has not within `grace` seconds. Returns when it is gone."""
        self.ending = True
        self._stdin.close()
        try:
            async with asyncio.timeout(grace):
                await asyncio.shield(self._gone)
        except TimeoutError:
            self.kill(self._ended())
            await asyncio.shield(self._gone)

    def when_gone(self, callback: Callable[[], None]) -> None:
        """Call back once it has been reaped."""
        self._gone.add_done_callback(lambda _: callback())

    async def _read(self) -> None:
        """Hand answers to whoever waits for them, until the child is gone."""
        try:
            while (reply := await pipe.read_reply(self._stdout)) is not None:
                future = self._waiting.get(reply.answer.id)
                if future is not None and not future.done():
                    future.set_result(reply)
        except pipe.Garbled:
            self.kill(Fault(Kind.upstream, f"The {self._name} talked nonsense and was ended."))
        expected, self.ending = self.ending, True
        self._stdin.close()
        status = await self._process.wait()
        if not expected or self._reason is not None:
            said = self._tail.decode("utf-8", "replace")
            log.warning("%s ended: status %s, %s, it said %r", self._name, status, self._reason, said)
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(self._ended())

    async def _listen(self) -> None:
        """Keep the end of what it says on standard error. The pipe must be read, or the child would block."""
        while piece := await self._stderr.read(TAIL):
            self._tail = (self._tail + piece)[-TAIL:]

    def _ended(self) -> Fault:
        reason = self._reason or Fault(Kind.upstream, f"The {self._name} ended unexpectedly.", hint="Ask again.")
        return Fault(reason.kind, reason.message, hint=reason.hint, code=reason.code)


def _fault(answer: pipe.Answer) -> Fault:
    """The fault a child reported; a kind that nobody knows is our own defect."""
    kind = Kind.__members__.get(answer.kind or "", Kind.internal)
    known = {name: answer.fields.get(name) for name in ("field", "code")}
    return Fault(kind, answer.message, hint=answer.hint, **known)
