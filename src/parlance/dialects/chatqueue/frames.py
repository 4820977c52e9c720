"""A run as this dialect's stream: one `data:` line of JSON and a blank line for each piece of text.

Only what the model says is told, not what it thinks. The pieces joined are the answer exactly, white space included,
whether it is fresh or from the cache.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing

import msgspec

from parlance.core.runs.fold import fold
from parlance.core.runs.run import Run
from parlance.values import json_door
from parlance.values.errors import Fault
from parlance.values.events import Delta, Ended, Event, Whole

UNSET = msgspec.UNSET


class Chunk(msgspec.Struct, frozen=True):
    """One frame: a piece of text, the end, or the end with an error. `request_id` is never set on this route."""

    content: str | msgspec.UnsetType = UNSET
    done: bool = False
    request_id: str | msgspec.UnsetType = UNSET
    cached: bool | msgspec.UnsetType = UNSET
    error: str | msgspec.UnsetType = UNSET


def frame(chunk: Chunk) -> bytes:
    """A chunk as it goes over the wire."""
    return b"data: " + json_door.encode(chunk) + b"\n\n"


def failed(fault: Fault) -> bytes:
    """The last frame of a stream that breaks off."""
    return frame(Chunk(done=True, error=f"Stream error: {fault.sentence()}"))


def rendered(run: Run, events: Iterable[Event]) -> bytes:
    """The frames of these events, with the last one where they hold the end."""
    return b"".join(_frame(run, event) for event in events)


def _frame(run: Run, event: Event) -> bytes:
    if isinstance(event, Delta):
        said = event.text if event.lane == "text" else ""
    elif isinstance(event, Whole):
        said = fold((event,)).text
    elif isinstance(event, Ended):
        if event.outcome == "complete":
            return frame(Chunk(done=True, cached=run.cached))
        return failed(run.fault(event))
    else:
        said = ""
    return frame(Chunk(said, cached=run.cached)) if said else b""


async def frames(run: Run, *, begun: bool) -> AsyncGenerator[bytes, None]:
    """The stream, in one piece for each batch of events. A run that has not `begun` sends the status ahead of them."""
    if not begun:
        yield b""
    try:
        async with aclosing(run.batches()) as batches:
            async for _, events, _ in batches:
                piece = rendered(run, events)
                if piece:
                    yield piece
    except Fault as fault:
        yield failed(fault)
