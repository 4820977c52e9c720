"""Sentences of a text, English or Chinese, with where they stand; and of an answer as it comes, wherever it is cut.

A sentence ends at a mark that ends one, or with its line; citation marks behind it on the same line are its own. It is
given out only when nothing that comes can change where it ends, so that the cuts of a stream make no difference.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from parlance.core.knowledge.asking.marks import BEGUN, RUN

LONGEST = 2000
"""Code points after which a sentence ends, whatever it says."""
_CLOSERS = "\"'”’»）)」』*_`"
_PAIRS = ("“", "”"), ("「", "」"), ("『", "』"), ("«", "»")
_STOP = re.compile(rf"(?:[!?。！？…]+|\.+)[{_CLOSERS}]*|\n")
_LINE_END = re.compile(r"[ \t\u3000]*\n")
_SHORT = re.compile(r"(?:^|[\s(])(?:[A-Z]|e\.g|i\.e|cf|vs|no|nos|fig|eq|sec|vol|pp?|dr|mr|mrs|ms|st|approx)$", re.I)
_COUNTED = re.compile(r"^[\s>*+\-]*\d{1,3}$")


class Sentence(NamedTuple):
    """A sentence with the citation marks behind it, and where it starts: code points from the beginning of the text."""

    start: int
    text: str


class Sentences:
    """Gives the sentences of a text that comes in pieces."""

    def __init__(self) -> None:
        self._held, self._start, self._seen = "", 0, 0

    def push(self, piece: str) -> Iterator[Sentence]:
        """The sentences that are whole with this piece."""
        self._held += piece
        yield from self._whole(last=False)

    def end(self) -> Iterator[Sentence]:
        """The rest."""
        yield from self._whole(last=True)
        if self._held:
            yield self._taken(len(self._held))

    def _whole(self, last: bool) -> Iterator[Sentence]:
        while True:
            stop, self._seen = _end(self._held, self._seen, last)
            if stop is None:
                return
            yield self._taken(stop)

    def _taken(self, stop: int) -> Sentence:
        taken = Sentence(self._start, self._held[:stop])
        self._start, self._held, self._seen = self._start + stop, self._held[stop:], 0
        return taken


def split(text: str) -> list[Sentence]:
    """The sentences of a whole text; joined they are the text."""
    reader = Sentences()
    return [*reader.push(text), *reader.end()]


def _end(text: str, seen: int, last: bool) -> tuple[int | None, int]:
    """Where the first sentence ends; `None` where that hangs on what is still to come, and from where to look on then.
    Before `seen` it does not end; `last` says that nothing comes.

    A line of a block quotation is one sentence: it is quoted as one.
    """
    quoted = text.lstrip(" ").startswith(">")
    for found in _STOP.finditer(text, seen, LONGEST):
        stop = found.end()
        if found.group() == "\n":
            return stop, 0
        if quoted:
            continue
        if stop >= len(text):
            return None, found.start()  # more of the same may follow; at the end of all it is the rest
        if found.group()[:2] in ("…", "……", "..") and _is_open(text[:stop]):
            continue  # it leaves something out of what is quoted
        if found.group()[0] in ".!?" and not _ends(text, found.start(), stop):
            continue
        if run := RUN.match(text, stop):
            stop = run.end()
        rest = BEGUN.match(text, stop)
        if rest is not None and rest.end() == len(text) and not last:
            return None, found.start()
        return _with_line(text, stop), 0
    return (LONGEST, 0) if len(text) > LONGEST else (None, len(text))


def _is_open(text: str) -> bool:
    """Whether a quotation has begun and not ended."""
    return text.count('"') % 2 == 1 or any(text.count(one) > text.count(other) for one, other in _PAIRS)


def _ends(text: str, dot: int, stop: int) -> bool:
    """Whether a full stop or the like ends a sentence: not in a number or an address, or behind a short form."""
    after = text[stop]
    if (after.isalnum() and after.isascii()) or after in "/_@-":
        return False
    if stop - dot > 1 or text[dot] != ".":
        return True
    return not (_SHORT.search(text[max(0, dot - 12) : dot]) or _COUNTED.match(text[:dot]))


def _with_line(text: str, stop: int) -> int:
    """A sentence that its line ends with takes the line's end as well."""
    blank = _LINE_END.match(text, stop)
    return blank.end() if blank else stop
