"""The listening side of a process: sockets, signals, the sweep over connections, and an orderly end.

uvicorn's protocol and configuration are used as they are; its `Server` is not, because it closes the door before it
drains, polls ten times a second, and waits for endless streams.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from email.utils import formatdate
from typing import Any, TypeVar

import msgspec
from uvicorn.config import Config
from uvicorn.server import ServerState

from parlance.transports.http import heap
from parlance.transports.http.app import App
from parlance.transports.http.connection import Connection
from parlance.transports.http.cycle import targets_of
from parlance.transports.http.limits import Limits
from parlance.transports.http.starts import Starts

T = TypeVar("T")
BACKLOG = 4096
_LAST_SECONDS = 0.5
"""Kept of the drain time for those that have to be cut, so that the whole stays within it."""
_FLUSH_SECONDS = 2.0
"""How long a client may take to read the end of an answer that is already written."""
_HURRY_SECONDS = 1.0
"""What is left of the drain time after a second signal: enough to write the ends of the streams."""
_LOOK_SECONDS = 0.02
_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Listener(msgspec.Struct, frozen=True):
    """An address to listen on and the door behind it. Port 0 lets the system choose; `tls_*` are PEM files."""

    app: App
    host: str
    port: int
    tls_cert: str | None = None
    tls_key: str | None = None


class Address(msgspec.Struct, frozen=True):
    """Where a door can be reached now."""

    door: str
    host: str
    port: int
    tls: bool

    @property
    def url(self) -> str:
        """The address as a link."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}"


Drain = Callable[[float], Awaitable[None]]
"""Ends what runs, within the given seconds."""


class _Bound:
    """One listening address in service."""

    def __init__(self, listener: Listener, limits: Limits, shared: bool) -> None:
        self.listener = listener
        self.limits = limits
        self.shared = shared
        self.targets = targets_of(listener.app.router.literal_paths)
        self.starts = Starts()
        self.state = ServerState()
        self.config = Config(
            listener.app,
            interface="asgi3",
            http=Connection,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            date_header=False,
            timeout_keep_alive=limits.keep_alive_seconds,  # type: ignore[arg-type]
            ssl_certfile=listener.tls_cert,
            ssl_keyfile=listener.tls_key,
        )
        self.server: asyncio.Server | None = None

    async def open(self) -> None:
        self.config.load()
        self.stamp()
        self.server = await asyncio.get_running_loop().create_server(
            lambda: Connection(self.config, self.state, self.limits, self.targets, self.starts),
            self.listener.host,
            self.listener.port,
            backlog=BACKLOG,
            ssl=self.config.ssl,
            reuse_port=self.shared or None,
        )

    @property
    def addresses(self) -> list[Address]:
        """Where it listens, one entry per socket."""
        assert self.server is not None
        named = [socket.getsockname() for socket in self.server.sockets]
        tls = self.listener.tls_cert is not None
        return [Address(self.listener.app.door.name, name[0], name[1], tls) for name in named]

    def stamp(self) -> None:
        """Set the headers that every answer carries; the date is good for the second."""
        self.state.default_headers = [(b"server", b"parlance"), (b"date", formatdate(usegmt=True).encode())]

    def sweep(self, now: float) -> None:
        self.stamp()
        for connection in list(self.state.connections):
            connection.sweep(now)  # type: ignore[union-attr]

    def close(self) -> None:
        """Stop listening, and close every connection once its answer is out."""
        if self.server is not None:
            self.server.close()
        for connection in list(self.state.connections):
            connection.shutdown()

    def abort(self) -> None:
        """Cut every connection."""
        for connection in list(self.state.connections):
            connection.transport.abort()


async def serve(
    listeners: Sequence[Listener],
    *,
    drain: Drain,
    on_ready: Callable[[list[Address]], None],
    drain_seconds: float = 15.0,
    limits: Limits | None = None,
    stop: asyncio.Event | None = None,
    signals: bool = True,
    shared: bool = False,
    pack: Callable[[], None] = lambda: None,
) -> None:
    """Serve until `stop` is set or SIGTERM or SIGINT comes, drain, and return within `drain_seconds` of that.

    While draining, the doors stay open: rows that are `open` answer, all others are `busy`. A second signal ends what
    runs at once, each stream with its end, and then the server. `shared`: other processes listen at the same addresses,
    and each connection is one of theirs. `pack` moves together what is kept of ended answers, before the memory of a
    crowd that has left is given back. Raises `OSError` when an address cannot be had; nothing listens then.
    """
    raise_file_limit()
    bound = [_Bound(listener, limits or Limits(), shared) for listener in listeners]
    stopping = stop or asyncio.Event()
    hurry = asyncio.Event()
    release = _catch_signals(stopping, hurry) if signals else None
    stir = None
    try:
        for each in bound:
            await each.open()
        on_ready([address for each in bound for address in each.addresses])
        stir = heap.settle() if signals else None
        await _sweep_until(bound, stopping, pack)
        await _drain(bound, drain, drain_seconds, hurry)
    finally:
        await _close(bound)
        for undo in (release, stir):
            if undo is not None:
                undo()


async def _sweep_until(bound: Sequence[_Bound], stopping: asyncio.Event, pack: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    every = min((each.limits.sweep_seconds for each in bound), default=1.0)
    tide = heap.Tide()
    while not stopping.is_set():
        try:
            async with asyncio.timeout(every):
                await stopping.wait()
        except TimeoutError:
            for each in bound:
                each.sweep(loop.time())
            if tide.is_out(sum(len(each.state.connections) for each in bound)):
                await heap.give_back(pack)


async def _drain(bound: Sequence[_Bound], drain: Drain, seconds: float, hurry: asyncio.Event) -> None:
    """Refuse what is new, end what runs, and wait until the last answers are out, all within the time."""
    for each in bound:
        each.listener.app.draining = True
    loop = asyncio.get_running_loop()
    left = max(0.0, seconds - _LAST_SECONDS)
    deadline = loop.time() + left
    ending = asyncio.ensure_future(drain(left))

    def answered() -> bool:
        return ending.done() and not any(each.state.tasks for each in bound)

    try:
        await _until(lambda: answered() or hurry.is_set(), deadline)
        if not answered() and hurry.is_set():
            ending.cancel()
            ending = asyncio.ensure_future(drain(0.0))  # nobody waits any more, but every stream gets its end
            deadline = min(deadline, loop.time() + _HURRY_SECONDS)
            await _until(answered, deadline)
        for each in bound:
            each.close()
        await _until(
            lambda: not any(each.state.connections for each in bound), min(deadline, loop.time() + _FLUSH_SECONDS)
        )
    finally:
        if not ending.done():
            ending.cancel()
    await asyncio.wait([ending], timeout=_LAST_SECONDS / 2)
    if ending.done() and not ending.cancelled():
        ending.result()


async def _until(true: Callable[[], bool], deadline: float) -> None:
    """Wait until it is so, or until that moment of the loop's time."""
    loop = asyncio.get_running_loop()
    while loop.time() < deadline and not true():
        await asyncio.sleep(_LOOK_SECONDS)


async def _close(bound: Sequence[_Bound]) -> None:
    """Cut what is left and give its tasks a moment to let go."""
    for each in bound:
        each.close()
        each.abort()
    tasks = [task for each in bound for task in each.state.tasks]
    if tasks:
        await asyncio.wait(tasks, timeout=_LAST_SECONDS / 2)


def _catch_signals(stopping: asyncio.Event, hurry: asyncio.Event) -> Callable[[], None]:
    """Let the first signal stop the server and the second one hurry; gives what restores the former handlers."""
    loop = asyncio.get_running_loop()

    def caught() -> None:
        (hurry if stopping.is_set() else stopping).set()

    former = {number: signal.getsignal(number) for number in _SIGNALS}
    for number in _SIGNALS:
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(caught))

    def release() -> None:
        for number, handler in former.items():
            signal.signal(number, handler)

    return release


def raise_file_limit() -> None:
    """Allow as many open files as the system lets us have: every client and every upstream is one."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        except (ValueError, OSError):
            pass  # macOS says "unlimited" and refuses it


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on uvloop where there is one, else on asyncio's own loop."""
    try:
        from uvloop import new_event_loop
    except ImportError:
        return asyncio.run(main)
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(main)
