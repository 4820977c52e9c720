"""What is said of documents that are too much."""

from __future__ import annotations

from parlance.core.files.taking import Refusals, shown_size
from parlance.values.errors import Fault, Kind


def too_large(limit: int) -> Fault:
    """One document has more bytes than any may have."""
    said = f"A document may have at most {shown_size(limit)} here."
    return Fault(Kind.too_large, said, field="content", code="document_too_large")


def no_room(needed: int, left: int | None = None) -> Fault:
    """All documents of a tenant together would have more bytes than they may have; `left` where it was looked up."""
    there = "" if left is None else f" of the room for documents {left} bytes are left, and"
    return Fault(
        Kind.over_budget,
        f"There is no room for this document:{there} it needs {needed} bytes.",
        hint="Delete documents that are not needed any more, or ask an administrator for more room.",
        code="no_room_for_documents",
    )


REFUSALS = Refusals(too_large, no_room)
