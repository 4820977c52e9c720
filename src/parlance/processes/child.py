"""A supervised child process that answers calls: started on first use, ended when idle, replaced when it dies.

Heavy native code (a runtime, a parser) lives in such a process so that the server stays small, survives its crashes
and gets its memory back. The child speaks the frames of `processes.pipe`; it must end when its standard input does.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import msgspec

from parlance.processes import pipe
from parlance.processes.life import Life, Told
from parlance.values.errors import Fault, Kind
from parlance.values.time import Clock

PASSED = frozenset(
    {
        *("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "TEMP", "TMP"),
        *("PYTHONPATH", "PYTHONHOME", "PYTHONUTF8", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"),
        *("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "NUMBER_OF_PROCESSORS"),
        # Set by a coverage run, so that the child's lines count too.
        *("COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START"),
    }
)
"""The names a child may see of the server's environment. All others stay behind: keys live there."""


class Limits(msgspec.Struct, frozen=True):
    """Bounds on a child: seconds, and bytes for `memory` (resident size).

    `rest` is the idle time after which it ends; `start` and `answer` are deadlines; `grace` is what it gets to end by
    itself; `patience` passes after a failed start before the next attempt; `poll` is the pace of the memory watch while
    it works. A child that tells its progress has `answer` from one word to the next, and `whole` for all of a call.
    `depth` calls are in the pipe at once: with two the child never waits for the server between them.
    """

    rest: float = 300.0
    start: float = 60.0
    answer: float = 60.0
    grace: float = 2.0
    patience: float = 2.0
    poll: float = 0.25
    whole: float | None = None
    memory: int = 1024 * 1024 * 1024
    depth: int = 2


class Handle(Protocol):
    """A timer that can be taken back."""

    def cancel(self) -> None:
        """Never fire."""
        ...


LARGE = "process_too_large"
"""The code of a call whose process was ended because it grew beyond its memory limit."""
Later = Callable[[float, Callable[[], None]], Handle]
"""Calls back once after so many seconds, on the event loop."""


def resident(pid: int) -> int | None:
    """The resident size of a process in bytes, or `None` where only the process itself can tell (not on Linux)."""
    try:
        pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]
    except (OSError, IndexError):
        return None
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def trimmed(environment: Mapping[str, str], passed: frozenset[str] = PASSED) -> dict[str, str]:
    """What a child may see of an environment."""
    return {name: value for name, value in environment.items() if name.upper() in passed}


class ChildProcess:
    """Answers calls through a child that lives only while it is needed.

    `name` is what people read ("embedding process"), and `hint` what they can do when a call is more than it can take.
    `command` starts it; `hello` is its first call, whose answer says that it is ready. Fair: calls enter the pipe in
    the order they came.
    """

    def __init__(
        self,
        name: str,
        command: tuple[str, ...],
        hello: pipe.Call,
        environment: Mapping[str, str],
        clock: Clock,
        limits: Limits = Limits(),  # noqa: B008 - frozen
        later: Later | None = None,
        measure: Callable[[int], int | None] = resident,
        hint: str | None = None,
    ) -> None:
        self._name, self._hint, self._command, self._hello = name, hint, command, hello
        self._environment = dict(environment)
        self._clock, self._limits, self._later, self._measure = clock, limits, later, measure
        self._gate = asyncio.Semaphore(limits.depth)
        self._active = 0
        self._closed = False
        self._life: Life | None = None
        self._lives: set[Life] = set()
        self._starting: asyncio.Task[Life] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._failure: tuple[float, Fault] | None = None
        self._rest = limits.rest
        self._rest_timer: Handle | None = None
        self._watch_timer: Handle | None = None
        self.expires: float | None = None
        """When it will end for want of work, in monotonic seconds; `None` while it works or is not there."""

    @property
    def loading(self) -> bool:
        """Whether it is being started."""
        return self._starting is not None

    @property
    def pid(self) -> int | None:
        """The id of the process that would answer now, if there is one."""
        return self._life.pid if self._life is not None and not self._life.ending else None

    @property
    def resident(self) -> int:
        """Bytes it has in memory; 0 when it is not there or the system does not tell."""
        return (self._measure(self.pid) or 0) if self.pid is not None else 0

    def allow(self, memory: int) -> None:
        """Let it have so many bytes from now on: work that takes more than the rest says so itself."""
        self._limits = msgspec.structs.replace(self._limits, memory=memory)

    def kill(self, reason: Fault) -> None:
        """End the process now, without asking it; its calls fail with `reason`, and the next one starts another."""
        life, self._life = self._life, None
        if life is not None:
            life.kill(reason)

    async def call(
        self, verb: str, fields: dict[str, Any], rest: float | None = None, told: Told | None = None
    ) -> pipe.Reply:
        """Ask it, starting it first when needed. `rest` replaces the idle time from now on; `told` hears its progress.

        Raises `Fault`: the child's own, `upstream` when it died in mid-call, `timed_out`, `busy` after `close`.
        """
        self._active += 1
        self._rest = self._limits.rest if rest is None else rest
        self._stay()
        try:
            async with self._gate:
                life = await self._ready()
                self._watch()
                reply = await life.ask(verb, fields, self._limits.answer, self._limits.whole, told)
                self._weigh(life, reply.answer.fields.get("resident", 0))
                return reply
        finally:
            self._done()

    async def start(self) -> None:
        """See that it is there and has answered its first call. Raises `Fault`."""
        self._active += 1
        try:
            await self._ready()
        finally:
            self._done()

    async def end(self) -> None:
        """End the process if there is one; the next call starts another."""
        self._stay()
        life, self._life = self._life, None
        if life is not None:
            await life.end(self._limits.grace)

    async def close(self) -> None:
        """End every process and refuse further calls. Returns when none is left."""
        self._closed = True
        await self.end()
        if self._watch_timer is not None:
            self._watch_timer.cancel()
        await asyncio.gather(*(life.end(self._limits.grace) for life in self._lives), return_exceptions=True)
        left = [*self._tasks, *([self._starting] if self._starting else [])]
        await asyncio.gather(*left, return_exceptions=True)

    async def _ready(self) -> Life:
        """The living process. One start serves all who wait for it, and outlives any of them."""
        if self._closed:
            raise Fault(Kind.busy, "The server is stopping.", retry_after=5.0)
        if self._life is not None and not self._life.ending:
            return self._life
        if self._starting is None:
            self._check_patience()
            self._starting = asyncio.create_task(self._start())
            self._starting.add_done_callback(self._started)
        return await asyncio.shield(self._starting)

    def _check_patience(self) -> None:
        """A child that cannot start is not started again by every request of a flood."""
        if self._failure is not None and self._clock.monotonic() < self._failure[0]:
            fault = self._failure[1]
            raise Fault(fault.kind, fault.message, hint=fault.hint, code=fault.code)

    def _started(self, task: asyncio.Task[Life]) -> None:
        self._starting = None
        error = None if task.cancelled() else task.exception()
        if isinstance(error, Fault):
            self._failure = (self._clock.monotonic() + self._limits.patience, error)
        if not self._active:
            self._idle()  # everybody who wanted it has left meanwhile

    async def _start(self) -> Life:
        life = await self._spawn()
        self._watch()
        try:
            if self._closed:
                raise Fault(Kind.busy, "The server is stopping.", retry_after=5.0)
            await life.ask(self._hello.verb, self._hello.fields, self._limits.start)
        except BaseException:
            life.kill(Fault(Kind.upstream, f"The {self._name} could not start."))
            raise
        self._life, self._failure = life, None
        return life

    async def _spawn(self) -> Life:
        wired = asyncio.subprocess.PIPE
        try:
            # A session of its own: Ctrl+C in the terminal is the server's to handle.
            process = await asyncio.create_subprocess_exec(
                *self._command, stdin=wired, stdout=wired, stderr=wired, env=self._environment, start_new_session=True
            )
        except OSError as error:
            raise Fault(Kind.upstream, f"The {self._name} could not be started: {error.strerror}.") from error
        life = Life(process, self._name, self._hint)
        self._lives.add(life)
        life.when_gone(lambda: self._lives.discard(life))
        return life

    def _done(self) -> None:
        self._active -= 1
        if not self._active:
            self._idle()

    def _idle(self) -> None:
        """Nothing to do: end after the idle time, unless it is endless."""
        if self._life is None or self._life.ending or self._closed or self._rest < 0:
            return
        self.expires = self._clock.monotonic() + self._rest
        self._rest_timer = self._after(self._rest, self._retire)

    def _stay(self) -> None:
        self.expires = None
        if self._rest_timer is not None:
            self._rest_timer.cancel()
            self._rest_timer = None

    def _retire(self) -> None:
        task = asyncio.ensure_future(self.end())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _watch(self) -> None:
        """Look at the memory now and again while there is work."""
        if self._watch_timer is None:
            self._watch_timer = self._after(self._limits.poll, self._look)

    def _look(self) -> None:
        self._watch_timer = None
        for life in list(self._lives):
            self._weigh(life, self._measure(life.pid) or 0)
        if self._active:
            self._watch()

    def _weigh(self, life: Life, size: int) -> None:
        if size > self._limits.memory and not life.ending:
            message = f"The {self._name} grew beyond its memory limit and was ended."
            life.kill(Fault(Kind.upstream, message, hint=self._hint, code=LARGE))

    def _after(self, seconds: float, callback: Callable[[], None]) -> Handle:
        if self._later is not None:
            return self._later(seconds, callback)
        return asyncio.get_running_loop().call_later(seconds, callback)


def python(module: str, *arguments: str) -> tuple[str, ...]:
    """The command that runs one of our modules with this interpreter; `-P` keeps the working folder off its path."""
    return (sys.executable, "-P", "-m", module, *arguments)
