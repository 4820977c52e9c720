"""The headers that tell of a run, whatever the dialect."""

from __future__ import annotations

from parlance.core.runs.run import Run
from parlance.dialects.table import Headers

TRIMMED = b"x-parlance-trimmed"


def trimmed_headers(run: Run) -> Headers:
    """What was left out of the prompt and how many tokens that were, for wires that have no event for it."""
    if run.trimmed is None:
        return ()
    return ((TRIMMED, f"{run.trimmed.what}; tokens={run.trimmed.tokens}".encode("ascii", "replace")),)
