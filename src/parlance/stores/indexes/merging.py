"""Makes one segment of several, without what has gone. Vectors are not copied before they are written."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from heapq import merge
from itertools import groupby
from operator import itemgetter

from parlance.stores.indexes.building import rest
from parlance.stores.indexes.parts import Part
from parlance.stores.indexes.segment import Buffer, Numbers, packed, raw, texts_sections

GONE = 0xFFFFFFFF
REST_EVERY = 256
"""Words between two rests: about a millisecond of work."""


def merged(parts: Sequence[Part]) -> list[Buffer]:
    """The pieces of a segment that holds what is there of these. All have the same dimension, or no vectors."""
    kept = [(part, document) for part in parts for document in range(len(part.segment.documents))]
    kept = [(part, document) for part, document in kept if document not in part.gone]
    dimension = max((part.segment.dimension for part in parts), default=0)
    starts = array("I", [0])
    for part, document in kept:
        starts.append(starts[-1] + len(part.segment.rows_of(document)))
    words, postings = _postings(parts, _numbers(parts))
    rows = [(part, part.segment.rows_of(document)) for part, document in kept]
    return packed(
        dimension,
        sum(part.words for part in parts),
        sum(part.vectors for part in parts),
        {
            **texts_sections("documents", (part.segment.documents[document] for part, document in kept)),
            **texts_sections("chunks", (part.segment.chunks[row] for part, some in rows for row in some)),
            **words,
            "sorted": [raw(_sorted(parts))],
            "starts": [raw(starts)],
            "lengths": [part.segment.lengths[some.start : some.stop].cast("B") for part, some in rows if some],
            **postings,
            "present": [part.segment.present[some.start : some.stop] for part, some in rows],
            "vectors": [_vectors(part, some, dimension) for part, some in rows],
        },
    )


def _vectors(part: Part, rows: range, dimension: int) -> Buffer:
    if not part.segment.dimension:
        return bytes(4 * dimension * len(rows))
    return part.segment.vectors[4 * dimension * rows.start : 4 * dimension * rows.stop]


def _numbers(parts: Sequence[Part]) -> list[array[int]]:
    """For each part the new number of each row, or `GONE`."""
    following, found = 0, []
    for part in parts:
        numbers = array("I", [GONE]) * part.segment.size
        for document in range(len(part.segment.documents)):
            if document not in part.gone:
                rows = part.segment.rows_of(document)
                numbers[rows.start : rows.stop] = array("I", range(following, following + len(rows)))
                following += len(rows)
        found.append(numbers)
    return found


def _sorted(parts: Sequence[Part]) -> array[int]:
    """The new numbers of the documents, by their ids."""
    following, streams = 0, []
    for part in parts:
        numbers = {}
        for document in range(len(part.segment.documents)):
            if document not in part.gone:
                numbers[document] = following
                following += 1
        streams.append(_by_id(part, numbers))
    return array("I", (number for _, number in merge(*streams)))


def _by_id(part: Part, numbers: dict[int, int]) -> Iterator[tuple[bytes, int]]:
    return ((part.segment.documents[each], numbers[each]) for each in part.segment.sorted if each in numbers)


def _postings(
    parts: Sequence[Part], numbers: Sequence[array[int]]
) -> tuple[dict[str, Sequence[Buffer]], dict[str, Sequence[Buffer]]]:
    """The sections of the words, and those of where they stand."""
    words: list[bytes] = []
    at, rows, times = array("I", [0]), array("I"), bytearray()
    streams = [_words(part, place) for place, part in enumerate(parts)]
    for word, places in groupby(merge(*streams), key=itemgetter(0)):
        for _, place, posting in places:
            _take(parts[place], numbers[place], posting, rows, times)
        if len(rows) > at[-1]:
            words.append(word)
            at.append(len(rows))
        if len(words) % REST_EVERY == 0:
            rest()
    return texts_sections("words", words), {"postings": [raw(at)], "rows": [raw(rows)], "times": [times]}


def _words(part: Part, place: int) -> Iterator[tuple[bytes, int, int]]:
    return ((word, place, posting) for posting, word in enumerate(part.segment.words))


def _take(part: Part, numbers: array[int], posting: int, rows: array[int], times: bytearray) -> None:
    start, stop = part.segment.postings[posting], part.segment.postings[posting + 1]
    old: Numbers = part.segment.rows[start:stop]
    often = part.segment.times[start:stop]
    if part.live is None:
        rows.extend([numbers[row] for row in old])
        times += often
        return
    for row, count in zip(old, often, strict=True):
        if numbers[row] != GONE:
            rows.append(numbers[row])
            times.append(count)
