"""What the operations on lines, caches and batches do."""

from __future__ import annotations

from parlance.core.admission.operations import AdmissionState, ClearCaches, ReadAdmission
from parlance.core.authorize import absent
from parlance.core.chat.road import Road
from parlance.core.operation import Context, Result
from parlance.core.runs.operations import LineState, ReadLine


async def read_line(road: Road, context: Context, op: ReadLine) -> Result[LineState]:
    """Handle `ReadLine`."""
    line = road.lines.get(op.line)
    if line is None:
        connection = road.models.connection(op.line)
        if connection is None:
            raise absent("line")
        line = connection.line
    return Result(line.state)


async def read_admission(road: Road, context: Context, op: ReadAdmission) -> Result[AdmissionState]:
    """Handle `ReadAdmission`."""
    pool, scope = road.pool(op.pool), context.principal.scope_key
    total = pool.totals.of(scope)
    batches = [c.batches for c in road.models.connections if c.batches is not None]
    state = AdmissionState(
        await pool.answers.state(scope),
        await pool.conversations.state(scope),
        total.requests,
        total.cached,
        total.joined,
        sum(b.batches for b in batches),
        sum(b.batched for b in batches),
    )
    return Result(state)


async def clear_caches(road: Road, context: Context, op: ClearCaches) -> Result[None]:
    """Handle `ClearCaches`: the caller's own, never anybody else's."""
    pool, scope = road.pool(op.pool), context.principal.scope_key
    if op.which != "conversations":
        await pool.answers.clear(scope)
    if op.which != "responses":
        await pool.conversations.clear(scope)
    return Result(None)
