"""The life of a fake upstream: a port of its own on 127.0.0.1, a record of every call, and how to stop."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Self, TypeVar

from parlance.testing.upstreams import misbehave
from parlance.testing.upstreams.answers import Answer, block
from parlance.testing.upstreams.behaviours import BY_NAME, TEXTS, Behaviour, Scene
from parlance.testing.upstreams.calls import Bounds, Call
from parlance.testing.upstreams.scripts import Script
from parlance.testing.upstreams.wire import Connection, Exchange

Clock = Callable[[], float]


class Upstream:
    """A fake upstream. Subclasses say what it answers; use it as an asynchronous context manager.

    >>> async with MockOpenAI() as upstream:            # doctest: +SKIP
    ...     await ask(upstream.base_url)
    ...     assert upstream.calls[0].payload["model"] == "mock"

    `script`, `behaviour`, `key` and `healthy_paths` may be changed while it runs. `clock` gives seconds and must be
    monotonic; tests in the same process compare its times with their own `time.monotonic()`.
    """

    prefix = ""
    """What `base_url` adds to the origin."""

    def __init__(
        self,
        *,
        script: Script | None = None,
        behaviour: Behaviour = Behaviour.HEALTHY,
        key: str | None = None,
        clock: Clock = time.monotonic,
        bounds: Bounds | None = None,
    ) -> None:
        self.script = script or Script()
        self.behaviour = behaviour
        self.key = key
        """What `Authorization: Bearer` must carry; `None` lets everybody in."""
        self.healthy_paths: frozenset[str] = frozenset()
        """Paths that answer well whatever `behaviour` says; model names still count there."""
        self.calls: list[Call] = []
        self.canary_calls: list[Call] = []
        """Requests that followed a redirect: there must be none."""
        self.open_connections: set[Connection] = set()
        self.connections_made = 0
        self.bounds = bounds or Bounds()
        self._clock = clock
        self._errors: list[BaseException] = []
        self._sockets: list[socket.socket] = []
        self._servers: list[asyncio.Server] = []
        self._port = self._canary_port = 0

    # -- what tests look at

    @property
    def origin(self) -> str:
        """`http://127.0.0.1:<port>`."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def base_url(self) -> str:
        """What a client is configured with."""
        return self.origin + self.prefix

    @property
    def port(self) -> int:
        """0 before it starts."""
        return self._port

    @property
    def active(self) -> int:
        """Calls whose client still waits for the answer."""
        return sum(call.active for call in self.calls)

    @property
    def closed_early(self) -> list[Call]:
        """Calls whose client left before the answer was whole, in order of arrival."""
        return [call for call in self.calls if call.closed_early_at is not None]

    @property
    def closed_early_at(self) -> list[float]:
        """When those clients were seen leaving."""
        return [call.closed_early_at for call in self.calls if call.closed_early_at is not None]

    def calls_to(self, path: str) -> list[Call]:
        """The calls whose path ends so."""
        return [call for call in self.calls if call.path.endswith(path)]

    async def until(self, condition: Callable[[Self], bool], within: float = 5.0) -> None:
        """Wait until the condition holds of this upstream. Raises `TimeoutError` after `within` seconds."""
        async with asyncio.timeout(within):
            while not condition(self):
                await asyncio.sleep(0.002)

    # -- what subclasses say

    async def answer(self, call: Call, script: Script) -> Answer:
        """The healthy answer to a call; errors of the caller are answers too."""
        raise NotImplementedError

    def error(self, status: int, message: str) -> Any:
        """The body of an error in this API's shape."""
        raise NotImplementedError

    def error_frame(self, call: Call, message: str) -> bytes:
        """An error inside a stream in this API's shape."""
        raise NotImplementedError

    # -- life

    async def start(self) -> None:
        """Listen (or refuse, or hang, when that is the behaviour)."""
        listening = _bound_socket()
        self._sockets.append(listening)
        self._port = listening.getsockname()[1]
        if self.behaviour is Behaviour.CONNECT_HANG:
            self._sockets += _full_backlog(listening)
        elif self.behaviour is not Behaviour.REFUSED:
            self._servers.append(await self._serve(listening, self._handle))
            canary = _bound_socket()
            self._canary_port = canary.getsockname()[1]
            self._servers.append(await self._serve(canary, self._canary))

    async def stop(self) -> None:
        """Drop every connection. Raises what went wrong in a handler, so that no test passes over a broken fake."""
        for server in self._servers:
            server.close()
        for connection in list(self.open_connections):
            connection.reset()
        for taken in self._sockets:
            taken.close()
        self._servers.clear()
        self._sockets.clear()
        with contextlib.suppress(TimeoutError):
            await self.until(lambda upstream: not upstream.open_connections, within=2)
        if self._errors:
            raise ExceptionGroup("the fake upstream failed", [e for e in self._errors if isinstance(e, Exception)])

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    # -- wire.Recorder

    def now(self) -> float:
        """Seconds of the clock it was given."""
        return self._clock()

    def record(self, call: Call) -> None:
        """Keep the call and number it."""
        self.calls.append(call)
        call.number = len(self.calls)

    def report(self, error: BaseException) -> None:
        """Keep the error until `stop` raises it."""
        self._errors.append(error)

    # -- inside

    async def _serve(self, on: socket.socket, handler: Callable[[Exchange], Any]) -> asyncio.Server:
        def connected() -> Connection:
            self.connections_made += 1
            return Connection(self, handler)

        return await asyncio.get_running_loop().create_server(connected, sock=on, backlog=2048)

    async def _handle(self, exchange: Exchange) -> None:
        call = exchange.call
        behaviour = self._behaviour_of(call)
        scene = Scene(
            bounds=self.bounds,
            canary=f"http://127.0.0.1:{self._canary_port}{call.path}",
            error=self.error,
            error_frame=lambda message: self.error_frame(call, message),
        )
        await misbehave.play(behaviour, exchange, await self._healthy(call, behaviour), scene)

    async def _healthy(self, call: Call, behaviour: Behaviour) -> Answer:
        if self.key is not None and call.headers.get("authorization") != f"Bearer {self.key}":
            return block(self.error(401, "Incorrect API key provided."), status=401)
        script = self.script.told_by(call.told)
        if behaviour in TEXTS:
            script = Script(text=TEXTS[behaviour])
        try:
            return await self.answer(call, script)
        except (ValueError, TypeError, LookupError, AttributeError) as error:  # no JSON, or of another shape
            return block(self.error(400, f"Invalid request: {error!r}"), status=400)

    def _behaviour_of(self, call: Call) -> Behaviour:
        named = BY_NAME.get(call.told)
        if named is not None:
            return named
        return Behaviour.HEALTHY if call.path in self.healthy_paths else self.behaviour

    async def _canary(self, exchange: Exchange) -> None:
        self.calls.remove(exchange.call)
        self.canary_calls.append(exchange.call)
        await exchange.whole(200, "application/json", b'{"canary":true}')


def _bound_socket() -> socket.socket:
    """A socket on a free port, not yet listening: connecting is refused, and nobody else gets the port."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # asyncio sets TCP_NODELAY by it
    bound.bind(("127.0.0.1", 0))
    return bound


def _full_backlog(listening: socket.socket) -> list[socket.socket]:
    """Fill the backlog, so that the kernel drops further SYNs and connecting hangs. Returns what fills it."""
    listening.listen(0)
    filling = []
    for _ in range(4):  # a backlog of 0 holds one on Linux; others round up a little
        client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        client.setblocking(False)
        client.connect_ex(listening.getsockname())
        filling.append(client)
    return filling


U = TypeVar("U", bound=Upstream)


@contextlib.contextmanager
def in_thread(upstream: U) -> Iterator[U]:
    """Run the upstream on a loop of its own in a thread, for synchronous tests and servers in other processes."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="fake-upstream", daemon=True)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(upstream.start(), loop).result(timeout=10)
        yield upstream
    finally:
        try:
            asyncio.run_coroutine_threadsafe(upstream.stop(), loop).result(timeout=10)
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join(timeout=10)
            loop.close()
