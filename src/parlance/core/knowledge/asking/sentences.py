"""Sentences of a text in English, German, French or Chinese, with where they stand; and of an answer as it comes,
wherever it is cut.

A sentence ends at a mark that ends one (`endings`), or with its line; citation marks behind it on the same line are its
own. It is given out only when nothing that comes can change where it ends, so that the cuts of a stream make no
difference (but for lines with nothing on them, of which any number is one).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from parlance.core.knowledge.asking.endings import Quotation, ends, is_inside
from parlance.core.knowledge.asking.marks import BEGUN, BLANKS, RUN

LONGEST = 2000
"""Code points after which a sentence ends, whatever it says; and of marks behind it."""
_CLOSERS = "\"'”“’»«）)」』*_`"
_STOP = re.compile(rf"(?:[!?。！？…]+|\.+)[{_CLOSERS}]*|\n")
_LINE_END = re.compile(rf"{BLANKS}\n")
_NOTHING = re.compile(rf"(?:{BLANKS}\n)+")
_QUOTED = re.compile(r" {0,16}>")
_BLANK = re.compile(BLANKS)


class Sentence(NamedTuple):
    """A sentence with the citation marks behind it, and where it starts: code points from the beginning of the text."""

    start: int
    text: str


class Sentences:
    """Gives the sentences of a text that comes in pieces. With `quotations` one of several sentences is not parted,
    but where a sentence of it has marks of its own."""

    def __init__(self, *, quotations: bool = False) -> None:
        self._quotations = quotations
        self._held, self._start = "", 0
        """What has come since the last piece began, or is not over; and where in the text that begins."""
        self._at = self._seen = 0
        """Up to where sentences were given of it; and up to where the next one does not end."""

    @property
    def open(self) -> str:
        """The sentence that is not over."""
        return self._held[self._at :]

    def push(self, piece: str) -> Iterator[Sentence]:
        """The sentences that are whole with this piece; to be taken before the next one comes."""
        self._held = self._held[self._at :] + piece
        self._start, self._seen, self._at = self._start + self._at, max(0, self._seen - self._at), 0
        yield from self._whole(last=False)

    def end(self) -> Iterator[Sentence]:
        """The rest."""
        yield from self._whole(last=True)
        if self._at < len(self._held):
            yield self._taken(len(self._held))

    def _whole(self, last: bool) -> Iterator[Sentence]:
        while self._at < len(self._held):
            stop, self._seen = _end(self._held, self._at, max(self._at, self._seen), last, self._quotations)
            if stop is None:
                return
            yield self._taken(stop)

    def _taken(self, stop: int) -> Sentence:
        begin, self._at = self._at, stop
        return Sentence(self._start + begin, self._held[begin:stop])


def split(text: str) -> list[Sentence]:
    """The sentences of a whole text; joined they are the text."""
    reader = Sentences()
    return [*reader.push(text), *reader.end()]


def _end(text: str, begin: int, seen: int, last: bool, quotations: bool) -> tuple[int | None, int]:
    """Where the sentence that begins at `begin` ends; `None` where that hangs on what is still to come, and from where
    to look on then. Before `seen` it does not end; `last` says that nothing comes.

    A line of a block quotation is one sentence: it is quoted as one.
    """
    if nothing := _NOTHING.match(text, begin):
        return nothing.end(), 0
    quoted, quotation = _QUOTED.match(text, begin), Quotation(begin)
    for found in _STOP.finditer(text, seen, begin + LONGEST):
        if found.group() == "\n":
            return found.end(), 0
        if quoted:
            continue
        if found.end() >= len(text):
            return None, found.start()  # more of the same may follow; at the end of all it is the rest
        if found.group()[0] in ".!?" and is_inside(text, found.end()):
            continue
        run = RUN.match(text, found.end(), found.end() + LONGEST)
        stop = run.end() if run else found.end()
        rest = BEGUN.match(text, stop)
        if rest is not None and rest.end() == len(text) and not last:
            return None, found.start()
        if quotation.is_open(text, found.end()) and _is_quoted_on(text, begin, found, run is not None, quotations):
            continue
        over = _is_over(text, begin, found, stop, last)
        if over is None:
            return None, found.start()
        if over:
            return _with_line(text, stop), 0
    return (begin + LONGEST, 0) if len(text) - begin > LONGEST else (None, len(text))


def _is_quoted_on(text: str, begin: int, found: re.Match[str], marked: bool, quotations: bool) -> bool:
    """Whether this mark ends nothing, since it stands inside of a quotation: where that leaves something out, and with
    `quotations` everywhere but behind a sentence that has marks of its own."""
    if found.group()[:2] in ("…", "……", ".."):
        return True
    return quotations and not marked and not (found.start() > begin and text[found.start() - 1] in "]】］")


def _is_over(text: str, begin: int, found: re.Match[str], stop: int, last: bool) -> bool | None:
    """Whether the sentence is over here, it and the marks behind it up to `stop`. None is before a small letter."""
    mark, blank = found.group(), _BLANK.match(text, stop)
    follows = blank.end() if blank else stop
    if mark[0] in ".!?…" and text[follows : follows + 1].islower():
        return False
    if mark[0] != "." or len(mark) > 1:
        return True
    return ends(text, begin, found.start(), follows, last=last)


def _with_line(text: str, stop: int) -> int:
    """A sentence that its line ends with takes the line's end as well."""
    blank = _LINE_END.match(text, stop)
    return blank.end() if blank else stop
