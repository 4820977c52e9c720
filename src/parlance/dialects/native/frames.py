"""A run as server-sent events, resumable at any byte.

Every event is one block with the id `<run>:<n>`; a reader that lost its connection sends the last id it has whole as
`Last-Event-ID` and gets what comes after it, in the same bytes as any other reader. Notices are blocks without an id:
they are worth seeing only while they are fresh, and are not told again.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from parlance.core.runs.marks import stored_mark
from parlance.core.runs.run import Run
from parlance.dialects.native.errors import problem
from parlance.dialects.table import SSE_TYPE, Reply, Request
from parlance.values import json_door
from parlance.values.errors import Fault, Kind
from parlance.values.events import Event
from parlance.values.notices import Notice

HEARTBEAT = b": keep-alive\n\n"
RUN_HEADER = b"parlance-run"
"""The run's id, for a client that wants to stop or resume it before its first event."""


def event_frame(run: Run, n: int, event: Event) -> bytes:
    """One event: its own fields behind its number and its time in microseconds."""
    at = run.at(n)
    stamp = "" if at is None else f'"at":{at},'
    head = f'id: {run.mark}:{n}\nevent: {event.__struct_config__.tag}\ndata: {{"n":{n},{stamp}'
    return head.encode() + json_door.encode(event)[1:] + b"\n\n"


def notice_frame(notice: Notice) -> bytes:
    """One notice."""
    return b"event: notice\ndata: " + json_door.encode(notice) + b"\n\n"


def streamed(run: Run, after: int = 0) -> Reply:
    """The reply that tells a run's events after number `after`; nothing is left to tell of one that is over: 204, at
    which a browser's `EventSource` stops asking."""
    headers = ((RUN_HEADER, run.id.encode()),)
    if run.ended is not None and after >= run.length:
        return Reply(status=204, headers=headers)
    return Reply(frames=_pieces(run, after), type=SSE_TYPE, headers=headers, heartbeat=HEARTBEAT)


async def _pieces(run: Run, after: int) -> AsyncGenerator[bytes, None]:
    """One piece of bytes for each batch. The head goes first: how a run fails is told by its last event."""
    yield b""
    try:
        async with aclosing(run.batches(after, notices=True)) as batches:
            async for first, events, notice in batches:
                piece = [event_frame(run, n, event) for n, event in enumerate(events, first)]
                if notice is not None:
                    piece.append(notice_frame(notice))
                yield b"".join(piece)
    except Fault as fault:
        yield b"event: problem\ndata: " + json_door.encode(problem(fault)) + b"\n\n"


def place(request: Request, run: Run) -> int:
    """The number of the last event the reader has: of `Last-Event-ID`, else of the parameter `after`, else 0.

    It is 0, so that the run is told whole, where the reader's events are of another telling of it: a run is stored in
    other events than those that came, and two processes may tell it in either way at the same time. Raises
    `Fault(invalid, code="bad_place")` for the id of another run and for an event that has not been yet.
    """
    last = request.headers.get("last-event-id")
    if last:
        id, _, number = last.rpartition(":")
        name = "Last-Event-ID"
    else:
        id, number, name = run.mark, request.query.get("after", "0"), "after"
    # Nobody's log has a million million events, and reading a longer number would cost the square of its length.
    known = number.isascii() and number.isdecimal() and len(number) <= 12
    if known and id != run.mark and id in (run.id, stored_mark(run.id)):
        return 0
    if id != run.mark or not known or int(number) > run.length:
        raise Fault(Kind.invalid, "This is not the place of an event of this run.", field=name, code="bad_place")
    return int(number)
