"""What the frames of one stream have in common, so that only their texts are read.

Servers repeat everything but the text in every frame of a stream. Once one frame was read strictly, a frame with the
same bytes before and behind its text must mean the same; so a burst of them is cut at its line ends and its texts are
read by one call. That takes 0.2 µs for each event in place of 1.3. (Cut by one `split` at what stands between two texts
it took 0.5: CPython prepares a table for every single find of so long a word.)
"""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter

import msgspec

from parlance.engines.openai_http.decoding import LINE_FEED, UNREADABLE, troubled

_KEYS = (b'"content":', b'"content": ')
_read = msgspec.json.Decoder(list[str]).decode
_read_one = msgspec.json.Decoder(str).decode
_encode = msgspec.json.encode


class Mould:
    """The bytes before (`head`) and behind (`tail`) the text, with what begins and ends a frame."""

    __slots__ = ("_between", "_head", "_tail", "_text")

    def __init__(self, head: bytes, tail: bytes) -> None:
        self._head = b"data: " + head
        self._tail = tail + b"\n\n"
        self._between = self._tail + self._head
        self._text: Callable[[bytes], bytes] = itemgetter(slice(len(self._head), 2 - len(self._tail)))

    @classmethod
    def of(cls, frame: bytes, text: str) -> Mould | None:
        """The mould of a frame that says nothing but this text; `None` where its place cannot be told for certain."""
        written = _encode(text)
        head, _, tail = frame.partition(written)
        # A quote inside a string is escaped, so what stands between bare quotes behind this key is the text itself.
        return cls(head, tail) if tail and head.endswith(_KEYS) and written not in tail else None

    def take(self, data: bytes) -> tuple[list[str], bytes]:
        """The texts of the frames at the beginning of `data` that fit, and what is left for a closer look."""
        head = self._head
        if not data.startswith(head):
            return [], data
        size, tail = len(head), self._tail
        if data.find(tail, size) == len(data) - len(tail) >= size:
            return self._one(data, data[size : -len(tail)])
        lines = data.split(b"\n")
        count = (len(lines) - 1) // 2
        while count and not self._fits(lines[2 * count - 2]):  # what ends an answer is the end of its burst
            count -= 1
        rest = b"\n".join(lines[2 * count :])
        pieces = list(map(self._text, lines[0 : 2 * count : 2]))
        # Put together again, the pieces have to be what they were cut from: else there was something else in between.
        if not pieces or self._between.join(pieces) != data[size : len(data) - len(rest) - len(tail)]:
            return [], data
        # A line end is no part of a text: were a piece anything but one string, this would be no array of as many.
        texts = b"[%b]" % b",\n".join(pieces)
        if troubled(texts):
            return [], data
        try:
            read = _read(texts)
        except UNREADABLE:
            return [], data
        return (read, rest) if len(read) == len(pieces) else ([], data)

    def _fits(self, line: bytes) -> bool:
        return line.startswith(self._head) and line.endswith(self._tail[:-2])

    @staticmethod
    def _one(data: bytes, piece: bytes) -> tuple[list[str], bytes]:
        """A single frame, as a model at its own pace sends them."""
        # A line end is white space to JSON, but here it ends a line, and what is behind it is another field.
        if LINE_FEED in piece or troubled(piece):
            return [], data
        try:
            return [_read_one(piece)], b""
        except UNREADABLE:
            return [], data
