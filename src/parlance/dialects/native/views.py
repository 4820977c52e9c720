"""How the values of operations look on the wire: most as they are, a run as what can be told of it now."""

from __future__ import annotations

from typing import Any, get_args

import msgspec

from parlance.core.feeds.feed import Feed
from parlance.core.operation import Operation
from parlance.core.runs.fold import fold
from parlance.core.runs.run import Run
from parlance.dialects.native.feeds import FeedView
from parlance.values.events import Choice, Evidence, Failure, Usage
from parlance.values.notices import Notice


class RunView(msgspec.Struct, frozen=True, omit_defaults=True):
    """A run: `state` is `waiting`, `running` or how it ended (`complete`, `cut`, `stopped`, `failed`, `interrupted`);
    `events` counts what was said so far; `notice` is the newest progress (`queued` tells the place in line); `created`
    is in microseconds since 1970."""

    run: str
    model: str
    state: str
    created: int
    events: int
    cached: bool = False
    notice: Notice | None = None
    error: Failure | None = None


class Snapshot(RunView, frozen=True, omit_defaults=True, kw_only=True):
    """A run with the answer so far, folded from its events; `evidence` is what it rests on, where that is documents."""

    choices: tuple[Choice, ...] = ()
    usage: Usage | None = None
    evidence: Evidence | None = None


def _fields(run: Run) -> dict[str, Any]:
    ended = run.ended
    return {
        "run": run.id,
        "model": run.model,
        "state": state_of(run),
        "created": run.created,
        "events": run.length,
        "cached": run.cached,
        "notice": run.notice_slot if ended is None else None,
        "error": None if ended is None else ended.error,
    }


def state_of(run: Run) -> str:
    """How a run stands, in a word."""
    if run.ended is not None:
        return run.ended.outcome
    return "waiting" if run.flight is None or run.place is not None else "running"


def brief(run: Run) -> RunView:
    """A run without its answer."""
    return RunView(**_fields(run))


def snapshot(run: Run) -> Snapshot:
    """A run with its answer."""
    answer = fold(run.events())
    return Snapshot(
        **_fields(run), choices=answer.choices if run.length else (), usage=answer.usage, evidence=answer.evidence
    )


def view(value: Any) -> Any:
    """What is sent for a value."""
    if isinstance(value, Run):
        return brief(value)
    if isinstance(value, tuple):
        return [view(each) for each in value]
    return value


def value_type(kind: type[Operation[Any]]) -> Any:
    """What handling an operation gives: the `T` of its `Operation[T]`."""
    [value] = [get_args(origin)[0] for origin in getattr(kind, "__orig_bases__", ())]
    return value


def wire_type(value: Any) -> Any:
    """What is sent for values of a type, for the OpenAPI document; `None` for nothing."""
    if value is Run:
        return RunView
    if value is Feed:
        return FeedView
    if value == tuple[Run, ...]:
        return tuple[RunView, ...]
    return None if value is type(None) or value is None else value
