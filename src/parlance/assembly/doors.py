"""From settings to what the listening side needs to know."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from parlance import __version__
from parlance.assembly.face import is_locked
from parlance.core.accounts.identity import Identity
from parlance.dialects.table import Dialect
from parlance.settings import schema
from parlance.transports.http.door import CrossOrigin
from parlance.transports.http.guide import guide
from parlance.transports.http.limits import Limits
from parlance.transports.http.site import sited

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
HEADERS = ("Origin", "Content-Type", "Accept", "Authorization", "X-API-Key", "X-Request-ID")
"""Methods and request headers of the pages that WeKnora's contract lets in."""


def spoken(
    door: schema.Door,
    dialects: Mapping[str, Dialect],
    aside: tuple[Dialect, ...],
    settings: schema.Settings,
    identity: Identity,
) -> tuple[Dialect, ...]:
    """The door's dialects, with the page and the pages about them and about those `aside`; a locked door shows none but
    the one that says why, and a door that a front-end of its own has shows that one's."""
    named, locked = tuple(dialects[name] for name in door.dialects), partial(is_locked, door, settings, identity)
    if any(dialect.site for dialect in named):
        return named
    return (*sited(named, locked), guide((*named, *aside), __version__, settings.server.base_path, locked))


def cross(settings: schema.Settings) -> dict[str, CrossOrigin]:
    """What pages of other origins may do with the dialects that have a word of their own about it."""
    chatqueue, weknora = settings.chatqueue, settings.weknora
    queue = CrossOrigin(frozenset(chatqueue.cors_origins), chatqueue.cors_methods, chatqueue.cors_headers)
    return {"chatqueue": queue, "weknora": CrossOrigin(frozenset(weknora.cors_origins), METHODS, HEADERS)}


def limits(server: schema.Server) -> Limits:
    """The bounds of a connection."""
    return Limits(
        header_seconds=server.header_seconds,
        header_bytes=int(server.max_header_kb * 1024),
        body_seconds=server.body_seconds,
        keep_alive_seconds=server.keep_alive_seconds,
        connections=server.max_connections,
    )
