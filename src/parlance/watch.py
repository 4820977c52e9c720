"""What one process tells its operator: log, meters, access lines; and how an upstream's words are cleaned."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from parlance.observe.lag import LoopLag
from parlance.observe.levels import Levels
from parlance.observe.logging import Logging
from parlance.observe.messages import safe_upstream_message
from parlance.observe.metrics import Metrics
from parlance.observe.redaction import Redactor
from parlance.observe.writer import descriptor
from parlance.ports.observing import Log, Meters
from parlance.settings.schema import Settings
from parlance.settings.traces import Traces
from parlance.transports.http.gateway import Answered
from parlance.values.errors import Fault, Kind
from parlance.values.extras import advice
from parlance.values.noted import JobWords, Scalar
from parlance.values.time import Clock

if TYPE_CHECKING:
    from parlance.observe.traces import Exporter, Spans

STDERR = 2
_CREDENTIAL = re.compile("key|token|auth|secret|cookie|password", re.IGNORECASE)
"""Names of headers whose value is a credential; others carry versions and flags that must stay readable in logs."""
_QUIET = frozenset({"health", "ready", "metrics", "chatqueue.health", "icon", "face"})
_WAITED_FOR = frozenset({"documents.read", "evaluations.read", "weknora.knowledge.several"})
"""What is asked again and again until something is done, a few times a second for each document of a folder."""
_PAGES = "guide."
"""Rows that something asks every few seconds, and pages that never change: their lines are for debugging only."""
LEAST_LEARNT = 8
"""Characters of a secret that came later: engines that want no key are given words such as `none`, which must stay
readable."""
MOST_LEARNT = 1000
"""Secrets that came later; the oldest are forgotten."""
JOURNAL, WORK = "parlance.core", "parlance.core.knowledge"
"""The logs that have a line for each run, and each job on a document, that ended."""
NO_TRACES = "Traces are configured, but OpenTelemetry is not installed: "


class Observer:
    """Log and meters of a process. The transport's `Watcher`; hands each part its own log."""

    def __init__(self, logging: Logging, metrics: Metrics, redactor: Redactor) -> None:
        self.logging = logging
        self.metrics = metrics
        self.meters: Meters = metrics
        self._lag = LoopLag(metrics.lagged)
        self._redactor = redactor
        self._configured = redactor
        self._learnt: dict[str, None] = {}
        self._access = logging.logger("parlance.access")
        self._defects = logging.logger("parlance.defects")
        self._spans: Spans | None = None
        self._exporter: Exporter | None = None

    def trace(self, traces: Traces, clock: Clock, words: Callable[[], JobWords]) -> None:
        """Make spans from now on, where that is configured, those of jobs by these words. Raises `Fault` where what
        does it is not installed."""
        if traces.endpoint is None:
            return
        try:
            from parlance.observe.traces import Exporter, Spans
        except ModuleNotFoundError:
            raise Fault(Kind.unsupported, NO_TRACES + advice("traces"), code="driver_missing") from None
        self._exporter = Exporter(traces.endpoint)
        self._spans = Spans(self._exporter.send, clock, traces.service, traces.sample, words())

    def log(self, module: str) -> Log:
        """The log of a module."""
        log = self.logging.logger(module)
        return log if self._spans is None or module not in (JOURNAL, WORK) else _TracedLog(log, self._spans)

    def clean(self, text: str) -> str | None:
        """An upstream's own message, as far as it is safe to pass on."""
        return safe_upstream_message(text, self._redactor)

    def learn(self, secrets: Iterable[str]) -> None:
        """Secrets that have come while the server runs: from now on they are taken out of the log and of what upstreams
        say, also when they are not in use any more."""
        fresh = [secret for secret in secrets if len(secret) >= LEAST_LEARNT and secret not in self._learnt]
        if not fresh:
            return
        self._learnt.update(dict.fromkeys(fresh))
        while len(self._learnt) > MOST_LEARNT:
            del self._learnt[next(iter(self._learnt))]
        self._redactor = self._configured.knowing(self._learnt)
        self.logging.use(self._redactor)

    def defect(self, error: Exception) -> None:
        """A defect of ours or of a plugin's engine: where it was, its places say."""
        self._defects.error("defect", error=error)

    def metrics_text(self) -> bytes:
        """What `/metrics` says."""
        return self.metrics.render()

    def begin(self, warnings: Sequence[str]) -> None:
        """Take over the standard library's log, and tell what loading the settings had to say."""
        self.logging.route_stdlib()
        for warning in warnings:
            self.log("parlance.settings").warning("settings", note=warning)

    def end(self) -> None:
        """Write what is left."""
        self._lag.stop()
        if self._exporter is not None:
            self._exporter.close()
        self.logging.close()

    def watch_loop(self) -> None:
        """Measure how late the event loop is; needs a running one."""
        self._lag.start()

    # -- the transport's watcher --------------------------------------------------------------------------------------

    def answered(self, answered: Answered) -> None:
        """One access line and one measurement per request."""
        row, told = answered.row or "unmatched", _told(answered)
        if self._spans is not None and answered.row not in _QUIET:
            self._trace(self._spans, answered, row)
        self.meters.request_finished(answered.dialect, row, answered.status, answered.seconds)
        routine = answered.row in _QUIET or answered.row in _WAITED_FOR or answered.row.startswith(_PAGES)
        quiet = answered.status < 400 and routine
        line = self._access.debug if quiet else self._access.info
        line(
            "answered",
            request=answered.request_id,
            dialect=answered.dialect,
            route=row,
            method=answered.method,
            path=answered.path,
            status=answered.status,
            ms=round(answered.seconds * 1000, 3),
            bytes=answered.sent,
            cut=answered.cut,
            peer=answered.peer,
            **told,
        )

    def _trace(self, spans: Spans, answered: Answered, row: str) -> None:
        """The span of a request, and those of its steps where its dialect tells of any."""
        noted, request, clean = answered.noted, answered.request_id, self._redactor.redact
        route = row if noted is None else noted.route
        attributes: dict[str, Scalar] = {**_attributes(answered, route), **_told(answered)}
        if noted is not None:
            attributes |= noted.attributes
            attributes = {name: clean(each) if isinstance(each, str) else each for name, each in attributes.items()}
        failed = answered.status >= 500
        spans.request(request, f"{answered.method} {route}", answered.seconds, attributes, failed=failed)
        for stage in () if noted is None or noted.stages is None else noted.stages():
            spans.stage(request, stage, clean, answered.seconds)

    def failed(self, request_id: str, where: str, error: BaseException) -> None:
        """A request met a defect."""
        self._defects.error("request failed", request=request_id, route=where, error=error)

    def streams(self, delta: int) -> None:
        """A stream was opened or closed."""
        self.meters.streams(delta)


class _TracedLog:
    """A log of which each line about the end of a run or of a job is a span, too."""

    def __init__(self, log: Log, spans: Spans) -> None:
        self._log = log
        self._spans = spans
        self.warning, self.error = log.warning, log.error

    def debug(self, event: str, /, **fields: Any) -> None:
        """The line; and the spans, where it is one of those."""
        self._log.debug(event, **fields)
        if event == "a job ended":
            self._spans.job(fields)

    def info(self, event: str, /, **fields: Any) -> None:
        """The line; and the span, where it is one of those."""
        self._log.info(event, **fields)
        if event == "run ended":
            self._spans.call(fields)

    def bind(self, **fields: Any) -> Log:
        """The same with further fields."""
        return _TracedLog(self._log.bind(**fields), self._spans)


def _told(answered: Answered) -> dict[str, str]:
    """What the dialect tells of a request, by the names of the system whose wire it speaks."""
    if answered.noted is None:
        return {}
    own = {"request_id": answered.request_id, "tenant_id": answered.tenant, **answered.noted.fields}
    return {name: value for name, value in own.items() if value}


def _attributes(answered: Answered, row: str) -> dict[str, str | int | bool]:
    return {
        "http.request.method": answered.method,
        "http.route": row,
        "http.response.status_code": answered.status,
        "http.response.body.size": answered.sent,
        "client.address": answered.peer,
        "parlance.dialect": answered.dialect,
        "parlance.cut": answered.cut,
    }


def observer(settings: Settings, clock: Clock) -> Observer:
    """The observer that the settings ask for. Everything configured as a secret is redacted everywhere."""
    redactor = Redactor(_secrets(settings), _hosts(settings))
    levels = Levels.parse(",".join([settings.log.level, *(f"{m}={level}" for m, level in settings.log.levels.items())]))
    logging = Logging(descriptor(STDERR), clock, format=settings.log.format, levels=levels, redactor=redactor)
    metrics = Metrics(redactor.redact)
    metrics.watch("log_lines_dropped", "Lines that could not be written.", lambda: logging.writer.dropped)
    return Observer(logging, metrics, redactor)


def _secrets(settings: Settings) -> list[str]:
    secrets = [c.api_key.reveal() for c in settings.connections if c.api_key is not None]
    secrets += [
        value.reveal() for c in settings.connections for name, value in c.headers.items() if _CREDENTIAL.search(name)
    ]
    if settings.discovery.openai_api_key is not None:
        secrets.append(settings.discovery.openai_api_key.reveal())
    secrets += [p.client_secret.reveal() for p in settings.accounts.oidc if p.client_secret is not None]
    return secrets


def _hosts(settings: Settings) -> list[str]:
    """The upstreams' hosts: no caller is to learn where our engines are."""
    urls = [c.base_url for c in settings.connections] + [settings.chatqueue.api_url]
    return [host for url in urls if url is not None and (host := urlsplit(url).hostname) is not None]
