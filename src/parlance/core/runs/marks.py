"""What the events of a run are numbered under, where that is not the run's own id."""

from __future__ import annotations


def stored_mark(id: str) -> str:
    """The `mark` of a run that is told as it is stored: its events are others than those that came."""
    return f"{id}.stored"
