"""A reader of a run without a task of its own: it is told that there is news, and takes it when it likes."""

from __future__ import annotations

from collections.abc import Callable

from parlance.core.runs.rider import Reader
from parlance.core.runs.run import Run
from parlance.values.events import Ended, Event


class Follower:
    """One stream's way through a run, for `Run.batches` without its future and wake-up per event. `over`: all taken."""

    __slots__ = ("_news", "_reader", "_run", "over")

    def __init__(self, run: Run, after: int = 0) -> None:
        self._run = run
        self._reader = Reader(after)
        self._news: Callable[[bool], None] | None = None
        self.over = False

    def listen(self, news: Callable[[bool], None]) -> None:
        """Read from now on; `news` is called from the engine's own callback at every event, and must be quick. It hears
        `True` when all that came in one read is in the log, so that taking it at once takes it whole."""
        self._news = news
        self._run.readers.append(self._reader)
        self._run.listeners.append(news)

    def take(self, *, late: bool = False) -> list[Event]:
        """What is new, up to and with the `Ended`. `late`: whoever reads was kept waiting since the last time.

        Raises `Fault(cancelled, code="reader_dropped")` when it was kept for too long.
        """
        run, reader = self._run, self._reader
        if late:
            run.drop_if_lost(reader)
        events = run.events(reader.n)
        if events:
            reader.n += len(events)
            flight = run.flight
            if flight is not None:
                reader.position = flight.log.bytes
                flight.advanced()
            self.over = type(events[-1]) is Ended
        return events

    def close(self) -> None:
        """Read no more. Idempotent."""
        news, self._news = self._news, None
        if news is not None:
            self._run.listeners.remove(news)
            self._run.readers.remove(self._reader)
            if self._run.flight is not None:
                self._run.flight.advanced()
