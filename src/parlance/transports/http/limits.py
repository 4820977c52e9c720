"""What a client may take of a connection."""

from __future__ import annotations

import msgspec


class Limits(msgspec.Struct, frozen=True):
    """What a client may take. Seconds and bytes; `connections` is per listening address, `None` for no bound.

    A body may take `body_seconds` and a further second for every `body_rate` bytes that have come, so that an honest
    upload over a slow line goes on for as long as it moves, and one that drips does not.
    """

    header_seconds: float = 30.0
    header_bytes: int = 32 * 1024
    body_seconds: float = 60.0
    body_rate: int = 1024
    spill_bytes: int = 64 * 1024 * 1024
    """What is read and thrown away of a body nobody wants, so that its sender gets to read the answer."""
    keep_alive_seconds: float = 30.0
    connections: int | None = None
    sweep_seconds: float = 1.0
    flush_seconds: float = 30.0
    """How long a connection that is being closed may take to hand over what was already written."""
