"""Where a text may be cut: after separators, at the edges of regions, and where a unit is too long, at the best border
that there is."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from parlance.core.knowledge.chunking.regions import Region

_SENTENCE = re.compile(r"[.!?;…][\"'”’)\]]*\s+|[。！？；…][”’」』）]*")
_JOINERS = "\u200d\ufe0e\ufe0f"
"""What ties two characters to one that is seen: a joiner, and the selectors of a character's look."""
LONGEST_TIE = 16
"""Code points one visible character is looked at for; beyond that it is no character but a trick."""


class Cuts:
    """Where one text may be cut. `separators` in any order: whichever ends a unit, the cut is behind it."""

    def __init__(self, text: str, separators: Sequence[str], regions: Sequence[Region]) -> None:
        self.text = text
        self.regions = regions
        self._starts = [region.start for region in regions]
        self._stops = [region.stop for region in regions]
        wanted = sorted({one for one in separators if one}, key=len, reverse=True)
        pattern = f"(?:{'|'.join(map(re.escape, wanted))})+" if wanted else None
        self._separated = [found.end() for found in re.finditer(pattern, text)] if pattern else []

    def within(self, start: int, stop: int, size: int) -> list[int]:
        """The cuts from `start` to `stop`, both included, none further from the next than `size`."""
        inner = self._separated[bisect_right(self._separated, start) : bisect_left(self._separated, stop)]
        rough = [start, *self._spared(inner, start, stop, size), stop]
        fine = [start]
        for at in rough[1:]:
            if at - fine[-1] > size:
                fine.extend(self._refined(fine[-1], at, size))
            fine.append(at)
        return fine

    def overlapping(self, start: int, stop: int) -> Sequence[Region]:
        """The regions that have something in common with a piece."""
        return self.regions[bisect_right(self._stops, start) : bisect_left(self._starts, stop)]

    def _spared(self, inner: list[int], start: int, stop: int, size: int) -> list[int]:
        """The cuts without those inside regions that fit, and with the edges of regions that stand by themselves."""
        there = self.overlapping(start, stop)
        if not there:
            return inner
        kept: list[int] = []
        at = 0
        for region in there:
            first, last = bisect_right(inner, region.start, at), bisect_left(inner, region.stop, at)
            kept += inner[at:first]
            edges = [] if region.kind == "link" else [region.start]
            if region.stop - region.start > size:
                edges += self._lines(region, start, stop)
            edges += [] if region.kind == "link" else [region.stop]
            kept += [one for one in edges if start < one < stop and (not kept or one > kept[-1])]
            at = max(first, last)
        return kept + [one for one in inner[at:] if not kept or one > kept[-1]]

    def _lines(self, region: Region, start: int, stop: int) -> list[int]:
        """A region that is too long is cut between its lines: a table's rows stay whole."""
        at, last, found = max(region.start, start), min(region.stop, stop), []
        while 0 <= (at := self.text.find("\n", at, last)) < last - 1:
            at += 1
            if at >= region.head:
                found.append(at)
        return found

    def _refined(self, start: int, stop: int, size: int) -> list[int]:
        """Cuts inside a unit that is too long: at a line's, a sentence's or a word's end, else where it must."""
        found = []
        while stop - start > size:
            start = self._whole(start, self._border(start, start + size))
            found.append(start)
        return found

    def _border(self, start: int, most: int) -> int:
        """The best cut after `start`, at `most` or before it."""
        text, enough = self.text, start + (most - start) // 4
        if (line := text.rfind("\n", enough, most)) >= 0:
            return line + 1
        ends = [found.end() for found in _SENTENCE.finditer(text, enough, most)]
        if ends:
            return ends[-1]
        tail = text[enough:most].rsplit(None, 1)
        if text[most - 1].isspace() or len(tail) == 2:
            return most if text[most - 1].isspace() else most - len(tail[1])
        return untied(text, most, start)

    def _whole(self, start: int, at: int) -> int:
        """A cut inside a region that fits is moved before it."""
        there = self.overlapping(at, at)
        return there[0].start if there and start < there[0].start else at


def untied(text: str, at: int, start: int) -> int:
    """The place at or before `at` where no visible character is torn apart; `at` itself where there is none."""
    for place in range(at, max(start, at - LONGEST_TIE), -1):
        follows = text[place] if place < len(text) else " "
        tied = follows in _JOINERS or unicodedata.category(follows).startswith("M")
        if not tied and text[place - 1] != "\u200d":
            return place
    return at
