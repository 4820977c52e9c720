"""What an object store is asked and answers, over an HTTP client that is handed in, and who signs it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol
from urllib.parse import quote

import msgspec

SAFE = "-_.~"
"""What stays as it is in a path or a query, beside letters and digits (RFC 3986)."""
Query = tuple[tuple[str, str], ...]


class Ask(msgspec.Struct, frozen=True):
    """One request. `path` is as it was meant, not escaped; header names are in lower case; `most` bounds the answer's
    body in bytes."""

    method: str
    path: str
    query: Query = ()
    headers: Mapping[str, str] = {}
    body: bytes = b""
    most: int = 16 * 1024 * 1024

    @property
    def escaped(self) -> str:
        """The path as it is sent and signed."""
        return quote(self.path, safe=f"/{SAFE}")

    @property
    def target(self) -> str:
        """Path and query as they are sent."""
        query = "&".join(f"{quote(name, safe=SAFE)}={quote(value, safe=SAFE)}" for name, value in self.query)
        return f"{self.escaped}?{query}" if query else self.escaped


class Answer(msgspec.Struct, frozen=True):
    """What came back, whole. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Wire(Protocol):
    """The way to one origin."""

    @property
    def host(self) -> str:
        """Host and, where it is not the scheme's own, port: what stands in the `Host` header."""
        ...

    async def send(self, ask: Ask) -> Answer:
        """Send it as it is. Raises `Fault(upstream)` and `Fault(timed_out)`."""
        ...


class Signer(Protocol):
    """Says in headers who asks."""

    prefix: str
    """Of the headers that are this protocol's own, such as `x-amz-`."""
    unless_there: tuple[str, str]
    """The header that refuses to write over an object."""

    def signed(self, ask: Ask, host: str, now: int) -> Ask:
        """The same with what signs it. `now` in microseconds."""
        ...
