"""Which cut of a document is found, so that it can be cut anew while it is found as it was (decision 0018), and what
was found out besides its text, so that it need not be read once more for that.

The places of a cut's chunks begin at a multiple of one number: those of the first, at 0, stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping


# On SQLite all steps are one transaction, so that none is ever run twice.
def _column(said: str) -> Mapping[str, str]:
    there = f"ALTER TABLE documents ADD COLUMN IF NOT EXISTS {said}"
    return {"sqlite": f"ALTER TABLE documents ADD COLUMN {said}", "postgres": there, "mysql": there}


STEPS = (
    _column("cut {int} NOT NULL DEFAULT 0"),
    _column("layout_blob {id}"),
    _column("layout_size {int} NOT NULL DEFAULT 0"),
    "CREATE INDEX IF NOT EXISTS documents_by_layout ON documents (tenant, layout_blob)",
)
