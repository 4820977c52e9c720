"""From `:name` parameters to what a driver takes."""

from __future__ import annotations

import re
from functools import lru_cache

_NAMED = re.compile(r"'[^']*'|(?<![:\w]):([a-z_][a-z0-9_]*)")
"""Either a literal, which stays as it is, or a parameter; a cast's double colon is neither."""
CACHED = 2048
"""Statements whose translation is kept: all of ours are a few hundred."""


@lru_cache(CACHED)
def numbered(sql: str) -> tuple[str, tuple[str, ...]]:
    """With `$1`, `$2`, …, and the names in that order, each once (PostgreSQL)."""
    names: list[str] = []

    def number(found: re.Match[str]) -> str:
        name = found[1]
        if name is None:
            return found[0]
        if name not in names:
            names.append(name)
        return f"${names.index(name) + 1}"

    return _NAMED.sub(number, sql), tuple(names)


@lru_cache(CACHED)
def positional(sql: str) -> tuple[str, tuple[str, ...]]:
    """With `%s` for each place, and the names in order, repeated as often as they stand there (MySQL)."""
    names: list[str] = []

    def place(found: re.Match[str]) -> str:
        if found[1] is None:
            return found[0]
        names.append(found[1])
        return "%s"

    return _NAMED.sub(place, sql.replace("%", "%%")), tuple(names)
