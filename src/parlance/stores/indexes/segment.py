"""A segment: what is found of some documents of one base, in one piece of memory or one file, never changed.

Chunks are rows, counted from 0; those of a document follow each other. A file is

    magic · length and CRC-32 of the head · head (JSON) · sections, each at a multiple of 64 bytes

in the byte order of the machine that made it, which the head tells: numbers are used where they lie, without copying.
The sections:

    documents, chunks, words   texts as UTF-8: `.at` where each begins (uint32, one more than there are), `.bytes`
    sorted                     documents by their ids (uint32)
    starts                     the first row of each document (uint32, one more than there are); words are sorted
    lengths                    words in each row (uint16; 65,535 is also more)
    postings                   where each word's rows begin (uint32, one more than there are)
    rows, times                of each word: its rows ascending (uint32), and how often it stands there (uint8)
    vectors, present           float32 for each row, zero where there is none; uint8: whether there is one
"""

from __future__ import annotations

import sys
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, Literal, Protocol, TypeAlias

import msgspec

from parlance.stores.indexes.words import SCHEME

MAGIC = b"PARLSEG1"
ALIGN = 64
Buffer: TypeAlias = bytes | bytearray | memoryview
Numbers: TypeAlias = "memoryview[int]"


class Damaged(Exception):
    """These bytes are no segment that this version can use."""


class Head(msgspec.Struct, frozen=True):
    """What the head of a segment says: `total` counts the words of all rows, `vectors` the rows that have one;
    `sections` have their place behind the head and their size, in bytes."""

    order: Literal["little", "big"]
    scheme: str
    dimension: int
    size: int
    crc: int
    total: int
    vectors: int
    sections: dict[str, tuple[int, int]]


class Neighbours(Protocol):
    """What knows which vectors lie near each other: see `net`."""

    @property
    def nbytes(self) -> int:
        """Bytes of its file."""
        ...

    def nearest(self, query: Any, most: int) -> Any:
        """About `most` rows that are nearest to a query, as arrays of numpy."""
        ...


class Texts(Sequence[bytes]):
    """Texts behind each other; `find` is for those that are sorted."""

    def __init__(self, at: Numbers, data: Buffer) -> None:
        self._at = at
        self._data = data

    def __len__(self) -> int:
        return len(self._at) - 1

    def __getitem__(self, place: int) -> bytes:  # type: ignore[override]
        return bytes(self._data[self._at[place] : self._at[place + 1]])

    def find(self, text: bytes) -> int:
        """Where this text stands, -1 where it does not."""
        place = bisect_left(range(len(self)), text, key=self.__getitem__)
        return place if place < len(self) and self[place] == text else -1


class Segment:
    """Reads a segment where it lies. Raises `Damaged`; `name` is its file's, empty for one in memory only."""

    def __init__(self, data: Buffer, name: str = "") -> None:
        self._data = memoryview(data)
        head, begin = _head(self._data)
        self._body = self._data[begin : begin + head.size]
        if head.order != sys.byteorder or head.scheme != SCHEME or len(self._body) != head.size:
            raise Damaged("it was made by another version or machine, or is not whole")
        if zlib.crc32(self._body) != head.crc:
            raise Damaged("its bytes are not those that were written")
        self._sections = head.sections
        self.name = name
        self.dimension = head.dimension
        self.total, self.with_vector = head.total, head.vectors
        """The words of all rows, and the rows that have a vector."""
        self.documents, self.chunks, self.words = map(self._texts, ("documents", "chunks", "words"))
        self.sorted, self.starts = self.numbers("sorted", "I"), self.numbers("starts", "I")
        self.lengths = self.numbers("lengths", "H")
        self.postings, self.rows = self.numbers("postings", "I"), self.numbers("rows", "I")
        self.times, self.present = self.numbers("times", "B"), self.numbers("present", "B")
        self.size = len(self.lengths)
        """Rows."""
        self.net: Neighbours | None = None
        """What finds near vectors without comparing all, once there is one (`nets`)."""

    @property
    def nbytes(self) -> int:
        """Bytes of the whole, and of its net."""
        return len(self._data) + (0 if self.net is None else self.net.nbytes)

    @cached_property
    def vectors(self) -> memoryview:
        """The bytes of all vectors."""
        return self._section("vectors")

    def numbers(self, name: str, kind: Literal["I", "H", "B"]) -> Numbers:
        """The numbers of a section: uint32, uint16 or uint8."""
        return self._section(name).cast(kind)

    def rows_of(self, document: int) -> range:
        """The rows of a document."""
        return range(self.starts[document], self.starts[document + 1])

    def document(self, id: str) -> int:
        """Which document has this id, -1 where none does."""
        sought = id.encode()
        place = bisect_left(self.sorted, sought, key=self.documents.__getitem__)
        if place < len(self.sorted) and self.documents[self.sorted[place]] == sought:
            return self.sorted[place]
        return -1

    def document_at(self, row: int) -> int:
        """Which document a row belongs to."""
        return bisect_left(self.starts, row + 1) - 1

    def _texts(self, name: str) -> Texts:
        return Texts(self.numbers(f"{name}.at", "I"), self._section(f"{name}.bytes"))

    def _section(self, name: str) -> memoryview:
        try:
            at, size = self._sections[name]
        except KeyError:
            raise Damaged(f"it has no {name}") from None
        return self._body[at : at + size]


def _head(data: memoryview) -> tuple[Head, int]:
    if len(data) < ALIGN or bytes(data[:8]) != MAGIC:
        raise Damaged("it does not begin as a segment")
    size, crc = int.from_bytes(data[8:12], "little"), int.from_bytes(data[12:16], "little")
    text = data[16 : 16 + size]
    if zlib.crc32(text) != crc:
        raise Damaged("its head is not whole")
    try:
        return msgspec.json.decode(text, type=Head), _aligned(16 + size)
    except msgspec.DecodeError:
        raise Damaged("its head cannot be read") from None


def packed(dimension: int, total: int, vectors: int, sections: Mapping[str, Sequence[Buffer]]) -> list[Buffer]:
    """The pieces of a segment, in order; each section is given in pieces, too. The numbers are those of `Head`."""
    places: dict[str, tuple[int, int]] = {}
    pieces: list[Buffer] = []
    at = crc = 0
    for name, section in sections.items():
        size = sum(map(len, section))
        places[name] = (at, size)
        for piece in (*section, bytes(_aligned(size) - size)):
            crc = zlib.crc32(piece, crc)
            pieces.append(piece)
        at += _aligned(size)
    head = msgspec.json.encode(Head(sys.byteorder, SCHEME, dimension, at, crc, total, vectors, places))
    front = MAGIC + len(head).to_bytes(4, "little") + zlib.crc32(head).to_bytes(4, "little") + head
    return [front + bytes(_aligned(len(front)) - len(front)), *pieces]


def texts_sections(name: str, texts: Iterable[bytes]) -> dict[str, Sequence[Buffer]]:
    """The two sections of texts."""
    at, data = array("I", [0]), bytearray()
    for text in texts:
        data += text
        at.append(len(data))
    return {f"{name}.at": [raw(at)], f"{name}.bytes": [data]}


def raw(numbers: array[int]) -> memoryview:
    """The bytes of numbers, where they lie."""
    return memoryview(numbers).cast("B")


def _aligned(size: int) -> int:
    return -(-size // ALIGN) * ALIGN
