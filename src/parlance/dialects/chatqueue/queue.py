"""`/api/chat-queue`: put an ask into the line, follow it by its id, take it out again.

The id is that of a detached run: its answer stays readable for ten minutes after its end. An id that is unknown and one
that is somebody else's get the same answer.
"""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal

import msgspec

from parlance.core.chat.operations import SendMessage
from parlance.core.runs.fold import fold
from parlance.core.runs.operations import LineState, ReadLine, ReadRun, StopRun
from parlance.core.runs.run import Run
from parlance.dialects.chatqueue.asks import LINE, POOL, Options, QueuedAsk, chat_ask
from parlance.dialects.chatqueue.chat import Spoken
from parlance.dialects.chatqueue.errors import empty
from parlance.dialects.table import Do, Reply, Request, Row
from parlance.values import json_door
from parlance.values.errors import Fault, Kind
from parlance.values.events import Ended

UNSET = msgspec.UNSET
Unset = msgspec.UnsetType
PATH = "/api/chat-queue"
State = Literal["queued", "processing", "completed", "failed", "cancelled", "not_found"]


class Place(msgspec.Struct, frozen=True):
    """A place in line when it was taken: positions from 1, the length with this ask in it, the wait in milliseconds."""

    queue_position: int
    queue_length: int
    estimated_wait_time: int
    is_processing: bool


class Queued(msgspec.Struct, frozen=True):
    """An ask that was taken into the line."""

    request_id: str
    status: Place


class Followed(msgspec.Struct, frozen=True):
    """Where an ask is now. Position 0 is being answered; `completed` says that nothing more will happen.

    `response` and `message` hold what was said, `error` why it is not all.
    """

    request_id: str
    status: State
    queue_position: int
    completed: bool
    queue_length: int | Unset = UNSET
    estimated_wait_time: int | Unset = UNSET
    is_processing: bool | Unset = UNSET
    response: str | Unset = UNSET
    message: Spoken | Unset = UNSET
    cached: bool | Unset = UNSET
    error: str | Unset = UNSET


class FollowedShown(Followed, frozen=True, kw_only=True):
    """What a GET may answer, for the OpenAPI document: without an id only the fields of `Length`."""

    request_id: str = ""
    status: State = "queued"
    queue_position: int = 0
    completed: bool = False


class Length(msgspec.Struct, frozen=True):
    """The line as a whole: how many wait, and whether one is being answered."""

    queue_length: int
    is_processing: bool


class Cancelled(msgspec.Struct, frozen=True):
    """Whether an ask was taken out of the line; only one that waits can be."""

    request_id: str
    cancelled: bool


class Named(msgspec.Struct, frozen=True):
    """The body that older clients send with DELETE."""

    request_id: str | None = msgspec.field(default=None, name="requestId")


class NamedShown(msgspec.Struct, frozen=True):
    """`Named` for the OpenAPI document, where an id can be required in one place only."""

    request_id: Annotated[str, msgspec.Meta(min_length=1)] = msgspec.field(name="requestId")


# -- taking a place ---------------------------------------------------------------------------------------------------


async def enqueue(options: Options, request: Request, do: Do) -> Reply:
    """Take a place in line and say which."""
    asked = json_door.decode(request.body, QueuedAsk)
    ask = chat_ask(asked, options, stream=True)
    run = await do(SendMessage(ask, detached=True, share=True, keep=True, line=LINE, pool=POOL))
    await _placed(run)
    line = await do(ReadLine(LINE))
    return Reply(json_door.encode(Queued(run.id, _place(run, line))))


async def _placed(run: Run) -> None:
    """Wait until the run has a place or a slot. Raises the `Fault` of a full line."""
    while run.place is None and run.flight is None:
        if run.ended is not None:
            raise run.fault(run.ended)
        await run.wait()


def _place(run: Run, line: LineState) -> Place:
    """The place of a run; one that found a slot free counts as the first of those that wait."""
    place = run.place
    if place is not None:
        return Place(place.position, place.length, place.wait_ms, False)
    going = run.ended is None
    return Place(1, line.waiting + 1, line.estimate_ms if going else 0, going)


# -- following --------------------------------------------------------------------------------------------------------


async def follow(request: Request, do: Do) -> Reply:
    """Say where an ask is, or without an id how long the line is."""
    id = request.query.get("requestId")
    if not id:
        line = await do(ReadLine(LINE))
        return Reply(json_door.encode(Length(line.waiting, line.serving > 0)))
    run = await _own(id, do)
    return Reply(json_door.encode(Followed(id, "not_found", 0, True) if run is None else _followed(run)))


async def _own(id: str, do: Do) -> Run | None:
    """The queued run of this id, if it is the caller's. A run that is not detached was never given an id here."""
    try:
        run = await do(ReadRun(id))
    except Fault as fault:
        if fault.kind is not Kind.missing:
            raise
        return None
    return run if run.detached else None


def _followed(run: Run) -> Followed:
    ended, place = run.ended, run.place
    if ended is not None:
        return _completed(run, ended)
    if place is None:
        return Followed(run.id, "processing", 0, False, is_processing=True)
    return Followed(run.id, "queued", place.position, False, place.length, place.wait_ms, False)


def _completed(run: Run, ended: Ended) -> Followed:
    said = fold(run.events()).text
    whole = ended.outcome in ("complete", "cut")
    status: State = "completed" if whole else "cancelled" if ended.outcome == "stopped" else "failed"
    return Followed(
        run.id,
        status,
        0,
        True,
        response=said if whole or said else UNSET,
        message=Spoken("assistant", said) if whole or said else UNSET,
        cached=run.cached if whole else UNSET,
        error=UNSET if ended.outcome in ("complete", "stopped") else run.fault(ended).sentence(),
    )


# -- leaving ----------------------------------------------------------------------------------------------------------


async def cancel(request: Request, do: Do) -> Reply:
    """Take an ask that waits out of the line."""
    id = request.query.get("requestId") or _named(request.body)
    if not id:
        return empty(400)
    run = await _own(id, do)
    stopped = run is not None and await do(StopRun(id, waiting_only=True))
    return Reply(json_door.encode(Cancelled(id, stopped)))


def _named(body: bytes) -> str | None:
    """The id in a body; one that cannot be read names nothing."""
    if not body:
        return None
    try:
        return json_door.decode(body, Named).request_id
    except Fault:
        return None


QUERY = (("requestId", "The id that the ask was given"),)


FIXED = (
    Row(
        "GET",
        PATH,
        "chatqueue.queue.read",
        follow,
        (ReadRun, ReadLine),
        "Where an ask is, or how long the line is",
        gives=FollowedShown,
        queries=QUERY,
    ),
    Row(
        "DELETE",
        PATH,
        "chatqueue.queue.remove",
        cancel,
        (ReadRun, StopRun),
        "Take an ask that waits out of the line",
        body="bytes",
        takes=NamedShown,
        gives=Cancelled,
        queries=QUERY,
        bare=(400,),
    ),
)
"""The routes that need no configuration."""


def rows(options: Options) -> tuple[Row, ...]:
    """The routes."""
    adding = Row(
        "POST",
        PATH,
        "chatqueue.queue.add",
        partial(enqueue, options),
        (SendMessage, ReadLine),
        "Put an ask into the line",
        body="bytes",
        takes=QueuedAsk,
        gives=Queued,
    )
    return (adding, *FIXED)
