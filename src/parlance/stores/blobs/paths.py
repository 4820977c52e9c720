"""From an id to a path: the only place where a name is joined to a folder."""

from __future__ import annotations

import re
from pathlib import Path

_ID = re.compile(r"[0-9a-f-]{0,62}[0-9a-f]{2}")


def is_id(name: str) -> bool:
    """Whether this can be a blob's id."""
    return _ID.fullmatch(name) is not None


def place(root: Path, id: str, suffix: str = "") -> Path:
    """Where a blob is: in one of 256 folders, by the end of its id, since ids begin with the time.

    Raises ValueError for what is not one of our ids, and for a path that leads out of `root` (by a link in it).
    """
    if not is_id(id):
        raise ValueError("This is not the id of a blob.")
    path = root / id[-2:] / f"{id}{suffix}"
    if not path.resolve().is_relative_to(root.resolve()):
        raise ValueError("The path of a blob leads out of its folder.")
    return path
