"""Packing units into chunks: as many as fit, and the last whole ones again at the start of the next."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence


def packed(text: str, cuts: Sequence[int], size: int, overlap: int) -> Iterator[tuple[int, int]]:
    """Pieces of at most `size` code points that begin and end at cuts, which are no further apart than that.

    Each piece begins with the longest run of whole units of the one before that fits into `overlap` and leaves room
    for one more unit that says something. A unit of nothing but white space does not lead it, and is no reason for
    another piece: that would only say again what the one before says.
    """
    end = len(cuts) - 1
    first = _telling(text, cuts, 0, end)
    while first < end:
        last = bisect_right(cuts, cuts[first] + size) - 1
        yield cuts[first], cuts[last]
        last = _telling(text, cuts, last, end)
        if last == end:
            return
        first = bisect_left(cuts, max(cuts[last] - overlap, cuts[last + 1] - size), first + 1, last)
        first = _telling(text, cuts, first, last)


def _telling(text: str, cuts: Sequence[int], first: int, end: int) -> int:
    """The first unit from this one on that is more than white space; `end` where there is none before it."""
    while first < end and text[cuts[first] : cuts[first + 1]].isspace():
        first += 1
    return first


def trimmed(text: str, start: int, stop: int) -> tuple[int, int]:
    """A piece without blank lines before it and white space behind it; the same places twice where nothing is left."""
    piece = text[start:stop]
    stop = start + len(piece.rstrip())
    lead = len(piece) - len(piece.lstrip())
    return min(start + piece.rfind("\n", 0, lead) + 1, stop), stop
