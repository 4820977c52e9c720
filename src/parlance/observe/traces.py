"""Spans for OpenTelemetry, made of what the log says when a request or a run is over.

Both lines carry the request's id, and a trace's id is drawn from it, so that nothing has to be carried along the road
of a request: a span is made when it ends, and costs nothing while it runs. Names and attributes are those of
OpenTelemetry's semantic conventions for HTTP and for generative AI. Nothing that a person wrote is in a span.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, cast

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

from parlance.values.noted import JobWords, Stage
from parlance.values.time import Clock

Sink = Callable[[ReadableSpan], None]
"""Where a finished span goes. Must not wait."""
Clean = Callable[[str], str]
"""Takes out of a text what must not be told."""


class Spans:
    """Makes the spans of one process. `sample` is the share of requests that is traced, `jobs` what the spans of jobs
    are called: without words there are none."""

    def __init__(
        self, sink: Sink, clock: Clock, service: str, sample: float = 1.0, jobs: JobWords | None = None
    ) -> None:
        self._sink = sink
        self._clock = clock
        self._resource = Resource({"service.name": service})
        self._below = int(sample * 2**64)
        self._jobs = jobs or JobWords()

    def request(self, request: str, name: str, seconds: float, attributes: Mapping[str, Any], *, failed: bool) -> None:
        """A request of a client is over: its id, what it is called, how long it took, and whether that is our fault."""
        context = self._context(request)
        if context is not None:
            status = Status(StatusCode.ERROR if failed else StatusCode.UNSET)
            self._end(seconds, name, context, None, attributes, SpanKind.SERVER, status)

    def stage(self, request: str, stage: Stage, clean: Clean, seconds: float, above: str = "") -> None:
        """A step on the way to an answer, and those within it, of a request that took so many seconds and is over."""
        context, parent = self._context(request, stage.name), self._context(request, above)
        if context is None:
            return
        now = self._clock.now()
        began = now - int(seconds * 1e6) if stage.began is None else stage.began
        times = began * 1000, (now if stage.ended is None else stage.ended) * 1000
        said = {name: clean(value) if isinstance(value, str) else value for name, value in stage.attributes.items()}
        self._sink(self._span(times, stage.name, context, parent, said, SpanKind.INTERNAL, Status(StatusCode.UNSET)))
        for each in stage.within:
            self.stage(request, each, clean, seconds, stage.name)

    def call(self, fields: Mapping[str, Any]) -> None:
        """A run is over: the fields of its line in the log (see `ports/observing.py`)."""
        request, run = fields.get("request"), str(fields.get("run"))
        context = self._context(str(request or run), run)
        if context is None:
            return
        parent = self._context(str(request)) if request else None
        said = {name: fields[field] for name, field in _GEN_AI.items() if fields.get(field) is not None}
        code = fields.get("code")
        status = Status(StatusCode.UNSET) if code is None else Status(StatusCode.ERROR, str(code))
        attributes = {"gen_ai.operation.name": "chat", **said}
        seconds = float(fields.get("ms") or 0) / 1000
        self._end(seconds, f"chat {fields.get('model')}", context, parent, attributes, SpanKind.CLIENT, status)

    def job(self, fields: Mapping[str, Any]) -> None:
        """A job is over: the fields of its line in the log, of which `times` are what each step began and ended at."""
        code, times, called = fields.get("code"), fields["times"], self._jobs.steps
        first = next(iter(called), "")
        key = f"{fields.get('subject')} {times.get(first)}"
        about = {**self._jobs.fields, "error.type": "code"}
        said = {name: str(fields[field]) for name, field in about.items() if fields.get(field) is not None}
        for name in (name for name in called if name in times):
            context = self._context(key, name)
            if context is not None:
                whole = name == first
                status = Status(StatusCode.ERROR, str(code)) if code and whole else Status(StatusCode.UNSET)
                parent = None if whole else self._context(key, first)
                began, ended = times[name]
                at = began * 1000, ended * 1000
                self._sink(self._span(at, called[name], context, parent, said, SpanKind.INTERNAL, status))

    def _context(self, request: str, run: str = "") -> SpanContext | None:
        """Who a span is, drawn from ids of ours; `None` where the request is not traced."""
        trace = hashlib.sha256(request.encode()).digest()
        if int.from_bytes(trace[16:24], "big") >= self._below:
            return None
        span = hashlib.sha256(f"{request} {run}".encode()).digest()
        ids = int.from_bytes(trace[:16], "big"), int.from_bytes(span[:8], "big")
        return SpanContext(*ids, is_remote=False, trace_flags=TraceFlags(TraceFlags.SAMPLED))

    def _end(
        self,
        seconds: float,
        name: str,
        context: SpanContext,
        parent: SpanContext | None,
        attributes: Mapping[str, Any],
        kind: SpanKind,
        status: Status,
    ) -> None:
        now = self._clock.now() * 1000
        self._sink(self._span((now - int(seconds * 1e9), now), name, context, parent, attributes, kind, status))

    def _span(
        self,
        times: tuple[int, int],
        name: str,
        context: SpanContext,
        parent: SpanContext | None,
        attributes: Mapping[str, Any],
        kind: SpanKind,
        status: Status,
    ) -> ReadableSpan:
        """One span; its times in nanoseconds."""
        return ReadableSpan(
            *(name, context, parent, self._resource, attributes),
            kind=kind,
            status=status,
            start_time=times[0],
            end_time=times[1],
        )


_GEN_AI = {
    "gen_ai.provider.name": "connection",
    "gen_ai.request.model": "model",
    "gen_ai.usage.input_tokens": "prompt",
    "gen_ai.usage.output_tokens": "completion",
    "error.type": "code",
    "parlance.run": "run",
    "parlance.outcome": "outcome",
}

SECONDS = 2.0
"""How long one batch may take with all its attempts, and so the end of a server whose collector is away."""


class Exporter:
    """Sends spans to a collector in batches from a thread of its own. A collector that is away loses spans, and no
    more than that: the queue is bounded."""

    def __init__(self, endpoint: str) -> None:
        self._batches = BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint, timeout=SECONDS))

    def send(self, span: ReadableSpan) -> None:
        """Put a span into the queue."""
        self._batches.on_end(span)

    def close(self) -> None:
        """Send what is left, for a few seconds at most. Blocks."""
        cast(Callable[[], None], self._batches.shutdown)()
