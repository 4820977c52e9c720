"""Parts of a content over HTTP: one range, validators, and how a name is told to a browser (RFC 9110, RFC 6266)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote

MOST_RANGE = 256
"""Characters in a `Range` header: more than any honest one needs, and thousands of ranges cost their reader alone."""
MOST_NAME = 150
"""Code points of a name that a browser is told."""
_RANGE = re.compile(r"bytes\s*=\s*(?:([0-9]+)\s*-\s*([0-9]+)?|-\s*([0-9]+))\s*", re.IGNORECASE)
_PLAIN = re.compile(r"[^A-Za-z0-9 ._()+,=@~-]")


class Span(NamedTuple):
    """From `start` up to and without `stop`."""

    start: int
    stop: int


def chosen(headers: Mapping[str, str], size: int, tag: str) -> Span | None:
    """The one range that is asked for; all of it where none is, where the content is another one by now (`If-Range`),
    and where several are, which RFC 9110 leaves open. `None` for one that cannot be: 416."""
    whole = Span(0, size)
    asked = headers.get("range")
    if asked is None or ("if-range" in headers and headers["if-range"].strip() != tag):
        return whole
    if len(asked) > MOST_RANGE:
        return None
    found = _RANGE.fullmatch(asked.strip())
    if found is None:
        return whole
    first, last, suffix = found.groups()
    if suffix is not None:
        return Span(max(0, size - int(suffix)), size) if int(suffix) and size else None
    start, stop = int(first), size if last is None else min(size, int(last) + 1)
    if last is not None and int(last) < int(first):
        return whole  # not a valid range at all: as if it had not been sent
    return Span(start, stop) if start < size else None


def unchanged(headers: Mapping[str, str], tag: str) -> bool:
    """Whether the client has this very content already (`If-None-Match`)."""
    known = headers.get("if-none-match", "")
    return known.strip() == "*" or tag in [one.strip().removeprefix("W/") for one in known.split(",")]


def disposition(name: str, *, inline: bool = False) -> bytes:
    """`Content-Disposition` with a name that is only a name: no path, no control, no character that turns the order of
    others; in ASCII for old browsers and in full beside it."""
    clean = "".join(_shown(letter) for letter in name).strip(" .")[-MOST_NAME:].strip(" .") or "file"
    plain, stem = _plain(clean), clean.rpartition(".")[0]
    if not plain or (stem and not _plain(stem)):  # a suffix alone is no name
        plain = f"file.{plain}" if plain else "file"
    word = "inline" if inline else "attachment"
    return f"{word}; filename=\"{plain}\"; filename*=UTF-8''{quote(clean, safe='')}".encode("ascii")


def _plain(text: str) -> str:
    return _PLAIN.sub("_", unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()).strip(" .")


def _shown(letter: str) -> str:
    """A letter as it may stand in a file's name: separators become `_`, controls, formats and surrogates nothing."""
    if letter in '/\\:*?"<>|':
        return "_"
    return "" if unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zl", "Zp", "Co", "Cn") else letter
