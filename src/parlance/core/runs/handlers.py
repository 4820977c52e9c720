"""What the operations on runs do."""

from __future__ import annotations

from parlance.core.authorize import visible
from parlance.core.chat.road import Road
from parlance.core.operation import Context, Result
from parlance.core.runs.operations import ListRuns, ReadRun, StopRun
from parlance.core.runs.relays import Relayed
from parlance.core.runs.run import Run
from parlance.values.events import Ended


async def read_run(road: Road, context: Context, op: ReadRun) -> Result[Run]:
    """Handle `ReadRun`: dispatch has found and authorised it."""
    run: Run = context.subject
    return Result(run)


async def stop_run(road: Road, context: Context, op: StopRun) -> Result[bool]:
    """Handle `StopRun`."""
    run: Run = context.subject
    if isinstance(run, Relayed):
        return Result(await run.stop(op.waiting_only))
    if run.ended is not None or (op.waiting_only and run.place is None):
        return Result(False)
    run.end(Ended("stopped"))
    return Result(True)


async def list_runs(road: Road, context: Context, op: ListRuns) -> Result[tuple[Run, ...]]:
    """Handle `ListRuns`."""
    mine = visible(context.principal, "run")
    return Result(tuple(run for run in road.runs.all() if mine(run)))
