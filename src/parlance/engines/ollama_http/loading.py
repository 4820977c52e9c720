"""Telling that a model is being loaded: an Ollama says nothing at all while it reads gigabytes from a disk."""

from __future__ import annotations

import asyncio

from parlance.engines.ollama_http.wire import Wire
from parlance.ports.engines import Flow, Sink
from parlance.ports.fetching import Deadlines
from parlance.values.errors import Fault
from parlance.values.notices import Loading, Reading

LOOK_AFTER = 1.0
"""Seconds of silence before we look: a loaded model has usually begun to answer by then."""
LOOK = Deadlines(connect=1.0, first_byte=2.0, between=2.0, total=3.0)


class LoadingWatch:
    """Stands before the tap of one call. After a second of silence it asks which models are loaded, once, and tells
    the reader whether theirs is still being loaded or already reads the prompt."""

    __slots__ = ("_model", "_sink", "_task", "_timer", "_wire")

    def __init__(self, wire: Wire, model: str, sink: Sink, after: float = LOOK_AFTER) -> None:
        """`after` is how many seconds of silence are usual."""
        self._wire = wire
        self._model = model
        self._sink = sink
        self._task: asyncio.Task[None] | None = None
        self._timer = asyncio.get_running_loop().call_later(after, self._begin)

    def close(self) -> None:
        """The call is over; give the tap back."""
        self._quiet()
        self._sink.tap(None)

    def tap(self, flow: Flow) -> None:
        """The answer begins: the silence is over."""
        self._quiet()
        self._sink.tap(flow)

    # -- inside -----------------------------------------------------------------------------------------------------

    def _quiet(self) -> None:
        self._timer.cancel()
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def _begin(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._look())

    async def _look(self) -> None:
        try:
            found = await self._wire.get("/api/ps", LOOK)
        except Fault:
            return
        models = found.get("models")
        rows = models if isinstance(models, list) else []
        names = {row.get("name") for row in rows if isinstance(row, dict)}
        loaded = not names.isdisjoint({self._model, f"{self._model}:latest"})
        self._sink.notice(Reading() if loaded else Loading())
