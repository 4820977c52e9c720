"""The numbers of a text, however they are written: in digits, in English words, in Chinese characters.

`3.5 million`, `3,500,000` and `三百五十万` are one number, and so are `1998` and `一九九八`. What has no scale keeps
its digits as they are, since 3.10 is another version than 3.1. A minus belongs to its number, and is none between two:
`-5`, `−5`, `minus five` and `零下五` are one number, `3-5` has none below zero. A date, a time, a part and a power
are one number each: `2021-05-03`, `10:30`, `1/3`, `10^6`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from parlance.core.knowledge.asking.folding import normal
from parlance.values.letters import HAN

_ONES = "zero one two three four five six seven eight nine ten"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_TEENS = "eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
_SMALL: Mapping[str, int] = {
    **{word: n for n, word in enumerate(_ONES.split())},
    **{word: n for n, word in enumerate(_TEENS.split(), 11)},
    **{word: 10 * n for n, word in enumerate(_TENS.split(), 2)},
}
_SCALES: Mapping[str, int] = {"hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
NUMBER_WORDS = frozenset({*_SMALL, *_SCALES, *(f"{scale}s" for scale in _SCALES)})
"""Words that are told as numbers, and so are no words of their own."""
_SCALES_ELSEWHERE: Mapping[str, int] = {
    **dict.fromkeys(("dozen", "dutzend", "docena", "dozzina", "douzaine", "dúzia"), 12),
    **dict.fromkeys(("tausend", "mille", "mila", "mil", "тыс", "тысяч", "тысячи"), 10**3),
    **dict.fromkeys(("millionen", "mio", "mill", "mn", "mln", "millones", "millón", "milhões", "milhão"), 10**6),
    **dict.fromkeys(("milioni", "milione", "млн", "миллион", "миллиона", "миллионов"), 10**6),
    **dict.fromkeys(("milliarden", "milliarde", "mrd", "bn", "milliard", "milliards"), 10**9),
    **dict.fromkeys(("miliardi", "miliardo", "млрд", "миллиард", "миллиарда", "миллиардов"), 10**9),
    **dict.fromkeys(("billionen",), 10**12),
}
"""What stands behind a number in digits, short or in other languages; in one that has it with an `s`, see above."""
_BEHIND: Mapping[str, int] = {**_SCALES, **{f"{word}s": n for word, n in _SCALES.items()}, **_SCALES_ELSEWHERE}
SCALE_WORDS = "|".join(sorted(_BEHIND, key=len, reverse=True))
_HAN_DIGITS: Mapping[str, int] = {
    **{one: n for n, one in enumerate("〇一二三四五六七八九")},
    **{"零": 0, "两": 2, "兩": 2},
}
_HAN_UNITS: Mapping[str, int] = {"十": 10, "百": 100, "千": 1000}
_HAN_SCALES: Mapping[str, int] = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}
HAN_NUMERALS = "".join((*_HAN_DIGITS, *_HAN_UNITS, *_HAN_SCALES))
_BIG = "".join((*_HAN_UNITS, *_HAN_SCALES))
_MINUS_WORDS = ("minus", "negative")
_COINS = "$€£¥"
_BELOW = rf"\b(?:{'|'.join(_MINUS_WORDS)})\s+|[负負]|零下"
# No sign where it joins: behind a letter or a digit, what closes a bracket or a unit, or a number with one Han unit.
_JOINED = rf"(?<![^\W_{HAN}])(?<![)\]%°])(?<![{HAN_NUMERALS}])(?<![\d{HAN_NUMERALS}][{HAN}])"
_MINUS = rf"(?:{_BELOW}|{_JOINED}[-−–][{_COINS}]?)[*_`]*"
_ENDS_IN_MINUS = re.compile(rf"(?:{_MINUS})$")
_EXACT = 28
"""Digits with which a decimal is exact."""
_LONGEST_RUN = 32
"""Words or Chinese numerals of one number that are counted up; more, which mean no sum, are taken as they are written:
Python writes no number of more than some thousand digits."""
_LONGEST_MINUS = 24
"""Code points of one with what stands before it and the blanks in it."""
_BEGINS = re.compile(rf"[{_COINS}]?\d|[{HAN_NUMERALS}]|(?:{'|'.join(sorted(NUMBER_WORDS))})\b")
_ONE_NUMBER = r"\d{4}-\d\d-\d\d(?!\d)|(?<!\d)\d{1,3}(?:[ '’]\d{3})+(?![\d'’])|\d+(?:[.,:/]\d+)*(?:\^-?\d+)?"
_DIGITS = re.compile(rf"({_MINUS})?({_ONE_NUMBER})(?:[ -]?({SCALE_WORDS}|k(?<=\dk))\b|\s?([{_BIG}]+))?")
_GROUPED = re.compile(r"\d{1,3}(?:[, '’]\d{3})+(?:\.\d+)?")
_BETWEEN = str.maketrans("", "", ", '’")
_PLAIN = re.compile(r"-?\d+(?:\.\d+)?")
_WORDS = re.compile(r"[a-z]+")
_HAN_RUN = re.compile(f"([负負]|零下)?([{HAN_NUMERALS}]+)")


def amounts(text: str) -> tuple[str, ...]:
    """The numbers in their order, each in one way of writing. A `one` or `一` by itself counts nothing."""
    return tuple(number for _, number in placed(normal(text)))


def placed(text: str) -> list[tuple[int, str]]:
    """The same of a text in common forms, each with where it begins."""
    plain = text.lower()
    found = [(match.start(), _in_digits(match)) for match in _DIGITS.finditer(plain)]
    rest = _DIGITS.sub(lambda match: ";" * len(match.group()), plain)
    found += _in_words(rest)
    found += [(match.start(), _in_han(*match.groups())) for match in _HAN_RUN.finditer(rest) if match.group() != "一"]
    return sorted(found)


def begins(text: str) -> bool:
    """Whether a folded text begins with a number, without its minus."""
    return _BEGINS.match(text) is not None


def is_below_zero(text: str, at: int) -> bool:
    """Whether the number that begins there has a minus before it."""
    before = text[max(0, at - _LONGEST_MINUS) : at]
    return _ENDS_IN_MINUS.search(normal(before).casefold()) is not None


def _in_digits(match: re.Match[str]) -> str:
    minus, digits, word, han = match.groups()
    digits = digits.translate(_BETWEEN) if _GROUPED.fullmatch(digits) else digits.replace(",", ".")
    digits = f"-{digits}" if minus else digits
    if not (word or han):
        return digits
    if not _PLAIN.fullmatch(digits) or len(digits + (han or "")) > _EXACT:
        return f"{digits} {word or han}"
    times = Decimal(1000 if word == "k" else _BEHIND[word] if word else 1)
    for one in han or "":
        times *= {**_HAN_UNITS, **_HAN_SCALES}[one]
    return f"{(Decimal(digits) * times).normalize():f}"


def _in_words(text: str) -> Iterator[tuple[int, str]]:
    """The numbers that are spelled in English, and where they begin: words in a row, at most an `and` or a hyphen
    between, behind a word for a minus or none."""
    run: list[str] = []
    start = last = 0
    for match in _WORDS.finditer(text):
        word, between = match.group(), text[last : match.start()]
        word = word[:-1] if word[:-1] in _SCALES else word
        last = match.end()
        if run and (between.strip(" -\n") or not (word in NUMBER_WORDS or word == "and")):
            yield from _spelled(start, run)
            run = []
        if word in NUMBER_WORDS or (word == "and" if run else word in _MINUS_WORDS):
            start = start if run else match.start()
            run.append(word)
    yield from _spelled(start, run)


def _spelled(start: int, run: list[str]) -> Iterator[tuple[int, str]]:
    below = run[:1] and run[0] in _MINUS_WORDS
    told = [word for word in run if word in NUMBER_WORDS]
    if not told or (told == ["one"] and not below):
        return
    if len(told) > _LONGEST_RUN:
        yield start, " ".join(run)
        return
    total = now = 0
    for word in told:
        if word in _SMALL:
            now += _SMALL[word]
        elif word == "hundred":
            now = (now or 1) * 100
        else:
            total, now = total + (now or 1) * _SCALES[word], 0
    yield start, f"{'-' if below else ''}{total + now}"


def _in_han(minus: str | None, run: str) -> str:
    """A number in Chinese characters; a row of digits without units is read digit by digit, as years are."""
    sign = "-" if minus else ""
    if not set(run) & set(_BIG):
        return sign + "".join(str(_HAN_DIGITS[one]) for one in run)
    if len(run) > _LONGEST_RUN:
        return sign + run
    total = section = digit = 0
    for one in run:
        if one in _HAN_DIGITS:
            digit = _HAN_DIGITS[one]
        elif one in _HAN_UNITS:
            section, digit = section + (digit or 1) * _HAN_UNITS[one], 0
        else:  # a scale is of what stands before it, and of all where that had a scale already
            scale, here = _HAN_SCALES[one], section + digit
            total, section, digit = total + here * scale if here else (total or 1) * scale, 0, 0
    return f"{sign}{total + section + digit}"
