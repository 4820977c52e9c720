"""Where sentences end, as the built-in engine sees it: not at a point within a word, in code, behind a short form
(`z. B.`, `Nr. 7`, `e.g.`), an initial or an ordinal (`20. November`, `im 3. Stock`)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from parlance.engines.quote_stopwords import EVERY
from parlance.values.short_forms import AMOUNTS, CLOSING, DIVISIONS, GERMAN_MONTHS, LABELS, LEADING

_STOP = re.compile(r"(?:[.!?]+[\"'”’“»)\]*_]*(?=\s)|[。！？]+[”’」』）》\"]*)")
_CODE = re.compile(r"(`+)[^`\n]+\1")
_LAST = re.compile(r"[^\s(\[{„“\"'«»]+$")
_BEFORE = re.compile(r"([^\W\d_]+)\s+$")
_COUNTED = re.compile(r"(?<!\d)\d{1,3}$")
_NEXT = re.compile(r"[^\W\d_]+")
_DAY = re.compile(r"(?<!\d)\d{1,2}\. ?$")
_DAY_MONTH = re.compile(r"\d{1,2}\.(?:\s|$)")
_YEAR = re.compile(r"(?:\d{2}){1,2}\b")
_MONTH = re.compile(rf"(?:{'|'.join(sorted(GERMAN_MONTHS | {'febr', 'mrz'}))})\b", re.I)
_LED_WORDS = """
der die das dem den des am im vom zum zur beim ab bis seit jede jeden jedem jeder jedes mein meine meinem meinen
meiner dein sein seine seinem seinen seiner ihr ihre ihrem ihren ihrer unser unsere unserem unseren eine einen einem
einer und
"""
_LED = frozenset(_LED_WORDS.split())
"""German words that lead to an ordinal; in English nobody writes one with a point."""
_NEVER_WORDS = """
z zb bspw frl mgr sr sra srta dra sig dott resp e.g i.e eg ie d.h z.b u.a i.d.r o.ä v.a m.e bijv d.w.z o.a mevr dhr
p.ej al
"""
_NEVER = LEADING | frozenset(_NEVER_WORDS.split())
"""Short forms that something always follows."""
_NUMBERED_WORDS = """
nº núm num s pag pág blz anm rn rz gem
"""
_NUMBERED = LABELS | DIVISIONS | frozenset(_NUMBERED_WORDS.split())
"""Short forms that a number follows, and which else are words or end a sentence."""
_SMALL_WORDS = """
ecc enz str std min sek jh jhd bd tel abt
"""
_SMALL = CLOSING | frozenset(_SMALL_WORDS.split())
"""Short forms that end a sentence only where another begins."""
_BACK, _ON = 100, 100
"""Code points around a mark by which it is judged: a word, an article, a date. A line of a whole file has thousands of
marks, and looking at all of it for each would keep everybody waiting."""


def split(line: str) -> Iterator[str]:
    """The sentences of a line."""
    masked = _CODE.sub(lambda code: "x" * len(code.group()), line)
    begins = 0
    for stop in _STOP.finditer(masked):
        start, end = stop.span()
        if _ends(masked[max(begins, start - _BACK) : start], stop.group(), masked[end : end + _ON].lstrip()):
            yield line[begins:end].strip()
            begins = end
    yield line[begins:].strip()


def _ends(said: str, stop: str, rest: str) -> bool:
    """Whether a mark ends what was said, by what comes."""
    if stop != "." or not rest:
        return True
    found = _LAST.search(said)
    word = found.group().casefold() if found else ""
    if counted := _COUNTED.search(word):
        return not _is_ordinal(said[: len(said) - len(counted.group())], word, rest)
    if word in _NEVER or (len(word) == 1 and word.isalpha()) or re.fullmatch(r"(?:[^\W\d_]\.)+[^\W\d_]", word):
        return word in _SMALL and not rest[0].islower()
    if word.rpartition("-")[2] in _NUMBERED or word.endswith("str"):
        return not rest[0].isdigit()
    if word in AMOUNTS:
        return _begins(rest)
    return not (word in _SMALL and (rest[0].islower() or rest[0].isdigit()))


def _is_ordinal(before: str, word: str, rest: str) -> bool:
    """Whether a number with a point counts something: before a small letter or a month, in a date, or where a German
    article or preposition leads to it. An entry of a list (`1. Mix`) is not cut from its number either."""
    if not before.strip(" \t>*-"):
        return word.isdigit()
    if not word.isdigit():
        return bool(re.fullmatch(r"\d{1,2}\.\d{1,2}", word)) and rest[0].islower()
    if rest[0].islower() or _MONTH.match(rest) or _DAY_MONTH.match(rest) or (_DAY.search(before) and _YEAR.match(rest)):
        return True
    led = _BEFORE.search(before)
    return bool(led and led.group(1).casefold() in _LED and not _begins(rest))


def _begins(rest: str) -> bool:
    """Whether what comes begins a sentence, and is no noun: `Das war der 3. Das war neu.`"""
    found = _NEXT.match(rest)
    return found is None or found.group().casefold() in EVERY


def counts_on(above: str, below: str) -> bool:
    """Whether a line that begins like a counted entry goes on with a date or an ordinal of the one above."""
    found = re.match(rf"\s*(\d{{1,3}})\.\s+(\S.{{,{_ON}}})", below)
    before = above[-_BACK:].strip()
    return bool(found and _is_ordinal(f"{before} ", found.group(1), found.group(2)) and before[-1:].isalpha())
