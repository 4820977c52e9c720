"""How the rows of this wire are made: each file has those of one area, below one path."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from parlance.dialects.table import Row


def rows_of(area: str, path: str) -> Callable[..., Row]:
    """What makes a `Row` of a method, the piece behind `path`, the name behind `weknora.<area>.`, and whatever else a
    `Row` has. One that `takes` something gets its body as bytes, if it does not say otherwise."""

    def row(method: str, piece: str, name: str, *rest: Any, **more: Any) -> Row:
        given = {"body": "bytes" if "takes" in more else "none", **more}
        return Row(method, path + piece, f"weknora.{area}.{name}", *rest, **given)

    return row
