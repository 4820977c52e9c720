"""Whether a full stop ends a sentence, by what stands before it and behind it; and whether a quotation goes on there.

Where that is uncertain the sentence goes on: one that is read with its neighbour must be borne out together with it,
while half of one says something else. Short forms are those of English, German and French.
"""

from __future__ import annotations

import re

from parlance.values.short_forms import AMOUNTS, CLOSING, DIVISIONS, GERMAN_MONTHS, LABELS, LEADING

FOLLOWING = 24
"""Code points of the word behind a stop that are waited for at most."""
_SHORT_FORMS = """
al bros co dept ed eds esp figs gen gov hon llc messrs misc mt rep rev sen sgt sr univ viz vols ph.d b.sc m.sc ed.d
dipl.-ing einschl insb rd u
apr c.-à-d cie éd ex réf tél
jan feb febr apr jun jul aug sept oct nov dec okt dez janv févr avr juil juill déc
"""
_SHORT = LEADING | LABELS | CLOSING | AMOUNTS | frozenset(_SHORT_FORMS.split())
_CAPITALS = """
Mar Mon Tue Tues Wed Thu Thur Thurs Fri Sep Capt Col Ave Rd Pres
"""
_NAMED = frozenset(_CAPITALS.split())
"""Short forms as they are written; without the capital these are words of their own, or none."""
_NUMBERED_FORMS = """
app arts ch chap col jg para sect ziff
"""
_BEFORE_NUMBERS = DIVISIONS | frozenset(_NUMBERED_FORMS.split())
_LAST_FORMS = """
llc co al sr bros ph.d m.d u.s u.k u.n u.s.a e.u b.c a.d d.c
"""
_MAY_END = CLOSING | AMOUNTS | frozenset(_LAST_FORMS.split())
"""Those that sentences end with, too: where the next word is one that sentences begin with."""
_OPENING_WORDS = """
The A An This That These Those There He She It We They You In On At After Before When While If But However
Der Die Das Den Dem Ein Eine Er Sie Es Wir Im Am Bei Nach Wenn Aber
Le La Les Un Une Il Elle Ils Elles Ce Cette Ces En Dans Mais
"""
_OPENING = frozenset(_OPENING_WORDS.split())
_COUNTED_WORDS = """
jahrhundert jahrhunderts jahrtausend jahrtausends weltkrieg weltkriegs auflage kapitel klasse lebensjahr obergeschoss
"""
_COUNTED = GERMAN_MONTHS | frozenset(_COUNTED_WORDS.split())
"""What German ordinals, which end with a full stop, stand before."""
_TOKEN = re.compile(r"(?<![^\s(\[{“”„«»\"'‘’*_/>])[^\s(\[{“”„«»\"'‘’*_/>]{1,12}$")
_INITIALS = re.compile(r"(?:[^\W\d_]\.-?)*[^\W\d_]")
_NUMBER = re.compile(r"\d{1,2}")
_LISTED = re.compile(r"[\s>*+\-]*\d{1,3}$")
_WORD = re.compile(r"[^\W\d_]+")
_MARK = re.compile("[\"'“”„‘’«»「」『』]")
_CLOSED_BY = {"“": "”", "„": "“”", "«": "»", "»": "«", "「": "」", "『": "』", "‘": "’", '"': '"', "'": "'"}


def is_inside(text: str, stop: int) -> bool:
    """Whether a mark that ends just before `stop` stands in a number or an address."""
    after = text[stop]
    return (after.isalnum() and after.isascii()) or after in "/_@-"


def ends(text: str, begin: int, dot: int, follows: int, *, last: bool) -> bool | None:
    """Whether the full stop at `dot` ends the sentence that begins at `begin`; behind it, its closing marks and
    citations, something stands at `follows`. `None` where that hangs on what is still to come."""
    found = _TOKEN.search(text[max(begin, dot - 13) : dot])
    token = found.group() if found else ""
    if _LISTED.match(text[begin:dot]):
        return False
    short, numbered = _is_short(token), bool(_NUMBER.fullmatch(token))
    if not (short or numbered or token.casefold() in _BEFORE_NUMBERS):
        return True
    next_to = text[follows : follows + 1]
    if token.casefold() in _BEFORE_NUMBERS and not short:
        return not next_to.isdigit()
    word = _WORD.match(text, follows, follows + FOLLOWING)
    if word is not None and word.end() == len(text) and not last and word.end() < follows + FOLLOWING:
        return None
    if numbered:
        return word is None or word.group().casefold() not in _COUNTED
    return token.casefold() in _MAY_END and word is not None and word.group() in _OPENING


def _is_short(token: str) -> bool:
    return bool(_INITIALS.fullmatch(token)) or token.casefold() in _SHORT or token in _NAMED


class Quotation:
    """Whether a quotation has begun and not ended, from the beginning of a sentence on."""

    def __init__(self, begin: int) -> None:
        self._begin = self._at = begin
        self._closers = ""

    def is_open(self, text: str, stop: int) -> bool:
        """Whether one goes on at `stop`, which never goes back; what stands there is known."""
        for found in _MARK.finditer(text, self._at, stop):
            mark, at = found.group(), found.start()
            before = text[at - 1] if at > self._begin else " "
            behind = text[at + 1 : at + 2] or " "
            if self._closers:
                if mark in self._closers and not (mark in "'’" and (behind.isalnum() or before.isspace())):
                    self._closers = ""
            elif _opens(mark, before, behind):
                self._closers = _CLOSED_BY[mark]
        self._at = max(self._at, stop)
        return bool(self._closers)


def _opens(mark: str, before: str, behind: str) -> bool:
    """Whether a mark begins a quotation: no sign for inches, no apostrophe, and none that only ends one."""
    if mark not in _CLOSED_BY or behind.isspace():
        return mark == "«"  # French puts a blank behind it
    if mark == '"':
        return not (before.isascii() and (before.isalnum() or before in ".,!?;:)]%"))
    if mark == "'":
        return not before.isalnum() and before not in ".,!?;:)]" and (behind.isupper() or not behind.isascii())
    return mark != "»" or before.isspace()
