"""Undoing `Content-Encoding`, piece by piece, so that a small answer cannot become a large one unseen."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from parlance.outbound.faults import damaged, ended_early

PIECE = 64 * 1024
"""The most that is decompressed before the caller has looked at it."""

_GZIP, _ZLIB, _RAW = 31, 15, -15


class Inflater:
    """Decompresses gzip (any number of members) or deflate (with or without its zlib envelope)."""

    __slots__ = ("_fed", "_gzip", "_stream", "_waiting")

    def __init__(self, encoding: bytes) -> None:
        self._gzip = encoding != b"deflate"
        self._stream = zlib.decompressobj(_GZIP) if self._gzip else None
        self._waiting = b""
        self._fed = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The decompressed pieces of `data`, none longer than `PIECE`. Raises `Fault(upstream)` when it is damaged."""
        self._fed = True
        data = self._waiting + data
        self._waiting = b""
        full = False
        while data or full:
            if self._stream is None:
                if len(data) < 2:
                    self._waiting = data
                    return
                self._stream = zlib.decompressobj(_envelope(data))
            elif self._stream.eof:
                self._stream = self._next(data)
            try:
                piece = self._stream.decompress(data, PIECE)
            except zlib.error:
                raise damaged() from None
            data = self._stream.unused_data or self._stream.unconsumed_tail
            # A full piece may leave output inside the decoder although it took all its input.
            full = len(piece) == PIECE and not self._stream.eof
            if piece:
                yield piece

    def finish(self) -> None:
        """Raises `Fault(upstream)` when the compressed text broke off; no text at all is a whole one."""
        if self._fed and (self._stream is None or not self._stream.eof):
            raise ended_early()

    def _next(self, data: bytes) -> zlib._Decompress:
        """Another gzip member may follow the last one; nothing may follow a deflate stream."""
        if self._gzip:
            return zlib.decompressobj(_GZIP)
        raise damaged()


def _envelope(data: bytes) -> int:
    """Half of the servers that say deflate mean the bare stream: its first two bytes tell (RFC 1950, section 2.2)."""
    return _ZLIB if data[0] & 0x0F == 8 and (data[0] << 8 | data[1]) % 31 == 0 else _RAW
