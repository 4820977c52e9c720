"""The WeKnora dialect whole: its rows, area by area."""

from __future__ import annotations

from parlance.dialects.table import Dialect, Row
from parlance.dialects.weknora import (
    auth,
    bases,
    chunks,
    credentials,
    evaluation,
    initialization,
    initialization_checks,
    initialization_older,
    initialization_trials,
    knowledge,
    messages,
    models,
    retrieval,
    system,
    tenants,
)
from parlance.dialects.weknora.chat import Asking
from parlance.dialects.weknora.errors import ErrorBody, faults
from parlance.dialects.weknora.leading import led
from parlance.dialects.weknora.options import Options
from parlance.dialects.weknora.sessions import Sessions
from parlance.dialects.weknora.telling import told
from parlance.dialects.weknora.wire import BASE


def dialect(options: Options) -> Dialect:
    """The dialect as configured."""
    return Dialect(
        name="weknora",
        title="WeKnora",
        rows=tuple(told(led(row)) for row in _rows(options)),
        fault=faults(strict=options.strict),
        subtrees=(BASE,),
        about="Tenants with their knowledge bases and models, and sessions that are answered out of them.",
        error=ErrorBody,
        error_texts=True,
        credentials=credentials.first,
        fallback=credentials.second,
        guarded=True,
    )


def _rows(options: Options) -> tuple[Row, ...]:
    return (
        *auth.ROWS,
        *tenants.ROWS,
        *models.ROWS,
        *initialization.rows(graphs=options.graphs),
        *initialization_checks.ROWS,
        *initialization_trials.ROWS,
        *(initialization_older.rows(graphs=options.graphs) if options.older_paths else ()),
        *bases.ROWS,
        *knowledge.ROWS,
        *chunks.ROWS,
        *retrieval.ROWS,
        *evaluation.ROWS,
        *Sessions(options).rows(),
        *Asking(options).rows(),
        *messages.ROWS,
        *system.rows(options),
    )
