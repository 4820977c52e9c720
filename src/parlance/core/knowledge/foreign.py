"""What other programs note for themselves of bases, documents and chunks, and no one else reads.

Each has its own name in it, so that one does not write over what another noted. Of documents the server keeps some of
the names for itself (`OWN`): those it reads, so nobody else writes there.
"""

from __future__ import annotations

from parlance.values import json_door
from parlance.values.errors import Fault, Kind, out_of_range
from parlance.values.folder_places import ALSO
from parlance.values.messages import Foreign

MOST_BYTES = 64 * 1024
"""Of all notes on one thing together, as JSON."""
SUMMARY = "summary"
OWN = frozenset({ALSO, SUMMARY})
"""What other folders brought a document, and what comes of summing it up."""
MOST_SKIPPED = 100_000_000


def merged(before: Foreign | None, given: Foreign) -> Foreign:
    """The notes with those that are given in place of what stood under their names. Raises `Fault(invalid)`."""
    after = {**(before or {}), **given}
    if len(json_door.encode(after)) > MOST_BYTES:
        raise out_of_range("foreign", f"at most {MOST_BYTES} bytes in all")
    return after


def noted(before: Foreign | None, given: Foreign | None) -> Foreign | None:
    """As `merged`, of a document, by somebody else. What was read there may be sent back. Raises `Fault(invalid)` for
    anything else under the server's own names."""
    if given is None:
        return before
    there = before or {}
    if kept := sorted(name for name in OWN & given.keys() if name not in there or given[name] != there[name]):
        said = f"The server keeps `{kept[0]}` for itself."
        raise Fault(Kind.invalid, said, hint="Leave it out.", field="foreign", code="bad_name")
    return merged(before, given)


def skipped(count: int) -> int:
    """How many entries of a list are left out, if so many may be. Raises `Fault(invalid)`."""
    if not 0 <= count <= MOST_SKIPPED:
        raise out_of_range("skip", f"a number from 0 to {MOST_SKIPPED}")
    return count
