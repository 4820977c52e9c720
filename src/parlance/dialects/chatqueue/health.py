"""`GET /health`, for a door where this dialect is alone."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from parlance.core.server.operations import ReadHealth
from parlance.dialects.table import Do, Reply, Request, Row
from parlance.values import json_door
from parlance.values.time import SECOND


class Health(msgspec.Struct, frozen=True):
    """The process answers. `timestamp` is RFC 3339 in UTC."""

    status: str
    timestamp: str


def stamp(now: int) -> str:
    """Microseconds since 1970 as `2025-01-30T10:00:00Z`."""
    return datetime.fromtimestamp(now // SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


async def health(request: Request, do: Do) -> Reply:
    """200 as long as the process lives, whatever its engines do."""
    return Reply(json_door.encode(Health("healthy", stamp(await do(ReadHealth())))))


ROWS = (
    Row(
        "GET",
        "/health",
        "chatqueue.health",
        health,
        (ReadHealth,),
        "Whether the process lives",
        gives=Health,
        open=True,
    ),
)
