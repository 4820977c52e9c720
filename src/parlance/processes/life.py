"""One child process from spawn to reaping: calls in, answers out, and the reason of its end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any, NamedTuple

from parlance.processes import pipe
from parlance.values.errors import Fault, Kind

log = logging.getLogger(__name__)

TAIL = 4096
"""Bytes kept of what a child says on standard error, for the log."""
DIED, LATE = "process_died", "process_late"
"""The codes of a call that ended with its process, and of one whose process was ended because it took too long."""
Told = Callable[[dict[str, Any]], None]
"""Hears how far a call has come."""


class _Waiting(NamedTuple):
    """A call in flight: who waits for its answer, and who hears of its progress."""

    future: asyncio.Future[pipe.Reply]
    told: Told


class Life:
    """A running process. `name` is what people read, and `hint` what they can do when a call is too large for it;
    `ending` is set as soon as it may not be asked any more."""

    def __init__(self, process: asyncio.subprocess.Process, name: str, hint: str | None = None) -> None:
        assert process.stdin is not None and process.stdout is not None and process.stderr is not None
        self.pid = process.pid
        self.ending = False
        self._process = process
        self._stdin, self._stdout, self._stderr = process.stdin, process.stdout, process.stderr
        self._name, self._hint = name, hint
        self._last = 0
        self._waiting: dict[int, _Waiting] = {}
        self._reason: Fault | None = None
        self._tail = b""
        self._gone = asyncio.gather(self._read(), self._listen())

    async def ask(
        self, verb: str, fields: dict[str, Any], seconds: float, whole: float | None = None, told: Told | None = None
    ) -> pipe.Reply:
        """One call and its answer. Raises `Fault`: the child's own, or because it died or was too slow.

        `seconds` is what may pass without a sign of it: each word on its progress, which `told` hears, renews them.
        `whole` is what all of it may take.
        """
        loop = asyncio.get_running_loop()
        self._last += 1
        number = self._last
        end = None if whole is None else loop.time() + whole
        try:
            async with asyncio.timeout(seconds) as deadline:

                def heard(fields: dict[str, Any]) -> None:
                    due = loop.time() + seconds
                    deadline.reschedule(due if end is None else min(due, end))
                    if told is not None:
                        told(fields)

                future: asyncio.Future[pipe.Reply] = loop.create_future()
                self._waiting[number] = _Waiting(future, heard)
                self._send(pipe.Call(number, verb, fields))
                await self._drain()
                reply = await future
        except TimeoutError:
            late = Fault(Kind.timed_out, f"The {self._name} did not answer in time and was ended.", code=LATE)
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
            raise Fault(Kind.too_large, f"This is too large for the {self._name}.", hint=self._hint) from None

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
                self._hand(reply)
        except pipe.Garbled:
            self.kill(Fault(Kind.upstream, f"The {self._name} talked nonsense and was ended."))
        expected, self.ending = self.ending, True
        self._stdin.close()
        status = await self._process.wait()
        if not expected or self._reason is not None:
            said = self._tail.decode("utf-8", "replace")
            log.warning("%s ended: status %s, %s, it said %r", self._name, status, self._reason, said)
        for waiting in self._waiting.values():
            if not waiting.future.done():
                waiting.future.set_exception(self._ended())

    def _hand(self, reply: pipe.Reply) -> None:
        """Give an answer, or a word on the progress, to whoever waits for it."""
        waiting = self._waiting.get(reply.answer.id)
        if waiting is None or waiting.future.done():
            return
        if reply.answer.more:
            waiting.told(reply.answer.fields)
        else:
            waiting.future.set_result(reply)

    async def _listen(self) -> None:
        """Keep the end of what it says on standard error. The pipe must be read, or the child would block."""
        while piece := await self._stderr.read(TAIL):
            self._tail = (self._tail + piece)[-TAIL:]

    def _ended(self) -> Fault:
        reason = self._reason or Fault(
            Kind.upstream, f"The {self._name} ended unexpectedly.", hint="Ask again.", code=DIED
        )
        return Fault(reason.kind, reason.message, hint=reason.hint, code=reason.code)


def _fault(answer: pipe.Answer) -> Fault:
    """The fault a child reported; a kind that nobody knows is our own defect."""
    kind = Kind.__members__.get(answer.kind or "", Kind.internal)
    known = {name: answer.fields.get(name) for name in ("field", "code")}
    return Fault(kind, answer.message, hint=answer.hint, **known)
