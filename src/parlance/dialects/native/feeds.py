"""A user's feed as server-sent events, resumable by the number of the last one.

Every entry is one block with the id `feed:<n>`. A reader that was away too long, or during a restart, gets a `missed`
first: what it shows may be behind, and it reads its lists again. Without `Accept: text/event-stream` the answer is what
is held after a number, at once.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

import msgspec

from parlance.core.feeds.feed import Feed
from parlance.dialects.native.frames import HEARTBEAT
from parlance.dialects.table import SSE_TYPE, Reply, Request
from parlance.values import json_door
from parlance.values.errors import Fault, Kind
from parlance.values.feeds import FeedEntry


class FeedView(msgspec.Struct, frozen=True):
    """What was told after a number, oldest first, and the number of the last of it: where the next reading begins."""

    last: int
    entries: tuple[FeedEntry, ...]


def streamed(feed: Feed, request: Request) -> Reply:
    """What comes, and before it what was missed, where the reader says where it was."""
    return Reply(frames=_pieces(feed, _place(request)), type=SSE_TYPE, heartbeat=HEARTBEAT)


def shown(feed: Feed, request: Request) -> Reply:
    """What is held."""
    after = _place(request)
    entries = [] if after is None else feed.after(after)
    last = entries[-1][0] if entries else feed.last
    return Reply(json_door.encode(FeedView(last, tuple(entry for _, entry in entries))))


async def _pieces(feed: Feed, after: int | None) -> AsyncGenerator[bytes, None]:
    yield b""
    async with aclosing(feed.batches(after)) as batches:
        async for batch in batches:
            yield _frames(batch)


def _frames(batch: Sequence[tuple[int, FeedEntry]]) -> bytes:
    return b"".join(
        f'id: feed:{n}\nevent: {entry.__struct_config__.tag}\ndata: {{"n":{n},'.encode()
        + json_door.encode(entry)[1:]
        + b"\n\n"
        for n, entry in batch
    )


def _place(request: Request) -> int | None:
    """The number of the last entry that the reader has; none when it has not said. Raises `Fault(invalid)`."""
    last = request.headers.get("last-event-id")
    kind, _, number = last.rpartition(":") if last else ("feed", "", request.query.get("after", ""))
    if not last and not number:
        return None
    if kind != "feed" or not (number.isascii() and number.isdecimal()) or len(number) > 18:
        name = "Last-Event-ID" if last else "after"
        raise Fault(Kind.invalid, "This is not the place of an entry of a feed.", field=name, code="bad_place")
    return int(number)
