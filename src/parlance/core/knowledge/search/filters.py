"""Which documents a search looks at."""

from __future__ import annotations

from parlance.ports.knowledge import Documents
from parlance.values.knowledge import Base, Filter


async def ids_of(base: Base, wanted: Filter, documents: Documents) -> frozenset[str] | None:
    """The documents that a filter lets through; none where it lets all.

    They are looked up anew each time: what is said of a document may change without a change to what is found in its
    base.
    """
    if not wanted.metadata and wanted.sources is None:
        return None if wanted.documents is None else frozenset(wanted.documents)
    return await documents.matching(base.id, wanted)
