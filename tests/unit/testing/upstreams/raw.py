"""A client that shows an answer's bytes, so that the fakes are judged by what is on the wire."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import Any

import msgspec

from parlance.testing.upstreams import Upstream


@dataclass(frozen=True)
class Received:
    """What came back before the connection ended or the time was over."""

    raw: bytes
    ended: str
    """`fin`, `reset`, `hang` (time over), `whole` (as long as announced) or `stopped` (we had enough)."""

    @property
    def status(self) -> int:
        return int(self.raw.split(b" ", 2)[1])

    @property
    def headers(self) -> dict[str, str]:
        lines = self.raw.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")[1:]
        return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}

    @property
    def raw_body(self) -> bytes:
        return self.raw.partition(b"\r\n\r\n")[2]

    @property
    def body(self) -> bytes:
        """The body without chunk framing; a cut chunk as far as it came."""
        if "transfer-encoding" not in self.headers:
            return self.raw_body
        body, rest = b"", self.raw_body
        while rest:
            size, _, rest = rest.partition(b"\r\n")
            body += rest[: int(size, 16)]
            rest = rest[int(size, 16) + 2 :]
        return body

    def json(self) -> Any:
        return msgspec.json.decode(self.body)


async def ask(
    upstream: Upstream,
    method: str,
    path: str,
    body: Any = None,
    *,
    patience: float = 10.0,
    at_most: int = 8 << 20,
    headers: str = "",
) -> Received:
    """Send one request and read until the answer is whole, the connection ends, or nothing comes for `patience` s."""
    reader, writer = await asyncio.open_connection("127.0.0.1", upstream.port)
    sent = body if isinstance(body, bytes) else b"" if body is None else msgspec.json.encode(body)
    head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(sent)}\r\n{headers}\r\n"
    writer.write(head.encode() + sent)
    try:
        return await _received(reader, method, patience, at_most)
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def _received(reader: asyncio.StreamReader, method: str, patience: float, at_most: int) -> Received:
    raw = bytearray()
    while len(raw) < at_most:
        if _whole(bytes(raw), method):
            return Received(bytes(raw), "whole")
        try:
            async with asyncio.timeout(patience):
                data = await reader.read(1 << 16)
        except TimeoutError:
            return Received(bytes(raw), "hang")
        except ConnectionResetError:
            return Received(bytes(raw), "reset")
        if not data:
            return Received(bytes(raw), "fin")
        raw += data
    return Received(bytes(raw), "stopped")


def _whole(raw: bytes, method: str) -> bool:
    head, found, body = raw.partition(b"\r\n\r\n")
    if not found:
        return False
    length = next((line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), None)
    if length is not None:
        return method == "HEAD" or len(body) >= int(length.split(b":")[1])
    return b"\r\n0\r\n\r\n" in raw or method == "HEAD"
