"""Fetching what a user's URL names. Contract suite: `tests/contract/test_outbound_fetching.py`.

A `Fetcher` is the only road to an address that somebody other than the operator wrote down. Every implementation holds:

1. Only `http` and `https`, in their plain spelling: no user info, no backslash, no control character or white space,
   no percent sign in the host, no trailing dot, no number that is an address only to a lenient reader (`127.1`,
   `0x7f000001`, `2130706433`, `0177.0.0.1`), no character that becomes a digit or a dot when it is normalised.
2. A name is looked up once, all its addresses must be globally routable unicast, and a connection is opened to one of
   these very addresses: a second answer of the name server is never asked for.
3. Every redirect (at most five) is judged as a new URL; `https` never leads to `http`; headers given by the caller
   never reach another origin.
4. Bytes (as sent and as decompressed) and time are bounded.
5. Whatever is refused, closed, silent, unknown or not HTTP is the same `Fault(invalid)`, so that nobody can map a
   network by asking.

Origins that the operator configured are an exact allow-list (scheme, host, port) and may be private.
"""

from __future__ import annotations

from typing import Protocol

import msgspec


class Deadlines(msgspec.Struct, frozen=True):
    """How long, in seconds, each part of an exchange may take. `None` for `total` means no bound on the whole."""

    connect: float = 10.0
    """To get a connection: look-up, dial and TLS handshake together."""
    first_byte: float = 120.0
    """From the request being sent to the first byte of the answer's body: a model may think for this long."""
    between: float = 60.0
    """Between two pieces of the body. Time in which our own reader asked for a pause does not count."""
    total: float | None = None
    """For the whole exchange, pauses included."""


class Fetched(msgspec.Struct, frozen=True):
    """What came back, whole."""

    url: str
    """Where it was found after redirects."""
    status: int
    """The HTTP status; anything but a redirect that was followed."""
    media_type: str
    """Lower case, without parameters; empty when the server named none."""
    charset: str
    """Lower case, as the server named it; empty when it named none."""
    body: bytes
    """Decompressed."""


FETCHING = Deadlines(connect=10.0, first_byte=20.0, between=20.0, total=60.0)
"""A page or a picture is not a model: it is given a minute."""


class Fetcher(Protocol):
    """Reads one URL that a user named."""

    async def fetch(
        self,
        url: str,
        *,
        max_bytes: int,
        deadlines: Deadlines = FETCHING,
        accept: str = "*/*",
        headers: tuple[tuple[bytes, bytes], ...] = (),
    ) -> Fetched:
        """GET `url` and return the answer, whatever its status.

        Raises `Fault(invalid)` for everything that may not, cannot or does not answer properly in time (one message
        for all of it), `Fault(too_large)` above `max_bytes`, `Fault(cancelled)` when this server is shutting down.
        """
        ...
