"""A run as a stream of pieces: what each wire makes of its events, taken as they come."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from parlance.core.runs.follow import Follower
from parlance.core.runs.run import Run
from parlance.dialects.table import Live, News
from parlance.values.errors import Fault
from parlance.values.events import Event

Render = Callable[[Iterable[Event]], bytes]
"""The frames of these events, with the end marker where they hold the end."""
Failed = Callable[[Fault], bytes]
"""The frames that end a stream whose reader was dropped."""


class Pieces(Live):
    """One piece of bytes for each batch of events. A run that has not `begun` sends the status ahead of them."""

    __slots__ = ("_failed", "_follower", "_render")

    def __init__(self, run: Run, render: Render, failed: Failed, *, begun: bool = True) -> None:
        super().__init__(early=not begun)
        self._follower = Follower(run)
        self._render = render
        self._failed = failed

    def listen(self, news: News) -> None:
        """Begin to follow the run."""
        self._follower.listen(news)

    def take(self, *, late: bool = False) -> bytes:
        """The frames of all events that are new."""
        follower = self._follower
        try:
            events = follower.take(late=late)
            piece = self._render(events) if events else b""
        except Fault as fault:
            self.over = True
            return self._failed(fault)
        self.over = follower.over
        return piece

    def close(self) -> None:
        """Let go of the run."""
        self._follower.close()
