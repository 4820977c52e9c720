"""A sink that remembers: what tests of engines look at."""

from __future__ import annotations

from collections.abc import Sequence

from parlance.core.runs.fold import Answer, fold
from parlance.ports.engines import Flow
from parlance.values.errors import Fault, Kind
from parlance.values.events import Delta, Event
from parlance.values.notices import Notice


class RecordingSink:
    """Keeps what an engine pushes. `room`: after so many events it refuses, as a run does at its bound."""

    def __init__(self, room: int | None = None) -> None:
        self.events: list[Event] = []
        self.notices: list[Notice] = []
        self.taps: list[Flow | None] = []
        self._room = room

    def push(self, event: Event) -> None:
        """Keep it, or raise `Fault(too_large, code="cut")`."""
        if self._room is not None and len(self.events) >= self._room:
            raise Fault(Kind.too_large, "The answer was cut.", code="cut")
        self.events.append(event)

    def say(self, texts: Sequence[str]) -> None:
        """Keep a delta for each."""
        for text in texts:
            self.push(Delta(text))

    def notice(self, notice: Notice) -> None:
        """Keep it."""
        self.notices.append(notice)

    def tap(self, flow: Flow | None) -> None:
        """Keep it."""
        self.taps.append(flow)

    def of(self, *kinds: type[Event]) -> list[Event]:
        """The events of these kinds, in order."""
        return [event for event in self.events if isinstance(event, kinds)]

    @property
    def answer(self) -> Answer:
        """What the events tell."""
        return fold(self.events)
