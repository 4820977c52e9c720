"""What can be told of an ONNX graph without any library of it."""

from __future__ import annotations

import re
from mmap import mmap

_LOCATION = re.compile(rb"\x0a\x08location\x12")
"""The head of an entry of `external_data` (onnx.proto, TensorProto): its key, and the tag of the value that follows."""
_LONGEST = 255
"""Bytes of a file's name, on any file system."""


def external_files(graph: bytes | mmap) -> frozenset[str]:
    """The files in which a graph keeps weights outside of itself, as it names them."""
    found = set()
    for at in _LOCATION.finditer(graph):
        tail = graph[at.end() : at.end() + 2 + _LONGEST]
        if not tail:
            continue
        # A length of two bytes is a varint's: seven bits in each, the lower ones first.
        size, start = (tail[0], 1) if tail[0] < 128 or len(tail) < 2 else ((tail[0] & 127) | tail[1] << 7, 2)
        name = tail[start : start + size]
        if 0 < size <= _LONGEST and len(name) == size:
            found.add(name.decode("utf-8", "replace"))
    return frozenset(found)
