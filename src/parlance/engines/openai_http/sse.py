"""Server-sent events out of bytes, however they are cut (WHATWG HTML, section 9.2.6).

A burst of frames of one `data:` line each, which is what chat streams are made of, is cut by one `split`. Anything else
(several lines, names, comments, carriage returns, a frame over two reads) goes line by line.
"""

from __future__ import annotations

from parlance.engines.openai_http.decoding import LINE_FEED, RETURN
from parlance.outbound.faults import line_too_long

MAX_FRAME = 8 * 1024 * 1024
"""Bytes one frame may hold: twice what a run may hold, since the last frame of a response repeats the whole text."""


class Alarm(bytes):
    """The data of an event that is named `error`."""


class Frames:
    """Gives the data of each whole frame. The byte order mark is the caller's to take off."""

    __slots__ = ("_after_return", "_data", "_held", "_name", "_pieces", "_size")

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        """Of a line that has not ended yet."""
        self._held = 0
        self._data: list[bytes] = []
        """The `data` lines of a frame that has not ended yet."""
        self._size = 0
        self._name = b""
        self._after_return = False

    @property
    def idle(self) -> bool:
        """Whether the next byte begins a frame."""
        return not (self._pieces or self._data or self._name or self._after_return)

    def feed(self, chunk: bytes) -> list[bytes]:
        """The data of every frame that `chunk` completes. Raises `Fault(upstream)` for a frame without end."""
        if not chunk:
            return []
        if self._after_return or RETURN in chunk:
            chunk = self._normal(chunk)
        found: list[bytes] = []
        start = 0
        while self._pieces or self._data or self._name:
            end = chunk.find(b"\n", start)
            if end < 0:
                self._hold(chunk[start:])
                return found
            self._line(b"".join((*self._pieces, chunk[start:end])) if self._pieces else chunk[start:end], found)
            start = end + 1
        self._blocks(chunk[start:] if start else chunk, found)
        return found

    def rest(self) -> list[bytes]:
        """What the stream ended in the middle of, as if it had been whole: some servers leave out the last line end."""
        found: list[bytes] = []
        self._line(b"".join(self._pieces), found)
        self._line(b"", found)
        return found

    def _normal(self, chunk: bytes) -> bytes:
        """Every line end as a line feed; one that was cut between two reads is still one."""
        if self._after_return and chunk[:1] == b"\n":
            chunk = chunk[1:]
            if not chunk:
                self._after_return = False
                return chunk
        self._after_return = chunk[-1:] == b"\r"
        return chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _blocks(self, chunk: bytes, found: list[bytes]) -> None:
        """Whole frames, and the beginning of the one that is not."""
        *blocks, rest = chunk.split(b"\n\n")
        for block in blocks:
            if block.startswith(b"data: ") and LINE_FEED not in block:
                found.append(block[6:])
                continue
            for line in block.split(b"\n"):
                self._line(line, found)
            self._line(b"", found)
        if rest:
            *lines, last = rest.split(b"\n")
            for line in lines:
                self._line(line, found)
            self._hold(last)

    def _hold(self, piece: bytes) -> None:
        if piece:
            self._pieces.append(piece)
            self._held += len(piece)
            self._check()

    def _line(self, line: bytes, found: list[bytes]) -> None:
        if self._pieces:
            self._pieces = []
            self._held = 0
        if not line:
            self._close(found)
        elif line.startswith(b"data:"):
            value = line[6:] if line[5:6] == b" " else line[5:]
            self._data.append(value)
            self._size += len(value) + 1
            self._check()
        elif line.startswith(b"event:"):
            self._name = line[6:].strip()
        elif line == b"data":
            self._data.append(b"")

    def _close(self, found: list[bytes]) -> None:
        """The frame is over; one without data is none."""
        if self._data:
            data = b"\n".join(self._data) if len(self._data) > 1 else self._data[0]
            found.append(Alarm(data) if self._name == b"error" else data)
            self._data = []
            self._size = 0
        self._name = b""

    def _check(self) -> None:
        if self._held + self._size > MAX_FRAME:
            raise line_too_long()
