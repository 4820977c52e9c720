"""From settings to what the listening side needs to know."""

from __future__ import annotations

from parlance.settings import schema
from parlance.transports.http.connection import Limits
from parlance.transports.http.door import CrossOrigin


def cross(chatqueue: schema.Chatqueue) -> CrossOrigin:
    """What pages of other origins may do with the chatqueue dialect."""
    return CrossOrigin(frozenset(chatqueue.cors_origins), chatqueue.cors_methods, chatqueue.cors_headers)


def limits(server: schema.Server) -> Limits:
    """The bounds of a connection."""
    return Limits(
        header_seconds=server.header_seconds,
        header_bytes=int(server.max_header_kb * 1024),
        body_seconds=server.body_seconds,
        keep_alive_seconds=server.keep_alive_seconds,
        connections=server.max_connections,
    )
