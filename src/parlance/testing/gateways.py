"""A gateway and a watcher that remember, and a door served on a port of its own: what transport tests stand on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from parlance.core.operation import Operation
from parlance.transports.http.app import App
from parlance.transports.http.door import Door
from parlance.transports.http.gateway import Answered, Facts
from parlance.transports.http.heartbeats import Wheel
from parlance.transports.http.server import Address, Listener, serve
from parlance.values.accounts import Principal
from parlance.values.errors import Fault, Kind
from parlance.values.ids import RandomIds
from parlance.values.time import SystemClock

T = TypeVar("T")


class FakeCaller:
    """A caller whose operations are handled by one function, and which counts how often it was let go."""

    def __init__(self, principal: Principal | None, handle: Callable[[Any], Any]) -> None:
        self.principal = principal
        self.released = 0
        self._handle = handle

    async def __call__(self, operation: Operation[T]) -> T:
        """Whatever the function gives for the operation."""
        result: T = self._handle(operation)
        return result

    def stream(self, cut: Callable[[], object]) -> None:
        """Nobody's access ends here."""

    def release(self) -> None:
        """Count it."""
        self.released += 1


class FakeGateway:
    """Lets in those who say `token`, or who are local when `token` is `None`; keeps all facts and callers."""

    def __init__(self, token: str | None = None, handle: Callable[[Any], Any] = lambda operation: None) -> None:
        self.token = token
        self.facts: list[Facts] = []
        self.callers: list[FakeCaller] = []
        self._handle = handle

    def identify(self, facts: Facts) -> Principal:
        """A principal of the default tenant, or `Fault(unauthenticated)`."""
        self.facts.append(facts)
        if facts.token == self.token if self.token is not None else facts.local:
            return Principal(tenant="default", user="owner")
        raise Fault(Kind.unauthenticated, "A key is needed.", code="no_key")

    def caller(self, principal: Principal | None, request_id: str, facts: Facts | None = None) -> FakeCaller:
        """A new caller."""
        caller = FakeCaller(principal, self._handle)
        self.callers.append(caller)
        return caller


class RecordingWatcher:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.answers: list[Answered] = []
        self.failures: list[tuple[str, str, BaseException]] = []
        self.open_streams = 0

    def answered(self, answered: Answered) -> None:
        """Keep it."""
        self.answers.append(answered)

    def streams(self, delta: int) -> None:
        """Add it."""
        self.open_streams += delta

    def failed(self, request_id: str, where: str, error: BaseException) -> None:
        """Keep it."""
        self.failures.append((request_id, where, error))


class ServedDoor:
    """A door in service: `port` and `url` to call, `stop()` to begin the drain, `over` to wait for its end."""

    def __init__(self, app: App, gateway: FakeGateway, watcher: RecordingWatcher) -> None:
        self.app = app
        self.gateway = gateway
        self.watcher = watcher
        self.addresses: list[Address] = []
        self.stopping = asyncio.Event()
        self.over: asyncio.Task[None]

    @property
    def port(self) -> int:
        """The port the system chose."""
        return self.addresses[0].port

    @property
    def url(self) -> str:
        """The address as a link."""
        return self.addresses[0].url

    async def start(self, listener: Listener, serving: dict[str, Any]) -> None:
        """Listen, and return when it is ready. Raises what keeps it from being."""
        ready = asyncio.Event()

        def on_ready(addresses: list[Address]) -> None:
            self.addresses = addresses
            ready.set()

        serving = {"drain": _nothing_runs, "drain_seconds": 2.0, **serving}
        self.over = asyncio.create_task(
            serve([listener], on_ready=on_ready, stop=self.stopping, signals=False, **serving)
        )
        waiting = asyncio.create_task(ready.wait())
        await asyncio.wait([waiting, self.over], return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if self.over.done():
            self.over.result()

    def stop(self) -> None:
        """Begin the drain."""
        self.stopping.set()


async def _nothing_runs(seconds: float) -> None:
    """A drain that has nothing to end."""


@asynccontextmanager
async def served(
    door: Door, *, gateway: FakeGateway | None = None, silence: float = 15.0, **serving: Any
) -> AsyncIterator[ServedDoor]:
    """The door on a free port of 127.0.0.1, until the block ends. `serving` goes to `serve`, or (`tls_*`) to its
    listener; `silence` is the seconds before a heartbeat."""
    clock = SystemClock()
    watcher = RecordingWatcher()
    gateway = gateway or FakeGateway()
    app = App(door, gateway, watcher, Wheel(clock, silence), RandomIds(clock))
    here = ServedDoor(app, gateway, watcher)
    tls = {name: serving.pop(name) for name in ("tls_cert", "tls_key") if name in serving}
    await here.start(Listener(app, "127.0.0.1", 0, **tls), serving)
    try:
        yield here
    finally:
        here.stop()
        await here.over
