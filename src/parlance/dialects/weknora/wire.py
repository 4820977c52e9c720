"""What all of this wire's values have in common: the base path, times, and pages."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Annotated

import msgspec

from parlance.dialects.table import Request
from parlance.values.errors import Fault, Kind
from parlance.values.time import SECOND

BASE = "/api/v1"
"""Before every path but that of `/health`."""
MOST_OF_A_PAGE, USUAL_PAGE = 100, 20
_INTEGER = re.compile(r"[+-]?[0-9]{1,9}")
_TIME = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?(Z|[+-][0-9]{2}:[0-9]{2})"
)
Whole = Annotated[int, msgspec.Meta(ge=0)]


class Paging(msgspec.Struct, frozen=True):
    """Which page is wanted, from 1 on, and how many entries it has."""

    page: int = 1
    page_size: int = USUAL_PAGE

    @property
    def offset(self) -> int:
        """Entries before the page."""
        return (self.page - 1) * self.page_size


PAGING = (
    ("page", "Which page, from 1 on."),
    ("page_size", f"Entries of a page, at most {MOST_OF_A_PAGE} (else {USUAL_PAGE})."),
)
"""The query parameters of a list, for its row."""


def paging(request: Request) -> Paging:
    """The page that a request wants: 0 and nothing are the usual one. Raises `Fault(invalid)` for any other that there
    cannot be, which is refused and not bent."""
    page, size = (_count(request.query.get(name, ""), name) for name in ("page", "page_size"))
    if size > MOST_OF_A_PAGE:
        raise _refused("page_size")
    return Paging(page or 1, size or USUAL_PAGE)


def _count(text: str, name: str) -> int:
    if not text:
        return 0
    if _INTEGER.fullmatch(text) is None or int(text) < 0:
        raise _refused(name)
    return int(text)


def _refused(name: str) -> Fault:
    bounds = f" to {MOST_OF_A_PAGE}" if name == "page_size" else " on"
    return Fault(
        Kind.invalid, f"The parameter {name} does not fit: from 1{bounds}.", field=name, code="page_out_of_range"
    )


def stamp(micros: int) -> str:
    """Microseconds since 1970 as Go writes a time: `2023-11-14T22:13:20.123456Z`, without zeros at its end."""
    whole = datetime.fromtimestamp(micros // SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    fraction = f".{micros % SECOND:06d}".rstrip("0").rstrip(".")
    return f"{whole}{fraction}Z"


def stamp_or_none(micros: int | None) -> str | None:
    """The same of a moment that may not have been."""
    return None if micros is None else stamp(micros)


def moment(text: str) -> int | None:
    """RFC 3339 with up to nine digits as microseconds since 1970 (a part of one counts as whole, so that what lies
    before a moment stays before it); `None` for anything else."""
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(found[at]) for at in range(1, 7))
    try:
        at = datetime(year, month, day, hour, minute, second, tzinfo=_zone(found[8]))
        micros = (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    except (ValueError, OverflowError):
        return None
    nanos = int((found[7] or "0").ljust(9, "0"))
    return micros + -(-nanos // 1000)


def _zone(text: str) -> timezone:
    if text == "Z":
        return UTC
    away = timedelta(hours=int(text[1:3]), minutes=int(text[4:6]))
    return timezone(-away if text[0] == "-" else away)
