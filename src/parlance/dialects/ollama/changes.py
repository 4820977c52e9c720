"""`/api/pull`, `push`, `create`, `copy` and `delete`: the verbs on models, which an Ollama behind us carries out.

Without one they answer 501 and a sentence that says so.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from functools import partial
from typing import Any, Literal

from parlance.core.models.operations import ChangeModel, CopyModel, DeleteModel
from parlance.core.runs.run import Run
from parlance.dialects.ollama.bodies import invalid, read_named, required
from parlance.dialects.ollama.errors import error_line
from parlance.dialects.ollama.frames import PATIENCE
from parlance.dialects.ollama.shown import Progress
from parlance.dialects.ollama.wire import CopyRequest, CreateRequest, NamedRequest, PullRequest
from parlance.dialects.table import NDJSON_TYPE, Do, Reply, Request, Row
from parlance.values import json_door
from parlance.values.errors import Fault
from parlance.values.events import Ended, Event, Stepped
from parlance.values.notices import Notice, Progressed

SUCCESS = json_door.encode(Progress("success"))
Verb = Literal["pull", "push", "create"]
_OURS = ("model", "name", "stream")


async def change(verb: Verb, request: Request, do: Do) -> Reply:
    """Pull, push or create a model, line by line or all at once."""
    fields = json_door.decode(request.body, dict[str, Any])
    model, stream = fields.get("model") or fields.get("name"), fields.get("stream")
    if not isinstance(model, str | None):
        raise invalid("model", "The field model must be text.")
    if not isinstance(stream, bool | None):
        raise invalid("stream", "The field stream must be true or false.")
    rest = {name: value for name, value in fields.items() if name not in _OURS}
    run = await do(ChangeModel(verb, required(model), rest))
    if stream is False:
        await run.answer()
        return Reply(SUCCESS)
    await run.begun(PATIENCE)
    return Reply(frames=_pieces(run), type=NDJSON_TYPE)


async def _pieces(run: Run) -> AsyncGenerator[bytes, None]:
    lines = ProgressLines(run)
    try:
        async with aclosing(run.batches(notices=True)) as batches:
            async for _, events, notice in batches:
                piece = lines.render(events, notice)
                if piece:
                    yield piece
    except Fault as fault:
        yield error_line(fault)


class ProgressLines:
    """Renders the progress of one change."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._step: Stepped | None = None

    def render(self, events: Iterable[Event], notice: Notice | None) -> bytes:
        """The lines of these events and of the newest notice."""
        out = bytearray()
        for event in events:
            if isinstance(event, Stepped):
                self._step = event
                out += _line(event.label, event.foreign or {})
            elif isinstance(event, Ended):
                whole = event.outcome == "complete"
                return bytes(out) + (SUCCESS + b"\n" if whole else error_line(self._run.fault(event)))
        if isinstance(notice, Progressed) and self._is_current(notice):
            told = {"digest": notice.digest, "total": notice.total, "completed": notice.done}
            out += _line(notice.label, told)
        return bytes(out)

    def _is_current(self, notice: Progressed) -> bool:
        """A notice may be older than the step told beside it: a bar must not run backwards."""
        step = self._step
        if step is None or step.label != notice.label:
            return step is None
        told = step.foreign or {}
        return "completed" not in told or told["completed"] != told.get("total")


def _line(label: str, told: dict[str, Any]) -> bytes:
    digest, total, done = (told.get(name) for name in ("digest", "total", "completed"))
    progress = Progress(
        label,
        digest if isinstance(digest, str) else None,
        total if isinstance(total, int) else None,
        done if isinstance(done, int) else None,
    )
    return json_door.encode(progress) + b"\n"


async def copy(request: Request, do: Do) -> Reply:
    """Give a model a second name."""
    asked = json_door.decode(request.body, CopyRequest)
    if not asked.destination:
        raise invalid("destination", "The field destination is required.")
    await do(CopyModel(required(asked.source), asked.destination))
    return Reply(b"", type=b"")


async def delete(request: Request, do: Do) -> Reply:
    """Remove a model."""
    _, name = read_named(request.body, NamedRequest)
    await do(DeleteModel(name))
    return Reply(b"", type=b"")


def _row(verb: Verb, takes: Any, summary: str) -> Row:
    return Row(
        "POST",
        f"/api/{verb}",
        f"ollama.{verb}",
        partial(change, verb),
        (ChangeModel,),
        summary,
        body="bytes",
        takes=takes,
        gives=Progress,
        streams=Progress,
        stream_media="application/x-ndjson",
    )


ROWS = (
    _row("pull", PullRequest, "Fetch a model"),
    _row("push", PullRequest, "Publish a model"),
    _row("create", CreateRequest, "Make a model out of others or of blobs"),
    Row(
        "POST",
        "/api/copy",
        "ollama.copy",
        copy,
        (CopyModel,),
        "Give a model a second name",
        body="bytes",
        takes=CopyRequest,
    ),
    Row(
        "DELETE",
        "/api/delete",
        "ollama.delete",
        delete,
        (DeleteModel,),
        "Remove a model",
        body="bytes",
        takes=NamedRequest,
    ),
)
