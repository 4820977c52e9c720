"""Request bodies: read whole under a cap, or handed over as they come under a limit.

A body that announces itself as too large is refused before a byte of it is read, so a client that waits for
`100 Continue` never sends it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from parlance.values.errors import Fault, Kind

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Left(asyncio.CancelledError):
    """The client left before its request was whole: whoever reads on is cancelled, as by a broken connection."""


async def whole(receive: Receive, headers: Mapping[str, str], limit: int) -> bytes:
    """The whole body. Raises `Fault` (too_large with code `body_too_large`, or invalid) and `Left`."""
    _check_announced(headers, limit)
    message = await receive()
    if message["type"] != "http.request":
        raise Left
    body: bytes = message.get("body", b"")
    if not message.get("more_body", False):
        if len(body) > limit:
            raise _too_large(limit)
        return body
    parts = bytearray(body)
    async for piece in _rest(receive):
        parts += piece
        if len(parts) > limit:
            raise _too_large(limit)
    return bytes(parts)


def come(body: bytes | None, headers: Mapping[str, str], limit: int) -> bytes | None:
    """A body that has come already, if it has. Raises as `whole` does."""
    _check_announced(headers, limit)
    if body is not None and len(body) > limit:
        raise _too_large(limit)
    return body


def upload(receive: Receive, headers: Mapping[str, str], limit: int) -> AsyncIterator[bytes]:
    """The body as it comes; whoever does not read on stops the client from sending on. Raises as `whole` does, for an
    announced size at once and else while it is read."""
    _check_announced(headers, limit)
    return _counted(receive, limit)


async def _counted(receive: Receive, limit: int) -> AsyncIterator[bytes]:
    size = 0
    async for piece in _rest(receive):
        size += len(piece)
        if size > limit:
            raise _too_large(limit)
        if piece:
            yield piece


async def _rest(receive: Receive) -> AsyncIterator[bytes]:
    more = True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise Left
        more = message.get("more_body", False)
        yield message.get("body", b"")


def _check_announced(headers: Mapping[str, str], limit: int) -> None:
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise Fault(
            Kind.unsupported,
            "Compressed bodies are not read.",
            hint="Send the body without a content-encoding.",
            code="unsupported_media_type",
        )
    length = headers.get("content-length")
    if length is not None and length.isdecimal() and int(length[:20]) > limit:
        raise _too_large(limit)


def _too_large(limit: int) -> Fault:
    return Fault(Kind.too_large, f"The body is larger than {limit} bytes.", code="body_too_large")
