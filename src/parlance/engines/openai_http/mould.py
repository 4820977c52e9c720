"""What the frames of one stream have in common, so that only their texts are read.

Servers repeat everything but the text in every frame of a stream. Once one frame was read strictly, a frame with the
same bytes before and behind its text must mean the same; so a burst of them is cut by one `split` and its texts are
read by one call. That takes 0.2 µs for each event in place of 1.3.
"""

from __future__ import annotations

import msgspec

from parlance.engines.openai_http.decoding import UNREADABLE, troubled

_KEYS = (b'"content":', b'"content": ')
_read = msgspec.json.Decoder(list[str]).decode
_read_one = msgspec.json.Decoder(str).decode
_encode = msgspec.json.encode


class Mould:
    """The bytes before (`head`) and behind (`tail`) the text, with what begins and ends a frame."""

    __slots__ = ("_between", "_head", "_tail")

    def __init__(self, head: bytes, tail: bytes) -> None:
        self._head = b"data: " + head
        self._tail = tail + b"\n\n"
        self._between = self._tail + self._head

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
        *pieces, last = data[size:].split(self._between)
        piece, whole, rest = last.partition(tail)
        if whole:
            pieces.append(piece)
        else:
            rest = head + last
        # A piece with another frame in it holds that one's tail, which closes what no text has opened: then, and were a
        # piece anything but one string, this would be no array of as many.
        texts = b"[%b]" % b",\n".join(pieces)
        if not pieces or troubled(texts):
            return [], data
        try:
            read = _read(texts)
        except UNREADABLE:
            return [], data
        return (read, rest) if len(read) == len(pieces) else ([], data)

    @staticmethod
    def _one(data: bytes, piece: bytes) -> tuple[list[str], bytes]:
        """A single frame, as a model at its own pace sends them."""
        if troubled(piece):
            return [], data
        try:
            return [_read_one(piece)], b""
        except UNREADABLE:
            return [], data
