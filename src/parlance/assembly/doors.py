"""From settings to what the listening side needs to know."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from parlance import __version__
from parlance.assembly.face import is_locked
from parlance.core.accounts.identity import Identity
from parlance.dialects.table import Dialect
from parlance.settings import schema
from parlance.transports.http.connection import Limits
from parlance.transports.http.door import CrossOrigin
from parlance.transports.http.guide import guide
from parlance.transports.http.site import sited


def spoken(
    door: schema.Door, dialects: Mapping[str, Dialect], settings: schema.Settings, identity: Identity
) -> tuple[Dialect, ...]:
    """The door's dialects, with the page and the pages about them; a locked door shows none but the one that says why,
    and a door that a front-end of its own has shows that one's."""
    named, locked = tuple(dialects[name] for name in door.dialects), partial(is_locked, door, settings, identity)
    if any(dialect.site for dialect in named):
        return named
    return (*sited(named, locked), guide(named, __version__, settings.server.base_path, locked))


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
