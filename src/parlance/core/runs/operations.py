"""What can be wanted of a run. Only its principal gets one; anybody else's looks like an unknown one."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from parlance.core.operation import Named, Operation
from parlance.core.runs.run import Run


class ReadRun(Operation[Run], frozen=True):
    """Get a run to read it; watching takes no hold."""

    wire_name: ClassVar[str] = "runs.read"
    names: ClassVar[tuple[Named, ...]] = (Named("run", "run"),)

    run: str


class StopRun(Operation[bool], frozen=True):
    """End a run. Gives whether it was still going; with `waiting_only` a run that has begun is left alone."""

    wire_name: ClassVar[str] = "runs.stop"
    names: ClassVar[tuple[Named, ...]] = (Named("run", "run"),)

    run: str
    waiting_only: bool = False


class ListRuns(Operation[tuple[Run, ...]], frozen=True):
    """The caller's own runs that go on or were detached, newest first."""

    wire_name: ClassVar[str] = "runs.list"


class LineState(msgspec.Struct, frozen=True):
    """A line: how many wait, how many are served now, and the expected milliseconds of one."""

    waiting: int
    serving: int
    estimate_ms: int


class ReadLine(Operation[LineState], frozen=True):
    """The state of a line by name (`chatqueue`, or a connection's name)."""

    wire_name: ClassVar[str] = "lines.read"

    line: str
