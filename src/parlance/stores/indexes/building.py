"""Makes a segment of documents, a chunk at a time: nothing here holds the interpreter for long."""

from __future__ import annotations

import math
import time
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from parlance.ports.indexes import ChangedDocument
from parlance.stores.indexes.segment import Buffer, packed, raw, texts_sections
from parlance.stores.indexes.words import words_of

REST_EVERY = 8
"""Chunks between two rests: one or two milliseconds of work."""
REST_SECONDS = 0.0005
MOST_TIMES, MOST_WORDS = 255, 65_535
"""How often a word counts in a chunk, and how long a chunk can be: what the sections' numbers hold."""
Postings = tuple["array[int]", bytearray]


def rest() -> None:
    """Let the event loop have its turn: a thread that only computes gives way no sooner than after 5 ms."""
    time.sleep(REST_SECONDS)


class Building:
    """A segment that is being made. A document must not be added twice."""

    def __init__(self) -> None:
        self.documents: dict[str, None] = {}
        self._starts = array("I", [0])
        self._chunks: list[bytes] = []
        self._lengths = array("H")
        self._total = 0
        self._words: dict[str, Postings] = {}
        self._dimension = 0
        self._vectors: list[Buffer] = []
        self._present = bytearray()

    def __len__(self) -> int:
        """Rows."""
        return len(self._lengths)

    def add(self, document: ChangedDocument) -> None:
        """Add a document that has chunks."""
        self.documents[document.id] = None
        for chunk in document.chunks:
            if len(self) % REST_EVERY == 0:
                rest()
            self._chunks.append(chunk.id.encode())
            self._count(words_of(chunk.text))
            self._keep(chunk.vector)
        self._starts.append(len(self))

    def _count(self, words: Iterable[str]) -> None:
        row, counts = len(self), Counter(words)
        self._lengths.append(min(counts.total(), MOST_WORDS))
        self._total += self._lengths[-1]
        for word, times in counts.items():
            postings = self._words.get(word)
            if postings is None:
                postings = self._words[word] = (array("I"), bytearray())
            postings[0].append(row)
            postings[1].append(min(times, MOST_TIMES))

    def _keep(self, vector: bytes | None) -> None:
        """A vector of another length than the first, or one that is no number, is as good as none."""
        self._dimension = self._dimension or len(vector or b"") // 4
        fits = vector is not None and len(vector) == 4 * self._dimension and _is_finite(vector)
        self._present.append(fits)
        self._vectors.append(vector if vector is not None and fits else b"")

    def finish(self) -> list[Buffer]:
        """The pieces of the segment."""
        ids = [id.encode() for id in self.documents]
        words = list(_sorted(self._words))
        nothing = bytes(4 * self._dimension)
        at, rows, times = array("I", [0]), array("I"), bytearray()
        for number, word in enumerate(words):
            if number % 1024 == 0:
                rest()
            some, often = self._words[word]
            rows.extend(some)
            times += often
            at.append(len(rows))
        return packed(
            self._dimension,
            self._total,
            sum(self._present),
            {
                **texts_sections("documents", ids),
                **texts_sections("chunks", self._chunks),
                **texts_sections("words", (word.encode() for word in words)),
                "sorted": [raw(array("I", sorted(range(len(ids)), key=ids.__getitem__)))],
                "starts": [raw(self._starts)],
                "lengths": [raw(self._lengths)],
                "postings": [raw(at)],
                "rows": [raw(rows)],
                "times": [times],
                "present": [self._present],
                "vectors": [each or nothing for each in self._vectors] if self._dimension else [],
            },
        )


def _is_finite(vector: bytes) -> bool:
    numbers = array("f")
    numbers.frombytes(vector)
    return math.isfinite(sum(numbers))


def _sorted(words: Iterable[str]) -> Iterator[str]:
    """Words by their code points; by the first letter and then within, since a sort holds the interpreter."""
    drawers: dict[str, list[str]] = {}
    for word in words:
        drawers.setdefault(word[:2], []).append(word)
    for first in sorted(drawers):
        yield from sorted(drawers[first])


def joined(pieces: Sequence[Buffer]) -> bytes:
    """A small segment in memory."""
    return b"".join(pieces)
