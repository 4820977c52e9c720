"""The net of a large segment's vectors: an HNSW graph (of the package `usearch`, the extra `hnsw`), in which a search
walks from neighbour to neighbour instead of comparing every vector. It says which rows are worth comparing; how near
they are is computed from the segment, as without it.

A net is a file beside its segment, and like it never changed: what usearch wrote, with vectors as bfloat16, and then

    JSON of `Tail` · its length and the CRC-32 of all before (uint32, little-endian) · magic

It is mapped, not read: the system takes its pages back when it needs the memory. Nothing here is imported before the
first net is wanted.
"""

from __future__ import annotations

import threading
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from parlance.stores.indexes.building import rest
from parlance.stores.indexes.segment import Damaged, Neighbours, Segment

MAGIC = b"PARLNET1"
NEIGHBOURS, WIDTH_OF_MAKING, WIDTH_OF_SEARCH = 16, 128, 256
"""Measured (decision 0034): twice the neighbours take twice as long to make, for the last half per cent of recall."""
TOGETHER = 256
"""Vectors that are added at once: a tenth of a second, after which it may be stopped."""
REST_EVERY = 512
"""Vectors that are saved or viewed between two rests: about half a millisecond."""
PIECE = 1 << 22
"""Bytes of a file that are read at once."""


class Tail(msgspec.Struct, frozen=True):
    """What the end of a file says of it."""

    segment: str
    scheme: str
    vectors: int


class Net:
    """A net that is searched. `index` is usearch's, and looks into `data`."""

    def __init__(self, index: Any, data: memoryview) -> None:
        self._index = index
        self._data = data
        self._turn = threading.Lock()

    @property
    def nbytes(self) -> int:
        """Bytes of the file."""
        return len(self._data)

    def nearest(self, query: Any, most: int) -> Any:
        """About `most` rows that are nearest to a query (an array of float32), in no promised order: an array."""
        with self._turn:  # usearch lends every caller the same scratch paper
            return self._index.search(query, most, threads=1).keys


class Weaver:
    """Makes nets, and opens what it made: by usearch, where that is installed. `rest` lets other threads go on."""

    def __init__(self, rest: Callable[[], None] = rest) -> None:
        self._rest = rest

    def is_there(self) -> bool:
        """Whether it can."""
        try:
            import usearch.index  # noqa: F401
        except ImportError:
            return False
        return True

    def opened(self, data: memoryview, segment: Segment) -> Neighbours:
        """Search in what `save` wrote for this segment. Raises `Damaged`."""
        tail, size = _tail(data)
        if tail != _tail_of(segment):
            raise Damaged("it was made of another segment, or by another version")
        index = _empty(segment.dimension)
        try:
            index.view(data[:size], progress=self._giving_way())
        except (RuntimeError, ValueError):
            raise Damaged("usearch cannot read it") from None
        if len(index) != tail.vectors:
            raise Damaged("it has lost vectors")
        return Net(index, data)

    def made(self, segment: Segment, numeric: Any, goes_on: Callable[[], bool]) -> Any:
        """usearch's index of all vectors of a segment; none once it shall not go on. `numeric` is the module numpy."""
        index = _empty(segment.dimension)
        rows = numeric.flatnonzero(numeric.frombuffer(segment.present, numeric.bool_)).astype(numeric.uint64)
        vectors = numeric.frombuffer(segment.vectors, numeric.float32).reshape(-1, segment.dimension)
        for first in range(0, len(rows), TOGETHER):
            if not goes_on():
                return None
            some = rows[first : first + TOGETHER]
            index.add(some, vectors[some], threads=1)
        return index

    def save(self, index: Any, segment: Segment, path: Path) -> None:
        """Write what `made` gave. Raises OSError."""
        try:
            index.save(path, progress=self._giving_way())
        except RuntimeError as error:
            raise OSError(f"usearch could not write: {error}") from None
        crc, text = 0, msgspec.json.encode(_tail_of(segment))
        with open(path, "r+b") as file:
            while piece := file.read(PIECE):
                crc = zlib.crc32(piece, crc)
            crc = zlib.crc32(text, crc)
            file.write(text + len(text).to_bytes(4, "little") + crc.to_bytes(4, "little") + MAGIC)

    def _giving_way(self) -> Callable[[int, int], bool]:
        """What usearch calls for each vector that it saves or views: it keeps the interpreter to itself meanwhile. It
        must not raise, which would end the process."""

        def counted(done: int, total: int) -> bool:
            if done % REST_EVERY == 0:
                self._rest()
            return True

        counted.__annotations__ = {"done": int, "total": int, "return": bool}  # usearch wants types, not their names
        return counted


def _tail_of(segment: Segment) -> Tail:
    import usearch

    return Tail(segment.name, f"usearch-{usearch.__version__.partition('.')[0]}-bf16-{NEIGHBOURS}", segment.with_vector)


def _tail(data: memoryview) -> tuple[Tail, int]:
    """What the tail says, and how many bytes stand before it."""
    size = int.from_bytes(data[-16:-12], "little")
    if len(data) < 16 + size or bytes(data[-8:]) != MAGIC:
        raise Damaged("it does not end as a net")
    if zlib.crc32(data[:-16]) != int.from_bytes(data[-12:-8], "little"):
        raise Damaged("its bytes are not those that were written")
    try:
        return msgspec.json.decode(data[-16 - size : -16], type=Tail), len(data) - 16 - size
    except msgspec.DecodeError:
        raise Damaged("its end cannot be read") from None


def _empty(dimension: int) -> Any:
    from usearch.index import Index

    return Index(
        ndim=dimension,
        metric="ip",
        dtype="bf16",
        connectivity=NEIGHBOURS,
        expansion_add=WIDTH_OF_MAKING,
        expansion_search=WIDTH_OF_SEARCH,
        enable_key_lookups=False,
    )
