"""A stage for dialect tests: a `do` that plays written events as real runs and remembers what it was asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import msgspec

from parlance.core.operation import Operation
from parlance.core.runs.flight import Flight, Work
from parlance.core.runs.run import Run
from parlance.dialects.table import Reply, Request
from parlance.values.accounts import Principal
from parlance.values.errors import Fault
from parlance.values.events import Event

CREATED = 1_700_000_000_500_000
OWNER = Principal("default", "owner")
IDS = [f"01932c07-209c-7a4e-9b6d-{n:012x}" for n in range(100)]


class StoppedClock:
    """A clock that stands still."""

    def now(self) -> int:
        """Microseconds."""
        return CREATED

    def monotonic(self) -> float:
        """Seconds."""
        return 1.0


def played(events: Sequence[Event | Fault], n: int = 0, model: str = "tiny", work: Work | None = None) -> Run:
    """A run whose engine pushes these events; a `Fault` among them is raised there. `work` takes the engine's place."""

    async def push(flight: Flight) -> None:
        for event in events:
            if isinstance(event, Fault):
                raise event
            flight.push(event)

    run = Run(IDS[n], OWNER, model, CREATED)
    flight = Flight(StoppedClock(), work or push, lambda _: None, _defect)
    run.board(flight)
    flight.start()
    return run


def _defect(error: Exception) -> None:
    raise AssertionError("the engine has a defect") from error


class Stage:
    """`do` for one test: `results` are given in turn, the last one again and again; a callable sees the operation."""

    def __init__(self, *results: Any) -> None:
        self.results = results
        self.asked: list[Any] = []

    async def __call__(self, operation: Operation[Any]) -> Any:
        """Play the next result."""
        at = min(len(self.asked), len(self.results) - 1)
        self.asked.append(operation)
        result = self.results[at]
        if isinstance(result, Fault):
            raise result
        if callable(result):
            return result(operation)
        if isinstance(result, list):
            return played(result, at, operation.ask.model if hasattr(operation, "ask") else "tiny")
        return result


def request(
    body: Any = None, method: str = "POST", path: str = "/", params: Mapping[str, str] | None = None
) -> Request:
    """A request with a JSON body."""
    raw = body if isinstance(body, bytes) else b"" if body is None else msgspec.json.encode(body)
    return Request(
        method,
        path,
        params=params or {},
        raw_query="",
        headers={},
        body=raw,
        content=None,
        id="r1",
        prefix="",
    )


Row = Callable[[Request, Any], Awaitable[Reply]]


async def answered(row: Row, body: Any, stage: Stage, **more: Any) -> Any:
    """The decoded body of a whole reply."""
    reply = await row(request(body, **more), stage)
    assert reply.frames is None
    return msgspec.json.decode(reply.body)


async def frames(row: Row, body: Any, stage: Stage) -> list[Any]:
    """The decoded `data:` of every frame of a streamed reply; `[DONE]` stays text."""
    reply = await row(request(body), stage)
    assert reply.frames is not None and reply.type == b"text/event-stream"
    raw = b"".join([piece async for piece in reply.frames]).decode()
    found = []
    for block in raw.split("\n\n")[:-1]:
        data = block.removeprefix("data: ") if block.startswith("data: ") else block.split("\ndata: ", 1)[1]
        found.append(data if data == "[DONE]" else msgspec.json.decode(data))
    return found
