"""A run as a stream of frames: the status waits for the first word, failures afterwards are told in-band."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from parlance.core.runs.run import Run
from parlance.dialects.openai.answers import run_headers
from parlance.dialects.pieces import Pieces
from parlance.dialects.table import SSE_TYPE, Reply
from parlance.values.errors import Fault
from parlance.values.events import Event

PATIENCE = 10.0
"""Seconds a status may be withheld: a failure until then is an HTTP error, and no proxy gives up so soon."""
HEARTBEAT = b": keep-alive\n\n"


class Frames(Protocol):
    """What turns the events of one run into bytes."""

    def render(self, events: Iterable[Event]) -> bytes:
        """The frames of these events, with the end marker where they hold the end."""
        ...

    def failed(self, fault: Fault) -> bytes:
        """The frames that end a stream whose reader was dropped."""
        ...


async def streamed(run: Run, frames: Frames) -> Reply:
    """The reply that streams a run. Raises the `Fault` of a run that failed before it said anything."""
    begun = await run.begun(PATIENCE)
    return Reply(frames=pieces(run, frames, begun=begun), type=SSE_TYPE, headers=run_headers(run), heartbeat=HEARTBEAT)


def pieces(run: Run, frames: Frames, *, begun: bool) -> Pieces:
    """One piece of bytes for each batch of events. A run that has not `begun` sends the status ahead of them."""
    return Pieces(run, frames.render, frames.failed, begun=begun)
