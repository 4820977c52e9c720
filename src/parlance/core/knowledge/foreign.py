"""What other programs note for themselves of bases, documents and chunks: nothing here reads it.

Each has its own name in it, so that one does not write over what another noted.
"""

from __future__ import annotations

from parlance.values import json_door
from parlance.values.errors import out_of_range
from parlance.values.messages import Foreign

MOST_BYTES = 64 * 1024
"""Of all notes on one thing together, as JSON."""
MOST_SKIPPED = 100_000_000


def merged(before: Foreign | None, given: Foreign) -> Foreign:
    """The notes with those that are given in place of what stood under their names. Raises `Fault(invalid)`."""
    after = {**(before or {}), **given}
    if len(json_door.encode(after)) > MOST_BYTES:
        raise out_of_range("foreign", f"at most {MOST_BYTES} bytes in all")
    return after


def skipped(count: int) -> int:
    """How many entries of a list are left out, if so many may be. Raises `Fault(invalid)`."""
    if not 0 <= count <= MOST_SKIPPED:
        raise out_of_range("skip", f"a number from 0 to {MOST_SKIPPED}")
    return count
