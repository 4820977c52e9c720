"""Spans arrive at a collector, joined by their request, with nothing in them that a person wrote."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from parlance.testing.servers import loaded, running
from parlance.testing.upstreams import MockOpenAI
from tests.flows.callers import Caller, connection_toml, key_toml

KEY = "sk-ada-00000000000000000000"


class Collector(HTTPServer):
    """Takes spans by OTLP over HTTP, as a collector does."""

    bodies: list[bytes]

    @property
    def url(self) -> str:
        """Where spans are sent to."""
        return f"http://127.0.0.1:{self.server_port}/v1/traces"

    def spans(self) -> dict[str, tuple[Span, str]]:
        """Each span and its service by the span's name."""
        found: dict[str, tuple[Span, str]] = {}
        for body in self.bodies:
            for batch in ExportTraceServiceRequest.FromString(body).resource_spans:
                [service] = [each.value.string_value for each in batch.resource.attributes]
                found |= {span.name: (span, service) for scope in batch.scope_spans for span in scope.spans}
        return found


class _Take(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        """One batch."""
        body = self.rfile.read(int(self.headers["content-length"]))
        packed = self.headers.get("content-encoding") == "gzip"
        self.server.bodies.append(gzip.decompress(body) if packed else body)
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector in service."""
    with Collector(("127.0.0.1", 0), _Take) as collector:
        collector.bodies = []
        thread = threading.Thread(target=collector.serve_forever, daemon=True)
        thread.start()
        yield collector
        collector.shutdown()
        thread.join()


def said(span: Span) -> dict[str, object]:
    """A span's attributes."""
    return {each.key: getattr(each.value, str(each.value.WhichOneof("value"))) for each in span.attributes}


async def traced(folder: Path, url: str, text: str = "Hello", model: str = "mock", **more: object) -> int:
    """Ask one question of a server that traces to this address; its status."""
    async with MockOpenAI() as upstream:
        toml = key_toml(KEY, "a", "ada") + connection_toml(upstream.base_url, "mock", "mock")
        settings = {"endpoint": f'"{url}"', "service": '"house"', **more}
        toml += "[traces]\n" + "".join(f"{name} = {value}\n" for name, value in settings.items())
        async with running(loaded(folder, toml=toml)) as server:
            body = {"model": model, "messages": [{"role": "user", "content": text}]}
            answer = await Caller(server.port, KEY).ask("POST /v1/chat/completions", body)
            return answer.status


async def test_a_request_and_its_call_are_one_trace(tmp_path: Path) -> None:
    """With the attributes of the semantic conventions, the tokens, and no word of the question."""
    with collecting() as collector:
        assert await traced(tmp_path, collector.url, "a-very-private-word") == 200
    spans = collector.spans()
    (request, service), (call, _) = spans["POST openai.chat.completions.create"], spans["chat mock"]
    assert service == "house"
    assert (call.trace_id, call.parent_span_id) == (request.trace_id, request.span_id) and not request.parent_span_id
    assert request.start_time_unix_nano <= call.start_time_unix_nano <= call.end_time_unix_nano
    assert (request.kind, call.kind) == (Span.SPAN_KIND_SERVER, Span.SPAN_KIND_CLIENT)
    assert said(request)["http.response.status_code"] == 200 and said(request)["parlance.dialect"] == "openai"
    words = said(call)
    assert (words["gen_ai.request.model"], words["gen_ai.provider.name"]) == ("mock", "mock")
    assert int(str(words["gen_ai.usage.output_tokens"])) > 0
    assert not any(b"a-very-private-word" in body or KEY.encode() in body for body in collector.bodies)


async def test_what_is_not_sampled_is_not_sent(tmp_path: Path) -> None:
    """Neither the request nor its call."""
    with collecting() as collector:
        assert await traced(tmp_path, collector.url, sample=0.0) == 200
    assert collector.spans() == {}


async def test_a_collector_that_is_away_costs_no_answer(tmp_path: Path) -> None:
    """Spans are lost, and nothing else."""
    with collecting() as collector:
        gone = collector.url
    assert await traced(tmp_path, gone) == 200


@pytest.mark.parametrize("model", ["unknown"])
async def test_a_refused_request_has_a_span_and_no_call(tmp_path: Path, model: str) -> None:
    """404 is the client's mistake, and no error of ours."""
    with collecting() as collector:
        assert await traced(tmp_path, collector.url, model=model) == 404
    [(request, _)] = collector.spans().values()
    assert said(request)["http.response.status_code"] == 404 and request.status.code == 0
