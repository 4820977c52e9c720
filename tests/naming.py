"""Names of what tests make."""

from __future__ import annotations

from uuid import uuid4


def fresh(name: str) -> str:
    """This name with an end of its own in each run: a test that failed is run once more at the same server, where what
    it made at first is still there."""
    return f"{name}-{uuid4().hex[:6]}"
