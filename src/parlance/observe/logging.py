"""The log: one small class with what this house uses of a structured logger, written by a thread beside the loop.

A chain of processors costs a microsecond more for each line, and a request writes two; decision 0013 says why the
package went. The log of other libraries, which use the standard library's, goes the same way.
"""

from __future__ import annotations

import atexit
import logging
from functools import cache
from typing import Any, Self

from parlance.observe.levels import DEBUG, ERROR, INFO, WARNING, Levels
from parlance.observe.lines import Format, Render, Renderer, Style
from parlance.observe.redaction import Redactor
from parlance.observe.writer import Sink, Writer
from parlance.values.time import Clock


class Logger:
    """One module's log (`ports.observing.Log`)."""

    __slots__ = ("_context", "_render", "_writer")

    def __init__(self, writer: Writer, render: Render, context: dict[str, Any]) -> None:
        self._writer = writer
        self._render = render
        self._context = context

    def bind(self, **fields: Any) -> Self:
        """The same log with fields that every further line carries."""
        return type(self)(self._writer, self._render, {**self._context, **fields})

    def _line(self, level: str, event: str, fields: dict[str, Any]) -> bytes:
        context = self._context
        return self._render(level, event, {**context, **fields} if context else fields)

    def debug(self, event: str, /, **fields: Any) -> None:
        """What helps while looking for a defect."""
        self._writer.put(self._line("debug", event, fields))

    def info(self, event: str, /, **fields: Any) -> None:
        """What happened in the ordinary course."""
        context = self._context  # `_line`, spelled out: two of these are written in every chat
        self._writer.put(self._render("info", event, {**context, **fields} if context else fields))

    def warning(self, event: str, /, **fields: Any) -> None:
        """What was survived, but should not happen often. Written at once."""
        self._writer.put_now(self._line("warning", event, fields))

    def error(self, event: str, /, **fields: Any) -> None:
        """What somebody has to look at. Written at once."""
        self._writer.put_now(self._line("error", event, fields))


def _nothing(self: Logger, event: str, /, **fields: Any) -> None:
    """What a method does below its module's level: 0.07 µs."""


METHODS = {"debug": DEBUG, "info": INFO, "warning": WARNING, "error": ERROR}


@cache
def _filtered(least: int) -> type[Logger]:
    """The class of loggers that write nothing below a level."""
    silent: dict[str, Any] = {name: _nothing for name, level in METHODS.items() if level < least}
    return type("Logger", (Logger,), {"__slots__": (), **silent})


class Logging:
    """All modules' logs. Makes no thread before the first line; `close` writes what is left.

    >>> logging = Logging(descriptor(2), SystemClock(), format="json", levels=Levels.parse("info,parlance.core=debug"))
    >>> log = logging.logger("parlance.core.runs")
    >>> log.info("run ended", run=run.id, request=request_id, outcome="complete", ms=812.5)
    """

    def __init__(
        self,
        sink: Sink,
        clock: Clock,
        *,
        format: Format = "text",
        levels: Levels | None = None,
        redactor: Redactor | None = None,
    ) -> None:
        self.writer = Writer(sink)
        self._levels = levels or Levels()
        self._style = Style(format, clock, redactor or Redactor())
        self._loggers: dict[str, Logger] = {}
        self._routed: tuple[_Handler, int, list[logging.Handler]] | None = None

    def logger(self, module: str) -> Logger:
        """The log of a module, `parlance.core.runs`; the same one each time."""
        found = self._loggers.get(module)
        if found is None:
            found = self._loggers[module] = self._make(module)
        return found

    def _make(self, module: str) -> Logger:
        kind = _filtered(self._levels.of(module))
        return kind(self.writer, Renderer(self._style, module).render, {})

    def use(self, redactor: Redactor) -> None:
        """Take another redactor, after a secret was added."""
        self._style.use(redactor)

    def route_stdlib(self) -> None:
        """Make the standard library's root logger write here and nowhere else. `close` undoes it."""
        if self._routed is None:
            root = logging.getLogger()
            handler = _Handler(self)
            self._routed = (handler, root.level, root.handlers[:])
            root.handlers[:] = [handler]
            root.setLevel(min(self._levels.least, logging.CRITICAL))
            logging.captureWarnings(True)
            atexit.register(self.close)

    def flush(self) -> None:
        """Write what is there now."""
        self.writer.flush()

    def close(self) -> None:
        """Write the rest and give the standard library's logging back. Later lines are written at once."""
        if self._routed is not None:
            _, level, handlers = self._routed
            self._routed = None
            root = logging.getLogger()
            root.handlers[:] = handlers
            root.setLevel(level)
            logging.captureWarnings(False)
            atexit.unregister(self.close)
        self.writer.close()
        if self.writer.dropped:
            self.logger(__name__).warning("lines dropped", lines=self.writer.dropped)


class _Handler(logging.Handler):
    """Turns a record of the standard library into a line of ours; its logger's name is the module."""

    def __init__(self, ours: Logging) -> None:
        super().__init__()
        self._ours = ours

    def emit(self, record: logging.LogRecord) -> None:
        try:
            message = record.getMessage()
        except (TypeError, ValueError):
            # Arguments that do not fit their template: the template still says something.
            message = str(record.msg)
        fields = {} if record.exc_info is None or record.exc_info[1] is None else {"error": record.exc_info[1]}
        log = self._ours.logger(record.name)
        if record.levelno >= ERROR:
            log.error(message, **fields)
        elif record.levelno >= WARNING:
            log.warning(message, **fields)
        elif record.levelno >= INFO:
            log.info(message, **fields)
        else:
            log.debug(message, **fields)
