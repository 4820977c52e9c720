"""Lines as the built-in engine reads them: one for each paragraph, heading, entry of a list and row of a table.

Text that was wrapped by hand breaks its lines anywhere, so a line that goes on in the next one is joined with it before
sentences are looked for. What only looks so stays apart: a line of its own is quoted too short, a joined one wrongly.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from unicodedata import east_asian_width

from parlance.engines.quote_ends import counts_on
from parlance.engines.quote_stopwords import EVERY

FENCE = re.compile(r"\s*(```|~~~)")
CODE = re.compile(r"(?: {4}|\t)\s*\S")
"""A line of code as Markdown has it without fences: it is given as it stands, while other lines lose their margin."""
_APART = re.compile(
    r"\s*(#{1,6}\s|>|\||[^|\n]+\s\|\s|[-*+•·]\s|\d{1,3}[.)]\s|[(（]?[一二三四五六七八九十]{1,3}[)）、]|[-=*_]{3,}\s*$|<\w)"
)
"""How what stands for itself begins: headings, quotes, rows, entries, rules, elements."""
_ENTRY = re.compile(r"\s*(>|[-*+•·]\s|\d{1,3}[.)]\s)")
"""Of these, what may go on in the next line."""
_ENDED = re.compile(r"[.!?。！？:：|…][\"'”’」』）)\]*_`]*$")
_OPEN = re.compile(
    r"[,，、;；]$|\b(?:a|an|and|as|because|but|if|nor|of|or|than|that|the|to|whether|which|whose|und|oder|dass|dem|den"
    r"|der|das|ein|eine|einen|einem|mit|von|für|et|ou|du|des|y|del|que|che|het|een|van)$",
    re.IGNORECASE,
)
_GOES_ON = re.compile(r"\s*[a-zß-öø-ÿ(（]")
_MARKED = re.compile(r"\s*[`\"“„«*_\[\d]")
_LAST = re.compile(r"([^\W\d_]+)$")
_WIDE = frozenset("WF")
_FULL = 40
"""Columns below which lines are short because they are lines, and not because a paragraph was wrapped."""
_SPARE = 4
"""Columns that a wrapped Chinese line may leave, where no line begins with a comma and a Latin word is kept whole."""


def unwrapped(text: str) -> Iterator[str]:
    """The lines of a text, those that one paragraph was wrapped into as one."""
    paragraph: list[str] = []
    fenced = listed = False
    for line in (*text.splitlines(), None):
        fence = FENCE.match(line or "")
        if fence or fenced or not (line and line.strip()):
            if paragraph and not listed and all(map(CODE.match, paragraph)):
                yield from paragraph
            elif paragraph:
                yield from _joined(paragraph)
                listed = any(map(_ENTRY.match, paragraph)) or (listed and paragraph[0][0].isspace())
            paragraph = []
            if line is not None:
                yield line
        else:
            paragraph.append(line)
        fenced ^= bool(fence)


def _joined(lines: Sequence[str]) -> Iterator[str]:
    """The lines between two empty ones."""
    width = max(map(_columns, lines))
    wrapped = width >= _FULL and any(
        _runs_on(above, below) and _GOES_ON.match(below) for above, below in pairwise(lines)
    )
    held = lines[0].strip()
    for above, below in pairwise(lines):
        if _runs_on(above, below) and (_says_so(above, below) or _is_full(above, below, width, wrapped)):
            held += ("" if _wide(held[-1]) and _wide(below.lstrip()[0]) else " ") + below.strip()
        else:
            yield held
            held = below.strip()
    yield held


def _runs_on(above: str, below: str) -> bool:
    """Whether a line may go on in the next one at all."""
    stands_alone = _APART.match(above) and not _ENTRY.match(above)
    if stands_alone or _ENDED.search(above.rstrip()):
        return False
    return not _APART.match(below) or counts_on(above, below)


def _says_so(above: str, below: str) -> bool:
    """Whether the words themselves say that it does. A long line that ends in a word which something follows
    goes on with what is marked or is a number, too."""
    if _GOES_ON.match(below) or _OPEN.search(above.rstrip()) or counts_on(above, below):
        return True
    last = _LAST.search(above.rstrip())
    return bool(_MARKED.match(below) and last and last.group(1).casefold() in EVERY and _columns(above) >= _FULL)


def _is_full(above: str, below: str, width: int, wrapped: bool) -> bool:
    """Whether the next line's first word found no room: in Chinese, where any sign may begin a line, or in a paragraph
    of which it is certain that it was wrapped."""
    if _wide(above.rstrip()[-1]) and _wide(below.lstrip()[0]):
        return width >= _FULL and _columns(above) + _SPARE >= width
    return wrapped and _columns(above) + 1 + _columns(below.split()[0]) > width


def _columns(line: str) -> int:
    return sum(1 + _wide(sign) for sign in line.rstrip())


def _wide(sign: str) -> bool:
    return east_asian_width(sign) in _WIDE
