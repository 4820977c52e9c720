"""One request and its answer on a connection: uvicorn's own cycle, begun with less, and the heads of its answers."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from parlance.transports.http.line import RawHeaders

if TYPE_CHECKING:
    from parlance.transports.http.connection import Connection

CHUNKED = (b"transfer-encoding", b"chunked")
END = b"0\r\n\r\n"
BODILESS = (204, 304)
ASGI: Mapping[str, Any] = {"type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "root_path": ""}
"""What the scope of every request begins with."""
_CLOSE = (b"connection", b"close")
_NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+").fullmatch
_CONTROLS = bytes([*range(9), *range(10, 32), 127])
"""What no header may hold but at its end: it could be read as a header, or an answer, more than there is."""
_NAMES = frozenset(
    {
        *(b"server", b"date", b"x-request-id", b"x-content-type-options", b"content-type", b"content-length"),
        *(b"transfer-encoding", b"cache-control", b"x-accel-buffering"),
        *(b"x-ratelimit-limit-requests", b"x-ratelimit-remaining-requests", b"x-ratelimit-reset-requests"),
        *(b"x-ratelimit-limit-tokens", b"x-ratelimit-remaining-tokens", b"x-ratelimit-reset-tokens"),
    }
)
"""Names that need no look: those of nearly every answer."""
Target = Mapping[str, Any]
Targets = Mapping[bytes, Target]


def head_of(status: int, headers: RawHeaders) -> bytes | None:
    """The head of an answer; `None` when it would not be what it seems, or has a connection closed behind it."""
    block = b"\r\n".join(map(b": ".join, headers))
    if _CLOSE in headers or len(block.translate(None, _CONTROLS)) != len(block) - 2 * (len(headers) - 1):
        return None
    if not _NAMES.issuperset(dict(headers)) and not all(_NAME(name) for name, _ in headers):
        return None
    return b"%b%b\r\n\r\n" % (STATUS_LINE[status], block)


def target_of(url: bytes) -> Target:
    """What ASGI says of a request's target."""
    parsed = httptools.parse_url(url)
    path = parsed.path.decode("ascii")
    query = parsed.query or b""
    return {"path": unquote(path) if "%" in path else path, "raw_path": parsed.path, "query_string": query}


def targets_of(paths: Iterable[str]) -> Targets:
    """The same of paths that are known beforehand, which saves most requests the look: those of a server's own rows
    that hold nothing of a request's. What clients ask for is not kept: paths and queries may hold secrets."""
    return {path.encode(): target_of(path.encode()) for path in paths if path}


class _Nobody(asyncio.Event):
    """The event of a request of which nobody waits for more."""

    def __init__(self) -> None:
        """Nothing is ever set, so that all can share it."""

    def set(self) -> None:
        """Nobody is to be woken."""


_NOBODY = _Nobody()


class Cycle(RequestResponseCycle):
    """One request on its way. Its event is made only where somebody waits for more of a body."""

    message_event: asyncio.Event = _NOBODY
    access_log = disconnected = response_started = response_complete = False
    more_body = True
    chunked_encoding: bool | None = None
    expected_content_length = 0

    def __init__(self, connection: Connection, scope: dict[str, Any], keep_alive: bool) -> None:
        # Not uvicorn's own: it takes eleven arguments, and an event that hardly anybody waits for. The connection is
        # not kept beyond the answer: the two would be left to the garbage collector.
        self.scope = scope  # type: ignore[assignment]
        self.transport = connection.transport
        self.flow = connection.flow
        self.logger = connection.logger
        self.default_headers = connection.server_state.default_headers
        self.on_response = connection.on_response_complete
        self.keep_alive = keep_alive
        self.waiting_for_100_continue = connection.expect_100_continue
        self.body = bytearray()

    async def receive(self) -> Any:
        """uvicorn's, with the event that it waits for."""
        if self.message_event is _NOBODY:
            self.message_event = asyncio.Event()
            if self.body or not self.more_body:
                self.message_event.set()
        return await super().receive()
