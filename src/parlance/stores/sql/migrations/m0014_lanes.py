"""Which lane a job is in (`ports/jobs.py`), so that those that wait for models have workers of their own."""

from __future__ import annotations

from collections.abc import Mapping


# On SQLite all steps are one transaction, so that none is ever run twice.
def _column(said: str) -> Mapping[str, str]:
    there = f"ALTER TABLE jobs ADD COLUMN IF NOT EXISTS {said}"
    return {"sqlite": f"ALTER TABLE jobs ADD COLUMN {said}", "postgres": there, "mysql": there}


STEPS = (
    _column("lane {id} NOT NULL DEFAULT ''"),
    "UPDATE jobs SET lane = 'models' WHERE kind IN ('draw_graph', 'sum_up', 'evaluate')",
    "CREATE INDEX IF NOT EXISTS jobs_due_in_lane ON jobs (tenant, state, lane, not_before)",
)
