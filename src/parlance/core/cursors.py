"""Cursors of lists: where a page ended, opaque to clients and bound to the filter that it was made for."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgspec

from parlance.ports.stores import FEW
from parlance.values.errors import Fault, Kind, out_of_range

T = TypeVar("T")
PAGE = 50
"""Entries of a page, unless the caller says how many."""
MOST_BYTES = 4096
"""A cursor holds a sort key and an id; what is longer is none of ours."""


def cursor(filter: object, *place: str | int) -> str:
    """The cursor of a page that ended at this place, in a list of this filter."""
    text = msgspec.json.encode([_mark(filter), *place])
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def place(filter: object, text: str, *kinds: type) -> tuple[Any, ...] | None:
    """Where a list goes on, of these types; `None` at its beginning. Raises `Fault(invalid)` for a cursor of another
    list, of another filter, or of nobody's making."""
    if not text:
        return None
    try:
        raw = base64.urlsafe_b64decode(text[:MOST_BYTES].encode("ascii") + b"==")
        mark, *found = msgspec.json.decode(raw, type=_tuple(str, *kinds))
    except (msgspec.DecodeError, UnicodeError, binascii.Error, RecursionError):
        raise _refused() from None
    if mark != _mark(filter):
        raise _refused()
    return tuple(found)


def page(
    filter: object, found: Sequence[T], limit: int, key: Callable[[T], tuple[str | int, ...]]
) -> tuple[tuple[T, ...], str | None]:
    """A page of a list that was asked for one entry more than the page has, and the cursor of the next one: `None`
    where there is none. `key` is an entry's place in the list."""
    kept = tuple(found[:limit])
    return kept, cursor(filter, *key(kept[-1])) if len(found) > limit else None


def within(limit: int, most: int = FEW - 1) -> int:
    """A page's size, if it is one that may be asked for: one entry more is read, to know whether there is another page.
    Raises `Fault(invalid)`."""
    if not 1 <= limit <= most:
        raise out_of_range("limit", f"a number from 1 to {most}")
    return limit


def _tuple(*kinds: Any) -> Any:
    return tuple[kinds]  # type: ignore[valid-type]


def _mark(filter: object) -> str:
    return hashlib.sha256(msgspec.json.encode(filter)).hexdigest()[:16]


def _refused() -> Fault:
    return Fault(
        Kind.invalid,
        "This cursor does not belong to this list.",
        hint="Begin again without a cursor, with the same filter for every page.",
        field="cursor",
        code="bad_cursor",
    )
