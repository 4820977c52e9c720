"""Sizes, counts, ages and durations as Ollama's command line writes them, and numbers of things."""

from __future__ import annotations

import datetime
from math import floor

SECOND = 1_000_000_000
"""Nanoseconds."""
FAR_YEARS = 20
"""An end further away than this is `Forever`: what a `keep_alive` of -1 makes."""


def size(number: int) -> str:
    """Bytes in powers of 1000: `274 MB`, `4.7 GB`."""
    for power, unit in ((4, "TB"), (3, "GB"), (2, "MB"), (1, "KB")):
        value = number / 1000**power
        if value >= 1:
            return f"{value:.1f} {unit}" if value < 10 and value % 1 else f"{int(value)} {unit}"
    return f"{number} B"


def count(number: int) -> str:
    """A number of parameters: `133.70M`, `7B`."""
    for power, unit, places in ((3, "B", 1), (2, "M", 2), (1, "K", 0)):
        value = number / 1000**power
        if value >= 1:
            return f"{value:.{places if value % 1 else 0}f}{unit}"
    return str(number)


def counted(number: int, one: str, many: str = "") -> str:
    """So many things, by the word for one: `1 file`, `2 files`; `many` where that takes no `s`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def moment(text: object) -> datetime.datetime | None:
    """An instant of RFC 3339, with any number of decimals; None for none, and for the year 1 that stands for none."""
    if not isinstance(text, str) or not text:
        return None
    head, dot, rest = text.partition(".")
    if dot:
        digits = len(rest) - len(rest.lstrip("0123456789"))
        text = f"{head}.{rest[:digits][:6].ljust(6, '0')}{rest[digits:]}"
    try:
        found = datetime.datetime.fromisoformat(text)
    except ValueError:
        return None
    if found.year <= 1:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=datetime.UTC)


def distance(then: datetime.datetime | None, now: datetime.datetime) -> str:
    """How far an instant is: `3 days ago`, `4 minutes from now`, `Never`, `Forever`."""
    if then is None:
        return "Never"
    seconds = (now - then).total_seconds()
    if seconds >= 0:
        return f"{_about(seconds)} ago"
    return "Forever" if -seconds >= FAR_YEARS * 365 * 86_400 else f"{_about(-seconds)} from now"


def _about(seconds: float) -> str:
    whole, minutes = int(seconds), int(seconds // 60)
    hours = floor(seconds / 3600 + 0.5)
    if whole < 60:
        return "Less than a second" if whole < 1 else "1 second" if whole == 1 else f"{whole} seconds"
    if minutes < 60:
        return "About a minute" if minutes == 1 else f"{minutes} minutes"
    if hours < 48:
        return "About an hour" if hours == 1 else f"{hours} hours"
    days = hours // 24
    for below, length, word in ((14, 1, "days"), (60, 7, "weeks"), (730, 30, "months")):
        if days < below:
            return f"{days // length} {word}"
    return f"{days // 365} years"


def duration(nanoseconds: int) -> str:
    """A span as Go prints it: `0s`, `350ms`, `2.5s`, `1m30s`."""
    if nanoseconds < SECOND:
        for unit, length in (("ms", 1_000_000), ("µs", 1000)):
            if nanoseconds >= length:
                return _decimal(nanoseconds, length) + unit
        return f"{nanoseconds}ns" if nanoseconds else "0s"
    minutes, rest = divmod(nanoseconds, 60 * SECOND)
    hours, minutes = divmod(minutes, 60)
    text = f"{_decimal(rest, SECOND)}s"
    if hours or minutes:
        text = f"{minutes}m{text}"
    return f"{hours}h{text}" if hours else text


def _decimal(number: int, unit: int) -> str:
    """Exact decimals without zeros at the end; floats would round."""
    whole, rest = divmod(number, unit)
    decimals = str(rest).rjust(len(str(unit)) - 1, "0").rstrip("0")
    return f"{whole}.{decimals}" if decimals else str(whole)
