"""Times and durations as this wire has them: RFC 3339 with nine digits, and nanoseconds."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from parlance.core.runs.run import Run
from parlance.values.events import Usage
from parlance.values.time import SECOND

NEVER = "0001-01-01T00:00:00Z"
"""Go's time of nothing: Ollama's own clients show it as `Never`."""
_ZERO = re.compile(r"\s*[+-]?0*\.?0*(?:ns|us|µs|ms|s|m|h)?\s*")


def rfc3339(micros: int) -> str:
    """Microseconds since 1970 as `2023-11-14T22:13:20.123456000Z`."""
    whole = datetime.fromtimestamp(micros // SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{whole}.{micros % SECOND:06d}000Z"


def ended_at(run: Run) -> int:
    """When the last event of a run was logged, in microseconds."""
    log = run.flight.log if run.flight is not None else None
    return log.at(len(log)) if log else run.created


def timings(run: Run, usage: Usage | None) -> dict[str, Any]:
    """Counts and nanoseconds of a finished run: the engine's own, else measured from the run.

    Measured, `total_duration` is from the request to the end, `prompt_eval_duration` until the first word (waiting in
    line included) and `eval_duration` the rest. Counts that nobody knows are left out.
    """
    known = usage or Usage()
    total = known.total_ns or max(0, ended_at(run) - run.created) * 1000
    prompt = _until_first(run) if known.prompt_ns is None else known.prompt_ns
    shown: dict[str, Any] = {"total_duration": total, "load_duration": known.load_ns or 0}
    if usage is not None:
        shown["prompt_eval_count"] = usage.prompt
    shown["prompt_eval_duration"] = min(prompt, total)
    if usage is not None:
        shown["eval_count"] = usage.completion
    # An answer that came in one piece has no time between its words: then all of it was spent on them.
    shown["eval_duration"] = (
        (total - min(prompt, total) or total) if known.completion_ns is None else known.completion_ns
    )
    return shown


def is_zero(keep_alive: str | float | None) -> bool:
    """Whether a `keep_alive` means that the model is to be unloaded: 0 as a number or as a duration."""
    if isinstance(keep_alive, str):
        return bool(keep_alive.strip()) and _ZERO.fullmatch(keep_alive) is not None
    return keep_alive is not None and keep_alive == 0


def _until_first(run: Run) -> int:
    flight = run.flight
    if flight is None or flight.first_at is None:
        return 0
    return max(0, round((flight.first_at - flight.started_at) * 1_000_000_000))
