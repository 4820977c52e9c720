"""Citation marks: `[1]`, `[1][2]`, `[1, 2]`, `[1-3]`, `【1】`, full width, and with a word for the passage in front."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

WIDEST_RANGE = 20
LONGEST = 300
"""Code points of a mark at most, and some more; an open bracket with more behind it is none."""
BLANKS = r"[ \t\u3000]{0,16}"
"""What may stand between a sentence and what follows on its line; more is a gap."""
OPENERS = "[【［"
"""What marks begin with, each."""
_OPEN, _SHUT = r"[\[【［]", r"[\]】］]"
_WORD = r"(?:passages?|sources?|段落|来源|文档|资料)"
_JOIN = r"(?:[,，、;；&\-–—~～至到和与]|and)"
_NUMBERS = rf"\d{{1,4}}(?:[ ]{{0,2}}{_JOIN}[ ]{{0,2}}(?:{_WORD}[ ]?)?\d{{1,4}}){{0,12}}"
_NOTE = r"(?:†[^\]】］\n]{0,30})?"
MARK = re.compile(rf"{_OPEN}[ ]?\^?(?:{_WORD}[ ]?)?#?({_NUMBERS})[ ]?{_NOTE}{_SHUT}", re.I)
RUN = re.compile(rf"(?:[ \t\u3000]{{0,3}}{MARK.pattern})+", re.I)
"""Marks one behind the other, with little between them."""
BEGUN = re.compile(rf"{BLANKS}(?:{_OPEN}[^\]】］\n]{{0,{LONGEST}}})?")
"""What may yet become a mark, where it is all that is left."""
_NUMBER = re.compile(r"\d+")
_RANGE = re.compile(r"(\d+)\s*[-–—~～至到]\s*(\d+)")


def numbers_in(marks: str) -> Iterator[int]:
    """The numbers of marks, in order, each once; a range gives all that it spans."""
    return _once(number for mark in MARK.finditer(marks) for number in _numbers(mark.group(1)))


def _numbers(listed: str) -> Iterator[int]:
    last = 0
    for found in _RANGE.finditer(listed):
        yield from map(int, _NUMBER.findall(listed[last : found.start()]))
        low, high = int(found.group(1)), int(found.group(2))
        yield from range(low, high + 1) if low <= high <= low + WIDEST_RANGE else (low, high)
        last = found.end()
    yield from map(int, _NUMBER.findall(listed[last:]))


def _once(numbers: Iterable[int]) -> Iterator[int]:
    yield from dict.fromkeys(numbers)
