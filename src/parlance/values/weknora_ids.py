"""Ids that were given elsewhere: of a WeKnora installation that moves in, and of its clients that choose their own."""

from __future__ import annotations

import re
from hashlib import sha256

_STAYS = re.compile(r"[a-z0-9][a-z0-9_-]{7,35}")
"""An id that stays: such as may stand in a path and in a file's name, alike on all systems (decision 0020)."""


def id_here(id: str) -> str:
    """The id that something has here: its own, where that can stay, and else one that is made of it, the same each
    time, so that all that names it still leads to it."""
    if _STAYS.fullmatch(id) is not None:
        return id
    made = sha256(f"weknora id {id}".encode("utf-8", "replace")).hexdigest()
    return f"{made[:8]}-{made[8:12]}-8{made[13:16]}-{'89ab'[int(made[16], 16) % 4]}{made[17:20]}-{made[20:32]}"
